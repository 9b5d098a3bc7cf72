# The hook run directly: a namespace "box" with nothing but loopback, a process in it that stands for the container's
# first one, a bundle, and a state to hand to the hook's stdin.
#
# shellcheck shell=bash disable=SC2016 # jq's and the inner shell's variables

hook_setup_file() {
  netprobe_build
  mkdir -p "$HOST_SCRATCH/rootfs"
  host_start
  HOOK=$(inside jq -r .hook.path /usr/share/containers/oci/hooks.d/oci-iptables.json)
  export HOOK
}

# A container that the hook has nothing against. Sets HOOK_ID, HOOK_PID, HOOK_STATE and HOOK_BEFORE.
hook_setup() {
  HOOK_ID=testcontainer$BATS_TEST_NUMBER
  HOOK_STATE=$BATS_TEST_TMPDIR/state.json
  inside ip netns add box
  HOOK_PID=$(hook_process box)
  bundle_make box /bin/true
  bundle_network box /run/netns/box
  hook_state_make "$HOOK_ID" "$HOOK_PID" box
  HOOK_BEFORE=$(rules_save_legacy /run/netns/box)
}

hook_teardown() {
  # shellcheck disable=SC2046 # a list of numbers
  inside kill -9 $(cat "$BATS_TEST_TMPDIR"/process.* 2>/dev/null) 2>/dev/null || true
  net_containers_remove
  rm -rf "$HOST_SCRATCH/bundles"
  host_forget
}

# Starts a process that waits in a namespace, and prints its pid. COMMAND says what it is made by; without it it is like a
# container's: a mount namespace of its own, root, no capability.
# NAMESPACE is a name of `ip netns` or the path of a namespace.
# hook_process NAMESPACE [COMMAND...]
hook_process() {
  local namespace=$1 log
  [[ $namespace == /* ]] || namespace=/run/netns/$namespace
  shift
  [[ $# -gt 0 ]] || set -- unshare --mount setpriv --bounding-set=-all --inh-caps=-all
  log=$(mktemp "$BATS_TEST_TMPDIR/process.XXXXXX")
  inside_background "$log" nsenter --net="$namespace" "$@" sh -c 'echo $$; exec sleep 3600'
  host_wait_line "$log" '^[0-9]+$' && grep -E '^[0-9]+$' "$log"
}

# Writes the state of a container about to start: hook_state_make ID PID BUNDLE
hook_state_make() {
  jq -n --arg id "$1" --argjson pid "$2" --arg bundle "$HOST_SCRATCH/bundles/$3" \
    '{ociVersion: "1.0.2", id: $id, status: "creating", pid: $pid, bundle: $bundle, annotations: {}}' >"$HOOK_STATE"
}

# Changes the state: hook_state JQ_ARGUMENT...
hook_state() {
  jq "$@" <"$HOOK_STATE" >"$HOOK_STATE.new" && mv "$HOOK_STATE.new" "$HOOK_STATE"
}

# hook_annotate KEY VALUE
hook_annotate() {
  hook_state --arg key "io.oci-iptables.$1" --arg value "$2" '.annotations[$key] = $value'
}

# Runs the hook on HOOK_STATE. Sets status, output (stdout) and stderr.
hook() {
  status=0
  inside "$HOOK" "$@" <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
}

hook_read_output() {
  output=$(<"$BATS_TEST_TMPDIR/stdout")
  stderr=$(<"$BATS_TEST_TMPDIR/stderr")
}

# The last run did its work and said nothing.
hook_did() {
  [[ $status -eq 0 ]] || fail "exit status $status: $stderr" || return 1
  assert_equal "$output$stderr" ""
}

# The last run refused: exit status 1, one line of the form that interface and man page promise, nothing in the kernel.
# hook_refused EXTENDED_REGULAR_EXPRESSION [ID]
hook_refused() {
  assert_equal "$status" 1 || return 1
  assert_equal "$output" "" || return 1
  assert_refusal "$stderr" "${2:-$HOOK_ID}" "$1" || return 1
  assert_same "$HOOK_BEFORE" "$(rules_save_legacy /run/netns/box)"
}

# Applies rules of the rules annotation, which must work.
hook_apply() {
  hook_annotate rules "$1"
  hook createRuntime
  hook_did
}

# The rules annotation is refused: hook_refuses_rules TEXT EXTENDED_REGULAR_EXPRESSION
hook_refuses_rules() {
  hook_annotate rules "$1"
  hook createRuntime
  hook_refused "$2"
}

# Runs poststop for the container of HOOK_STATE, as runc does it: without a pid.
hook_poststop() {
  hook_state '.status = "stopped" | del(.pid)'
  hook poststop
}

hook_rules() {
  rules_save_legacy "/run/netns/${1:-box}"
}
