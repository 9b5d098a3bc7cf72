# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m ipvs --ipvs;=;OK;needs: xt_ipvs
-m ipvs ! --ipvs;=;OK;needs: xt_ipvs
-m ipvs --vproto tcp;-m ipvs --vproto 6;OK;needs: xt_ipvs
-m ipvs ! --vproto 17;=;OK;needs: xt_ipvs
-4 -m ipvs --vaddr 10.0.0.0/8;=;OK;needs: xt_ipvs
-4 -m ipvs ! --vaddr 10.0.0.1;=;OK;needs: xt_ipvs
-6 -m ipvs --vaddr 2001:db8::/32;=;OK;needs: xt_ipvs
-m ipvs --vproto tcp --vport http;-m ipvs --vproto 6 --vport 80;OK;needs: xt_ipvs
-m ipvs --vproto tcp ! --vport 8080;-m ipvs --vproto 6 ! --vport 8080;OK;needs: xt_ipvs
-m ipvs --vdir ORIGINAL;=;OK;needs: xt_ipvs
-m ipvs --vdir REPLY;=;OK;needs: xt_ipvs
-m ipvs --vmethod GATE;=;OK;needs: xt_ipvs
-m ipvs --vmethod IPIP;=;OK;needs: xt_ipvs
-m ipvs ! --vmethod MASQ;=;OK;needs: xt_ipvs
-m ipvs --vproto tcp --vportctl 21;-m ipvs --vproto 6 --vportctl 21;OK;needs: xt_ipvs
-m ipvs;;FAIL
-m ipvs --vmethod TUNNEL;;FAIL
-m ipvs --vdir BOTH;;FAIL
-m ipvs --vproto nonsense;;FAIL
-m ipvs --vproto tcp --vport 65536;-m ipvs --vproto 6 --vport 0;OK;refused: beyond 65535, which iptables 1.8.9 takes for 0;needs: xt_ipvs
-4 -m ipvs --vaddr 2001:db8::1;;FAIL
-m ipvs --ipvs --ipvs;;FAIL
