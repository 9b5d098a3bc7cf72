# SPDX-License-Identifier: GPL-2.0-or-later
# The module behind DNAT, SNAT, MASQUERADE and REDIRECT has no target of its own name.
:PREROUTING
*nat
-j NAT;;FAIL
-j NAT --to 10.0.0.1;;FAIL
