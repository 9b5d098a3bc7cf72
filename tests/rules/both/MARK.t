# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*mangle
-j MARK --set-mark 1;-j MARK --set-xmark 0x1/0xffffffff;OK
-j MARK --set-mark 0x10/0xff;-j MARK --set-xmark 0x10/0xff;OK
-j MARK --set-xmark 0xfeedcafe/0xfeedcafe;=;OK
-j MARK --set-xmark 0x0;-j MARK --set-xmark 0x0/0xffffffff;OK
-j MARK --set-xmark 4294967295;-j MARK --set-xmark 0xffffffff/0xffffffff;OK
-j MARK --and-mark 0xff;-j MARK --set-xmark 0x0/0xffffff00;OK
-j MARK --or-mark 0xf0;-j MARK --set-xmark 0xf0/0xf0;OK
-j MARK --xor-mark 0x0f;-j MARK --set-xmark 0xf/0x0;OK
-j MARK --set-mark 4294967296;;FAIL
-j MARK --set-xmark 1/0x100000000;;FAIL
-j MARK --set-mark -1;;FAIL
-j MARK --set-mark x;;FAIL
-j MARK --set-mark;;FAIL
-j MARK;;FAIL
-j MARK --set-mark 1 --or-mark 2;;FAIL
-j MARK --set-mark 1 --set-mark 2;;FAIL
*filter
:INPUT
-j MARK --set-mark 7;-j MARK --set-xmark 0x7/0xffffffff;OK
*nat
:PREROUTING
-j MARK --set-mark 7;-j MARK --set-xmark 0x7/0xffffffff;OK
