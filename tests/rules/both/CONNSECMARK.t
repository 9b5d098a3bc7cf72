# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,FORWARD,OUTPUT
*mangle
-j CONNSECMARK --save;=;OK
-j CONNSECMARK --restore;=;OK
-j CONNSECMARK;;FAIL
-j CONNSECMARK --save --restore;;FAIL
-j CONNSECMARK --save --save;;FAIL
-j CONNSECMARK --drop;;FAIL
*security
:INPUT
-j CONNSECMARK --save;=;OK
*filter
:INPUT
-j CONNSECMARK --save;;FAIL
