# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,FORWARD,POSTROUTING
*mangle
-p udp -j CHECKSUM --checksum-fill;=;OK
-p tcp --dport 80 -j CHECKSUM --checksum-fill;-p tcp -m tcp --dport 80 -j CHECKSUM --checksum-fill;OK
-j CHECKSUM;;FAIL
-j CHECKSUM --checksum-fill --checksum-fill;;FAIL
-j CHECKSUM --checksum-empty;;FAIL
*filter
:INPUT
-p udp -j CHECKSUM --checksum-fill;;FAIL
