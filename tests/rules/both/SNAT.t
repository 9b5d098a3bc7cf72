# SPDX-License-Identifier: GPL-2.0-or-later
:POSTROUTING
*nat
-4 -j SNAT --to-source 10.0.0.1;=;OK
-4 -j SNAT --to-source 10.0.0.1-10.0.0.9;=;OK
-4 -p tcp -j SNAT --to-source 10.0.0.1:1024-65535;=;OK
-4 -p udp -j SNAT --to-source :1024;=;OK
-4 -j SNAT --to-source 10.0.0.1 --random;=;OK
-4 -j SNAT --to-source 10.0.0.1 --random-fully;=;OK
-4 -j SNAT --to-source 10.0.0.1 --persistent;=;OK
-4 -j SNAT --to-source 10.0.0.1 --random --random-fully --persistent;=;OK
-6 -j SNAT --to-source 2001:db8::1;=;OK
-6 -j SNAT --to-source 2001:db8::1-2001:db8::9;=;OK
-6 -p tcp -j SNAT --to-source [2001:db8::1]:1024-65535;=;OK
-6 -p tcp -j SNAT --to-source [2001:db8::1-2001:db8::9]:5;=;OK
-6 -j SNAT --to-source 2001:db8::1 --random --random-fully --persistent;=;OK
-4 -j SNAT --to-source 2001:db8::1;;FAIL
-6 -j SNAT --to-source 10.0.0.1;;FAIL
-4 -j SNAT --to-source 10.0.0.1:80;;FAIL
-4 -p tcp -j SNAT --to-source 10.0.0.1:65536;;FAIL
-4 -p tcp -j SNAT --to-source 10.0.0.1:80/90;;FAIL
-4 -j SNAT --to-source 10.0.0.0/8;;FAIL
-4 -j SNAT --to-source host.invalid;;FAIL
-4 -j SNAT --to-source 10.0.0.1 --to-source 10.0.0.2;;FAIL
-j SNAT --to-source;;FAIL
-j SNAT;;FAIL
:INPUT
-4 -j SNAT --to-source 10.0.0.1;=;OK
:PREROUTING,OUTPUT
-4 -j SNAT --to-source 10.0.0.1;;FAIL
*filter
:OUTPUT
-4 -j SNAT --to-source 10.0.0.1;;FAIL
