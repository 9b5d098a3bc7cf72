#!/usr/bin/env bats
#
# Records that nobody can read any more: of containers that run, that stopped, and that are gone.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # inner shells' variables; the libraries use the others

load ../lib/common
load lifecycle

setup_file() {
  hook_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  inside ip netns add pod
  POD_BEFORE=$(rules_save_legacy /run/netns/pod)
}

teardown() {
  hook_teardown
}

RULES="-A OUTPUT -d 192.0.2.7 -j REJECT; -t mangle -A OUTPUT -j MARK --set-mark 1"
OTHER_RULES="-A OUTPUT -d 192.0.2.8 -j REJECT"

pod_is_clean() {
  assert_same "$POD_BEFORE" "$(rules_save_legacy /run/netns/pod)" && state_is_empty
}

# Damages the record of a container: damage NAME SHELL_COMMAND_ON_FILE
damage() {
  local file
  file=$(inside sh -c "ls /run/oci-iptables/records/*.$1.*.json")
  inside sh -c "$2" "$file"
}

CUT='head -c 100 "$0" >"$0.new" && mv "$0.new" "$0"'
EMPTY=': >"$0"'
GARBAGE='head -c 3000 /dev/urandom >"$0"'
TYPES='sed -i "s/\"chains\":\[/\"chains\":7,\"x\":[/" "$0"'
FOREIGN='sed -i "s/\"name\":\"oi-[^\"]*\"/\"name\":\"NETAVARK_FORWARD\"/" "$0"'

# poststop takes a container's rules away whatever happened to its record: stopped_cleanly COMMAND
stopped_cleanly() {
  container_make app pod "$RULES"
  container_make other pod "$OTHER_RULES"
  container_apply app other
  damage app "$1"
  container_kill app
  container_poststop app
  assert_equal "$(rules_count pod "-d 192.0.2.7/32 ")" 0
  assert_equal "$(rules_count pod "MARK")" 0
  assert_equal "$(rules_count pod "-d 192.0.2.8/32 ")" 1
  container_poststop other
  pod_is_clean
}

@test "a record is cut off: poststop still takes away the container's rules, and nobody else's" {
  stopped_cleanly "$CUT"
}

@test "a record is empty: poststop still takes away the container's rules, and nobody else's" {
  stopped_cleanly "$EMPTY"
}

@test "a record is no JSON: poststop still takes away the container's rules, and nobody else's" {
  stopped_cleanly "$GARBAGE"
}

@test "a record has wrong types: poststop still takes away the container's rules, and nobody else's" {
  stopped_cleanly "$TYPES"
}

@test "a record names somebody else's chain: poststop still takes away the container's rules, and nobody else's" {
  in_network pod iptables-legacy -N NETAVARK_FORWARD
  in_network pod iptables-legacy -A NETAVARK_FORWARD -s 192.0.2.99 -j ACCEPT
  POD_BEFORE=$(rules_save_legacy /run/netns/pod)
  stopped_cleanly "$FOREIGN"
}

@test "a record is a link: it is not followed, and poststop still takes away the container's rules" {
  inside sh -c 'echo precious >/run/precious'
  stopped_cleanly 'ln -sf /run/precious "$0"'
  assert_equal "$(inside cat /run/precious)" precious
}

@test "a neighbour's record is damaged: the next container starts, and the neighbour stays filtered" {
  container_make app pod "$RULES"
  container_apply app
  damage app "$CUT"
  container_make next pod "$OTHER_RULES"
  container_apply next
  assert_equal "$(rules_count pod "-d 192.0.2.7/32 ")" 1
  assert_equal "$(rules_count pod "-d 192.0.2.8/32 ")" 1
  container_poststop next
  assert_equal "$(rules_count pod "-d 192.0.2.7/32 ")" 1
  container_poststop app
  pod_is_clean
}

@test "a neighbour's record is damaged: a container without rules that could change the neighbour's is refused" {
  container_make app pod "$RULES"
  container_apply app
  damage app "$CUT"
  container_make joining pod ""
  bundle_capability joining CAP_NET_ADMIN
  HOOK_STATE=$BATS_TEST_TMPDIR/joining.json
  for _ in unreadable aside; do
    hook createRuntime
    assert_equal "$status" 1
    refute inside oci-iptables gc
  done
  assert_matches "$stderr" "CAP_NET_ADMIN"
}

@test "a container's own record is damaged: it is created again, with its new rules only" {
  container_make app pod "$RULES"
  container_make other pod "$OTHER_RULES"
  container_apply app
  damage app "$GARBAGE"
  # Who comes between sets the record aside.
  container_apply other
  container_make app pod "-A OUTPUT -d 192.0.2.9 -j REJECT"
  container_apply app
  assert_equal "$(rules_count pod "-d 192.0.2.7/32 ")" 0
  assert_equal "$(rules_count pod "MARK")" 0
  assert_equal "$(rules_count pod "-d 192.0.2.9/32 ")" 1
  container_poststop app other
  pod_is_clean
}

@test "gc keeps the rules of a container that runs and whose record is damaged, says so, and keeps saying so" {
  container_make app pod "$RULES"
  container_apply app
  before=$(rules_uncounted pod)
  damage app "$CUT"
  for _ in 1 2; do
    run inside oci-iptables gc
    assert_equal "$status" 1
    assert_matches "$output" '^oci-iptables: gc: app: state: records/.* is damaged, .* its rules stay'
    assert_same "$before" "$(rules_uncounted pod)"
  done
  run inside oci-iptables list
  assert_equal "$status" 1
  assert_matches "$output" "was a record and can't be read"
  container_poststop app
  pod_is_clean
}

@test "gc removes rules and damaged record where nobody is in the namespace any more" {
  container_make app pod "$RULES"
  container_apply app
  damage app "$CUT"
  container_kill app
  before=$(rules_uncounted pod)
  output=$(inside oci-iptables gc --dry-run 2>/dev/null) || true
  assert_matches "$output" "^would remove app: its record is damaged"
  assert_same "$before" "$(rules_uncounted pod)"
  gc_did
  assert_matches "$output" "^removed app: its record is damaged, and nobody is in its namespace"
  pod_is_clean
}

@test "gc removes a damaged record whose namespace is gone" {
  container_make app pod "$RULES"
  container_apply app
  damage app "$EMPTY"
  container_kill app
  inside ip netns del pod
  gc_did
  assert_matches "$output" "^removed app: its namespace is gone"
  state_is_empty
}

@test "a record of a newer version is not damaged: nobody touches it" {
  container_make app pod "$RULES"
  container_apply app
  damage app 'sed -i "s/\"version\":1/\"version\":99/" "$0"'
  before=$(rules_uncounted pod)
  run inside oci-iptables gc
  assert_equal "$status" 1
  assert_matches "$output" "newer version"
  assert_same "$before" "$(rules_uncounted pod)"
  assert_equal "$(inside sh -c 'ls /run/oci-iptables/records/*.json' | wc -l)" 1
  damage app 'sed -i "s/\"version\":99/\"version\":1/" "$0"'
  container_poststop app
  pod_is_clean
}

@test "gc removes what a hook left that was killed while it wrote" {
  container_make app pod "$RULES"
  container_apply app
  container_poststop app
  inside sh -c 'for room in records failures; do echo half >/run/oci-iptables/$room/app.tmp-4194000; done'
  gc_did
  assert_matches "$output" "^removed 2 half-written files"
  assert_equal "$(inside find /run/oci-iptables -type f)" ""
}
