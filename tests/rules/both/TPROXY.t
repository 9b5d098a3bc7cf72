# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING
*mangle
-4 -p tcp -j TPROXY --on-port 3128;-p tcp -j TPROXY --on-port 3128 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-6 -p tcp -j TPROXY --on-port 3128;-p tcp -j TPROXY --on-port 3128 --on-ip :: --tproxy-mark 0x0/0x0;OK
-4 -p udp -j TPROXY --on-port 0;-p udp -j TPROXY --on-port 0 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-6 -p udp -j TPROXY --on-port 0;-p udp -j TPROXY --on-port 0 --on-ip :: --tproxy-mark 0x0/0x0;OK
-4 -p tcp -j TPROXY --on-port 3128 --on-ip 127.0.0.1 --tproxy-mark 0x1/0xff;=;OK
-4 -p tcp -j TPROXY --on-port 3128 --on-ip 127.0.0.1;-p tcp -j TPROXY --on-port 3128 --on-ip 127.0.0.1 --tproxy-mark 0x0/0x0;OK
-6 -p tcp -j TPROXY --on-port 3128 --on-ip ::1 --tproxy-mark 0x23;-p tcp -j TPROXY --on-port 3128 --on-ip ::1 --tproxy-mark 0x23/0xffffffff;OK
-4 -p udp -j TPROXY --on-port 12345 --tproxy-mark 10/12;-p udp -j TPROXY --on-port 12345 --on-ip 0.0.0.0 --tproxy-mark 0xa/0xc;OK
-6 -p udp -j TPROXY --on-port 12345 --tproxy-mark 10/12;-p udp -j TPROXY --on-port 12345 --on-ip :: --tproxy-mark 0xa/0xc;OK
-4 -p tcp -j TPROXY --on-port http;-p tcp -j TPROXY --on-port 80 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK
-6 -p tcp -j TPROXY --on-port http;-p tcp -j TPROXY --on-port 80 --on-ip :: --tproxy-mark 0x0/0x0;OK
-4 -p tcp -j TPROXY --on-port 65536;-p tcp -j TPROXY --on-port 0 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0;OK;refused: beyond 65535, which iptables 1.8.9 takes for 0
-6 -p tcp -j TPROXY --on-port 65536;-p tcp -j TPROXY --on-port 0 --on-ip :: --tproxy-mark 0x0/0x0;OK;refused: beyond 65535, which iptables 1.8.9 takes for 0
-p tcp -j TPROXY --on-port x;;FAIL
-p tcp -j TPROXY --on-port;;FAIL
-p tcp -j TPROXY;;FAIL
-p tcp -j TPROXY --tproxy-mark 1;;FAIL
-4 -p tcp -j TPROXY --on-port 1 --on-ip ::1;;FAIL
-6 -p tcp -j TPROXY --on-port 1 --on-ip 127.0.0.1;;FAIL
-p tcp -j TPROXY --on-port 1 --on-ip host.invalid;;FAIL
-p tcp -j TPROXY --on-port 1 --tproxy-mark 0x100000000;;FAIL
-j TPROXY --on-port 3128;;FAIL
-p icmp -j TPROXY --on-port 3128;;FAIL
-p tcp -j TPROXY --on-port 1 --on-port 2;;FAIL
:INPUT,OUTPUT
-p tcp -j TPROXY --on-port 3128;;FAIL
*filter
:INPUT
-p tcp -j TPROXY --on-port 3128;;FAIL
