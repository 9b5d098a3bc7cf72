# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m quota --quota 0;=;OK
-m quota --quota 1048576;=;OK
-m quota ! --quota 5;=;OK
-m quota --quota 18446744073709551615;=;OK
-m quota --quota 18446744073709551616;;FAIL
-m quota --quota -1;;FAIL
-m quota --quota lots;;FAIL
-m quota --quota;;FAIL
-m quota;;FAIL
-m quota --quota 1 --quota 2;;FAIL
