# SPDX-License-Identifier: GPL-2.0-or-later
:OUTPUT
*filter
-m cgroup --cgroup 1;=;OK
-m cgroup --cgroup 1048577 -j DROP;=;OK
-m cgroup ! --cgroup 1;=;OK
-m cgroup --cgroup 0;=;OK
-m cgroup --cgroup 4294967295;=;OK
-m cgroup --path /;-m cgroup --path "/";OK;needs: groups of version 2
-m cgroup ! --path /;-m cgroup ! --path "/";OK;needs: groups of version 2
-m cgroup --path /there/is/no/such/group;=;OK;needs: a group of this name
-m cgroup ! --path /there/is/no/such/group;=;OK;needs: a group of this name
-m cgroup;;FAIL
-m cgroup --cgroup;;FAIL
-m cgroup --cgroup one;;FAIL
-m cgroup --cgroup 4294967296;;FAIL
-m cgroup --cgroup 1 --path a;;FAIL
-m cgroup --cgroup 1 --cgroup 2;;FAIL
:INPUT
-m cgroup --cgroup 1;=;OK
:FORWARD
-m cgroup --cgroup 1;;FAIL
*mangle
:POSTROUTING
-m cgroup --cgroup 1;=;OK
:PREROUTING
-m cgroup --cgroup 1;;FAIL
