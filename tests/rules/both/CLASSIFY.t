# SPDX-License-Identifier: GPL-2.0-or-later
:FORWARD,OUTPUT,POSTROUTING
*mangle
-j CLASSIFY --set-class 0000:ffff;=;OK
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
-j CLASSIFY --set-class fffF:0;-j CLASSIFY --set-class ffff:0000;OK
-j CLASSIFY --set-class 10000:0;-j CLASSIFY --set-class 0000:0000;OK
-j CLASSIFY --set-class 0:10000;-j CLASSIFY --set-class 0000:0000;OK
-j CLASSIFY --set-class 1;;FAIL
-j CLASSIFY --set-class 1:;;FAIL
-j CLASSIFY --set-class g:1;;FAIL
-j CLASSIFY --set-class;;FAIL
-j CLASSIFY;;FAIL
-j CLASSIFY --set-class 1:1 --set-class 1:2;;FAIL
:INPUT,PREROUTING
-j CLASSIFY --set-class 1:2;;FAIL
*filter
:FORWARD,OUTPUT
-j CLASSIFY --set-class 1:2;-j CLASSIFY --set-class 0001:0002;OK
:INPUT
-j CLASSIFY --set-class 1:2;;FAIL
