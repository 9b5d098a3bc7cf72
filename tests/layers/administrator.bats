#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What mandatory and default profiles take from the container: nothing. Variables, resolvers, names of profiles; and a
# wrong layer, which leaves none in force.

# shellcheck disable=SC2016,SC2034,SC2154 # the libraries set and use these

load ../lib/common
load layers

setup_file() {
  layers_setup_file
  inside_background "$HOST_SCRATCH/dns.log" nsenter --net=/run/netns/server \
    "$HOST_SCRATCH/netprobe" serve 53 "$PERMITTED4" "$DENIED4" "$PERMITTED6" "$DENIED6"
  host_wait_line "$HOST_SCRATCH/dns.log" '^ready$'
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

FENCE_OF_VARIABLE='{"version": 1, "egress": {"default": "reject", "rules": [{"action": "allow", "to": ["${var:store}"]}]}}'
FENCE_OF_RESOLVERS='{"version": 1, "egress": {"default": "reject", "rules": [{"action": "allow", "to": ["dns"]}]}}'

# The bundle mounts a resolv.conf: resolv_conf ADDRESS...
resolv_conf() {
  printf 'nameserver %s\n' "$@" >"$HOST_SCRATCH/bundles/one/resolv.conf"
  bundle_edit one --arg source "$HOST_SCRATCH/bundles/one/resolv.conf" \
    '.mounts += [{destination: "/etc/resolv.conf", type: "bind", source: $source, options: ["bind", "ro"]}]'
}

@test "a variable of a mandatory profile has the administrator's value, whatever an annotation gives it" {
  # The same profile, where annotations may name it, follows the annotation.
  host_admin_file profiles/fence.json <<<"$FENCE_OF_VARIABLE"
  container_start profile=fence "var.store=$DENIED4,$DENIED6"
  denied answered
  container_stop
  net_server_forget
  fence_put "$FENCE_OF_VARIABLE" '"vars": {"store": "'"$PERMITTED4,$PERMITTED6"'"}'
  container_start "var.store=$DENIED4,$DENIED6"
  fence_holds
  container_stop
  container_start profile=fence var.store=0.0.0.0/0,::/0 "rules=-A OUTPUT -j ACCEPT"
  fence_holds
}

@test "a variable that the administrator does not set stays unset in a mandatory profile" {
  fence_put "$FENCE_OF_VARIABLE"
  container_refused "profile fence: .*store" "var.store=$DENIED4"
  container_refused "profile fence: .*store" "var.store=$PERMITTED4" "rules=-A OUTPUT -j ACCEPT"
}

@test "the word dns in a mandatory profile means the administrator's resolvers, not the container's resolv.conf" {
  resolv_conf "$DENIED4" "$DENIED6"
  container_start egress=dns
  asks box answered udp "$DENIED4" 53
  asks box answered tcp "$DENIED6" 53
  asks box refused udp "$PERMITTED4" 53
  container_stop
  fence_put "$FENCE_OF_RESOLVERS" '"resolvers": ["'"$PERMITTED4"'", "'"$PERMITTED6"'"]'
  container_start
  asks box answered udp "$PERMITTED4" 53
  asks box answered tcp "$PERMITTED6" 53
  for protocol in udp tcp; do
    asks box refused $protocol "$DENIED4" 53
    asks box refused $protocol "$DENIED6" 53
  done
  container_stop
  # An annotation that asks for the container's own resolvers can have them only where the fence does.
  container_start egress=dns "rules=-A OUTPUT -p udp --dport 53 -j ACCEPT"
  asks box refused udp "$DENIED4" 53
  asks box refused udp "$DENIED6" 53
}

@test "the variables of resolvers in a mandatory profile are the administrator's" {
  resolv_conf "$DENIED4" "$DENIED6"
  host_admin_file profiles/fence.rules <<'END'
*filter
-A OUTPUT -d ${dns4} -j RETURN
-A OUTPUT -d ${dns6} -j RETURN
-A OUTPUT -m addrtype --dst-type LOCAL -j RETURN
-A OUTPUT -m conntrack --ctstate ESTABLISHED -j RETURN
-6 -A OUTPUT -p icmpv6 -m icmp6 --icmpv6-type 135 -j RETURN
-6 -A OUTPUT -p icmpv6 -m icmp6 --icmpv6-type 136 -j RETURN
-A OUTPUT -j REJECT
COMMIT
END
  container_start profile=fence
  denied answered
  container_stop
  net_server_forget
  host_admin_file config.json <<<'{"mandatory_profiles": ["fence"], "resolvers": ["'"$PERMITTED4"'", "'"$PERMITTED6"'"]}'
  container_start "rules=-I OUTPUT -j ACCEPT"
  fence_holds
}

@test "without resolvers of the administrator a mandatory profile with dns refuses every container" {
  resolv_conf "$PERMITTED4"
  fence_put "$FENCE_OF_RESOLVERS"
  container_refused "profile fence: .*resolvers"
  container_refused "profile fence: .*resolvers" egress=dns
}

@test "a profile that an annotation names stands beside the mandatory one, and cannot take its place" {
  fence '"allowed_profiles": ["open"]'
  host_admin_file profiles/open.json <<<'{"version": 1, "egress": {"default": "allow"}}'
  container_start profile=open
  fence_holds
  container_stop
  container_refused "profile: .*fence" profile=fence
}

@test "default profiles hold beside every annotation but profile" {
  local annotations=(egress=any ingress=any 'policy={"version": 1, "egress": {"default": "allow"}}'
    "rules=-I OUTPUT -j ACCEPT; -P OUTPUT ACCEPT" "var.store=$DENIED4")
  container_start "${annotations[@]}"
  denied answered
  container_stop
  net_server_forget
  fence
  host_admin_file config.json <<<'{"default_profiles": ["fence"]}'
  container_start
  fence_holds
  container_stop
  container_start "${annotations[@]}"
  fence_holds
}

@test "default profiles are not switched off by a profile that is not allowed, unknown or not named at all" {
  fence
  host_admin_file profiles/open.json <<<'{"version": 1, "egress": {"default": "allow"}}'
  host_admin_file config.json <<<'{"default_profiles": ["fence"], "allowed_profiles": ["web"]}'
  container_refused "profile: .*open" profile=open
  container_refused "profile: .*open" "profile=web open"
  container_refused "profile" "profile=nothing"
  container_refused "profile" "profile= "
  container_refused "profile" "profile=,"
  container_refused "profile" "profile="
  container_refused "profile" "profile=../profiles/open"
  host_admin_file config.json <<<'{"default_profiles": ["fence"], "annotations": {"profile": false}}'
  container_refused "profile" profile=open
  container_start
  fence_holds
}

@test "an allowed profile takes the place of the default profiles, and of no mandatory one" {
  fence
  host_admin_file profiles/open.json <<<'{"version": 1, "egress": {"default": "allow"}}'
  host_admin_file config.json <<<'{"default_profiles": ["fence"]}'
  container_start profile=open
  denied answered
  container_stop
  net_server_forget
  host_admin_file config.json <<<'{"mandatory_profiles": ["fence"], "default_profiles": ["isolated"]}'
  container_start profile=open
  fence_holds
}

@test "mandatory and default variables are the administrator's in default profiles, too" {
  host_admin_file profiles/fence.json <<<"$FENCE_OF_VARIABLE"
  host_admin_file config.json <<<'{"default_profiles": ["fence"], "vars": {"store": "'"$PERMITTED4,$PERMITTED6"'"}}'
  container_start "var.store=$DENIED4,$DENIED6"
  fence_holds
}

@test "a wrong layer leaves none in force: not the right ones before it, not a rule in any table" {
  fence
  container_refused "egress: item 2" "egress=443@any 443@nowhere"
  container_refused "ingress: item 1" ingress=99999@any
  container_refused "policy: /egress/default" 'policy={"version": 1, "egress": {"default": "maybe"}}'
  container_refused "rules" "rules=-t nat -A OUTPUT -p tcp --dport 1 -j REDIRECT --to-ports 2; -A OUTPUT -j nowhere"
  container_refused "rules" 'policy={"version": 1, "redirect": [{"direction": "egress", "protocol": "tcp", "port": 80, "to-port": 8080}]}' \
    "rules=-A OUTPUT -p tcp --dprot 80 -j DROP"
  # Each of them right, the same container starts.
  container_start "egress=any" ingress=any 'policy={"version": 1, "egress": {"default": "allow"}}' \
    "rules=-A OUTPUT -p tcp --dport 80 -j DROP"
  fence_holds
}

@test "a wrong layer of one container leaves the fence of another in the namespace as it was" {
  fence
  container_start
  container_make two
  container_refused "rules" "rules=-I OUTPUT -j ACCEPT; -A OUTPUT -j nowhere"
  container_refused "policy" 'policy={"version": 2}'
  fence_holds
}

@test "a mandatory profile that is wrong, missing or writable by others refuses every container" {
  local annotation
  fence
  for annotation in "egress=any" "rules=-A OUTPUT -j ACCEPT" "profile=web"; do
    host_admin_file profiles/fence.json <<<'{"version": 1, "egress": {"default": "rejct"}}'
    container_refused "profile fence" "$annotation"
    inside rm /etc/oci-iptables/profiles/fence.json
    container_refused "profile fence" "$annotation"
    host_admin_file profiles/fence.json <<<'{"version": 1, "egress": {"default": "reject"}}'
    inside chmod 666 /etc/oci-iptables/profiles/fence.json
    container_refused "profile fence" "$annotation"
    inside rm /etc/oci-iptables/profiles/fence.json
    inside ln -s /tmp/fence.json /etc/oci-iptables/profiles/fence.json
    container_refused "profile fence" "$annotation"
    inside rm /etc/oci-iptables/profiles/fence.json
  done
}

@test "a mandatory profile in the form of rules cannot let pass by the layers behind it" {
  host_admin_file profiles/fence.rules <<<$'*filter\n-A OUTPUT -j ACCEPT\nCOMMIT'
  host_admin_file config.json <<<'{"mandatory_profiles": ["fence"]}'
  container_refused "profile fence: .*ACCEPT"
  # RETURN goes on to the next layer, of the same and of another container.
  host_admin_file profiles/fence.rules <<<$'*filter\n-A OUTPUT -j RETURN\nCOMMIT'
  container_start "egress=$PERMITTED4 $PERMITTED6"
  fence_holds
}
