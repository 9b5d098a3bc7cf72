# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT,FORWARD
*filter
-m cluster;;FAIL
-m cluster --cluster-total-nodes 2 --cluster-local-node 2 --cluster-hash-seed 0xfeed -j DROP;-m cluster --cluster-local-nodemask 0x00000002 --cluster-total-nodes 2 --cluster-hash-seed 0x0000feed -j DROP;OK
:PREROUTING
*mangle
-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1;-m cluster --cluster-local-nodemask 0x00000001 --cluster-total-nodes 2 --cluster-hash-seed 0x00000001;OK
-m cluster --cluster-total-nodes 2 --cluster-local-node 2 --cluster-hash-seed 0xfeed -j DROP;-m cluster --cluster-local-nodemask 0x00000002 --cluster-total-nodes 2 --cluster-hash-seed 0x0000feed -j DROP;OK
-m cluster --cluster-total-nodes 32 --cluster-local-node 32 --cluster-hash-seed 4294967295;-m cluster --cluster-local-nodemask 0x80000000 --cluster-total-nodes 32 --cluster-hash-seed 0xffffffff;OK
-m cluster --cluster-total-nodes 4 --cluster-local-nodemask 5 --cluster-hash-seed 3;-m cluster --cluster-local-nodemask 0x00000005 --cluster-total-nodes 4 --cluster-hash-seed 0x00000003;OK
-m cluster --cluster-total-nodes 4 ! --cluster-local-nodemask 5 --cluster-hash-seed 3;-m cluster ! --cluster-local-nodemask 0x00000005 --cluster-total-nodes 4 --cluster-hash-seed 0x00000003;OK
-m cluster --cluster-total-nodes 4 ! --cluster-local-node 1 --cluster-hash-seed 3;-m cluster ! --cluster-local-nodemask 0x00000001 --cluster-total-nodes 4 --cluster-hash-seed 0x00000003;OK
-m cluster;;FAIL
-m cluster --cluster-total-nodes 2 --cluster-local-node 2;;FAIL
-m cluster --cluster-total-nodes 2 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-local-node 2 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 2 --cluster-local-node 3 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 33 --cluster-local-node 1 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 0 --cluster-local-node 1 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 4 --cluster-local-nodemask 16 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 4 --cluster-local-node 1 --cluster-local-nodemask 1 --cluster-hash-seed 1;;FAIL
-m cluster --cluster-total-nodes 4 --cluster-local-node 1 --cluster-hash-seed 1 --cluster-total-nodes 4;;FAIL
-m cluster --cluster-total-nodes four --cluster-local-node 1 --cluster-hash-seed 1;;FAIL
