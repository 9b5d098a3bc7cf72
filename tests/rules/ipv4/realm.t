# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD,POSTROUTING
*mangle
-m realm --realm 0x1;=;OK
-m realm --realm 0x1/0x2a;=;OK
-m realm ! --realm 0x2a;=;OK
-m realm --realm 5;-m realm --realm 0x5;OK
-m realm --realm 4294967295;-m realm --realm 0xffffffff;OK
-m realm --realm 4294967296;;FAIL
-m realm --realm 0x1/0x1ffffffff;;FAIL
-m realm --realm there-is-no-such-realm;;FAIL
-m realm --realm;;FAIL
-m realm;;FAIL
-m realm --realm 1 --realm 2;;FAIL
:PREROUTING
-m realm --realm 1;;FAIL
*filter
:OUTPUT
-m realm --realm 1 -j DROP;-m realm --realm 0x1 -j DROP;OK
