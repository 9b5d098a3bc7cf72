# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-p mobility-header -m mh --mh-type 0;=;OK
-p ipv6-mh -m mh --mh-type 255;-p mobility-header -m mh --mh-type 255;OK
-p mobility-header --mh-type 255;;FAIL
-p ipv6-mh -m mh --mh-type binding-refresh-request;-p mobility-header -m mh --mh-type 0;OK
-p mh --mh-type brr;-p mobility-header -m mh --mh-type 0;OK
-p mh -m mh --mh-type bu:ba;-p mobility-header -m mh --mh-type 5:6;OK
-p mh -m mh --mh-type 3:5;-p mobility-header -m mh --mh-type 3:5;OK
-p mh -m mh ! --mh-type 3;-p mobility-header -m mh ! --mh-type 3;OK
-p mh -m mh --mh-type binding-error;-p mobility-header -m mh --mh-type 7;OK
-p mh -m mh --mh-type home-test-init:careof-test;-p mobility-header -m mh --mh-type 1:4;OK
-p 135 -m mh --mh-type hoti:cot;-p mobility-header -m mh --mh-type 1:4;OK
-p mh -m mh;-p mobility-header -m mh;OK
-p mh --mh-type 256;;FAIL
-p mh --mh-type 9:8;;FAIL
-p mh --mh-type there-is-no-such-type;;FAIL
-p mh --mh-type;;FAIL
-p mh --mh-type 1 --mh-type 2;;FAIL
-p tcp -m mh --mh-type 1;;FAIL
-m mh --mh-type 1;;FAIL
