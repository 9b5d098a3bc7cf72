# SPDX-License-Identifier: GPL-2.0-or-later
:INPUT
*filter
-d 10.31.3.236/32 -i lo -j CLUSTERIP --new --hashmode sourceip --clustermac 01:aa:7b:47:f7:d7 --total-nodes 2 --local-node 1 --hash-init 1;=;OK;needs: ipt_CLUSTERIP
-d 10.31.3.236/32 -i lo -j CLUSTERIP --new --hashmode sourceip-sourceport --clustermac 01:aa:7b:47:f7:d7 --total-nodes 2 --local-node 1 --hash-init 1;=;OK;needs: ipt_CLUSTERIP
-d 10.31.3.236/32 -i lo -j CLUSTERIP --new --hashmode sourceip-sourceport-destport --clustermac 01:aa:7b:47:f7:d7 --total-nodes 16 --local-node 16 --hash-init 5;=;OK;needs: ipt_CLUSTERIP
-d 10.31.3.236/32 -i lo -j CLUSTERIP --new --hashmode there-is-no-such-mode --clustermac 01:aa:7b:47:f7:d7 --total-nodes 2 --local-node 1;;FAIL
-d 10.31.3.236/32 -i lo -j CLUSTERIP --new --hashmode sourceip --clustermac 02:aa:7b:47:f7:d7 --total-nodes 2 --local-node 1;;FAIL
-d 10.31.3.236/32 -i lo -j CLUSTERIP --new --hashmode sourceip --total-nodes 2 --local-node 1;;FAIL
-d 10.31.3.236/32 -i lo -j CLUSTERIP --new --hashmode sourceip --clustermac 01:aa:7b:47:f7:d7 --total-nodes 17 --local-node 1;;FAIL
-d 10.31.3.236/32 -i lo -j CLUSTERIP --new --hashmode sourceip --clustermac 01:aa:7b:47:f7:d7 --total-nodes 2;;FAIL
-d 10.31.3.236/32 -i lo -j CLUSTERIP --hashmode sourceip;;FAIL
