# SPDX-License-Identifier: GPL-2.0-or-later
# Sets are refused everywhere in this version, whatever the set is.
:INPUT
*filter
-j SET;;FAIL
-j SET --add-set there-is-no-such-set src;;FAIL
-j SET --del-set there-is-no-such-set src,dst;;FAIL
-j SET --map-set there-is-no-such-set src --map-mark;;FAIL
-j SET --add-set;;FAIL
