#!/usr/bin/env bats
#
# contrib/quickstart: what it shows, what it leaves, and that it notices when something is not as claimed.

load ../lib/common

setup() {
  TMPDIR=$BATS_TEST_TMPDIR/tmp
  export TMPDIR
  mkdir "$TMPDIR"
  log=$BATS_TEST_TMPDIR/log
  pid=
}

teardown() {
  [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null || true
}

# Nothing in the temporary directory, no process and no control group of the run that used it.
left_nothing() {
  assert_equal "$(find "$TMPDIR" -mindepth 1)" "" || return 1
  assert_equal "$(pgrep -f "$TMPDIR/oci-iptables-quickstart" || true)" "" || return 1
  [[ -z ${name:-} ]] || assert_equal "$(find /sys/fs/cgroup -type d -name "${name//./-}")" ""
}

# Starts it in the background and waits for a line of its output: quickstart_until REGULAR_EXPRESSION
quickstart_until() {
  # A shell that is not interactive has its background commands ignore SIGINT; python puts that right.
  python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$OCI_IPTABLES_TESTS/../contrib/quickstart" </dev/null >"$log" 2>&1 3>&- 4>&- &
  pid=$!
  while ! grep -qE "$1" "$log"; do
    kill -0 "$pid" || fail "$(<"$log")" || return 1
    sleep 0.05
  done
  name=$(basename "$TMPDIR"/*)
}

# quickstart_ends_by SIGNAL STATUS
quickstart_ends_by() {
  local status=0
  kill -s "$1" "$pid"
  wait "$pid" || status=$?
  pid=
  assert_equal "$status" "$2" && left_nothing
}

@test "quickstart shows that everything is as claimed, and leaves nothing" {
  "$OCI_IPTABLES_TESTS/../contrib/quickstart" >"$log" 2>&1 </dev/null || fail "$(<"$log")"
  assert_no_match "$(<"$log")" 'NOT AS CLAIMED'
  for claim in '192.0.2.10 answers' '192.0.2.20 is refused' '2001:db8:1::10 answers' '2001:db8:1::20 is refused' \
    'IPv4 and IPv6 are in force' 'CAP_NET_ADMIN' 'Permission denied' 'poststop left no rule' 'does not start'; do
    assert_matches "$(<"$log")" "^   ok   .*$claim"
  done
  assert_matches "$(<"$log")" '-A OUTPUT -m comment --comment oci-iptables -j oci-iptables-OUTPUT'
  left_nothing
}

@test "quickstart ended while it builds leaves nothing" {
  quickstart_until '^2\. Build'
  quickstart_ends_by INT 130
}

@test "quickstart ended while a container runs leaves nothing" {
  quickstart_until '^4\. '
  quickstart_ends_by TERM 143
}

@test "quickstart notices a hook that does nothing" {
  mkdir "$BATS_TEST_TMPDIR/copy"
  tar -C "$OCI_IPTABLES_TESTS/.." --exclude=.git --exclude='build*' -c . | tar -C "$BATS_TEST_TMPDIR/copy" -x
  sed -i 's/^\tmemory_set_exhausted(.*/\tif (getpid() > 0)\n\t\treturn 0;\n&/' "$BATS_TEST_TMPDIR/copy/src/hook/main.c"
  refute "$BATS_TEST_TMPDIR/copy/contrib/quickstart" >"$log" 2>&1 </dev/null
  for claim in '192.0.2.20 is refused' '2001:db8:1::20 is refused' 'IPv4 and IPv6 are in force' 'does not start'; do
    assert_matches "$(<"$log")" "NOT AS CLAIMED .*$claim"
  done
  left_nothing
}
