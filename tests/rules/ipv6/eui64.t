# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD
*filter
-m eui64;=;OK
-m eui64 -j DROP;=;OK
-m eui64 --anything;;FAIL
! -m eui64;;FAIL
:OUTPUT
-m eui64;;FAIL
*raw
:PREROUTING
-m eui64;=;OK
