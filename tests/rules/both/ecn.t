# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m ecn --ecn-ip-ect 0;=;OK
-m ecn --ecn-ip-ect 1;=;OK
-m ecn --ecn-ip-ect 2;=;OK
-m ecn ! --ecn-ip-ect 3;=;OK
-p tcp -m ecn --ecn-tcp-cwr;=;OK
-p tcp -m ecn --ecn-tcp-ece;=;OK
-p tcp -m ecn ! --ecn-tcp-cwr ! --ecn-tcp-ece;-p tcp -m ecn ! --ecn-tcp-ece ! --ecn-tcp-cwr;OK
-p tcp -m ecn --ecn-tcp-cwr ! --ecn-tcp-ece --ecn-ip-ect 3;-p tcp -m ecn ! --ecn-tcp-ece --ecn-tcp-cwr --ecn-ip-ect 3;OK
-m ecn --ecn-ip-ect 4;;FAIL
-m ecn --ecn-ip-ect -1;;FAIL
-m ecn --ecn-ip-ect;;FAIL
-m ecn --ecn-tcp-cwr;;FAIL
-p udp -m ecn --ecn-tcp-ece;;FAIL
! -p tcp -m ecn --ecn-tcp-ece;;FAIL
-m ecn;;FAIL
-m ecn --ecn-ip-ect 1 --ecn-ip-ect 2;;FAIL
