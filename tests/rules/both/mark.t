# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD,OUTPUT
*filter
-m mark --mark 1;-m mark --mark 0x1;OK
-m mark --mark 0xfeedcafe;=;OK
-m mark --mark 0x10/0xff;=;OK
-m mark ! --mark 0x10/0xff0;=;OK
-m mark --mark 4294967295;-m mark --mark 0xffffffff;OK
-m mark --mark 010;-m mark --mark 0x8;OK
-m mark --mark 4294967296;;FAIL
-m mark --mark 0x1/0x1ffffffff;;FAIL
-m mark --mark -1;;FAIL
-m mark --mark one;;FAIL
-m mark --mark 1/;;FAIL
-m mark --mark;;FAIL
-m mark --mark 1 --mark 2;;FAIL
-m mark;;FAIL
-m mark --mar 1;-m mark --mark 0x1;OK;refused: getopt abbreviation
