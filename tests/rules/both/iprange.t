# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-4 -m iprange --src-range 10.0.0.1-10.0.0.9;=;OK
-4 -m iprange --src-range 10.0.0.1;-m iprange --src-range 10.0.0.1-10.0.0.1;OK
-4 -m iprange --dst-range 10.0.0.1-10.0.0.1;=;OK
-4 -m iprange --src-range 0.0.0.0-255.255.255.255 --dst-range 192.0.2.0-192.0.2.255;=;OK
-4 -m iprange ! --src-range 10.0.0.1-10.0.0.9 ! --dst-range 10.1.0.0-10.1.255.255;=;OK
-6 -m iprange --src-range 2001:db8::1-2001:db8::ff;=;OK
-6 -m iprange --src-range 2001:db8::1;-m iprange --src-range 2001:db8::1-2001:db8::1;OK
-6 -m iprange ! --src-range ::1-::2 ! --dst-range fe80::-fe80::ffff;=;OK
-4 -m iprange --src-range 10.0.0.9-10.0.0.300;;FAIL
-4 -m iprange --src-range 10.0.0.0/8;;FAIL
-4 -m iprange --src-range 2001:db8::1-2001:db8::2;;FAIL
-6 -m iprange --src-range 10.0.0.1-10.0.0.9;;FAIL
-4 -m iprange --src-range 10.0.0.1-;;FAIL
-4 -m iprange --src-range -10.0.0.1;;FAIL
-m iprange --src-range host.invalid;;FAIL
-m iprange;;FAIL
-m iprange --dst-range;;FAIL
-4 -m iprange --src-range 10.0.0.1 --src-range 10.0.0.2;;FAIL
-4 -m iprange --src-range 10.0.0.9-10.0.0.1;=;OK
-4 -m iprange --src-r 10.0.0.1-10.0.0.2;-m iprange --src-range 10.0.0.1-10.0.0.2;OK;refused: getopt abbreviation
