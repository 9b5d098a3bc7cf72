#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands of doc/cookbook.md, run by podman as root: crun, netavark networks with IPv4 and IPv6.

# shellcheck disable=SC2016,SC2034,SC2154 # the libraries set and use these

load ../lib/common
load recipes

setup_file() {
  export WORKLOAD_RUNTIME=podman
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
  net_containers_remove
  workload_podman network rm -f front back >/dev/null 2>&1 || true
}

@test "podman: release builds reach the store alone, development builds all but the store" {
  recipe_builds
}

@test "podman: an agent's container reaches DNS and the web, no local network, no metadata, and takes nothing in" {
  recipe_agent
}

@test "podman: an agent's container by the administrator's word, whatever its annotations say" {
  recipe_block "An AI agent's container" json 3 | host_admin_file config.json
  ANNOTATIONS=("io.oci-iptables.egress=any" "io.oci-iptables.rules=-A OUTPUT -j ACCEPT")
  workload_start agent
  agent_holds agent answered
}

@test "podman: a published port answers one other host and the containers on the bridge, and refuses a third host" {
  recipe_published
  neighbour_asks other answered tcp 192.168.122.1 8000
  neighbour_asks other answered tcp 2001:db8:122::1 8000
  neighbour_asks third refused tcp 192.168.122.1 8000
  neighbour_asks third refused tcp 2001:db8:122::1 8000
  ANNOTATIONS=()
  workload_start local
  asks local answered tcp "$(address_of web 4)" 80
  asks local answered tcp "$(address_of web 6)" 80
  # The same published port without the recipe answers the third host, too.
  workload_remove web
  workload_podman run -d --name web --network lab -p 8000:80 localhost/lab netprobe serve 80 0.0.0.0 :: </dev/null 3>&-
  neighbour_asks third answered tcp 192.168.122.1 8000
  neighbour_asks third answered tcp 2001:db8:122::1 8000
}

@test "podman: a forwarder that runs nothing but sleep" {
  local own4 own6
  workload_podman network create --ipv6 --subnet 10.91.0.0/24 --subnet fd00:91::/64 --disable-dns front
  workload_podman network create --ipv6 --subnet 172.18.0.0/24 --subnet fd00:18::/64 --disable-dns back
  workload_podman run -d --name target --network back:ip=172.18.0.23,ip=fd00:18::23 localhost/lab \
    netprobe serve 5000 0.0.0.0 :: </dev/null 3>&-
  RECIPE_NETWORK=' ' recipe_start forwarder "A forwarder" 1
  workload_podman run -d --name client --network front localhost/lab sleep 3600 </dev/null 3>&-
  asks client answered tcp "$(address_of forwarder 4 10.91)" 5000
  asks client answered tcp "$(address_of forwarder 6 fd00:91)" 5000
  own4=$(address_of forwarder 4 172.18)
  own6=$(address_of forwarder 6 fd00:18)
  text=$(workload_podman logs target)
  assert_matches "$text" "^tcp .* 5000 from $own4$"
  assert_matches "$text" "^tcp .* 5000 from $own6$"
  assert_equal "$(workload_exec forwarder grep CapBnd /proc/1/status | tr -d '\t')" CapBnd:0000000000000000
  assert_equal "$(workload_exec forwarder cat /proc/1/comm)" sleep
  asks client refused tcp "$(address_of forwarder 4 10.91)" 5001
}

@test "podman: Docker's embedded resolver answers under default deny" {
  docker_network_make docker
  # The one word of docker's that the recipe needs.
  RECIPE_SHELL='docker() { echo /run/netns/docker; }'
  RECIPE_NETWORK=' '
  recipe_docker
}

@test "podman: on the host's network the recipe is refused, and the host keeps its rules" {
  local before text
  before=$(rules_save /proc/1/ns/net)
  text=$(recipe_podman "--rm" "The host's network, and none" 1 netprobe ask tcp "$PERMITTED4" 443) &&
    fail "the container ran: $text"
  assert_no_match "$text" "answered"
  assert_matches "$(cat "$HOST_SCRATCH/syslog")" "oci-iptables-hook: .*host"
  assert_same "$before" "$(rules_save /proc/1/ns/net)"
}

@test "podman: without a network the container starts with its rules, and reaches itself" {
  RECIPE_NETWORK=' '
  recipe_start lab1 "The host's network, and none" 2 netprobe serve 8080 127.0.0.1 ::1
  rules_has_own "$(workload_namespace lab1)"
  asks lab1 answered tcp 127.0.0.1 8080
  asks lab1 answered udp ::1 8080
  asks lab1 refused tcp "$PERMITTED4"
  asks lab1 refused tcp "$PERMITTED6"
}
