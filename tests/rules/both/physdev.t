# SPDX-License-Identifier: GPL-2.0-or-later
:FORWARD
*filter
-m physdev --physdev-in eth0;=;OK
-m physdev --physdev-in eth+;=;OK
-m physdev ! --physdev-in eth0;=;OK
-m physdev --physdev-is-in;=;OK
-m physdev ! --physdev-is-in;=;OK
-m physdev --physdev-is-bridged --physdev-out br0;-m physdev --physdev-out br0 --physdev-is-bridged;OK
-m physdev --physdev-is-bridged ! --physdev-out br0;-m physdev ! --physdev-out br0 --physdev-is-bridged;OK
-m physdev --physdev-is-bridged;=;OK
-m physdev --physdev-in a --physdev-out b --physdev-is-bridged;=;OK
-m physdev;;FAIL
-m physdev --physdev-in;;FAIL
-m physdev --physdev-in eth0 --physdev-in eth1;;FAIL
-m physdev --physdev-in abcdefghijklmnopq;;FAIL
:INPUT
-m physdev --physdev-in eth0;=;OK
-m physdev --physdev-out eth0;=;OK
