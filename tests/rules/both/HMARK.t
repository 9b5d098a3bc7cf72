# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*mangle
-4 -j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 10 --hmark-rnd 0xcafe;-j HMARK --hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-sport-mask 0xffff --hmark-dport-mask 0xffff --hmark-proto-mask 0xffff --hmark-rnd 0x0000cafe --hmark-mod 10;OK
-6 -j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 10 --hmark-rnd 0xcafe;-j HMARK --hmark-src-prefix 128 --hmark-dst-prefix 128 --hmark-sport-mask 0xffff --hmark-dport-mask 0xffff --hmark-proto-mask 0xffff --hmark-rnd 0x0000cafe --hmark-mod 10;OK
-4 -j HMARK --hmark-tuple ct,src,dst --hmark-mod 10 --hmark-offset 100 --hmark-rnd 0xcafe;-j HMARK --hmark-src-prefix 32 --hmark-dst-prefix 32 --hmark-rnd 0x0000cafe --hmark-mod 10 --hmark-offset 100 --hmark-tuple ct;OK
-6 -j HMARK --hmark-tuple ct,src,dst --hmark-mod 10 --hmark-offset 100 --hmark-rnd 0xcafe;-j HMARK --hmark-src-prefix 128 --hmark-dst-prefix 128 --hmark-rnd 0x0000cafe --hmark-mod 10 --hmark-offset 100 --hmark-tuple ct;OK
-4 -p tcp -j HMARK --hmark-tuple src,sport --hmark-mod 4294967295 --hmark-offset 1 --hmark-rnd 1;-p tcp -j HMARK --hmark-src-prefix 32 --hmark-sport-mask 0xffff --hmark-rnd 0x00000001 --hmark-mod 4294967295 --hmark-offset 1;OK
-6 -p tcp -j HMARK --hmark-tuple src,sport --hmark-mod 4294967295 --hmark-offset 1 --hmark-rnd 1;-p tcp -j HMARK --hmark-src-prefix 128 --hmark-sport-mask 0xffff --hmark-rnd 0x00000001 --hmark-mod 4294967295 --hmark-offset 1;OK
-4 -j HMARK --hmark-src-prefix 24 --hmark-dst-prefix 16 --hmark-mod 2 --hmark-rnd 7;-j HMARK --hmark-src-prefix 24 --hmark-dst-prefix 16 --hmark-rnd 0x00000007 --hmark-mod 2;OK
-6 -j HMARK --hmark-src-prefix 64 --hmark-dst-prefix 48 --hmark-mod 2 --hmark-rnd 7;-j HMARK --hmark-src-prefix 64 --hmark-dst-prefix 48 --hmark-rnd 0x00000007 --hmark-mod 2;OK
-p tcp -j HMARK --hmark-sport-mask 0xff --hmark-dport-mask 0xff00 --hmark-mod 2 --hmark-rnd 7;-p tcp -j HMARK --hmark-sport-mask 0x00ff --hmark-dport-mask 0xff00 --hmark-rnd 0x00000007 --hmark-mod 2;OK
-p tcp -j HMARK --hmark-sport 0x10 --hmark-dport 0x20 --hmark-mod 2 --hmark-rnd 7;-p tcp -j HMARK --hmark-sport 0x0010 --hmark-dport 0x0020 --hmark-rnd 0x00000007 --hmark-mod 2;OK
-p esp -j HMARK --hmark-spi-mask 0xff --hmark-mod 2 --hmark-rnd 7;-p esp -j HMARK --hmark-spi-mask 0x000000ff --hmark-rnd 0x00000007 --hmark-mod 2;OK
-p ah -j HMARK --hmark-spi 0x10 --hmark-mod 2 --hmark-rnd 7;-p ah -j HMARK --hmark-spi 0x00000010 --hmark-rnd 0x00000007 --hmark-mod 2;OK
-j HMARK --hmark-proto-mask 0xff --hmark-mod 2 --hmark-rnd 7;-j HMARK --hmark-proto-mask 0xff --hmark-rnd 0x00000007 --hmark-mod 2;OK
-j HMARK --hmark-tuple src --hmark-rnd 1;;FAIL
-j HMARK --hmark-mod 2;;FAIL
-j HMARK --hmark-tuple src --hmark-mod 0 --hmark-rnd 1;;FAIL
-j HMARK --hmark-tuple moon --hmark-mod 2 --hmark-rnd 1;;FAIL
-4 -j HMARK --hmark-src-prefix 33 --hmark-mod 2 --hmark-rnd 7;-j HMARK --hmark-src-prefix 32 --hmark-rnd 0x00000007 --hmark-mod 2;OK;refused: no prefix length, which iptables 1.8.9 takes for an address and that for a mask
-6 -j HMARK --hmark-src-prefix 129 --hmark-mod 2 --hmark-rnd 7;;FAIL
-p tcp -j HMARK --hmark-sport-mask 0x10000 --hmark-mod 2 --hmark-rnd 7;;FAIL
-p tcp -j HMARK --hmark-spi 1 --hmark-sport 1 --hmark-mod 2 --hmark-rnd 7;;FAIL
-j HMARK;;FAIL
*filter
:INPUT
-4 -j HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 1;-j HMARK --hmark-src-prefix 32 --hmark-rnd 0x00000001 --hmark-mod 2;OK
-6 -j HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 1;-j HMARK --hmark-src-prefix 128 --hmark-rnd 0x00000001 --hmark-mod 2;OK
