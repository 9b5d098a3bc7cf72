# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-j NFLOG;=;OK
-j NFLOG --nflog-group 1;=;OK
-j NFLOG --nflog-group 65535;=;OK
-j NFLOG --nflog-group 0;-j NFLOG;OK
-j NFLOG --nflog-prefix "plain";-j NFLOG --nflog-prefix plain;OK
-j NFLOG --nflog-prefix "two words";=;OK
-j NFLOG --nflog-prefix "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";-j NFLOG --nflog-prefix aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;OK
-j NFLOG --nflog-size 100;=;OK
-j NFLOG --nflog-size 0;=;OK
-j NFLOG --nflog-range 5;=;OK
-j NFLOG --nflog-threshold 20;=;OK
-j NFLOG --nflog-prefix "all: " --nflog-group 7 --nflog-size 64 --nflog-threshold 2;=;OK
-j NFLOG --nflog-prefix "";;FAIL
-j NFLOG --nflog-group 65536;;FAIL
-j NFLOG --nflog-group -1;;FAIL
-j NFLOG --nflog-group x;;FAIL
-j NFLOG --nflog-threshold 65536;;FAIL
-j NFLOG --nflog-size 4294967296;;FAIL
-j NFLOG --nflog-size 5 --nflog-range 6;;FAIL
-j NFLOG --nflog-prefix;;FAIL
-j NFLOG --nflog-prefix "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";-j NFLOG --nflog-prefix aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;OK
-j NFLOG --nflog-group 1 --nflog-group 2;;FAIL
