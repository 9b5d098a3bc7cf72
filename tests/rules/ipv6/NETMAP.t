# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT,POSTROUTING
*nat
-j NETMAP --to 2001:db8::/32;=;OK
-d 2001:db8:1::/48 -j NETMAP --to 2001:db8:2::/48;=;OK
-j NETMAP --to 2001:db8::1;-j NETMAP --to 2001:db8::1/128;OK
-j NETMAP --to 2001:db8::/129;;FAIL
-j NETMAP --to 10.0.0.0/8;;FAIL
-j NETMAP --to host.invalid;;FAIL
-j NETMAP --to;;FAIL
-j NETMAP;;FAIL
-j NETMAP --to dead::/64 --to dead::/64;;FAIL
*filter
:INPUT
-j NETMAP --to dead::/64;;FAIL
