# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*mangle
-j TOS --set-tos 0x1f;-j TOS --set-tos 0x1f/0xff;OK
-j TOS --set-tos 0x1f/0x1f;=;OK
-j TOS --set-tos Minimize-Delay;-j TOS --set-tos 0x10/0x3f;OK
-j TOS --set-tos Maximize-Throughput;-j TOS --set-tos 0x08/0x3f;OK
-j TOS --set-tos Normal-Service;-j TOS --set-tos 0x00/0x3f;OK
-j TOS --and-tos 0x12;-j TOS --set-tos 0x00/0xed;OK
-j TOS --or-tos 0x12;-j TOS --set-tos 0x12/0x12;OK
-j TOS --xor-tos 0x12;-j TOS --set-tos 0x12/0x00;OK
-j TOS --set-tos 255/255;-j TOS --set-tos 0xff/0xff;OK
-j TOS --set-tos 256;;FAIL
-j TOS --set-tos 1/256;;FAIL
-j TOS --set-tos Maximize-Profit;;FAIL
-j TOS --set-tos;;FAIL
-j TOS;;FAIL
-j TOS --set-tos 1 --or-tos 2;;FAIL
-j TOS --and-tos 256;;FAIL
*filter
:INPUT
-j TOS --set-tos 0x1f;;FAIL
