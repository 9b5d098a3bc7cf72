# SPDX-License-Identifier: GPL-2.0-or-later
# A policy ends the owner's own chain with its verdict; the reference's table has it as its own policy.
:INPUT,FORWARD,OUTPUT
*filter
-P {chain} DROP;-j DROP;OK
-P {chain} DROP\n-A {chain} -p tcp -j ACCEPT;-p tcp -j ACCEPT\n-j DROP;OK
-A {chain} -p tcp -j ACCEPT\n-P {chain} DROP;-p tcp -j ACCEPT\n-j DROP;OK
--policy {chain} DROP;-j DROP;OK
-P {chain} ACCEPT\n-A {chain} -p tcp -j DROP;-p tcp -j DROP;OK
-P {chain} DROP\n-P {chain} ACCEPT\n-A {chain} -p tcp;-p tcp;OK
:{chain} DROP;-j DROP;OK
:{chain} DROP [0:0]\n-A {chain} -p tcp -j ACCEPT;-p tcp -j ACCEPT\n-j DROP;OK
:{chain} DROP [5:10]\n-A {chain} -p tcp -j ACCEPT;-p tcp -j ACCEPT\n-j DROP;OK
:{chain} ACCEPT [0:0]\n-A {chain} -p tcp -j DROP;-p tcp -j DROP;OK
:{chain} - [0:0]\n-A {chain} -p tcp -j DROP;-p tcp -j DROP;OK;refused: - is for own chains
-P {chain};;FAIL
-P {chain} REJECT;;FAIL
-P {chain} RETURN;;FAIL
-P {chain} no-such-verdict;;FAIL
-P no-such-chain DROP;;FAIL
:{chain} REJECT\n-A {chain} -p tcp;;FAIL
:{chain} RETURN\n-A {chain} -p tcp;;FAIL
:{chain}\n-A {chain} -p tcp;;FAIL
-P {chain} DROP -p tcp;;FAIL
+-N mine
-P mine DROP;;FAIL
*nat
:PREROUTING
-P {chain} ACCEPT\n-A {chain} -p tcp -j RETURN;-p tcp -j RETURN;OK
