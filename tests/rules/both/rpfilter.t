# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING
*mangle
-m rpfilter;=;OK
-m rpfilter --loose --validmark --accept-local --invert;=;OK
-m rpfilter --invert -j DROP;=;OK
-m rpfilter --loose;=;OK
-m rpfilter --accept-local;=;OK
-m rpfilter ! --invert;;FAIL
-m rpfilter --loose --loose;;FAIL
-m rpfilter --strict;;FAIL
:INPUT,FORWARD,OUTPUT,POSTROUTING
-m rpfilter --invert;;FAIL
*raw
:PREROUTING
-m rpfilter --validmark;=;OK
*filter
:INPUT,OUTPUT
-m rpfilter;;FAIL
