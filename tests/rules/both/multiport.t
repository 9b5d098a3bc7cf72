# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-p tcp -m multiport --sports 53,1024:65535;=;OK
-p tcp -m multiport --dports 53,1024:65535;=;OK
-p udp -m multiport --ports 53,1024:65535;=;OK
-p udp -m multiport --source-ports 7;-p udp -m multiport --sports 7;OK
-p udp -m multiport --destination-ports 7,8,9;-p udp -m multiport --dports 7,8,9;OK
-p udplite -m multiport --dports 7,8,9;=;OK
-p sctp -m multiport --dports 7,8,9;=;OK
-p dccp -m multiport ! --dports 7,8,9;=;OK
-p tcp -m multiport ! --ports 1,2,3:4;=;OK
-p tcp -m multiport --dports http,https;-p tcp -m multiport --dports 80,443;OK
-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15;=;OK
-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15;=;OK
-p tcp -m multiport --sports 1 -m multiport --dports 2;=;OK
-p 6 -m multiport --dports 0,65535;-p tcp -m multiport --dports 0,65535;OK
-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16;;FAIL
-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16;;FAIL
-p tcp -m multiport --dports 65536;;FAIL
-p tcp -m multiport --dports 9:8;;FAIL
-p tcp -m multiport --dports 1,,2;;FAIL
-p tcp -m multiport --dports there-is-no-such-service;;FAIL
-p tcp -m multiport --dports;;FAIL
-p tcp -m multiport;;FAIL
-p tcp -m multiport --sports 1 --dports 2;;FAIL
-p icmp -m multiport --dports 1;;FAIL
-m multiport --dports 1;;FAIL
! -p tcp -m multiport --dports 1;;FAIL
