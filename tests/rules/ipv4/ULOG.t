# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-j ULOG --ulog-nlgroup 1;=;OK;needs: ipt_ULOG
-j ULOG --ulog-nlgroup 32 --ulog-cprange 100 --ulog-qthreshold 50 --ulog-prefix "ulog: ";=;OK;needs: ipt_ULOG
-j ULOG;=;OK;needs: ipt_ULOG
-j ULOG --ulog-nlgroup 0;;FAIL
-j ULOG --ulog-nlgroup 33;;FAIL
-j ULOG --ulog-qthreshold 0;;FAIL
-j ULOG --ulog-qthreshold 51;;FAIL
-j ULOG --ulog-prefix aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;;FAIL
-j ULOG --ulog-prefix;;FAIL
