# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD
*filter
-4 -p tcp -m osf --genre linux;=;OK
-4 -p tcp -m osf ! --genre linux;=;OK
-4 -p tcp -m osf --genre linux --ttl 0 --log 0;=;OK
-4 -p tcp -m osf --genre linux --ttl 1 --log 1;=;OK
-4 -p tcp -m osf --genre linux --ttl 2 --log 2;=;OK
-4 -p tcp -m osf --genre unknown;=;OK
-p tcp -m osf --genre linux --ttl 3;;FAIL
-p tcp -m osf --genre linux --log 3;;FAIL
-4 -p tcp -m osf --genre aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;-p tcp -m osf --genre aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;OK
-p tcp -m osf --genre linux --genre linux;;FAIL
-p tcp -m osf;;FAIL
-m osf --genre linux;;FAIL
-p udp -m osf --genre linux;;FAIL
:OUTPUT
-p tcp -m osf --genre linux;;FAIL
