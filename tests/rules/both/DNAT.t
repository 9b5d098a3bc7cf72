# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*nat
-4 -j DNAT --to-destination 10.0.0.1;=;OK
-4 -j DNAT --to-destination 10.0.0.1-10.0.0.9;=;OK
-4 -p tcp -j DNAT --to-destination 10.0.0.1:80;=;OK
-4 -p udp -j DNAT --to-destination 10.0.0.1-10.0.0.9:1024-65535;=;OK
-4 -p tcp -j DNAT --to-destination :8080;=;OK
-4 -p tcp -j DNAT --to-destination :8080-8090;=;OK
-4 -p tcp --dport 1000:2000 -j DNAT --to-destination 10.0.0.1:3000-4000/1000;-p tcp -m tcp --dport 1000:2000 -j DNAT --to-destination 10.0.0.1:3000-4000/1000;OK
-4 -j DNAT --to-destination 10.0.0.1 --random;=;OK
-4 -j DNAT --to-destination 10.0.0.1 --persistent;=;OK
-4 -j DNAT --to-destination 10.0.0.1 --random --persistent;=;OK
-4 -p sctp -j DNAT --to-destination 10.0.0.1:5;=;OK
-4 -p icmp -j DNAT --to-destination 10.0.0.1;=;OK
-6 -j DNAT --to-destination 2001:db8::1;=;OK
-6 -j DNAT --to-destination 2001:db8::1-2001:db8::9;=;OK
-6 -j DNAT --to-destination [2001:db8::1];-j DNAT --to-destination 2001:db8::1;OK
-6 -p tcp -j DNAT --to-destination [2001:db8::1]:80;=;OK
-6 -p tcp -j DNAT --to-destination [2001:db8::1-2001:db8::9]:1024-65535;=;OK
-6 -p tcp -j DNAT --to-destination :8080;=;OK
-6 -p tcp --dport 1000:2000 -j DNAT --to-destination [2001:db8::1]:3000-4000/1000;-p tcp -m tcp --dport 1000:2000 -j DNAT --to-destination [2001:db8::1]:3000-4000/1000;OK
-6 -j DNAT --to-destination 2001:db8::1 --random --persistent;=;OK
-4 -j DNAT --to-destination 2001:db8::1;;FAIL
-6 -j DNAT --to-destination 10.0.0.1;;FAIL
-4 -j DNAT --to-destination 10.0.0.1:80;;FAIL
-4 -p tcp -j DNAT --to-destination 10.0.0.1:65536;;FAIL
-4 -p tcp -j DNAT --to-destination 10.0.0.1:90-80;;FAIL
-4 -p tcp -j DNAT --to-destination 10.0.0.1:x;;FAIL
-4 -p tcp -j DNAT --to-destination 10.0.0.1:80:81;;FAIL
-4 -j DNAT --to-destination 10.0.0.256;;FAIL
-4 -j DNAT --to-destination 10.0.0.0/24;;FAIL
-4 -j DNAT --to-destination host.invalid;;FAIL
-4 -p icmp -j DNAT --to-destination 10.0.0.1:80;=;OK
-4 -j DNAT --to-destination 10.0.0.1 --to-destination 10.0.0.2;;FAIL
-j DNAT --to-destination;;FAIL
-j DNAT;;FAIL
-j DNAT --random;;FAIL
-4 -j DNAT --to-source 10.0.0.1;;FAIL
-4 -j DNAT --to-d 10.0.0.1;-j DNAT --to-destination 10.0.0.1;OK;refused: getopt abbreviation
:INPUT,POSTROUTING
-4 -j DNAT --to-destination 10.0.0.1;;FAIL
*filter
:INPUT
-4 -j DNAT --to-destination 10.0.0.1;;FAIL
