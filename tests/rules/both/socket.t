# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING
*mangle
-m socket;=;OK
-m socket --transparent;=;OK
-m socket --nowildcard;=;OK
-m socket --transparent --nowildcard;=;OK
-m socket --transparent --nowildcard --restore-skmark;=;OK
-m socket --restore-skmark -j ACCEPT;=;OK
-m socket ! --transparent;;FAIL
-m socket --transparent --transparent;;FAIL
-m socket --opaque;;FAIL
:INPUT
-m socket --transparent;=;OK
:FORWARD,OUTPUT,POSTROUTING
-m socket;;FAIL
*raw
:PREROUTING
-m socket --nowildcard;=;OK
