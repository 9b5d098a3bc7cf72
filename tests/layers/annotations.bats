#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Annotations against a mandatory layer, with packets: verdicts, chain names, marks, and texts that are refused.

# shellcheck disable=SC2016,SC2034,SC2154 # the libraries set and use these

load ../lib/common
load layers

setup_file() {
  layers_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  layers_setup
}

teardown() {
  hook_teardown
}

@test "rules that accept everything do not open a mandatory layer" {
  local rules
  naive_fence
  for rules in "-A OUTPUT -j ACCEPT" "-I OUTPUT 1 -j ACCEPT" \
    "-N x; -A x -j ACCEPT; -A OUTPUT -g x" "-A OUTPUT -m state --state NEW,ESTABLISHED -j ACCEPT"; do
    container_start "rules=$rules"
    denied answered
    container_stop
  done
  net_server_forget
  fence
  for rules in "-A OUTPUT -j ACCEPT" "-I OUTPUT 1 -j ACCEPT; -P OUTPUT ACCEPT; -I FORWARD -j ACCEPT; -I INPUT -j ACCEPT" \
    "-N x; -A x -j ACCEPT; -A OUTPUT -g x" "-A OUTPUT -m state --state NEW,ESTABLISHED -j ACCEPT"; do
    container_start "rules=$rules"
    fence_holds
    container_stop
  done
}

@test "lists, policies and profiles that allow everything do not open a mandatory layer" {
  fence
  host_admin_file profiles/open.json <<<'{"version": 1, "egress": {"default": "allow"}, "ingress": {"default": "allow"}}'
  host_admin_file profiles/return.rules <<<$'*filter\n-A OUTPUT -j RETURN\nCOMMIT'
  container_start egress=any ingress=any "profile=open return" \
    'policy={"version": 1, "egress": {"default": "allow"}}' "rules=-A OUTPUT -j ACCEPT"
  fence_holds
}

@test "without the mandatory layer the same annotations reach everything" {
  host_admin_file profiles/open.json <<<'{"version": 1, "egress": {"default": "allow"}, "ingress": {"default": "allow"}}'
  container_start egress=any ingress=any profile=open 'policy={"version": 1, "egress": {"default": "allow"}}'
  denied answered
}

@test "rules that accept what comes in do not open a mandatory layer" {
  serve box 8080 "$BOX4" "$BOX6"
  box_iptables -A INPUT -p tcp --dport 8080 -j REJECT
  container_start "rules=-A INPUT -j ACCEPT"
  host_asks answered tcp "$BOX4" 8080
  host_asks answered tcp "$BOX6" 8080
  container_stop
  fence_put '{"version": 1, "ingress": {"default": "reject"}}'
  container_start "rules=-I INPUT -j ACCEPT" ingress=any
  host_asks refused tcp "$BOX4" 8080
  host_asks refused udp "$BOX6" 8080
  # Nor is a port that is let in under another number reached by nat.
  container_stop
  fence_put '{"version": 1, "ingress": {"default": "reject", "rules": [{"action": "allow", "protocol": "tcp", "ports": [8081]}]}}'
  container_start "rules=-t nat -A PREROUTING -p tcp --dport 8081 -j REDIRECT --to-ports 8080"
  host_asks refused tcp "$BOX4" 8081
  host_asks refused tcp "$BOX6" 8081
}

@test "a container with accepting rules that came before the mandatory layer does not open it" {
  # The order of their coming must not be the order of their chains.
  container_start "rules=-A OUTPUT -j ACCEPT"
  naive_fence
  denied answered
  net_server_forget
  fence
  container_make two
  container_start
  fence_holds
}

@test "a container with accepting rules that comes after the mandatory layer does not open it" {
  fence
  container_start
  fence_holds
  # The administrator changed the configuration; the container that runs keeps its fence.
  no_fence
  container_make two
  container_start egress=any "rules=-I OUTPUT -j ACCEPT"
  fence_holds
  container_stop
  fence_holds
}

