# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m dscp --dscp 0;-m dscp --dscp 0x00;OK
-m dscp --dscp 0x3f;=;OK
-m dscp --dscp 63;-m dscp --dscp 0x3f;OK
-m dscp --dscp 077;-m dscp --dscp 0x3f;OK
-m dscp ! --dscp 0x3e;=;OK
-m dscp --dscp-class BE;-m dscp --dscp 0x00;OK
-m dscp --dscp-class EF;-m dscp --dscp 0x2e;OK
-m dscp --dscp-class AF11;-m dscp --dscp 0x0a;OK
-m dscp ! --dscp-class cs7;-m dscp ! --dscp 0x38;OK
-m dscp --dscp 64;;FAIL
-m dscp --dscp -1;;FAIL
-m dscp --dscp-class AF99;;FAIL
-m dscp --dscp 1 --dscp-class EF;;FAIL
-m dscp;;FAIL
-m dscp --dscp;;FAIL
-m dscp --dscp 1 --dscp 2;;FAIL
