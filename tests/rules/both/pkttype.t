# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,OUTPUT
*filter
-m pkttype --pkt-type unicast;=;OK
-m pkttype --pkt-type broadcast;=;OK
-m pkttype --pkt-type multicast;=;OK
-m pkttype --pkt-type otherhost;=;OK
-m pkttype ! --pkt-type unicast;=;OK
-m pkttype --pkt-type host;-m pkttype --pkt-type unicast;OK
-m pkttype --pkt-type bcast;-m pkttype --pkt-type broadcast;OK
-m pkttype --pkt-type MULTICAST;-m pkttype --pkt-type multicast;OK
-m pkttype --pkt-type bicast;;FAIL
-m pkttype --pkt-type;;FAIL
-m pkttype;;FAIL
-m pkttype --pkt-type unicast --pkt-type unicast;;FAIL
