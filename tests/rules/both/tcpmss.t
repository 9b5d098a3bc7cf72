# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-p tcp -m tcpmss --mss 42;=;OK
-p tcp -m tcpmss --mss 0:65535;=;OK
-p tcp -m tcpmss ! --mss 42:1460;=;OK
-p tcp -m tcpmss --mss 1460: -j DROP;-p tcp -m tcpmss --mss 1460:65535 -j DROP;OK
-p tcp -m tcpmss --mss :536;-p tcp -m tcpmss --mss 0:536;OK
-p tcp -m tcpmss --mss 65536;;FAIL
-p tcp -m tcpmss --mss 65535:1000;;FAIL
-p tcp -m tcpmss --mss x;;FAIL
-p tcp -m tcpmss --mss;;FAIL
-p tcp -m tcpmss;;FAIL
-m tcpmss --mss 42;;FAIL
-p udp -m tcpmss --mss 42;;FAIL
-p tcp -m tcpmss --mss 1 --mss 2;;FAIL
