# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m comment --comment "quoted words";=;OK
-m comment --comment "a \"b\" c";=;OK
-m comment --comment "a \\ c";=;OK
-m comment --comment "tab	inside";=;OK
-m comment --comment a"b c"d;;FAIL
-m comment --comment "a"" b";;FAIL
-m comment --comment "";=;OK
"-p" "tcp" "-j" "DROP";-p tcp -j DROP;OK
-p	tcp	-j	DROP;-p tcp -j DROP;OK
  -p   tcp  ;-p tcp;OK
-m comment --comment a\b;-m comment --comment "a\\b";OK
-m comment --comment back\\slash;-m comment --comment "back\\\\slash";OK
-m comment --comment "\x";-m comment --comment x;OK
-m comment --comment "open;=;OK;refused: a quote is not closed
-m comment --comment open";-m comment --comment "open;OK;refused: a quote is not closed
-m comment --comment two words;;FAIL
-m comment --comment 'single';-m comment --comment "\'single\'";OK;refused: single quotes are no quotes, and the refusal says so
-m comment --comment 'two words';;FAIL
-m comment --comment a \; -p tcp;;FAIL
-p "tcp udp";;FAIL
