#!/usr/bin/env bats
#
# Many containers at the same time, and other programs that change the same tables.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # jq variables; the libraries use and set the others

load ../lib/common
load lifecycle

setup_file() {
  hook_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  # Where the test host can read it.
  CROWD=$HOST_SCRATCH/crowd
  mkdir "$CROWD"
}

teardown() {
  hook_teardown
  rm -rf "$CROWD"
}

# Containers crowd1 to crowdCOUNT, each with a process, started by one shell for speed: crowd_make COUNT [OWN]
# With OWN each is in a namespace of its own, crowdNUMBER, otherwise all are in crowd.
crowd_make() {
  local count=$1 own=${2:-} number pid log=$BATS_TEST_TMPDIR/crowd.pids
  inside_background "$log" bash -c '
    for ((number = 1; number <= $0; number++)); do
      name=crowd${1:+$number}
      [[ -e /run/netns/$name ]] || ip netns add "$name"
      nsenter --net="/run/netns/$name" unshare --mount setpriv --bounding-set=-all --inh-caps=-all \
        sh -c "echo $number \$\$; exec sleep 3600" &
    done
    wait' "$count" "$own"
  for _ in {1..2400}; do
    [[ $(wc -l <"$log") -lt $count ]] || break
    sleep 0.05
  done
  cut -d' ' -f2 "$log" >"$BATS_TEST_TMPDIR/process.crowd"
  bundle_make crowd /bin/true
  while read -r number pid; do
    cp -r "$HOST_SCRATCH/bundles/crowd" "$HOST_SCRATCH/bundles/crowd$number"
    sed -i "s|\"namespaces\": \[|&{\"type\": \"network\", \"path\": \"/run/netns/crowd${own:+$number}\"},|" \
      "$HOST_SCRATCH/bundles/crowd$number/config.json"
    jq -nc --arg number "$number" --argjson pid "$pid" --arg bundle "$HOST_SCRATCH/bundles/crowd$number" '
      {ociVersion: "1.0.2", id: "crowd\($number)", status: "creating", pid: $pid, bundle: $bundle, annotations:
        {"io.oci-iptables.rules": "-A OUTPUT -d 192.0.2.\($number) -j DROP; -A INPUT -s 2001:db8::\($number) -j DROP"}}' \
      >"$CROWD/crowd$number.json"
  done <"$log"
  assert_equal "$(wc -l <"$log")" "$count"
}

# Runs the hook for all of the crowd at once; none may fail or say a word: crowd_run STAGE
crowd_run() {
  inside bash -c '
    for state in "$2"/crowd*.json; do
      "$0" "$1" <"$state" 2>&1 || echo "exit status $? for $state" &
    done
    wait' "$HOOK" "$1" "$CROWD" >"$BATS_TEST_TMPDIR/crowd.out" 3>&-
  assert_equal "$(cat "$BATS_TEST_TMPDIR/crowd.out")" ""
}

# The rules of container NUMBER are in a namespace once, in both families: crowd_has NAMESPACE NUMBER
crowd_has() {
  local rules
  rules=$(in_network "$1" sh -c 'iptables-legacy -S; ip6tables-legacy -S')
  assert_equal "$(grep -cE -- "-d 192.0.2.$2/32 -j DROP|-s 2001:db8::$2/128 -j DROP" <<<"$rules")" 2
}

@test "30 containers of one namespace, started and stopped in parallel: no rule is lost and none is left" {
  inside ip netns add crowd
  before=$(rules_save_legacy /run/netns/crowd)
  crowd_make 30
  crowd_run createRuntime
  for number in {1..30}; do
    crowd_has crowd "$number"
  done
  crowd_run poststop
  assert_same "$before" "$(rules_save_legacy /run/netns/crowd)"
  state_is_empty
}

@test "100 containers in namespaces of their own, started and stopped in parallel" {
  crowd_make 100 own
  crowd_run createRuntime
  for number in {1..100}; do
    crowd_has "crowd$number" "$number"
  done
  crowd_run poststop
  left=$(inside bash -c '
    for number in {1..100}; do
      nsenter --net=/run/netns/crowd$number sh -c "iptables-legacy-save; ip6tables-legacy-save"
    done' | grep -E 'oi-|oci-iptables-' || true)
  assert_equal "$left" ""
  state_is_empty
}

# Writers that take the iptables tools' lock, each adding rules in one order: writer_start NUMBER TOOL
writer_start() {
  inside_background "$BATS_TEST_TMPDIR/writer$1" nsenter --net=/run/netns/crowd bash -c '
    for ((number = 1; number <= 60; number++)); do
      $1 -w 30 -A OUTPUT -m comment --comment "writer $0 rule $number" || echo "failed at $number"
      $1 -w 30 -I INPUT -m comment --comment "for a moment"
      $1 -w 30 -D INPUT -m comment --comment "for a moment" || echo "rule $number was lost"
    done
    echo done' "$1" "$2"
}

@test "foreign writers in the same namespace: no update is lost on either side" {
  inside ip netns add crowd
  # The writers take the lock again as soon as they have let it go, and the machine may be busy.
  echo '{"lock_timeout_seconds": 8}' | host_admin_file config.json
  crowd_make 6
  writer_start 1 iptables-legacy
  writer_start 2 iptables-legacy
  writer_start 3 ip6tables-legacy
  for round in 1 2 3 4; do
    crowd_run createRuntime
    for number in {1..6}; do
      crowd_has crowd "$number"
    done
    crowd_run poststop
  done
  crowd_run createRuntime
  for number in 1 2 3; do
    for _ in {1..2400}; do
      grep -q "done" "$BATS_TEST_TMPDIR/writer$number" && break
      sleep 0.05
    done
    assert_equal "$(cat "$BATS_TEST_TMPDIR/writer$number")" "done"
    assert_equal "$(rules_count crowd "writer $number rule")" 60
  done
  for number in {1..6}; do
    crowd_has crowd "$number"
  done
  crowd_run poststop
  refute rules_has_own /run/netns/crowd
  assert_equal "$(rules_count crowd "writer ")" 180
  state_is_empty
}

# lock_is_held SECONDS: the lock of the iptables tools is held for longer than the configured time
lock_is_held() {
  inside ip netns add crowd
  before=$(rules_save_legacy /run/netns/crowd)
  crowd_make 1
  echo "{\"lock_timeout_seconds\": $1}" | host_admin_file config.json
  HOOK_STATE=$CROWD/crowd1.json
  inside_background "$BATS_TEST_TMPDIR/holder" flock --no-fork /run/xtables.lock sh -c 'echo $$; exec sleep 60'
  host_wait_line "$BATS_TEST_TMPDIR/holder" '^[0-9]+$'
  status=0
  inside timeout 60 "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" ||
    status=$?
  hook_read_output
  inside kill "$(<"$BATS_TEST_TMPDIR/holder")"
  assert_equal "$status" 1
  assert_refusal "$stderr" crowd1 "lock: /run/xtables.lock is held"
  assert_same "$before" "$(rules_save_legacy /run/netns/crowd)"
  state_is_empty
}

@test "a lock that nobody lets go: the hook ends in time, says which, and leaves nothing" {
  lock_is_held 1
}

@test "a lock that is held for longer than the hook may take: it says which, and commits nothing afterwards" {
  lock_is_held 8
}
