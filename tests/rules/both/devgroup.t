# SPDX-License-Identifier: GPL-2.0-or-later
:FORWARD
*filter
-m devgroup --src-group 0;-m devgroup --src-group default;OK
-m devgroup --src-group 1/0xff --dst-group 2;-m devgroup --src-group 0x1/0xff --dst-group 0x2;OK
-m devgroup ! --src-group 0x10;=;OK
-m devgroup --src-group 0x20 ! --dst-group 0x30/0xf0;=;OK
-m devgroup --dst-group 4294967295;-m devgroup --dst-group 0xffffffff;OK
-m devgroup;;FAIL
-m devgroup --src-group;;FAIL
-m devgroup --src-group there-is-no-such-group;;FAIL
-m devgroup --src-group 4294967296;;FAIL
-m devgroup --src-group 1 --src-group 2;;FAIL
:INPUT
-m devgroup --src-group 1;-m devgroup --src-group 0x1;OK
-m devgroup --dst-group 1;;FAIL
:OUTPUT
-m devgroup --dst-group 1;-m devgroup --dst-group 0x1;OK
-m devgroup --src-group 1;;FAIL
