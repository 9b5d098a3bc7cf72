#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The recipes of doc/cookbook.md in bundles run by runc.

# shellcheck disable=SC2016,SC2034,SC2154 # the libraries set and use these

load ../lib/common
load recipes

setup_file() {
  export WORKLOAD_RUNTIME=runc
  recipes_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  scenario_setup
}

teardown() {
  workload_cleanup
  outside_remove
}

@test "runc: release builds reach the store alone, development builds all but the store" {
  recipe_builds
}

@test "runc: an agent's container reaches DNS and the web, no local network, no metadata, and takes nothing in" {
  recipe_agent
}

@test "runc: an agent's container by the administrator's word, whatever its annotations say" {
  recipe_block "An AI agent's container" json 3 | host_admin_file config.json
  ANNOTATIONS=("io.oci-iptables.egress=any" "io.oci-iptables.rules=-A OUTPUT -j ACCEPT")
  workload_start agent
  agent_holds agent answered
}

@test "runc: a port for one host and the containers beside it" {
  recipe_published
  local address4 address6
  address4=$(address_of web 4)
  address6=$(address_of web 6)
  neighbour_asks other answered tcp "$address4" 80
  neighbour_asks other answered tcp "$address6" 80
  neighbour_asks third refused tcp "$address4" 80
  neighbour_asks third refused tcp "$address6" 80
  # The host has an address of the container's own network.
  text=$(inside "$HOST_SCRATCH/netprobe" ask tcp "$address4" 80 tcp "$address6" 80)
  assert_equal "$(grep -c ' answered$' <<<"$text")" 2
  ANNOTATIONS=()
  workload_start elsewhere
  asks elsewhere refused tcp "$address4" 80
  asks elsewhere refused tcp "$address6" 80
}

@test "runc: a forwarder that runs nothing but sleep" {
  # Two networks, of which the target has one.
  net_container_add forwarder 1
  inside ip netns add target
  inside ip -n forwarder link add eth1 type veth peer name eth0 netns target
  inside ip -n forwarder addr add 172.18.0.2/24 dev eth1
  inside ip -n forwarder addr add fd00:18::2/64 dev eth1 nodad
  inside ip -n forwarder link set eth1 up
  inside ip -n target addr add 172.18.0.23/24 dev eth0
  inside ip -n target addr add fd00:18::23/64 dev eth0 nodad
  inside ip -n target link set eth0 up
  inside_background "$HOST_SCRATCH/target.log" nsenter --net=/run/netns/target \
    "$HOST_SCRATCH/netprobe" serve 5000 172.18.0.23 fd00:18::23
  host_wait_line "$HOST_SCRATCH/target.log" '^ready$'

  RECIPE_NETWORK=/run/netns/forwarder
  recipe_start forwarder "A forwarder" 1
  assert_equal "$(inside ip netns exec forwarder cat /proc/sys/net/ipv4/ip_forward)" 1
  ANNOTATIONS=()
  RECIPE_NETWORK=
  workload_start client
  asks client answered tcp 10.88.1.2 5000
  asks client answered tcp fd00:88:1::2 5000
  assert_matches "$(cat "$HOST_SCRATCH/target.log")" "^tcp 172.18.0.23 5000 from 172.18.0.2$"
  assert_matches "$(cat "$HOST_SCRATCH/target.log")" "^tcp fd00:18::23 5000 from fd00:18::2$"
  # Nothing but this port is forwarded, and forwarding ends with the container.
  inside ip -n target route add default via 172.18.0.2
  inside ip route add 172.18.0.0/24 via 10.88.1.2
  asks client silent tcp 172.18.0.23 5000
  workload_remove forwarder
  assert_equal "$(inside ip netns exec forwarder cat /proc/sys/net/ipv4/ip_forward)" 0
  asks client refused tcp 10.88.1.2 5000
}

@test "runc: Docker's embedded resolver answers under default deny" {
  docker_network_make docker
  RECIPE_NETWORK=/run/netns/docker
  recipe_docker
}

@test "runc: on the host's network a recipe is refused, and the host keeps its rules and its network" {
  local before text
  before=$(rules_save /proc/1/ns/net)
  bundle_make lab1 netprobe ask tcp "$PERMITTED4" 443
  bundle_hooks lab1
  bundle_edit lab1 --argjson piece "$(recipe_block "The host's network, and none" json)" '. * $piece'
  touch "$HOST_SCRATCH/bundles/lab1/kept"
  text=$(workload_run lab1) && fail "the container ran: $text"
  assert_matches "$text" "oci-iptables-hook: lab1: .*host"
  assert_same "$before" "$(rules_save /proc/1/ns/net)"
  host_admin_file config.json <<<"$(grep -oE '\{"host_network": "ignore"\}' "$COOKBOOK")"
  text=$(workload_run lab1)
  assert_matches "$text" "^tcp $PERMITTED4 443 answered"
  assert_same "$before" "$(rules_save /proc/1/ns/net)"
}

@test "runc: without a network the container starts with its rules, and reaches itself" {
  RECIPE_NETWORK=new
  recipe_start lab1 "The host's network, and none" 1 netprobe serve 8080 127.0.0.1 ::1
  rules_has_own "$(workload_namespace lab1)"
  asks lab1 answered tcp 127.0.0.1 8080
  asks lab1 answered udp ::1 8080
  asks lab1 refused tcp "$PERMITTED4"
  asks lab1 refused tcp "$PERMITTED6"
}
