#!/usr/bin/env bats
#
# The command beside real containers, run by runc and podman.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # jq variables; the libraries use and set the others

load ../lib/common
load cli

setup_file() {
  netprobe_build
  host_start
  rootfs_make
}

teardown_file() {
  host_stop
}

setup() {
  inside ip netns add box
  in_box ip link set lo up
}

teardown() {
  inside bash -c 'for id in $(runc list -q); do runc delete --force "$id"; done' >/dev/null 2>&1
  net_containers_remove
  rm -rf "$HOST_SCRATCH/bundles"
  host_forget
}

# A container that sleeps, with an endpoint list: start ID
start() {
  bundle_make "$1" /bin/sleep 3600
  bundle_network "$1" /run/netns/box
  bundle_hooks "$1"
  bundle_annotate "$1" io.oci-iptables.egress "53/udp@192.0.2.53"
  inside runc run --detach --bundle "$HOST_SCRATCH/bundles/$1" "$1" </dev/null >"$BATS_TEST_TMPDIR/runc.log" 2>&1 ||
    fail "$(<"$BATS_TEST_TMPDIR/runc.log")"
}

@test "a container of runc: list, show, verify, reapply, and nothing left after it" {
  start "runc-test-$$"
  cli list
  cli_ended 0
  cli_fits
  assert_matches "$output" "^runc-test-.* egress +[0-9]+ +[0-9]+ +0 +[0-9]+s$"
  inside runc exec "runc-test-$$" /bin/sh -c 'echo x | nc -u -w1 203.0.113.9 9' || true
  cli show runc-test
  cli_ended 0
  cli verify
  cli_ended 0
  assert_matches "$output" "^ok      runc-test-"
  in_box iptables-legacy -F
  cli verify
  cli_ended 1
  cli reapply
  cli_ended 0
  cli verify
  cli_ended 0
  inside runc delete --force "runc-test-$$"
  cli list --json
  assert_equal "$(jq -c . <<<"$output")" "[]"
  assert_no_match "$(rules_save_legacy /run/netns/box)" "oi-|oci-iptables"
}

@test "verify finds a container of runc that was started without the hook" {
  bundle_make open /bin/sleep 3600
  bundle_network open /run/netns/box
  bundle_annotate open io.oci-iptables.egress none
  inside runc run --detach --bundle "$HOST_SCRATCH/bundles/open" open </dev/null >/dev/null 2>&1
  cli verify
  cli_ended 1
  assert_matches "$output" "^OPEN    open: runs, asks for rules by its annotations and has none$"
  inside runc delete --force open
  cli verify
  cli_ended 0
}

@test "gc cleans up after a container that was killed without its poststop" {
  start "gc-test"
  start "gc-stays"
  before=$(rules_save_legacy /run/netns/box | grep -c gc || true)
  pid=$(inside runc state gc-test | jq .pid)
  inside kill -9 "$pid"
  for ((i = 0; i < 100; i++)); do
    inside test -d "/proc/$pid" || break
    sleep 0.05
  done
  cli gc
  cli_ended 0
  assert_equal "$output" "removed gc-test: its process is gone, the namespace lives on"
  cli verify
  cli_ended 0
  assert_matches "$output" "^ok      gc-stays: "
  assert_no_match "$output" "gc-test"
}

@test "a refused container of runc is explained by why" {
  bundle_make refused /bin/sleep 3600
  bundle_network refused /run/netns/box
  bundle_hooks refused
  bundle_annotate refused io.oci-iptables.egress "443/tpc@any"
  refute inside runc run --detach --bundle "$HOST_SCRATCH/bundles/refused" refused </dev/null >/dev/null 2>&1
  cli why ref
  cli_ended 0
  assert_matches "$output" '^[0-9]+s ago: oci-iptables-hook: refused: egress: item 1 "443/tpc@any": '
}

@test "containers of podman are shown by their names" {
  export WORKLOAD_RUNTIME=podman
  podman_image
  workload_podman run --detach --network none --cap-drop NET_RAW --cgroups disabled --name webserver \
    --annotation "io.oci-iptables.egress=none" localhost/lab sleep 3600 </dev/null >"$BATS_TEST_TMPDIR/podman.log" 2>&1 ||
    fail "$(<"$BATS_TEST_TMPDIR/podman.log")"
  cli list
  cli_ended 0
  assert_matches "$output" "^[0-9a-f]{12} +webserver +egress +"
  cli verify
  cli_ended 0
  workload_podman rm --force --time 0 webserver >/dev/null 2>&1
  cli list --json
  assert_equal "$(jq -c . <<<"$output")" "[]"
}

@test "a user looks at the own rootless containers through podman unshare" {
  export WORKLOAD_RUNTIME=podman-rootless
  rm -rf "$HOST_SCRATCH/rootfs"
  workload_prepare
  inside_as_user podman run --detach --network slirp4netns --cap-drop NET_RAW --cgroups disabled --name mine \
    --annotation "io.oci-iptables.egress=none" localhost/lab sleep 3600 </dev/null >"$BATS_TEST_TMPDIR/podman.log" 2>&1 ||
    fail "$(<"$BATS_TEST_TMPDIR/podman.log")"
  status=0
  inside_as_user podman unshare oci-iptables list >"$BATS_TEST_TMPDIR/cli.out" 2>"$BATS_TEST_TMPDIR/cli.err" || status=$?
  cli_read_output
  cli_ended 0
  assert_matches "$output" "^[0-9a-f]{12} +mine +egress +[0-9]+ +[0-9]+ +0 +"
  inside_as_user podman unshare oci-iptables verify >"$BATS_TEST_TMPDIR/cli.out" 2>"$BATS_TEST_TMPDIR/cli.err" || status=$?
  cli_read_output
  cli_ended 0
  assert_matches "$output" "^ok      [0-9a-f]{12}: [0-9]+ rules as they were applied$"
  cli_as_user list
  assert_matches "$output" "^[0-9a-f]{12} +mine +egress +"
  assert_matches "$stderr" "podman unshare"
  inside_as_user podman rm --force --time 0 mine >/dev/null 2>&1
}
