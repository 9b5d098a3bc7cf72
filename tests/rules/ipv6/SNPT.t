# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,POSTROUTING
*mangle
-j SNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:2::/48;=;OK
-j SNPT --src-pfx dead::/64 --dst-pfx beef::/64;=;OK
-j SNPT --src-pfx dead::/64;;FAIL
-j SNPT --dst-pfx dead::/64;;FAIL
-j SNPT;;FAIL
-j SNPT --src-pfx dead::/65 --dst-pfx beef::/64;;FAIL
-j SNPT --src-pfx dead::/64 --dst-pfx 10.0.0.0/8;;FAIL
-j SNPT --src-pfx dead::/64 --dst-pfx beef::/64 --dst-pfx beef::/64;;FAIL
:PREROUTING,FORWARD,OUTPUT
-j SNPT --src-pfx dead::/64 --dst-pfx beef::/64;;FAIL
*filter
:INPUT
-j SNPT --src-pfx dead::/64 --dst-pfx beef::/64;;FAIL
