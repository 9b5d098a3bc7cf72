# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD,OUTPUT
*filter
-m length --length 1;=;OK
-m length --length :2;-m length --length 0:2;OK
-m length --length 0:3;=;OK
-m length --length 4:;-m length --length 4:65535;OK
-m length --length 0:65535;=;OK
-m length ! --length 0:65535;=;OK
-m length --length 0x10:0x20;-m length --length 16:32;OK
-m length --length 0:65536;;FAIL
-m length --length -1:65535;;FAIL
-m length --length 1:2:3;;FAIL
-m length --length x;;FAIL
-m length --length 9:8;=;OK
-m length --length;;FAIL
-m length;;FAIL
-m length --length 1 --length 2;;FAIL
-m length --len 5;-m length --length 5;OK;refused: getopt abbreviation
