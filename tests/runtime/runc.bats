#!/usr/bin/env bats
#
# Bundles run by runc.

load ../lib/common

setup_file() {
  export WORKLOAD_RUNTIME=runc
  scenario_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  scenario_setup
}

teardown() {
  workload_cleanup
}

@test "runc: a permitted address answers over IPv4 and TCP" {
  scenario_answers tcp "$PERMITTED4"
}

@test "runc: a permitted address answers over IPv4 and UDP" {
  scenario_answers udp "$PERMITTED4"
}

@test "runc: a permitted address answers over IPv6 and TCP" {
  scenario_answers tcp "$PERMITTED6"
}

@test "runc: a permitted address answers over IPv6 and UDP" {
  scenario_answers udp "$PERMITTED6"
}

@test "runc: a denied address is refused over IPv4 and TCP" {
  scenario_refused tcp "$DENIED4"
}

@test "runc: a denied address is refused over IPv4 and UDP" {
  scenario_refused udp "$DENIED4"
}

@test "runc: a denied address is refused over IPv6 and TCP" {
  scenario_refused tcp "$DENIED6"
}

@test "runc: a denied address is refused over IPv6 and UDP" {
  scenario_refused udp "$DENIED6"
}

@test "runc: without annotations the same addresses all answer" {
  scenario_open_without_annotation
}

@test "runc: a container without annotations gets no rule and no record" {
  scenario_untouched_without_annotation
}

@test "runc: the first packet of the container's first program is refused already" {
  scenario_first_packet
}

@test "runc: the workload as root can neither list nor change the rules" {
  scenario_workload_cannot_change
}

@test "runc: a wrong rule stops the container, and the reason is in syslog and in the state directory" {
  scenario_failure_stops
}

@test "runc: a wrong rule leaves the rules of a shared network as they were" {
  scenario_failure_leaves_nothing
}

@test "runc: when the second table fails, the first one is taken back" {
  scenario_second_table_fails
}

@test "runc: removing the container leaves no chain and no record" {
  scenario_poststop_leaves_nothing
}

@test "runc: rules of Docker, netavark and a mesh stay byte for byte, with the container and after it" {
  scenario_foreign_rules_unchanged
}

@test "runc: the rules are in force again after a restart, once" {
  scenario_restart
}

@test "runc: two containers in one network each keep their own rules" {
  scenario_joined
}

@test "runc: a workload with CAP_NET_RAW is refused with the mend" {
  scenario_net_raw_refused
}

@test "runc: a container on the host's network is refused, and the host keeps its rules" {
  scenario_host_network_refused
}

@test "runc: a container without a network starts, with its rules" {
  scenario_none_network
}

@test "runc: a container that ends by itself leaves nothing" {
  scenario_exit_leaves_nothing
}

@test "runc: rules as a document with newlines, commas and quotes" {
  scenario_document
}

@test "runc: createRuntime and prestart both configured apply once" {
  scenario_both_stages
}

@test "runc: a network namespace that the runtime makes gets the rules" {
  scenario_own_namespace
}
