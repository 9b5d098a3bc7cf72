# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m ipv6header --header hop-by-hop;=;OK
-m ipv6header --header hop,dst,route,frag,auth,esp,none,prot;-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt,protocol;OK
-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt,protocol;=;OK
-m ipv6header --header 0,60,43,44,51,50,59;-m ipv6header --header hop-by-hop,ipv6-opts,ipv6-route,ipv6-frag,ah,esp,ipv6-nonxt;OK
-m ipv6header --header hop-by-hop --soft;=;OK
-m ipv6header ! --header frag;-m ipv6header ! --header ipv6-frag;OK
-m ipv6header ! --header frag --soft -j DROP;-m ipv6header ! --header ipv6-frag --soft -j DROP;OK
-m ipv6header;;FAIL
-m ipv6header --soft;;FAIL
-m ipv6header --header;;FAIL
-m ipv6header --header there-is-no-such-header;;FAIL
-m ipv6header --header tcp;;FAIL
-m ipv6header --header hop --header dst;;FAIL
