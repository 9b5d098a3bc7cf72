# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,POSTROUTING
*mangle
-j TTL --ttl-set 0;=;OK
-j TTL --ttl-set 255;=;OK
-j TTL --ttl-inc 1;=;OK
-j TTL --ttl-dec 255;=;OK
-j TTL --ttl-set 256;;FAIL
-j TTL --ttl-set -1;;FAIL
-j TTL --ttl-inc 0;;FAIL
-j TTL --ttl-dec 0;;FAIL
-j TTL --ttl-dec 256;;FAIL
-j TTL --ttl-set x;;FAIL
-j TTL --ttl-set;;FAIL
-j TTL;;FAIL
-j TTL --ttl-set 1 --ttl-inc 1;;FAIL
-j TTL --ttl-eq 1;;FAIL
*filter
:INPUT
-j TTL --ttl-set 64;;FAIL
