# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD
*filter
-m policy --dir in --pol none;=;OK
-m policy --dir in --pol ipsec;=;OK
-m policy --dir in --pol ipsec --proto esp;=;OK
-m policy --dir in --pol ipsec --reqid 1 --spi 0x1 --proto ah --mode transport;=;OK
-m policy --dir in --pol ipsec --strict --reqid 1 --spi 0x1 --proto ipcomp;=;OK
-m policy --dir in --pol ipsec ! --reqid 1 ! --spi 0x2;=;OK
-4 -m policy --dir in --pol ipsec --strict --mode tunnel --tunnel-src 10.0.0.0/8 --tunnel-dst 10.0.0.1/32;-m policy --dir in --pol ipsec --strict --mode tunnel --tunnel-dst 10.0.0.1 --tunnel-src 10.0.0.0/8;OK
-6 -m policy --dir in --pol ipsec --strict --mode tunnel --tunnel-src 2001:db8::/32 --tunnel-dst 2001:db8::1;-m policy --dir in --pol ipsec --strict --mode tunnel --tunnel-dst 2001:db8::1 --tunnel-src 2001:db8::/32;OK
-4 -m policy --dir in --pol ipsec --strict --proto esp --mode tunnel --tunnel-src 10.0.0.0/8 --tunnel-dst 10.0.0.0/8 --next --reqid 2;-m policy --dir in --pol ipsec --strict --proto esp --mode tunnel --tunnel-dst 10.0.0.0/8 --tunnel-src 10.0.0.0/8 --next --reqid 2;OK
-4 -m policy --dir in --pol ipsec --strict --proto esp --mode tunnel ! --tunnel-src 10.0.0.0/8 --next ! --proto ah;=;OK
-m policy --dir in --pol ipsec --mode tunnel --tunnel-src host.invalid;;FAIL
-m policy --pol ipsec --proto esp;;FAIL
-m policy --dir in;-m policy --dir in --pol ipsec;OK
-m policy --dir up --pol ipsec;;FAIL
-m policy --dir in --pol some;;FAIL
-m policy --dir in --pol none --proto esp;-m policy --dir in --pol none;OK
-m policy --dir in --pol ipsec --next --proto esp;;FAIL
-m policy --dir in --pol ipsec --proto tcp;;FAIL
-m policy --dir in --pol ipsec --mode loose;;FAIL
-4 -m policy --dir in --pol ipsec --mode transport --tunnel-src 10.0.0.1;;FAIL
-m policy --dir in --pol ipsec --spi 4294967296;;FAIL
-m policy --dir in --pol ipsec --strict --reqid 1 --next --reqid 2 --next --reqid 3 --next --reqid 4 --next --reqid 5;;FAIL
-m policy;;FAIL
:INPUT
-m policy --dir out --pol ipsec;;FAIL
:OUTPUT
-m policy --dir out --pol ipsec;=;OK
-m policy --dir in --pol ipsec;;FAIL
:FORWARD
-m policy --dir out --pol none;=;OK
