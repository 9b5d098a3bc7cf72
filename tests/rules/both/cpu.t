# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD,OUTPUT
*filter
-m cpu --cpu 0;=;OK
-m cpu --cpu 4294967295;=;OK
-m cpu ! --cpu 0 -j ACCEPT;=;OK
-m cpu --cpu 4294967296;;FAIL
-m cpu --cpu -1;;FAIL
-m cpu --cpu all;;FAIL
-m cpu --cpu;;FAIL
-m cpu;;FAIL
-m cpu --cpu 1 --cpu 2;;FAIL
