# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-j LED --led-trigger-id oit;-j LED --led-trigger-id "oit";OK;needs: xt_LED
-j LED --led-trigger-id oit --led-delay 42;-j LED --led-trigger-id "oit" --led-delay 42;OK;needs: xt_LED
-j LED --led-trigger-id oit --led-delay inf;-j LED --led-trigger-id "oit" --led-delay -1;OK;needs: xt_LED
-j LED --led-trigger-id oit --led-always-blink;-j LED --led-trigger-id "oit" --led-always-blink;OK;needs: xt_LED
-j LED --led-trigger-id oit --led-delay 42 --led-always-blink;-j LED --led-trigger-id "oit" --led-delay 42 --led-always-blink;OK;needs: xt_LED
-j LED;;FAIL
-j LED --led-delay 42;;FAIL
-j LED --led-trigger-id;;FAIL
-j LED --led-trigger-id aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;;FAIL
-j LED --led-trigger-id oit --led-delay x;;FAIL
-j LED --led-trigger-id a --led-trigger-id b;;FAIL
