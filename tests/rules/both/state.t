# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-m state --state NEW;=;OK
-m state --state INVALID;=;OK
-m state --state ESTABLISHED,RELATED;-m state --state RELATED,ESTABLISHED;OK
-m state --state NEW,ESTABLISHED,RELATED,INVALID,UNTRACKED;-m state --state INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED;OK
-m state ! --state NEW,INVALID;-m state ! --state INVALID,NEW;OK
-m state --state established;-m state --state ESTABLISHED;OK
-m state --state DNAT;;FAIL
-m state --state wrong;;FAIL
-m state --state;;FAIL
-m state --state NEW,;;FAIL
-m state --state NEW --state NEW;;FAIL
-m state;;FAIL
