# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-4 -f;=;OK
-4 ! -f;=;OK
-4 --fragments -j DROP;-f -j DROP;OK
-4 --fragment -j DROP;-f -j DROP;OK
-4 -p udp -f;=;OK
-6 -f;;FAIL
-6 --fragment;;FAIL
-4 -f -f;;FAIL
-4 -f -p tcp --dport 5;-p tcp -f -m tcp --dport 5;OK
-4 --fragm;-f;OK;refused: getopt abbreviation
