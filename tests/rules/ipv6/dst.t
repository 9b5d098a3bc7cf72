# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m dst --dst-len 0;=;OK
-m dst --dst-len 42;=;OK
-m dst ! --dst-len 42;=;OK
-m dst --dst-len 65535;=;OK
-m dst --dst-opts 149;=;OK
-m dst --dst-opts 149:92,12:12,123:12;=;OK
-m dst ! --dst-len 42 --dst-opts 149:92,12:12,123:12;=;OK
-m dst --dst-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16;=;OK
-m dst;=;OK
-m dst --dst-opts 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17;;FAIL
-m dst --dst-opts 256;-m dst --dst-opts 0;OK
-m dst --dst-opts 1:256;-m dst --dst-opts 1:0;OK
-m dst --dst-opts x;;FAIL
-m dst --dst-opts;;FAIL
-m dst --dst-len x;;FAIL
-m dst --dst-len -1;;FAIL
-m dst --dst-len 4 --dst-len 5;;FAIL
-m dst ! --dst-opts 1;;FAIL
