# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-p ah -m ah --ahspi 0;=;OK
-p ah -m ah --ahspi 0:4294967295;-p ah -m ah;OK
-p ah -m ah ! --ahspi 5:10;=;OK
-p ah -m ah ! --ahspi 0x20;-p ah -m ah ! --ahspi 32;OK
-p 51 -m ah --ahspi 7;-p ah -m ah --ahspi 7;OK
-p ah -m ah;=;OK
-p ah --ahspi 3 -j DROP;-p ah -m ah --ahspi 3 -j DROP;OK
-m ah;;FAIL
-m ah --ahspi 3;;FAIL
-p esp -m ah --ahspi 3;;FAIL
-p ah -m ah --ahspi 4294967296;;FAIL
-p ah -m ah --ahspi -1;;FAIL
-p ah -m ah --ahspi x;;FAIL
-p ah -m ah --ahspi;;FAIL
-p ah -m ah --ahspi 1 --ahspi 2;;FAIL
-p ah -m ah --ahlen 8;;FAIL
-p ah -m ah --ahres;;FAIL
