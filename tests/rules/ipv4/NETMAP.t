# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT,POSTROUTING
*nat
-j NETMAP --to 10.0.0.0/8;=;OK
-d 192.0.2.0/24 -j NETMAP --to 10.1.2.0/24;=;OK
-j NETMAP --to 10.0.0.1;-j NETMAP --to 10.0.0.1/32;OK
-j NETMAP --to 10.0.0.0/255.255.0.0;-j NETMAP --to 10.0.0.0/16;OK
-j NETMAP --to 10.0.0.0/33;-j NETMAP --to 10.0.0.0/32;OK;refused: no prefix length, which iptables 1.8.9 takes for an address and that for a mask
-j NETMAP --to 2001:db8::/32;;FAIL
-j NETMAP --to host.invalid;;FAIL
-j NETMAP --to 10.0.0.0/255.0.255.0;-j NETMAP --to 10.0.0.0/32;OK
-j NETMAP --to;;FAIL
-j NETMAP;;FAIL
-j NETMAP --to 10.0.0.0/8 --to 10.0.0.0/8;;FAIL
*filter
:INPUT
-j NETMAP --to 10.0.0.0/8;;FAIL
