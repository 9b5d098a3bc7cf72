# SPDX-License-Identifier: GPL-2.0-or-later
:FORWARD,OUTPUT,POSTROUTING
*mangle
-p tcp --syn -j TCPMSS --set-mss 42;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 42;OK
-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1460;-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1460;OK
-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;=;OK
-p tcp -j TCPMSS --clamp-mss-to-pmtu;;FAIL
-p tcp --syn -j TCPMSS --set-mss 65536;;FAIL
-p tcp --syn -j TCPMSS --set-mss -1;;FAIL
-p tcp --syn -j TCPMSS --set-mss x;;FAIL
-p tcp --syn -j TCPMSS;;FAIL
-p tcp --syn -j TCPMSS --set-mss 42 --clamp-mss-to-pmtu;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --clamp-mss-to-pmtu;OK
-p udp -j TCPMSS --set-mss 42;;FAIL
-j TCPMSS --set-mss 42;;FAIL
:INPUT,PREROUTING
-p tcp --syn -j TCPMSS --set-mss 42;-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TCPMSS --set-mss 42;OK
-p tcp --syn -j TCPMSS --clamp-mss-to-pmtu;;FAIL
