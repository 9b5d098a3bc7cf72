# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*raw
-j NOTRACK;=;OK
-p tcp -j NOTRACK;=;OK
-j NOTRACK --notrack;;FAIL
-j NOTRACK --zone 1;;FAIL
*filter
:INPUT
-j NOTRACK;;FAIL
