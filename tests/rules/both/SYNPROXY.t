# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD
*filter
-p tcp -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460;=;OK
-p tcp -j SYNPROXY;=;OK
-p tcp -j SYNPROXY --ecn;=;OK
-p tcp -j SYNPROXY --mss 65535;=;OK
-p tcp -j SYNPROXY --wscale 14;=;OK
-p tcp -j SYNPROXY --wscale 15;=;OK
-p tcp -j SYNPROXY --wscale x;;FAIL
-p tcp -j SYNPROXY --mss 65536;-p tcp -j SYNPROXY --mss 0;OK
-p tcp -j SYNPROXY --mss;;FAIL
-p tcp -j SYNPROXY --mss 1 --mss 2;;FAIL
-j SYNPROXY --mss 1460;;FAIL
-p udp -j SYNPROXY --mss 1460;;FAIL
:OUTPUT
-p tcp -j SYNPROXY --mss 1460;;FAIL
