# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD
*mangle
-m tos --tos 0xff;-m tos --tos 0xff/0xff;OK
-m tos --tos 0x10/0x3f;=;OK
-m tos ! --tos 0x10/0x3f;=;OK
-m tos --tos Minimize-Delay;-m tos --tos 0x10/0x3f;OK
-m tos --tos Maximize-Throughput;-m tos --tos 0x08/0x3f;OK
-m tos --tos Maximize-Reliability;-m tos --tos 0x04/0x3f;OK
-m tos --tos Minimize-Cost;-m tos --tos 0x02/0x3f;OK
-m tos --tos Normal-Service;-m tos --tos 0x00/0x3f;OK
-m tos --tos 0;-m tos --tos 0x00/0xff;OK
-m tos ! --tos normal-service;-m tos ! --tos 0x00/0x3f;OK
-m tos --tos 256;;FAIL
-m tos --tos 0x10/256;;FAIL
-m tos --tos Maximize-Profit;;FAIL
-m tos --tos;;FAIL
-m tos;;FAIL
-m tos --tos 1 --tos 2;;FAIL
