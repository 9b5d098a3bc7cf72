# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*mangle
-j CONNMARK --set-mark 0x1;-j CONNMARK --set-xmark 0x1/0xffffffff;OK
-j CONNMARK --set-mark 1/0xff;-j CONNMARK --set-xmark 0x1/0xff;OK
-j CONNMARK --set-xmark 0xfeedcafe/0xdeadbeef;=;OK
-j CONNMARK --and-mark 0xff00;-j CONNMARK --set-xmark 0x0/0xffff00ff;OK
-j CONNMARK --or-mark 0x1;-j CONNMARK --set-xmark 0x1/0x1;OK
-j CONNMARK --xor-mark 0xf;-j CONNMARK --set-xmark 0xf/0x0;OK
-j CONNMARK --save-mark;-j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff;OK
-j CONNMARK --restore-mark;-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff;OK
-j CONNMARK --save-mark --mask 0xff;-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff;OK
-j CONNMARK --restore-mark --mask 0xff;-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff;OK
-j CONNMARK --save-mark --nfmask 0xfeed --ctmask 0xbeef;=;OK
-j CONNMARK --restore-mark --nfmask 0xfeed --ctmask 0xbeef;=;OK
-j CONNMARK --set-xmark 0x1/0xff --left-shift-mark 4;=;OK
-j CONNMARK --set-mark 1 --right-shift-mark 2;-j CONNMARK --set-xmark 0x1/0xffffffff --right-shift-mark 2;OK
-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff --right-shift-mark 8;=;OK
-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff --left-shift-mark 8;=;OK
-j CONNMARK --set-mark 0x100000000;;FAIL
-j CONNMARK --set-mark 1/0x100000000;;FAIL
-j CONNMARK --set-mark -1;;FAIL
-j CONNMARK --set-mark x;;FAIL
-j CONNMARK --set-mark;;FAIL
-j CONNMARK;;FAIL
-j CONNMARK --set-mark 1 --save-mark;;FAIL
-j CONNMARK --save-mark --restore-mark;;FAIL
-j CONNMARK --mask 0xff;;FAIL
-j CONNMARK --save-mark --mask 1 --nfmask 1;;FAIL
-j CONNMARK --set-mark 1 --left-shift-mark 33;;FAIL
-j CONNMARK --left-shift-mark 1;;FAIL
*filter
:INPUT
-j CONNMARK --set-mark;;FAIL
-j CONNMARK --set-mark 1;-j CONNMARK --set-xmark 0x1/0xffffffff;OK
