# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD,OUTPUT
*filter
-j ACCEPT;=;OK
-j DROP;=;OK
-j RETURN;=;OK
--jump DROP;-j DROP;OK
--jump=DROP;-j DROP;FAIL;accepted: the value may stand behind = as with all long options, where iptables 1.8.9 takes the whole word

-p tcp -j DROP;=;OK
-j QUEUE --queue-num 1;;FAIL
-j;;FAIL
-j ACCEPT -j DROP;;FAIL
-j accept;;FAIL
-j there-is-no-such-chain;;FAIL
-j INPUT;;FAIL
! -j DROP;;FAIL
-j ACCEPT --reject-with tcp-reset;;FAIL
-j -p tcp;;FAIL
--jum DROP;-j DROP;OK;refused: getopt abbreviation
*nat
:PREROUTING,POSTROUTING
-j ACCEPT;=;OK
-j RETURN;=;OK
-j DROP;;FAIL
-j REJECT;;FAIL
*mangle
:POSTROUTING
-j DROP;=;OK
*raw
:PREROUTING
-j DROP;=;OK
*security
:FORWARD
-j DROP;=;OK