@test "containers with accepting rules coming and going in any order leave the mandatory layer closed" {
  fence
  container_start "rules=-A OUTPUT -j ACCEPT"
  container_make two
  container_start "rules=-A OUTPUT -j ACCEPT; -N y; -A OUTPUT -j y; -A y -j ACCEPT"
  fence_holds
  container_use one
  container_stop
  fence_holds
  container_start "rules=-I OUTPUT -j ACCEPT"
  container_use two
  container_stop
  fence_holds
}

@test "rules that are put back after somebody flushed them stand behind the mandatory layer again" {
  container_start "rules=-I OUTPUT -j ACCEPT"
  fence
  container_make two
  container_start "rules=-A OUTPUT -j ACCEPT"
  fence_holds
  box_iptables -F
  denied answered
  net_server_forget
  # Whichever comes back first.
  inside oci-iptables reapply "$HOOK_ID"
  fence_holds
  container_use one
  inside oci-iptables reapply "$HOOK_ID"
  fence_holds
  box_iptables -F
  box_iptables -X
  inside oci-iptables reapply
  fence_holds
}

@test "when the container of the fence ends, the denied address answers: the refusals are the fence's" {
  fence
  container_start
  fence_holds
  container_stop
  denied answered
}

# Names of the chains that a mandatory layer has in the kernel.
fence_chains() {
  rules_save_legacy /run/netns/box | sed -nE 's/^:(oi-[^ ]+|oci-iptables-OUTPUT) .*/\1/p' | sort -u
}

@test "chains named as the fence's own or as the dispatcher are somebody else's chains" {
  local chain
  fence
  container_start
  fence_chains | grep -q '^oi-.*OUTPUT'
  fence_chains | grep -qx oci-iptables-OUTPUT
  container_make two
  for chain in $(fence_chains); do
    container_start "rules=*filter
:$chain - [0:0]
-A $chain -j ACCEPT
-I $chain 1 -j ACCEPT
-A OUTPUT -j $chain
COMMIT
"
    fence_holds
    container_stop
  done
  # The names are the right ones: who may change them opens the fence by them.
  box_iptables -I oci-iptables-OUTPUT -j ACCEPT
  denied answered
}

@test "a jump to a chain of the fence, of the dispatcher or of another container is refused" {
  local chain
  fence
  container_start "rules=-N mine; -A mine -j ACCEPT; -A OUTPUT -j mine"
  container_make two
  for chain in $(fence_chains) mine; do
    container_refused "rules" "rules=-A OUTPUT -j $chain"
    container_refused "rules" "rules=-A OUTPUT -g $chain"
    container_refused "rules" "rules=-I $chain -j ACCEPT"
  done
  fence_holds
}

@test "a text that flushes, deletes or replaces is refused" {
  local command
  fence
  container_start
  container_make two
  for command in "-F" "-F OUTPUT" "-F oci-iptables-OUTPUT" "-X" "-D OUTPUT 1" "-D OUTPUT -j oci-iptables-OUTPUT" \
    "-R OUTPUT 1 -j ACCEPT" "-E oci-iptables-OUTPUT x" "-Z"; do
    container_refused "rules" "rules=-A OUTPUT -j ACCEPT; $command"
  done
  container_refused "rules" $'rules=*filter\n:OUTPUT ACCEPT [0:0]\n-F\nCOMMIT'
  fence_holds
}

@test "a policy of the kernel's chain or a document for it changes nothing of the fence" {
  fence
  container_start $'rules=*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j ACCEPT\nCOMMIT'
  fence_holds
}

@test "marks that rules set mean nothing to a mandatory layer" {
  local rules="-A OUTPUT -j MARK --set-mark 1; -A OUTPUT -j CONNMARK --set-mark 1; -A OUTPUT -j CONNMARK --restore-mark"
  # A fence that lets pass what something before it marked is open to who marks.
  naive_fence -m mark --mark 0
  container_start "rules=$rules"
  denied answered
  container_stop
  net_server_forget
  fence
  container_start "rules=$rules; -A OUTPUT -m mark --mark 1 -j ACCEPT; -A OUTPUT -m connmark --mark 1 -j ACCEPT"
  fence_holds
}

