# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m ah --ahspi 0;=;OK
-m ah --ahspi 0:4294967295;-m ah;OK
-m ah ! --ahspi 5:10;=;OK
-m ah --ahlen 32;=;OK
-m ah ! --ahlen 32;=;OK
-m ah --ahres;=;OK
-m ah --ahspi 12 --ahlen 32 --ahres;=;OK
-m ah --ahspi 0 ! --ahlen 0;=;OK
-m ah;=;OK
-m ah --ahspi 4294967296;;FAIL
-m ah --ahspi x;;FAIL
-m ah --ahspi;;FAIL
-m ah --ahlen 4294967296;;FAIL
-m ah --ahlen;;FAIL
-m ah ! --ahres;;FAIL
-m ah --ahspi 1 --ahspi 2;;FAIL
