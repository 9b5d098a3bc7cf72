#!/usr/bin/env bats
#
# podman of a user without privileges: crun, slirp4netns or pasta.

load ../lib/common

setup_file() {
  export WORKLOAD_RUNTIME=podman-rootless
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

@test "podman-rootless: a permitted address answers over IPv4 and TCP" {
  scenario_answers tcp "$PERMITTED4"
}

@test "podman-rootless: a permitted address answers over IPv4 and UDP" {
  scenario_answers udp "$PERMITTED4"
}

@test "podman-rootless: a permitted address answers over IPv6 and TCP" {
  scenario_answers tcp "$PERMITTED6"
}

@test "podman-rootless: a permitted address answers over IPv6 and UDP" {
  scenario_answers udp "$PERMITTED6"
}

@test "podman-rootless: a denied address is refused over IPv4 and TCP" {
  scenario_refused tcp "$DENIED4"
}

@test "podman-rootless: a denied address is refused over IPv4 and UDP" {
  scenario_refused udp "$DENIED4"
}

@test "podman-rootless: a denied address is refused over IPv6 and TCP" {
  scenario_refused tcp "$DENIED6"
}

@test "podman-rootless: a denied address is refused over IPv6 and UDP" {
  scenario_refused udp "$DENIED6"
}

@test "podman-rootless: without annotations the same addresses all answer" {
  scenario_open_without_annotation
}

@test "podman-rootless: a container without annotations gets no rule and no record" {
  scenario_untouched_without_annotation
}

@test "podman-rootless: the first packet of the container's first program is refused already" {
  scenario_first_packet
}

@test "podman-rootless: the workload as root can neither list nor change the rules" {
  scenario_workload_cannot_change
}

@test "podman-rootless: a wrong rule stops the container, and the reason is in syslog and in the state directory" {
  scenario_failure_stops
}

@test "podman-rootless: a wrong rule leaves the rules of a shared network as they were" {
  scenario_failure_leaves_nothing
}

@test "podman-rootless: when the second table fails, the first one is taken back" {
  scenario_second_table_fails
}

@test "podman-rootless: removing the container leaves no chain and no record" {
  scenario_poststop_leaves_nothing
}

@test "podman-rootless: rules of Docker, netavark and a mesh stay byte for byte, with the container and after it" {
  scenario_foreign_rules_unchanged
}

@test "podman-rootless: the rules are in force again after a restart, once" {
  scenario_restart
}

@test "podman-rootless: two containers in one network each keep their own rules" {
  scenario_joined
}

@test "podman-rootless: a workload with CAP_NET_RAW is refused with the mend" {
  scenario_net_raw_refused
}

@test "podman-rootless: a container on the host's network is refused, and the host keeps its rules" {
  scenario_host_network_refused
}

@test "podman-rootless: a container without a network starts, with its rules" {
  scenario_none_network
}

@test "podman-rootless: a container that ends by itself leaves nothing" {
  scenario_exit_leaves_nothing
}

@test "podman-rootless: rules as a document with newlines, commas and quotes" {
  scenario_document
}
