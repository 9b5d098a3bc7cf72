# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
[5:10] -A {chain} -p tcp -j DROP;-p tcp -j DROP;OK
[0:0] -A {chain} -p udp;-p udp;OK
[0:18446744073709551615] -A {chain} -p udp;-p udp;OK
-c 5 10 -p tcp;-p tcp;OK
-p tcp -c 18446744073709551615 18446744073709551615 -j ACCEPT;-p tcp -j ACCEPT;OK
--set-counters 7 8 -p tcp;-p tcp;OK
[5:10 -A {chain} -p tcp;;FAIL
[5] -A {chain} -p tcp;;FAIL
[a:b] -A {chain} -p tcp;;FAIL
-c 5;;FAIL
-c a b;;FAIL
-c 5 b;;FAIL
-c -p tcp;;FAIL
-p tcp -c 5 10 -c 6 11;;FAIL
:{chain} ACCEPT [5:x]\n-A {chain} -p tcp;-p tcp;OK;refused: these are no counters
