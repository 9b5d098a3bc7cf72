# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING
*mangle
-j DNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/48;=;OK
-j DNPT --src-pfx dead::/64 --dst-pfx beef::/64;=;OK
-j DNPT --src-pfx dead::/64;;FAIL
-j DNPT --dst-pfx dead::/64;;FAIL
-j DNPT;;FAIL
-j DNPT --src-pfx dead::/65 --dst-pfx beef::/64;;FAIL
-j DNPT --src-pfx dead::/129 --dst-pfx beef::/64;;FAIL
-j DNPT --src-pfx 10.0.0.0/8 --dst-pfx beef::/64;;FAIL
-j DNPT --src-pfx dead::1/64 --dst-pfx beef::/64;;FAIL
-j DNPT --src-pfx dead::/64 --src-pfx dead::/64 --dst-pfx beef::/64;;FAIL
:OUTPUT
-j DNPT --src-pfx dead::/64 --dst-pfx beef::/64;=;OK
:INPUT,FORWARD,POSTROUTING
-j DNPT --src-pfx dead::/64 --dst-pfx beef::/64;;FAIL
*filter
:INPUT
-j DNPT --src-pfx dead::/64 --dst-pfx beef::/64;;FAIL
