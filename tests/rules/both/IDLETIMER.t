# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-j IDLETIMER --timeout 42 --label oit-one;=;OK
-j IDLETIMER --timeout 2147482 --label oit-two;=;OK
-j IDLETIMER --timeout 2147483 --label oit-two;;FAIL
-j IDLETIMER --timeout 5 --label oit-alarm --alarm;=;OK
-j IDLETIMER --timeout 0 --label oit-three;;FAIL
-j IDLETIMER --timeout 4294967296 --label oit-three;;FAIL
-j IDLETIMER --timeout x --label oit-three;;FAIL
-j IDLETIMER --timeout 5;;FAIL
-j IDLETIMER --label oit-three;;FAIL
-j IDLETIMER;;FAIL
-j IDLETIMER --timeout 5 --label aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;-j IDLETIMER --timeout 5 --label aaaaaaaaaaaaaaaaaaaaaaaaaaa;OK
-j IDLETIMER --timeout 5 --timeout 6 --label oit-three;;FAIL
