# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m frag --fragid 0;=;OK
-m frag --fragid 1:42;=;OK
-m frag ! --fragid 5;=;OK
-m frag --fragid 0:4294967295;-m frag;OK
-m frag --fraglen 42;=;OK
-m frag ! --fraglen 42;=;OK
-m frag --fragres;=;OK
-m frag --fragfirst;=;OK
-m frag --fragmore;=;OK
-m frag --fraglast;=;OK
-m frag --fragid 1 --fraglen 42 --fragres --fragfirst --fragmore;=;OK
-m frag --fragid 1 --fragfirst --fraglast;=;OK
-m frag;=;OK
-m frag --fragid 4294967296;;FAIL
-m frag --fragid -1;;FAIL
-m frag --fragid x;;FAIL
-m frag --fraglen 4294967296;;FAIL
-m frag --fragmore --fraglast;;FAIL
-m frag --fragid 1 --fragid 2;;FAIL
-m frag --fragid;;FAIL
-m frag --fragfir;-m frag --fragfirst;OK;refused: getopt abbreviation
