# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m limit;-m limit --limit 3/hour;OK
-m limit --limit 1/sec;=;OK
-m limit --limit 1/s;-m limit --limit 1/sec;OK
-m limit --limit 7/second;-m limit --limit 7/sec;OK
-m limit --limit 1/min;=;OK
-m limit --limit 1/minute;-m limit --limit 1/min;OK
-m limit --limit 1000/hour;=;OK
-m limit --limit 1000/day;=;OK
-m limit --limit 10000/sec;=;OK
-m limit --limit 5;-m limit --limit 5/sec;OK
-m limit --limit 1/sec --limit-burst 1;=;OK
-m limit --limit 1/sec --limit-burst 10000 -j RETURN;=;OK
-m limit --limit-burst 9;-m limit --limit 3/hour --limit-burst 9;OK
-m limit ! --limit 1/sec;;FAIL
-m limit --limit 0/sec;;FAIL
-m limit --limit -1/sec;;FAIL
-m limit --limit 10001/sec;;FAIL
-m limit --limit 1/year;;FAIL
-m limit --limit 1/sec --limit-burst 10001;;FAIL
-m limit --limit 1/sec --limit-burst x;;FAIL
-m limit --limit;;FAIL
-m limit --limit 1/sec --limit 2/sec;;FAIL
