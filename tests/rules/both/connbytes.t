# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m connbytes --connbytes 0 --connbytes-mode packets --connbytes-dir original;=;OK
-m connbytes --connbytes 5: --connbytes-mode bytes --connbytes-dir reply;-m connbytes --connbytes 5 --connbytes-mode bytes --connbytes-dir reply;OK
-m connbytes --connbytes 5:1000 --connbytes-mode avgpkt --connbytes-dir both;=;OK
-m connbytes ! --connbytes 5:1000 --connbytes-mode packets --connbytes-dir both;=;OK
-m connbytes --connbytes 0:18446744073709551615 --connbytes-mode avgpkt --connbytes-dir both;-m connbytes --connbytes 0 --connbytes-mode avgpkt --connbytes-dir both;OK
-m connbytes --connbytes 18446744073709551615 --connbytes-mode bytes --connbytes-dir both;=;OK
-m connbytes --connbytes 0:18446744073709551616 --connbytes-mode avgpkt --connbytes-dir both;;FAIL
-m connbytes --connbytes 1000:5 --connbytes-mode avgpkt --connbytes-dir both;;FAIL
-m connbytes --connbytes : --connbytes-mode packets --connbytes-dir sideways;;FAIL
-m connbytes --connbytes 5 --connbytes-mode kilos --connbytes-dir both;;FAIL
-m connbytes --connbytes 5 --connbytes-mode bytes;;FAIL
-m connbytes --connbytes 5 --connbytes-dir both;;FAIL
-m connbytes --connbytes-mode bytes --connbytes-dir both;;FAIL
-m connbytes --connbytes five --connbytes-mode bytes --connbytes-dir both;;FAIL
-m connbytes --connbytes 5 --connbytes-mode bytes --connbytes-dir both --connbytes 6;;FAIL
-m connbytes;;FAIL
