#!/usr/bin/env bats
#
# podman as root: crun, a netavark network with IPv4 and IPv6.

# shellcheck disable=SC2034,SC2154 # the libraries use and set these

load ../lib/common

setup_file() {
  export WORKLOAD_RUNTIME=podman
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

@test "podman: a permitted address answers over IPv4 and TCP" {
  scenario_answers tcp "$PERMITTED4"
}

@test "podman: a permitted address answers over IPv4 and UDP" {
  scenario_answers udp "$PERMITTED4"
}

@test "podman: a permitted address answers over IPv6 and TCP" {
  scenario_answers tcp "$PERMITTED6"
}

@test "podman: a permitted address answers over IPv6 and UDP" {
  scenario_answers udp "$PERMITTED6"
}

@test "podman: a denied address is refused over IPv4 and TCP" {
  scenario_refused tcp "$DENIED4"
}

@test "podman: a denied address is refused over IPv4 and UDP" {
  scenario_refused udp "$DENIED4"
}

@test "podman: a denied address is refused over IPv6 and TCP" {
  scenario_refused tcp "$DENIED6"
}

@test "podman: a denied address is refused over IPv6 and UDP" {
  scenario_refused udp "$DENIED6"
}

@test "podman: without annotations the same addresses all answer" {
  scenario_open_without_annotation
}

@test "podman: a container without annotations gets no rule and no record" {
  scenario_untouched_without_annotation
}

@test "podman: the first packet of the container's first program is refused already" {
  scenario_first_packet
}

@test "podman: the workload as root can neither list nor change the rules" {
  scenario_workload_cannot_change
}

@test "podman: a wrong rule stops the container, and the reason is in syslog and in the state directory" {
  scenario_failure_stops
}

@test "podman: a wrong rule leaves the rules of a shared network as they were" {
  scenario_failure_leaves_nothing
}

@test "podman: when the second table fails, the first one is taken back" {
  scenario_second_table_fails
}

@test "podman: removing the container leaves no chain and no record" {
  scenario_poststop_leaves_nothing
}

@test "podman: rules of Docker, netavark and a mesh stay byte for byte, with the container and after it" {
  scenario_foreign_rules_unchanged
}

@test "podman: the rules are in force again after a restart, once" {
  scenario_restart
}

@test "podman: two containers in one network each keep their own rules" {
  scenario_joined
}

@test "podman: a workload with CAP_NET_RAW is refused with the mend" {
  scenario_net_raw_refused
}

@test "podman: a container on the host's network is refused, and the host keeps its rules" {
  scenario_host_network_refused
}

@test "podman: a container without a network starts, with its rules" {
  scenario_none_network
}

@test "podman: a container that ends by itself leaves nothing" {
  scenario_exit_leaves_nothing
}

@test "podman: rules as a document with newlines, commas and quotes" {
  scenario_document
}

@test "podman: a container in a user namespace of its own gets the rules" {
  ANNOTATIONS=("$RULES_DENY")
  WORKLOAD_UIDMAP=0:1000000000:65536
  workload_start lab1
  text=$(workload_exec lab1 netprobe ask -w 15 tcp "$PERMITTED4" "$ECHO_PORT")
  assert_matches "$text" answered
  text=$(workload_exec lab1 netprobe ask tcp "$DENIED4" "$ECHO_PORT" udp "$DENIED6" "$ECHO_PORT")
  assert_equal "$(grep -c ' refused' <<<"$text")" 2
}

@test "podman: a container outside the user namespace that owns the network it joins is refused" {
  ANNOTATIONS=()
  WORKLOAD_UIDMAP=0:1000000000:65536
  workload_start owner
  WORKLOAD_UIDMAP=
  ANNOTATIONS=("$RULES_DENY")
  refute workload_start in=owner lab1
  assert_matches "$(cat "$HOST_SCRATCH/syslog")" "oci-iptables-hook: [^ ]+: .*user namespace"
  refute rules_has_own "$(workload_namespace owner)"
}

# The same podman with runc.

@test "podman with runc: a permitted address answers, a denied one is refused" {
  WORKLOAD_RUNTIME=podman-runc
  scenario_answers tcp "$PERMITTED4"
  scenario_refused udp "$DENIED6"
}

@test "podman with runc: a wrong rule stops the container, and its output says why" {
  WORKLOAD_RUNTIME=podman-runc
  scenario_failure_stops
}

@test "podman with runc: removing the container leaves no chain and no record" {
  WORKLOAD_RUNTIME=podman-runc
  scenario_poststop_leaves_nothing
}
