# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-j LOG;=;OK
-j LOG --log-level debug;-j LOG --log-level 7;OK
-j LOG --log-level 7;=;OK
-j LOG --log-level emerg;-j LOG --log-level 0;OK
-j LOG --log-level panic;-j LOG --log-level 0;OK
-j LOG --log-level error;-j LOG --log-level 3;OK
-j LOG --log-level warn;;FAIL
-j LOG --log-level warning;-j LOG;OK
-j LOG --log-prefix "denied: ";=;OK
-j LOG --log-prefix plain --log-level info;-j LOG --log-prefix plain --log-level 6;OK
-j LOG --log-prefix "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa";-j LOG --log-prefix aaaaaaaaaaaaaaaaaaaaaaaaaaaaa;OK
-j LOG --log-tcp-sequence --log-tcp-options --log-ip-options --log-uid --log-macdecode;=;OK
-j LOG --log-uid;=;OK
-j LOG --log-macdecode;=;OK
-j LOG --log-prefix "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";-j LOG --log-prefix aaaaaaaaaaaaaaaaaaaaaaaaaaaaa;OK
-j LOG --log-prefix "";;FAIL
-j LOG --log-prefix;;FAIL
-j LOG --log-prefix "two\nlines";;FAIL
-j LOG --log-level 8;;FAIL
-j LOG --log-level loud;;FAIL
-j LOG --log-level;;FAIL
-j LOG --log-level 1 --log-level 2;;FAIL
-j LOG ! --log-uid;;FAIL
*nat
:PREROUTING
-j LOG --log-prefix "nat ";=;OK
*raw
:OUTPUT
-j LOG --log-level crit;-j LOG --log-level 2;OK
