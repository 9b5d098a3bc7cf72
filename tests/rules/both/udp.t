# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-p udp -m udp --sport 1;=;OK
-p udp --dport 53;-p udp -m udp --dport 53;OK
-p udp --dport domain;-p udp -m udp --dport 53;OK
-p udp -m udp --source-port 0:65535 --destination-port 1:2;-p udp -m udp --dport 1:2;OK
-p udp -m udp ! --sport 53 ! --dport 1024:;-p udp -m udp ! --sport 53 ! --dport 1024:65535;OK
-p udp -m udp --dport :1023;-p udp -m udp --dport 0:1023;OK
-p 17 --dport 7;-p udp -m udp --dport 7;OK
-p udp -m udp;=;OK
-m udp --dport 53;;FAIL
-p tcp -m udp --dport 53;;FAIL
! -p udp -m udp --dport 53;;FAIL
-p udp --dport 65536;-p udp -m udp --dport 0;OK;refused: beyond 65535, which iptables 1.8.9 takes for 0
-p udp --dport -5;;FAIL
-p udp --dport 6:5;-p udp -m udp --dport 6:5;OK
-p udp --dport 6:5:4;;FAIL
-p udp --dport there-is-no-such-service;;FAIL
-p udp --dport 1 --dport 2;;FAIL
-p udp --dport;;FAIL
-p udp --syn;;FAIL
-p udp --dpo 53;-p udp -m udp --dport 53;OK;refused: getopt abbreviation
