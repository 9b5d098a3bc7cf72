# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m connlabel --label 0;-m connlabel --label "0";OK
-m connlabel --label 40;-m connlabel --label "40";OK
-m connlabel ! --label 40;-m connlabel ! --label "40";OK
-m connlabel --label 127;-m connlabel --label "127";OK
-m connlabel --label 40 --set;-m connlabel --label "40" --set;OK
-m connlabel ! --label 40 --set -j DROP;-m connlabel ! --label "40" --set -j DROP;OK
-m connlabel --label 128;;FAIL
-m connlabel --label -1;;FAIL
-m connlabel --set;;FAIL
-m connlabel;;FAIL
-m connlabel --label;;FAIL
-m connlabel --label there-is-no-such-label;;FAIL
-m connlabel --label 1 --label 2;;FAIL
