# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m ttl --ttl-eq 0;=;OK
-m ttl --ttl-eq 255;=;OK
-m ttl ! --ttl-eq 64;=;OK
-m ttl --ttl-lt 5;=;OK
-m ttl --ttl-gt 5;=;OK
-m ttl --ttl 5;-m ttl --ttl-eq 5;OK
-m ttl --ttl-eq 256;;FAIL
-m ttl --ttl-eq -1;;FAIL
-m ttl --ttl-eq x;;FAIL
-m ttl --ttl-eq;;FAIL
-m ttl;;FAIL
-m ttl ! --ttl-lt 5;;FAIL
-m ttl --ttl-lt 5 --ttl-gt 3;;FAIL
-m ttl --ttl-eq 5 --ttl-eq 6;;FAIL
-m ttl --ttl-lt 256;;FAIL
-m hl --hl-eq 5;;FAIL
-m ttl --ttl-e 5;-m ttl --ttl-eq 5;OK;refused: getopt abbreviation
