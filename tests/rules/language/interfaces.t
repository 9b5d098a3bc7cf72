# SPDX-License-Identifier: GPL-2.0-or-later
:FORWARD
*filter
-i lo;=;OK
-i eth0 -o eth1;=;OK
-i eth+;=;OK
-i +;*;OK
-o +;*;OK
! -i eth0 ! -o br+;=;OK
--in-interface eth0 --out-interface eth1;-i eth0 -o eth1;OK
-i abcdefghijklmno;=;OK
-i abcdefghijklmn+;=;OK
-i eth0.5@x;=;OK
-i a/b;=;OK
-i eth0:1;=;OK
-i abcdefghijklmnop;;FAIL
-i;;FAIL
-i eth0 -i eth1;;FAIL
-i "";;FAIL
! -i;;FAIL
--in eth0;;FAIL
--in-i eth0;-i eth0;OK;refused: getopt abbreviation
:INPUT
-i lo -j ACCEPT;=;OK
-o lo;;FAIL
:OUTPUT
-o lo -j ACCEPT;=;OK
-i lo;;FAIL
*nat
:PREROUTING
-i eth0;=;OK
-o eth0;;FAIL
:POSTROUTING
-o eth0;=;OK
-i eth0;;FAIL
