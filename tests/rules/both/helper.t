# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m helper --helper ftp;=;OK
-m helper ! --helper ftp;=;OK
-m helper --helper "two words";=;OK
-m helper --helper ftp-2121 -j DROP;=;OK
-m helper;;FAIL
-m helper --helper;;FAIL
-m helper --helper ftp --helper irc;;FAIL
-m helper --hel;;FAIL
