# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-A {chain} -p tcp\n-N mine;-p tcp;OK
+-N mine
-j mine;=;OK
-g mine;=;OK
-p tcp -j mine;=;OK
-A mine -j DROP\n-A {chain} -p tcp -j mine;-p tcp -j mine;OK
-A mine -p tcp -j RETURN\n-A mine -p udp -g yours\n-N yours\n-A yours -j DROP\n-A {chain} -j mine;;FAIL
-A mine -p tcp -j RETURN\n-N yours\n-A mine -p udp -g yours\n-A yours -j DROP\n-A {chain} -j mine;-j mine;OK
-A mine -p tcp -j ACCEPT;;OK
-I mine -p tcp\n-I mine -p udp\n-A {chain} -j mine;-j mine;OK
-A {chain} -j mine\n-A {chain} -g mine\n-I {chain} 2 -p tcp -j mine;-j mine\n-p tcp -j mine\n-g mine;OK
-A mine -i lo -o lo -j DROP\n-A {chain} -j mine;-j mine;OK
--goto mine;-g mine;OK
-j mine --comment x;;FAIL
-g ACCEPT;;FAIL
-g there-is-no-such-chain;;FAIL
-g {chain};;FAIL
-j mine -g mine;;FAIL
-j {chain};;FAIL
-A mine -j mine\n-A {chain} -j mine;;FAIL
-A mine -j yours\n-N yours\n-A {chain} -j mine;;FAIL
-N mine\n-A {chain} -j mine;;FAIL
+
+:mine - [0:0]
+:abcdefghijklmnopqrstuvwxyzab -
-j mine;=;OK
-j abcdefghijklmnopqrstuvwxyzab;=;OK
-A mine -j abcdefghijklmnopqrstuvwxyzab\n-A abcdefghijklmnopqrstuvwxyzab -j DROP\n-A {chain} -j mine;-j mine;OK
-A mine -j abcdefghijklmnopqrstuvwxyzab\n-A abcdefghijklmnopqrstuvwxyzab -j mine\n-A {chain} -j mine;;FAIL
+
-N abcdefghijklmnopqrstuvwxyzabc\n-A {chain} -p tcp;;FAIL
-N ACCEPT\n-A {chain} -p tcp;;FAIL
-N DROP\n-A {chain} -p tcp;;FAIL
-N {chain}\n-A {chain} -p tcp;;FAIL
-N REJECT\n-A {chain} -p tcp;;FAIL
-N -dash\n-A {chain} -p tcp;;FAIL
-N\n-A {chain} -p tcp;;FAIL
-N !bang\n-A {chain} -p tcp;;FAIL
-N "two words"\n-A {chain} -p tcp;;FAIL
-N oi-mine\n-A {chain} -j oi-mine;-j oi-mine;OK
-N oci-iptables-INPUT\n-A {chain} -j oci-iptables-INPUT;-j oci-iptables-INPUT;OK
-N OUTPUT-mine\n-A OUTPUT-mine -j DROP\n-A {chain} -j OUTPUT-mine;-j OUTPUT-mine;OK
-N a.b_c:d@e\n-A {chain} -j a.b_c:d@e;-j a.b_c:d@e;OK
-N INPUT-mine\n-A INPUT -j INPUT-mine\n-A OUTPUT -j INPUT-mine\n-A FORWARD -j INPUT-mine;-j INPUT-mine;OK
