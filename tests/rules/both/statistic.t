# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m statistic --mode random --probability 0.5;-m statistic --mode random --probability 0.50000000000;OK
-m statistic --mode random ! --probability 0.25;-m statistic --mode random ! --probability 0.25000000000;OK
-m statistic --mode random --probability 0;-m statistic --mode random --probability 0.00000000000;OK
-m statistic --mode random --probability 1;-m statistic --mode random --probability 1.00000000000;OK
-m statistic --mode random --probability 1e-5;-m statistic --mode random --probability 0.00001000008;OK
-m statistic --mode nth --every 1;;FAIL
-m statistic --mode nth --every 5 --packet 4;=;OK
-m statistic --mode nth ! --every 5;;FAIL
-m statistic --mode nth --every 4294967295 --packet 0;=;OK
-m statistic --mode nth --every 5 --packet 5;;FAIL
-m statistic --mode nth --every 0;;FAIL
-m statistic --mode nth --every 4294967296;;FAIL
-m statistic --mode nth;;FAIL
-m statistic --mode nth --packet 1;;FAIL
-m statistic --mode random --probability 1.5;;FAIL
-m statistic --mode random --probability -1;;FAIL
-m statistic --mode random --probability half;;FAIL
-m statistic --mode random --every 5;;FAIL
-m statistic --mode random;;FAIL
-m statistic --mode sometimes;;FAIL
-m statistic --probability 0.5;;FAIL
-m statistic;;FAIL
-m statistic --mode random --probability 0.5 --probability 0.5;;FAIL
