# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-j NFQUEUE;-j NFQUEUE --queue-num 0;OK
-j NFQUEUE --queue-num 0;=;OK
-j NFQUEUE --queue-num 65535;=;OK
-j NFQUEUE --queue-balance 0:7;=;OK
-j NFQUEUE --queue-num 3 --queue-bypass;=;OK
-j NFQUEUE --queue-balance 0:7 --queue-bypass;=;OK
-j NFQUEUE --queue-balance 0:7 --queue-cpu-fanout;=;OK
-j NFQUEUE --queue-balance 0:7 --queue-bypass --queue-cpu-fanout;=;OK
-j NFQUEUE --queue-bypass;-j NFQUEUE --queue-num 0 --queue-bypass;OK
-j NFQUEUE --queue-num 65536;;FAIL
-j NFQUEUE --queue-num -1;;FAIL
-j NFQUEUE --queue-num x;;FAIL
-j NFQUEUE --queue-num;;FAIL
-j NFQUEUE --queue-balance 0:65536;;FAIL
-j NFQUEUE --queue-balance 7:0;;FAIL
-j NFQUEUE --queue-balance 5;;FAIL
-j NFQUEUE --queue-num 1 --queue-balance 0:7;;FAIL
-j NFQUEUE --queue-cpu-fanout;;FAIL
-j NFQUEUE --queue-num 1 --queue-num 2;;FAIL
