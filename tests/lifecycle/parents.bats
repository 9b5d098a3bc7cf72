#!/usr/bin/env bats
#
# The runtime is killed while it waits for its hook.

# shellcheck disable=SC2016,SC2031,SC2034,SC2153,SC2154 # the inner shells' variables; the libraries use and set these

load ../lib/common
load lifecycle

setup_file() {
  hook_setup_file
  rootfs_make
  # Stands between a runtime and the hook, and kills the runtime. The runtime gives it a PATH and nothing else.
  cat >"$HOST_SCRATCH/killer" <<'END'
#!/bin/bash
moment=$1 hook=$2 log=$3 runtime=$PPID
cat >"$log.state"
exec <"$log.state"
case $moment in
  before)
    kill -9 $runtime
    "$hook" createRuntime
    ;;
  during)
    "$hook" createRuntime <&0 &
    # Somebody else holds the iptables tools' lock, so it gets no further than to its own.
    for ((i = 0; i < 400; i++)); do
      for lock in /run/oci-iptables/locks/*; do
        [[ ! -e $lock ]] || break 2
      done
      sleep 0.02
    done
    kill -9 $runtime
    echo "killed" >>"$log"
    wait $!
    ;;
  after)
    "$hook" createRuntime
    status=$?
    kill -9 $runtime
    (exit $status)
    ;;
esac
echo "hook ended with $?" >>"$log"
END
  chmod 755 "$HOST_SCRATCH/killer"
}

teardown_file() {
  host_stop
}

setup() {
  inside ip netns add orphan
  BEFORE=$(rules_save_legacy /run/netns/orphan)
}

teardown() {
  touch "$HOST_SCRATCH/release"
  workload_cleanup
  # What a killed runtime leaves of a container that it does not list.
  inside rm -rf "/run/test-host/$WORKLOAD_RUNTIME"
}

# Runs a container whose runtime dies before, during or after its hook: orphan RUNTIME MOMENT
orphan() {
  WORKLOAD_RUNTIME=$1
  local moment=$2 log=$HOST_SCRATCH/log count pid
  bundle_make orphan /bin/sh -c 'echo the container ran; sleep 3600'
  bundle_network orphan /run/netns/orphan
  bundle_annotate orphan io.oci-iptables.rules \
    "-A OUTPUT -d 192.0.2.7 -j REJECT; -A OUTPUT -d 2001:db8::7 -j REJECT; -t mangle -A OUTPUT -j MARK --set-mark 1"
  bundle_hooks orphan
  : >"$log"
  bundle_edit orphan --arg killer "$HOST_SCRATCH/killer" --arg moment "$moment" --arg hook "$HOOK" --arg log "$log" '
    .hooks.createRuntime[0] |= (.path = $killer | .args = ["killer", $moment, $hook, $log] | del(.timeout))'
  if [[ $moment == during ]]; then
    rm -f "$HOST_SCRATCH/release"
    inside_background "$BATS_TEST_TMPDIR/holder" flock /run/xtables.lock \
      sh -c 'echo held; until [ -e "$0" ]; do sleep 0.02; done' "$HOST_SCRATCH/release"
    host_wait_line "$BATS_TEST_TMPDIR/holder" held
  fi
  status=0
  oci run --bundle "$HOST_SCRATCH/bundles/orphan" orphan </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || status=$?
  if [[ $moment == during ]]; then
    host_wait_line "$log" '^killed$'
    touch "$HOST_SCRATCH/release"
  fi
  host_wait_line "$log" '^hook ended with '
  assert_equal "$status" 137
  # Whole, or none: a process that ended before the hook could open its namespace is refused.
  count=$(rules_count orphan "-A oi-")
  [[ $count -eq 4 || ($moment == before && $count -eq 0) ]] || fail "$(<"$log")" "$(rules_save_legacy /run/netns/orphan)"
  # The first process waits for a runtime that is gone, and ends.
  pid=$(jq .pid <"$log.state")
  for _ in {1..400}; do
    inside test -e "/proc/$pid" || break
    sleep 0.05
  done
  refute inside test -e "/proc/$pid"
  assert_no_match "$(cat "$BATS_TEST_TMPDIR/out")" "the container ran"
  gc_did
  assert_same "$BEFORE" "$(rules_save_legacy /run/netns/orphan)"
  state_is_empty
}

@test "runc is killed before its hook works: the container never runs, and gc leaves nothing" {
  orphan runc before
}

@test "runc is killed while its hook works: the container never runs, the rules are whole, and gc leaves nothing" {
  orphan runc during
}

@test "runc is killed when its hook is done: the container never runs, the rules are whole, and gc leaves nothing" {
  orphan runc after
}

@test "crun is killed before its hook works: the container never runs, and gc leaves nothing" {
  orphan crun before
}

@test "crun is killed while its hook works: the container never runs, the rules are whole, and gc leaves nothing" {
  orphan crun during
}

@test "crun is killed when its hook is done: the container never runs, the rules are whole, and gc leaves nothing" {
  orphan crun after
}
