# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m nfacct --nfacct-name there-is-no-such-object;=;OK;needs: an accounting object of this name
-m nfacct --nfacct-name aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;;FAIL
-m nfacct --nfacct-name;;FAIL
-m nfacct;;FAIL
-m nfacct ! --nfacct-name a;;FAIL
-m nfacct --nfacct-name a --nfacct-name b;;FAIL
