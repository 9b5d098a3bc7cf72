# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*mangle
-j SECMARK --selctx system_u:object_r:firewalld_exec_t:s0;=;OK;needs: SELinux
-j SECMARK;;FAIL
-j SECMARK --selctx;;FAIL
-j SECMARK --selctx a --selctx b;;FAIL
*security
:FORWARD
-j SECMARK --selctx system_u:object_r:firewalld_exec_t:s0;=;OK;needs: SELinux
*filter
:INPUT
-j SECMARK --selctx system_u:object_r:firewalld_exec_t:s0;;FAIL
