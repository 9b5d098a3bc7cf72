# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-p ipv6-icmp -m icmp6 --icmpv6-type 1;=;OK
-p icmpv6 --icmpv6-type echo-request;-p ipv6-icmp -m icmp6 --icmpv6-type 128;OK
-p icmpv6 --icmpv6-type ping;-p ipv6-icmp -m icmp6 --icmpv6-type 128;OK
-p icmpv6 -m icmpv6 --icmpv6-type 1/0;-p ipv6-icmp -m icmp6 --icmpv6-type 1/0;OK
-p icmpv6 -m icmp6 --icmpv6-type 255/255;-p ipv6-icmp -m icmp6 --icmpv6-type 255/255;OK
-p icmpv6 -m icmp6 ! --icmpv6-type 128;-p ipv6-icmp -m icmp6 ! --icmpv6-type 128;OK
-p icmpv6 -m icmp6 --icmpv6-type packet-too-big;-p ipv6-icmp -m icmp6 --icmpv6-type 2;OK
-p icmpv6 -m icmp6 --icmpv6-type neighbour-solicitation;-p ipv6-icmp -m icmp6 --icmpv6-type 135;OK
-p icmpv6 -m icmp6 --icmpv6-type neighbor-advertisement;-p ipv6-icmp -m icmp6 --icmpv6-type 136;OK
-p icmpv6 -m icmp6 --icmpv6-type router-advertisement;-p ipv6-icmp -m icmp6 --icmpv6-type 134;OK
-p icmpv6 -m icmp6 --icmpv6-type ttl-zero-during-transit;-p ipv6-icmp -m icmp6 --icmpv6-type 3/0;OK
-p icmpv6 -m icmp6 --icmpv6-type failed-policy;-p ipv6-icmp -m icmp6 --icmpv6-type 1/5;OK
-p icmpv6 -m icmp6 --icmpv6-type redirect;-p ipv6-icmp -m icmp6 --icmpv6-type 137;OK
-p 58 --icmpv6-type 135;-p ipv6-icmp -m icmp6 --icmpv6-type 135;OK
-p icmpv6 -m icmp6;;FAIL
-p icmpv6 --icmpv6-type 256;;FAIL
-p icmpv6 --icmpv6-type 1/256;;FAIL
-p icmpv6 --icmpv6-type -1;;FAIL
-p icmpv6 --icmpv6-type there-is-no-such-type;;FAIL
-p icmpv6 --icmpv6-type;;FAIL
-p icmpv6 --icmpv6-type 1 --icmpv6-type 2;;FAIL
-p tcp -m icmp6 --icmpv6-type 1;;FAIL
-m icmp6 --icmpv6-type 1;;FAIL
-p icmp -m icmp6 --icmpv6-type 1;;FAIL
-p icmpv6 --icmp-type 8;;FAIL