@test "marks in mangle, raw and nat are refused under a mandatory layer" {
  local table
  for table in mangle nat; do
    container_start "rules=-t $table -A OUTPUT -j MARK --set-mark 1"
    container_stop
  done
  fence '"annotations": {"rules": {"extensions": ["*"]}}'
  for table in raw mangle nat security; do
    container_refused "rules: .*$table" "rules=-t $table -A OUTPUT -j MARK --set-mark 1"
  done
}

# Without a mandatory layer they are the administrator's decision; with one, no list of extensions brings the tables back.
@test "targets that copy, untrack, forge or rewrite are refused under a mandatory layer" {
  local rules
  local texts=(
    "-t mangle -A OUTPUT -d $BOX4 -j TEE --gateway 10.88.1.1"
    "-t mangle -A OUTPUT -d $BOX6 -j TEE --gateway fd00:88:1::1"
    "-t raw -A OUTPUT -j NOTRACK"
    "-t raw -A OUTPUT -j CT --notrack"
    "-4 -t raw -A OUTPUT -p tcp --dport 21 -j CT --helper ftp"
    "-t nat -A POSTROUTING -d $PERMITTED4 -j SNAT --to-source 10.88.1.77"
    "-t mangle -A POSTROUTING -s fd00:88:1::/64 -j SNPT --src-pfx fd00:88:1::/64 --dst-pfx fd00:99::/64"
    "-6 -t mangle -A PREROUTING -d fd00:99::/64 -j DNPT --src-pfx fd00:99::/64 --dst-pfx fd00:88:1::/64"
    "-t nat -A OUTPUT -d 198.51.100.0/25 -j NETMAP --to 198.51.100.0/25"
    "-4 -t mangle -A PREROUTING -p tcp -j TPROXY --on-port 80"
  )
  host_admin_file config.json <<<'{"annotations": {"rules": {"extensions": ["*"]}}}'
  for rules in "${texts[@]}"; do
    container_start "rules=$rules"
    container_stop
  done
  fence '"annotations": {"rules": {"extensions": ["*"], "tables": ["*"]}}'
  for rules in "${texts[@]}"; do
    container_refused "rules" "rules=$rules"
  done
  # In table filter, where the kernel takes TEE, the list of extensions is what refuses it.
  fence
  container_refused "rules: .*TEE" "rules=-A OUTPUT -d $BOX4 -j TEE --gateway 10.88.1.1"
  container_refused "rules: .*NFQUEUE" "rules=-A OUTPUT -j NFQUEUE --queue-num 1"
  container_refused "rules: .*NOTRACK" "rules=-A OUTPUT -j NOTRACK"
  # It is NFQUEUE of queue 0 by its old name.
  fence '"annotations": {"rules": {"extensions": ["*"]}}'
  container_refused "rules: .*QUEUE carries" "rules=-A OUTPUT -j QUEUE"
  no_fence
  # Without the administrator's word the list of extensions alone refuses them.
  for rules in "${texts[@]}"; do
    container_refused "rules: .*(TEE|NOTRACK|CT|SNAT|SNPT|DNPT|NETMAP|TPROXY)" "rules=$rules"
  done
}

@test "a copy of a permitted packet to a denied host is what TEE would make" {
  local rules="-t mangle -A OUTPUT -p udp -d $BOX4 -j TEE --gateway 10.88.1.1"
  inside iptables-legacy -t raw -A PREROUTING -i veth1 -d "$BOX4" -p udp
  host_admin_file config.json <<<'{"annotations": {"rules": {"extensions": ["*"]}}}'
  container_start "rules=$rules"
  asks box refused udp "$BOX4" 9
  inside iptables-legacy -t raw -nvxL PREROUTING | grep -E "^ +[1-9][0-9]* .*$BOX4"
  container_stop
  fence '"annotations": {"rules": {"extensions": ["*"]}}'
  inside iptables-legacy -t raw -Z PREROUTING
  container_refused "rules: .*mangle" "rules=$rules"
  container_start
  asks box refused udp "$BOX4" 9
  inside iptables-legacy -t raw -nvxL PREROUTING | grep -E "^ +0 .*$BOX4"
}
