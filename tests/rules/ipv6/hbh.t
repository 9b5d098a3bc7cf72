# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m hbh --hbh-len 0;=;OK
-m hbh --hbh-len 5;=;OK
-m hbh ! --hbh-len 5;=;OK
-m hbh --hbh-len 65535;=;OK
-m hbh --hbh-opts 5:2;=;OK
-m hbh --hbh-opts 1:2,23:42,4:6,8:10,42,23,4:5;=;OK
-m hbh ! --hbh-len 5 --hbh-opts 1:2;=;OK
-m hbh;=;OK
-m hbh --hbh-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17;;FAIL
-m hbh --hbh-opts 256:1;;FAIL
-m hbh --hbh-opts x;;FAIL
-m hbh --hbh-opts;;FAIL
-m hbh --hbh-len x;;FAIL
-m hbh --hbh-len 5 --hbh-len 5;;FAIL
-m hbh ! --hbh-opts 1;;FAIL
