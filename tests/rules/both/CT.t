# SPDX-License-Identifier: GPL-2.0-or-later
:PREROUTING,OUTPUT
*raw
-j CT --notrack;=;OK
-j CT;=;OK
-j CT --zone 0;-j CT;OK
-j CT --zone 1;=;OK
-j CT --zone 65535;=;OK
-j CT --zone mark;=;OK
-j CT --zone-orig 5;=;OK
-j CT --zone-reply 6;=;OK
-j CT --zone-orig mark --ctevents new;-j CT --ctevents new --zone-orig mark;OK
-j CT --ctevents new,related,destroy,reply,assured,protoinfo,helper,mark;=;OK
-j CT --ctevents natseqinfo,secmark;=;OK
-j CT --expevents new;=;OK
-p tcp -j CT --ctevents assured,protoinfo --zone 7;=;OK
-j CT --zone 65536;;FAIL
-j CT --zone -1;;FAIL
-j CT --zone x;;FAIL
-j CT --zone 0 --zone-orig 0;-j CT;OK
-j CT --zone 1 --zone 2;;FAIL
-j CT --ctevents wrong;;FAIL
-j CT --expevents wrong;;FAIL
-j CT --ctevents;;FAIL
-j CT --notrack --zone-orig;;FAIL
-p tcp -j CT --helper there-is-no-such-helper;;FAIL
-j CT --helper ftp;;FAIL
-p tcp -j CT --timeout there-is-no-such-policy;;FAIL
*filter
:INPUT
-j CT --notrack;;FAIL
*mangle
:PREROUTING
-j CT --zone 1;;FAIL
