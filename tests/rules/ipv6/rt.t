# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m rt --rt-type 0;=;OK
-m rt ! --rt-type 255;=;OK
-m rt --rt-segsleft 1:23;=;OK
-m rt --rt-segsleft 4294967295;=;OK
-m rt ! --rt-segsleft 12:23;=;OK
-m rt --rt-len 42;=;OK
-m rt ! --rt-len 42;=;OK
-m rt --rt-type 0 --rt-0-res;=;OK
-m rt --rt-type 0 --rt-0-addrs 2001:db8::1;=;OK
-m rt --rt-type 0 --rt-0-addrs ::1,::2 --rt-0-not-strict;=;OK
-m rt ! --rt-type 1 ! --rt-segsleft 12:23 ! --rt-len 42;=;OK
-m rt --rt-type 0 --rt-segsleft 1:23 --rt-len 42 --rt-0-res --rt-0-addrs ::1,::2 --rt-0-not-strict;=;OK
-m rt;=;OK
-m rt --rt-type 4294967296;;FAIL
-m rt --rt-type x;;FAIL
-m rt --rt-type;;FAIL
-m rt --rt-segsleft 4294967296;;FAIL
-m rt --rt-len -1;;FAIL
-m rt --rt-0-res;;FAIL
-m rt --rt-type 1 --rt-0-res;;FAIL
-m rt ! --rt-type 0 --rt-0-addrs ::1;;FAIL
-m rt --rt-type 0 --rt-0-not-strict;;FAIL
-m rt --rt-type 0 --rt-0-addrs 10.0.0.1;;FAIL
-m rt --rt-type 0 --rt-0-addrs ::1,::2,::3,::4,::5,::6,::7,::8,::9,::a,::b,::c,::d,::e,::f,::10,::11;;FAIL
-m rt --rt-type 0 --rt-type 0;;FAIL
