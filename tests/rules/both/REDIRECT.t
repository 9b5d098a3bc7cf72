# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*nat
-j REDIRECT;=;OK
-j REDIRECT --random;=;OK
-p tcp -j REDIRECT --to-ports 42;=;OK
-p udp -j REDIRECT --to-ports 42-1234;=;OK
-p tcp -j REDIRECT --to-ports 42-1234 --random;=;OK
-p tcp --dport 80 -j REDIRECT --to-ports http-alt;-p tcp -m tcp --dport 80 -j REDIRECT --to-ports 8080;OK
-p tcp -j REDIRECT --to-ports 0;=;OK
-p tcp -j REDIRECT --to-ports 65536;;FAIL
-p tcp -j REDIRECT --to-ports 8-7;;FAIL
-p tcp -j REDIRECT --to-ports -1;;FAIL
-p tcp -j REDIRECT --to-ports there-is-no-such-service;;FAIL
-p tcp -j REDIRECT --to-ports;;FAIL
-j REDIRECT --to-ports 42;;FAIL
-p icmp -j REDIRECT --to-ports 42;=;OK
-p tcp -j REDIRECT --to-ports 1 --to-ports 2;;FAIL
-p tcp -j REDIRECT --to-destination 10.0.0.1;;FAIL
-p tcp -j REDIRECT --to-port 42;-p tcp -j REDIRECT --to-ports 42;OK;refused: getopt abbreviation
:INPUT,POSTROUTING
-j REDIRECT;;FAIL
*filter
:INPUT
-j REDIRECT;;FAIL
