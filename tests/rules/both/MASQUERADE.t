# SPDX-License-Identifier: GPL-2.0-or-later
:POSTROUTING
*nat
-j MASQUERADE;=;OK
-j MASQUERADE --random;=;OK
-j MASQUERADE --random-fully;=;OK
-p tcp -j MASQUERADE --to-ports 1024;=;OK
-p udp -j MASQUERADE --to-ports 1024-65535;=;OK
-p udp -j MASQUERADE --to-ports 1024-65535 --random;=;OK
-p tcp -j MASQUERADE --to-ports 7 --random-fully;=;OK
-p sctp -o eth0 -j MASQUERADE --to-ports 7-8;-o eth0 -p sctp -j MASQUERADE --to-ports 7-8;OK
-p udp -j MASQUERADE --to-ports 1024-65536;;FAIL
-p udp -j MASQUERADE --to-ports 1024-1023;;FAIL
-p udp -j MASQUERADE --to-ports -1;;FAIL
-p udp -j MASQUERADE --to-ports x;;FAIL
-p udp -j MASQUERADE --to-ports;;FAIL
-j MASQUERADE --to-ports 1024;;FAIL
-p icmp -j MASQUERADE --to-ports 1024;=;OK
-j MASQUERADE --persistent;;FAIL
-p tcp -j MASQUERADE --to-ports 7 --to-ports 8;;FAIL
-i eth0 -j MASQUERADE;;FAIL
:PREROUTING,INPUT,OUTPUT
-j MASQUERADE;;FAIL
*filter
:OUTPUT
-j MASQUERADE;;FAIL
