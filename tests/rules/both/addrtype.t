# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m addrtype --src-type UNICAST;=;OK
-m addrtype --dst-type LOCAL;=;OK
-m addrtype ! --dst-type LOCAL;=;OK
-m addrtype --src-type LOCAL,MULTICAST ! --dst-type ANYCAST;=;OK
-m addrtype --src-type local;-m addrtype --src-type LOCAL;OK
-4 -m addrtype --dst-type BLACKHOLE,UNREACHABLE,PROHIBIT,THROW,NAT,XRESOLVE;=;OK
-6 -m addrtype --dst-type BLACKHOLE,UNREACHABLE,PROHIBIT,THROW,NAT,XRESOLVE;;FAIL
-6 -m addrtype --dst-type UNREACHABLE,ANYCAST;-m addrtype --dst-type ANYCAST,UNREACHABLE;OK
-m addrtype --dst-type UNSPEC;=;OK
-m addrtype --src-type UNICAST --limit-iface-in;=;OK
-m addrtype --dst-type LOCAL --limit-iface-out;;FAIL
-m addrtype --dst-type LOCAL --limit-iface-in --limit-iface-out;;FAIL
-m addrtype;;FAIL
-m addrtype --limit-iface-in;;FAIL
-m addrtype --src-type NOWHERE;;FAIL
-m addrtype --src-type;;FAIL
-m addrtype --src-type LOCAL --src-type UNICAST;;FAIL
-m addrtype --dst-type LOCAL,;;FAIL
-m addrtype --limit-iface-in ! --limit-iface-in --src-type LOCAL;;FAIL
-m addrtype --src-typ LOCAL;-m addrtype --src-type LOCAL;OK;refused: getopt abbreviation
:OUTPUT
-m addrtype --dst-type LOCAL --limit-iface-out;=;OK
-m addrtype --dst-type LOCAL --limit-iface-in;;FAIL
:FORWARD
-4 -m addrtype --dst-type BROADCAST;=;OK
-m addrtype --dst-type LOCAL --limit-iface-in;=;OK
-m addrtype --dst-type LOCAL --limit-iface-out;=;OK
*nat
:PREROUTING
-m addrtype --dst-type LOCAL;=;OK
-m addrtype --dst-type LOCAL --limit-iface-out;;FAIL
