# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*mangle
-m connmark --mark 0xffffffff;=;OK
-m connmark --mark 0xffffffff/0xff00;=;OK
-m connmark ! --mark 7;-m connmark ! --mark 0x7;OK
-m connmark --mark 0;-m connmark --mark 0x0;OK
-m connmark --mark 1/0 -j CONNMARK --set-mark 2;-m connmark --mark 0x1/0x0 -j CONNMARK --set-xmark 0x2/0xffffffff;OK
-m connmark --mark 0x100000000;;FAIL
-m connmark --mark 1/0x100000000;;FAIL
-m connmark --mark -1;;FAIL
-m connmark --mark x;;FAIL
-m connmark;;FAIL
-m connmark --mark 1 --mark 1;;FAIL
:PREROUTING
*nat
-m connmark --mark 0x1/0xf;=;OK
