# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-4 -m connlimit --connlimit-upto 0;-m connlimit --connlimit-upto 0 --connlimit-mask 32 --connlimit-saddr;OK
-6 -m connlimit --connlimit-upto 0;-m connlimit --connlimit-upto 0 --connlimit-mask 128 --connlimit-saddr;OK
-4 -m connlimit --connlimit-upto 4294967295;-m connlimit --connlimit-upto 4294967295 --connlimit-mask 32 --connlimit-saddr;OK
-6 -m connlimit --connlimit-upto 4294967295;-m connlimit --connlimit-upto 4294967295 --connlimit-mask 128 --connlimit-saddr;OK
-4 -m connlimit --connlimit-above 10;-m connlimit --connlimit-above 10 --connlimit-mask 32 --connlimit-saddr;OK
-6 -m connlimit --connlimit-above 10;-m connlimit --connlimit-above 10 --connlimit-mask 128 --connlimit-saddr;OK
-4 -m connlimit --connlimit-above 10 --connlimit-saddr;-m connlimit --connlimit-above 10 --connlimit-mask 32 --connlimit-saddr;OK
-6 -m connlimit --connlimit-above 10 --connlimit-saddr;-m connlimit --connlimit-above 10 --connlimit-mask 128 --connlimit-saddr;OK
-4 -m connlimit --connlimit-above 10 --connlimit-daddr;-m connlimit --connlimit-above 10 --connlimit-mask 32 --connlimit-daddr;OK
-6 -m connlimit --connlimit-above 10 --connlimit-daddr;-m connlimit --connlimit-above 10 --connlimit-mask 128 --connlimit-daddr;OK
-4 -m connlimit ! --connlimit-above 10;-m connlimit --connlimit-upto 10 --connlimit-mask 32 --connlimit-saddr;OK
-6 -m connlimit ! --connlimit-above 10;-m connlimit --connlimit-upto 10 --connlimit-mask 128 --connlimit-saddr;OK
-4 -m connlimit --connlimit-upto 5 --connlimit-mask 24;-m connlimit --connlimit-upto 5 --connlimit-mask 24 --connlimit-saddr;OK
-4 -m connlimit --connlimit-upto 5 --connlimit-mask 0 --connlimit-daddr;=;OK
-4 -m connlimit --connlimit-upto 5 --connlimit-mask 32;-m connlimit --connlimit-upto 5 --connlimit-mask 32 --connlimit-saddr;OK
-6 -m connlimit --connlimit-upto 5 --connlimit-mask 64;-m connlimit --connlimit-upto 5 --connlimit-mask 64 --connlimit-saddr;OK
-6 -m connlimit --connlimit-upto 5 --connlimit-mask 128 --connlimit-saddr;=;OK
-4 -m connlimit --connlimit-upto 5 --connlimit-mask 33;-m connlimit --connlimit-upto 5 --connlimit-mask 32 --connlimit-saddr;OK;refused: no prefix length, which iptables 1.8.9 takes for an address and that for a mask
-6 -m connlimit --connlimit-upto 5 --connlimit-mask 129;;FAIL
-m connlimit --connlimit-upto 4294967296;;FAIL
-m connlimit --connlimit-upto 5 --connlimit-above 5;;FAIL
-m connlimit --connlimit-above 5 --connlimit-saddr --connlimit-daddr;;FAIL
-m connlimit --connlimit-mask 8;;FAIL
-m connlimit --connlimit-upto many;;FAIL
-m connlimit;;FAIL
