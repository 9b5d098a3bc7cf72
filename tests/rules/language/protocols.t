# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-p tcp;=;OK
-p TCP;-p tcp;OK
-p udp;=;OK
-p 6;-p tcp;OK
-p 255;=;OK
-p 0;*;OK
-p all;*;OK
-p sctp;=;OK
-p esp;=;OK
-p ah;=;OK
-p gre;=;OK
-p icmp;=;OK
-p icmpv6;-p ipv6-icmp;OK
-p ipv6-icmp;=;OK
-p udplite;=;OK
-p 253 -j DROP;=;OK
--protocol udp;-p udp;OK
--proto tcp;-p tcp;OK;refused: getopt abbreviation of --protocol
! -p tcp;=;OK
! -p 255;=;OK
-p tcp -p tcp;;FAIL
! -p all;;FAIL
! -p 0;;FAIL
-p 256;;FAIL
-p -1;;FAIL
-p nonsense;;FAIL
-p;;FAIL
-p tcp,udp;;FAIL
-p "";;FAIL
--protoc udp;-p udp;OK;refused: getopt abbreviation
-p icmp --dport 5;;FAIL
-p all --dport 5;;FAIL
-6 -p ipv6-frag;=;OK
-6 -p ipv6-nonxt;=;OK
