# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD
*filter
-m mac --mac-source 42:01:02:03:04:05;=;OK
-m mac --mac-source 42:01:0a:0B:0c:0D;-m mac --mac-source 42:01:0a:0b:0c:0d;OK
-m mac ! --mac-source 42:01:02:03:04:05 -j DROP;=;OK
-m mac --mac-source 00:00:00:00:00:00;=;OK
-m mac --mac-source 42:01:02:03:04;;FAIL
-m mac --mac-source 42:01:02:03:04:05:06;;FAIL
-m mac --mac-source 42:01:02:03:04:0g;;FAIL
-m mac --mac-source 42-01-02-03-04-05;;FAIL
-m mac --mac-source;;FAIL
-m mac;;FAIL
-m mac --mac-source 42:01:02:03:04:05 --mac-source 42:01:02:03:04:05;;FAIL
:OUTPUT
-m mac --mac-source 42:01:02:03:04:05;;FAIL
*mangle
:PREROUTING
-m mac --mac-source 42:01:02:03:04:05;=;OK
:POSTROUTING
-m mac --mac-source 42:01:02:03:04:05;;FAIL
