# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-p dccp -m dccp --sport 1 --dport 65535;=;OK
-p dccp --dport 5001;-p dccp -m dccp --dport 5001;OK
-p dccp -m dccp --source-port 1:1024 --destination-port 0:65535;-p dccp -m dccp --sport 1:1024 --dport 0:65535;OK
-p dccp -m dccp --sport 1024: --dport :1024;-p dccp -m dccp --sport 1024:65535 --dport 0:1024;OK
-p dccp -m dccp ! --sport 7 ! --dport 8:9;=;OK
-p dccp -m dccp --dport http;-p dccp -m dccp --dport 80;OK
-p dccp -m dccp --dccp-types INVALID;=;OK
-p dccp -m dccp --dccp-types REQUEST,RESPONSE,DATA,ACK,DATAACK,CLOSEREQ,CLOSE,RESET,SYNC,SYNCACK,INVALID;=;OK
-p dccp -m dccp ! --dccp-types REQUEST,RESET;=;OK
-p dccp -m dccp --dccp-option 100;=;OK
-p dccp -m dccp ! --dccp-option 1 --sport 3;-p dccp -m dccp --sport 3 ! --dccp-option 1;OK
-p 33 -m dccp --sport 5;-p dccp -m dccp --sport 5;OK
-p dccp -m dccp;=;OK
-m dccp --sport 1;;FAIL
-p tcp -m dccp --sport 1;;FAIL
! -p dccp -m dccp --sport 1;;FAIL
-p dccp -m dccp --sport 65536;-p dccp -m dccp --sport 0;OK;refused: beyond 65535, which iptables 1.8.9 takes for 0
-p dccp -m dccp --sport -1;;FAIL
-p dccp -m dccp --dport 1 --dport 2;;FAIL
-p dccp -m dccp --dccp-types WRONG;;FAIL
-p dccp -m dccp --dccp-types;;FAIL
-p dccp -m dccp --dccp-option 256;;FAIL
-p dccp -m dccp --dccp-option x;;FAIL
-p dccp -m dccp --dpor 1;-p dccp -m dccp --dport 1;OK;refused: getopt abbreviation
