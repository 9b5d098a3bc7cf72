# SPDX-License-Identifier: GPL-2.0-or-later
:OUTPUT
*filter
-m owner --uid-owner 0;=;OK
-m owner --uid-owner 0-10;=;OK
-m owner --uid-owner 4294967294;=;OK
-m owner --gid-owner 0;=;OK
-m owner --gid-owner 5-10 --suppl-groups;=;OK
-m owner --uid-owner 0-10 --gid-owner 0-10 --socket-exists;-m owner --socket-exists --uid-owner 0-10 --gid-owner 0-10;OK
-m owner ! --uid-owner 0 ! --gid-owner 7-8 ! --socket-exists;-m owner ! --socket-exists ! --uid-owner 0 ! --gid-owner 7-8;OK
-m owner --socket-exists -j DROP;=;OK
-m owner --uid-owner root;-m owner --uid-owner 0;OK
-m owner --gid-owner root;-m owner --gid-owner 0;OK
-m owner --uid-owner daemon;-m owner --uid-owner 1;OK;refused: user name: only root has the same number everywhere, others are not looked up
-m owner --gid-owner daemon;-m owner --gid-owner 1;OK;refused: group name
-m owner --uid-owner there-is-no-such-user;;FAIL
-m owner --gid-owner there-is-no-such-group;;FAIL
-m owner --uid-owner 4294967295;;FAIL
-m owner --uid-owner 10-0;;FAIL
-m owner --uid-owner -1;;FAIL
-m owner --uid-owner;;FAIL
-m owner;;FAIL
-m owner --uid-owner 0 --uid-owner 1;;FAIL
-m owner --suppl-groups;;FAIL
:INPUT,FORWARD
-m owner --uid-owner 0;;FAIL
*mangle
:POSTROUTING
-m owner --uid-owner 0;=;OK
:PREROUTING
-m owner --uid-owner 0;;FAIL
