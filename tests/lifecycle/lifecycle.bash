# Several containers of the hook run directly, each with an id, a bundle, a process and a state of its own.
#
# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # jq's variables; the other libraries set and use these

# A container in a namespace: container_make NAME NAMESPACE RULES [ID]
# Its state stands in $BATS_TEST_TMPDIR/NAME.json, its process in $BATS_TEST_TMPDIR/NAME.pid.
container_make() {
  local name=$1 namespace=$2 rules=$3 id=${4:-$1} pid
  local HOOK_STATE=$BATS_TEST_TMPDIR/$name.json
  pid=$(hook_process "$namespace") || return 1
  echo "$pid" >"$BATS_TEST_TMPDIR/$name.pid"
  bundle_make "$name" /bin/true
  bundle_network "$name" "/run/netns/$namespace"
  hook_state_make "$id" "$pid" "$name"
  [[ -z $rules ]] || hook_annotate rules "$rules"
}

# container_apply NAME...: createRuntime, which must work
container_apply() {
  local name HOOK_STATE
  for name in "$@"; do
    HOOK_STATE=$BATS_TEST_TMPDIR/$name.json
    hook createRuntime
    hook_did || fail "createRuntime of $name" || return 1
  done
}

# container_poststop NAME...: as runc does it, without a pid
container_poststop() {
  local name HOOK_STATE
  for name in "$@"; do
    HOOK_STATE=$BATS_TEST_TMPDIR/$name.poststop.json
    jq '.status = "stopped" | del(.pid)' <"$BATS_TEST_TMPDIR/$name.json" >"$HOOK_STATE"
    hook poststop
    hook_did || fail "poststop of $name" || return 1
  done
}

container_pid() {
  cat "$BATS_TEST_TMPDIR/$1.pid"
}

container_kill() {
  local name
  for name in "$@"; do
    inside kill -9 "$(container_pid "$name")"
  done
  # A process that ended is not gone before its parent took notice of it.
  for name in "$@"; do
    for _ in {1..200}; do
      inside grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$(container_pid "$name")/status" || break
      sleep 0.05
    done
  done
}

# Runs a command in the network of a namespace: in_network NAME COMMAND...
in_network() {
  local name=$1
  shift
  inside nsenter --net="/run/netns/$name" "$@"
}

gc_did() {
  output=$(inside oci-iptables gc 2>&1) || fail "gc: $output"
}

# Neither record nor lock of anybody is left; lines about failures may be.
state_is_empty() {
  local found
  found=$(inside sh -c 'find /run/oci-iptables/records /run/oci-iptables/locks -type f 2>/dev/null')
  [[ -z $found ]] || fail "left in the state directory: $found"
}

# How often a text stands in the rules of a namespace.
rules_count() {
  rules_save_legacy "/run/netns/$1" | grep -cF -- "$2" || true
}

# The rules of a namespace; the kernel itself sends in it at any time (neighbour discovery), so counters move.
rules_uncounted() {
  rules_save_legacy "/run/netns/$1" | sed 's/\[[0-9:]*\]//'
}

# assert_filters NAMESPACE: the server's denied addresses are out of reach, the permitted ones answer
assert_filters() {
  local text
  text=$(in_network "$1" "$HOST_SCRATCH/netprobe" ask tcp "$DENIED4" "$ECHO_PORT" udp "$DENIED6" "$ECHO_PORT" \
    tcp "$PERMITTED4" "$ECHO_PORT" udp "$PERMITTED6" "$ECHO_PORT")
  assert_equal "$(grep -c ' refused ' <<<"$text")" 2 || return 1
  assert_equal "$(grep -c ' answered' <<<"$text")" 2
}
