# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-p esp -m esp --espspi 0;=;OK
-p esp -m esp --espspi 0:4294967295;-p esp -m esp;OK
-p esp -m esp ! --espspi 5;=;OK
-p esp -m esp ! --espspi 5:0x10;-p esp -m esp ! --espspi 5:16;OK
-p esp -m esp --espspi 7: -j DROP;-p esp -m esp --espspi 7:4294967295 -j DROP;OK
-p 50 -m esp --espspi 32;-p esp -m esp --espspi 32;OK
-p esp -m esp;=;OK
-p esp --espspi 3;-p esp -m esp --espspi 3;OK
-m esp;;FAIL
-m esp --espspi 3;;FAIL
-p tcp -m esp --espspi 3;;FAIL
! -p esp -m esp --espspi 3;;FAIL
-p esp -m esp --espspi 4294967296;;FAIL
-p esp -m esp --espspi -1;;FAIL
-p esp -m esp --espspi x;;FAIL
-p esp -m esp --espspi;;FAIL
-p esp -m esp --espspi 0:1:2;;FAIL
-p esp -m esp --espspi 0 --espspi 1;;FAIL
