# SPDX-License-Identifier: GPL-2.0-or-later
# Sets are refused everywhere in this version, whatever the set is.
:INPUT
*filter
-m set;;FAIL
-m set --match-set there-is-no-such-set src;;FAIL
-m set ! --match-set there-is-no-such-set dst,src;;FAIL
-m set --match-set there-is-no-such-set;;FAIL
-m set --match-set;;FAIL
