# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,POSTROUTING
*mangle
-4 -j TEE --gateway 10.0.0.1;=;OK
-4 -j TEE --gateway 10.0.0.1 --oif lo;=;OK
-6 -j TEE --gateway 2001:db8::1;=;OK
-6 -j TEE --gateway 2001:db8::1 --oif eth7;=;OK
-4 -j TEE --gateway 0.0.0.0;;FAIL
-6 -j TEE --gateway ::;;FAIL
-4 -j TEE --gateway 2001:db8::1;;FAIL
-6 -j TEE --gateway 10.0.0.1;;FAIL
-4 -j TEE --gateway host.invalid;;FAIL
-4 -j TEE --gateway 10.0.0.0/8;;FAIL
-j TEE;;FAIL
-j TEE --gateway;;FAIL
-j TEE --oif lo;;FAIL
-4 -j TEE --gateway 10.0.0.1 --oif abcdefghijklmnopqr;-j TEE --gateway 10.0.0.1 --oif abcdefghijklmno;OK
-4 -j TEE --gateway 10.0.0.1 --gateway 10.0.0.2;;FAIL
