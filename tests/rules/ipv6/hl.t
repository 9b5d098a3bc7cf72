# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m hl --hl-eq 0;=;OK
-m hl --hl-eq 255;=;OK
-m hl ! --hl-eq 64;=;OK
-m hl --hl-lt 5;=;OK
-m hl --hl-gt 5;=;OK
-m hl --hl 5;-m hl --hl-eq 5;OK
-m hl --hl-eq 256;;FAIL
-m hl --hl-eq -1;;FAIL
-m hl --hl-eq x;;FAIL
-m hl --hl-eq;;FAIL
-m hl;;FAIL
-m hl ! --hl-gt 5;;FAIL
-m hl --hl-lt 5 --hl-gt 3;;FAIL
-m hl --hl-eq 5 --hl-eq 6;;FAIL
-m hl --hl-lt 256;;FAIL
-m ttl --ttl-eq 5;;FAIL
