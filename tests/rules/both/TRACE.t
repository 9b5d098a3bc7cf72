# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*raw
-j TRACE;=;OK
-p tcp --dport 80 -j TRACE;-p tcp -m tcp --dport 80 -j TRACE;OK
-j TRACE --there-is-no-such-option;;FAIL
*filter
:INPUT
-j TRACE;;FAIL
