#!/usr/bin/env bats
#
# The administrator's configuration, as far as it decides about rules texts and containers.

# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # jq variables; the libraries use and set the others

load ../lib/common

setup_file() {
  hook_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  hook_setup
}

teardown() {
  hook_teardown
}

DENY="-A OUTPUT -d 192.0.2.7 -j REJECT"

@test "a configuration that is no JSON refuses every container" {
  host_admin_file config.json <<<'{"host_network": '
  hook_refuses_rules "$DENY" "config.json"
}

@test "a configuration with an unknown member refuses every container by its name" {
  host_admin_file config.json <<<'{"host_netwrok": "ignore"}'
  hook_refuses_rules "$DENY" "config.json: .*host_netwrok"
}

@test "a configuration with a wrong type refuses every container with its place" {
  host_admin_file config.json <<<'{"lock_timeout_seconds": "five"}'
  hook_refuses_rules "$DENY" "config.json: .*lock_timeout_seconds"
}

@test "a configuration that others may write to refuses every container" {
  host_admin_file config.json <<<'{}'
  inside chmod 666 /etc/oci-iptables/config.json
  hook_refuses_rules "$DENY" "config.json"
}

@test "a configuration that does not belong to root refuses every container" {
  host_admin_file config.json <<<'{}'
  inside chown 1234 /etc/oci-iptables/config.json
  hook_refuses_rules "$DENY" "config.json"
}

@test "a directory of the configuration that others may write to refuses every container" {
  host_admin_file config.json <<<'{}'
  inside chmod 777 /etc/oci-iptables
  hook_refuses_rules "$DENY" "/etc/oci-iptables"
}

@test "an empty configuration is the default" {
  host_admin_file config.json <<<'{}'
  hook_apply "$DENY"
}

@test "rules can be forbidden altogether" {
  host_admin_file config.json <<<'{"annotations": {"rules": false}}'
  hook_refuses_rules "$DENY" "rules"
}

@test "rules can be limited to tables" {
  host_admin_file config.json <<<'{"annotations": {"rules": {"tables": ["filter"]}}}'
  hook_refuses_rules "-t mangle -A OUTPUT -j MARK --set-mark 1" "rules: .*mangle"
  hook_apply "$DENY"
}

@test "an empty list of tables or extensions allows none, not all" {
  host_admin_file config.json <<<'{"annotations": {"rules": {"tables": []}}}'
  hook_refuses_rules "$DENY" "rules: .*table \"filter\" is not allowed"
  host_admin_file config.json <<<'{"annotations": {"rules": {"extensions": []}}}'
  hook_refuses_rules "$DENY" "rules: .*is not on the list of extensions"
  hook_refuses_rules "-t raw -A OUTPUT -j NOTRACK" "rules: .*is not on the list of extensions"
  # Of what a mandatory profile leaves, filter and nat, the list has none.
  host_admin_file profiles/base.json <<<'{"version": 1, "egress": {"default": "allow"}}'
  host_admin_file config.json <<<'{"mandatory_profiles": ["base"], "annotations": {"rules": {"tables": ["mangle"]}}}'
  hook_refuses_rules "-t mangle -A OUTPUT -j MARK --set-mark 1" "rules: .*table \"mangle\" is not allowed"
  hook_refuses_rules "-t raw -A OUTPUT -p tcp" "rules: .*table \"raw\" is not allowed"
}

@test "extensions can be widened to all but sets" {
  host_admin_file config.json <<<'{"annotations": {"rules": {"extensions": ["*"]}}}'
  hook_refuses_rules "-A OUTPUT -m set --match-set x dst -j DROP" "rules: .*set"
  hook_apply "-t raw -A OUTPUT -j CT --notrack"
  assert_equal "$(hook_rules | grep -c -- '-j CT --notrack')" 2
}

@test "extensions can be widened by name" {
  host_admin_file config.json <<<'{"annotations": {"rules": {"extensions": ["default", "LOG"]}}}'
  hook_refuses_rules "-t raw -A OUTPUT -j CT --notrack" "rules: .*CT"
  hook_apply "-A OUTPUT -d 192.0.2.7 -j LOG"
}

@test "extensions can be narrowed" {
  host_admin_file config.json <<<'{"annotations": {"rules": {"extensions": ["tcp", "DROP"]}}}'
  hook_refuses_rules "-A OUTPUT -p udp --dport 53 -j DROP" "rules: .*udp"
  hook_apply "-A OUTPUT -p tcp --dport 53 -j DROP"
}

@test "the number of rules can be limited" {
  host_admin_file config.json <<<'{"limits": {"rules": 2}}'
  hook_refuses_rules "-A OUTPUT -d 192.0.2.7 -j DROP; -A OUTPUT -d 192.0.2.8 -j DROP; -A OUTPUT -d 192.0.2.9 -j DROP" \
    "rules: .*2"
  hook_apply "-A OUTPUT -d 192.0.2.7 -j DROP; -A OUTPUT -d 192.0.2.8 -j DROP"
}

@test "a denial for one family only can be allowed" {
  host_admin_file config.json <<<'{"ipv6_unfiltered": "warn"}'
  hook_annotate rules "-4 -A OUTPUT -j DROP"
  hook createRuntime
  assert_equal "$status" 0
  assert_matches "$(hook_rules)" "-j DROP"
}
