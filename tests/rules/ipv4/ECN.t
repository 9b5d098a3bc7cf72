# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*mangle
-p tcp -j ECN --ecn-tcp-remove;=;OK
-p tcp --dport 80 -j ECN --ecn-tcp-remove;-p tcp -m tcp --dport 80 -j ECN --ecn-tcp-remove;OK
-j ECN --ecn-ip-ect 1;=;OK
-p tcp -j ECN --ecn-tcp-cwr 1;=;OK
-p tcp -j ECN --ecn-tcp-ece 0;=;OK
-p tcp -j ECN --ecn-tcp-cwr 0 --ecn-tcp-ece 1;-p tcp -j ECN --ecn-tcp-ece 1 --ecn-tcp-cwr 0;OK
-j ECN --ecn-tcp-remove;;FAIL
-p udp -j ECN --ecn-tcp-remove;;FAIL
-p tcp -j ECN;;FAIL
-j ECN --ecn-ip-ect 4;;FAIL
-p tcp -j ECN --ecn-tcp-cwr 2;;FAIL
-p tcp -j ECN --ecn-tcp-remove --ecn-tcp-cwr 1;;FAIL
-p tcp -j ECN --ecn-tcp-remove --ecn-tcp-remove;;FAIL
*filter
:INPUT
-p tcp -j ECN --ecn-tcp-remove;;FAIL
