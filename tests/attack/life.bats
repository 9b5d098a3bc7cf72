#!/usr/bin/env bats
#
# Containers that look dead and are not, and what a hook finds changed that it has looked at before.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # the libraries use and set the others

load ../lib/common
load ../lifecycle/lifecycle

DENY="-A OUTPUT -d 192.0.2.7 -j DROP"

setup_file() {
  hook_setup_file
  # Its first thread ends at SIGUSR1, a second one goes on.
  cc -static -pthread -D_GNU_SOURCE -o "$HOST_SCRATCH/headless" -xc - <<'END_OF_PROGRAM'
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void *go_on(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

int main(void)
{
	pthread_t thread;
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, go_on, NULL);
	printf("%d\n", getpid());
	fflush(stdout);
	sigwait(&set, &number);
	pthread_exit(NULL);
}
END_OF_PROGRAM
}

teardown_file() {
  host_stop
}

setup() {
  hook_setup
}

teardown() {
  lock_release
  hook_teardown
}

# The container of HOOK_STATE has rules, and then its first thread ends.
headless_container() {
  inside_background "$BATS_TEST_TMPDIR/process.headless" nsenter --net=/run/netns/box unshare --mount \
    setpriv --bounding-set=-all --inh-caps=-all "$HOST_SCRATCH/headless"
  host_wait_line "$BATS_TEST_TMPDIR/process.headless" '^[0-9]+$'
  HOOK_PID=$(<"$BATS_TEST_TMPDIR/process.headless")
  hook_state --argjson pid "$HOOK_PID" '.pid = $pid'
  hook_apply "$DENY"
  inside kill -USR1 "$HOOK_PID"
  for _ in {1..200}; do
    inside grep -q '^State:[[:space:]]*Z' "/proc/$HOOK_PID/status" && return
    sleep 0.05
  done
  fail "the first thread did not end"
}

@test "a container that ends its first thread does not rid itself of its rules by gc" {
  headless_container
  inside oci-iptables gc
  assert_matches "$(hook_rules)" "192.0.2.7/32 -j DROP"
}

@test "a container that ends its first thread does not rid itself of its rules by the next one of its network" {
  headless_container
  container_make second box "-A OUTPUT -d 192.0.2.9 -j DROP"
  container_apply second
  assert_matches "$(hook_rules)" "192.0.2.7/32 -j DROP"
  assert_matches "$(hook_rules)" "192.0.2.9/32 -j DROP"
}

@test "verify finds the rules of a container that ended its first thread, though nothing else is in its network" {
  local other=$HOOK_PID
  headless_container
  inside kill "$other"
  inside ip netns del box
  assert_matches "$(inside oci-iptables verify "$HOOK_ID")" "^ok "
}

@test "gc in the network of a container that is gone keeps the record, without which its rules would stay for ever" {
  hook_apply "$DENY"
  inside kill "$HOOK_PID"
  refute inside nsenter --net=/run/netns/box oci-iptables gc 2>"$BATS_TEST_TMPDIR/error"
  assert_matches "$(<"$BATS_TEST_TMPDIR/error")" "call it in the host's"
  inside oci-iptables gc
  refute rules_has_own /run/netns/box
}

@test "verify and reapply call no rules whole that they cannot look at" {
  local other=$HOOK_PID verb
  HOOK_PID=$(hook_process box unshare --mount setpriv --reuid=1234 --bounding-set=-all --inh-caps=-all)
  hook_state --argjson pid "$HOOK_PID" '.pid = $pid'
  hook_apply "$DENY"
  inside kill "$other"
  inside ip netns del box
  for verb in verify reapply; do
    refute inside setpriv --bounding-set=-sys_ptrace oci-iptables "$verb" "$HOOK_ID" 2>"$BATS_TEST_TMPDIR/error"
    assert_matches "$(<"$BATS_TEST_TMPDIR/error")" "nothing leads to its network namespace"
  done
}

FORWARD='{"version": 1, "forward": [{"protocol": "tcp", "port": 5000, "to": "172.18.0.23:5000"}]}'
FORWARD6='{"version": 1, "forward": [{"protocol": "tcp", "port": 5000, "to": "[fd00:18::23]:5000"}]}'

# forwarder_make NAME POLICY
forwarder_make() {
  container_make "$1" box ""
  HOOK_STATE=$BATS_TEST_TMPDIR/$1.json hook_annotate policy "$2"
}

# ip_forward of IPv4 and IPv6, accept_ra of an interface
forwarding() {
  in_network box sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.eth0.accept_ra | xargs
}

forwarders_setup() {
  in_network box ip link add eth0 type veth peer name eth1
  assert_equal "$(forwarding)" "0 0 1"
}

@test "a forwarder that died without poststop does not leave its network forwarding when the next container comes" {
  forwarders_setup
  forwarder_make gone "$FORWARD"
  container_apply gone
  assert_equal "$(forwarding)" "1 0 1"
  container_kill gone
  container_make next box "$DENY"
  container_apply next
  assert_equal "$(forwarding)" "0 0 1"
  assert_no_match "$(hook_rules)" "FORWARD -"
  container_poststop next
  state_is_empty
}

@test "a forwarder that takes the place of a dead one forwards, and puts back what that one found" {
  forwarders_setup
  forwarder_make gone "$FORWARD6"
  container_apply gone
  assert_equal "$(forwarding)" "0 1 2"
  container_kill gone
  forwarder_make next "$FORWARD6"
  container_apply next
  assert_equal "$(forwarding)" "0 1 2"
  container_poststop next
  assert_equal "$(forwarding)" "0 0 1"
  state_is_empty
}

@test "two forwarders of one network: each sysctl goes back with the last that needs it" {
  forwarders_setup
  forwarder_make four "$FORWARD"
  forwarder_make six "$FORWARD6"
  forwarder_make other "$FORWARD6"
  container_apply four six other
  assert_equal "$(forwarding)" "1 1 2"
  container_poststop six
  assert_equal "$(forwarding)" "1 1 2"
  container_poststop other
  assert_equal "$(forwarding)" "1 0 1"
  container_poststop four
  assert_equal "$(forwarding)" "0 0 1"
}

@test "a forwarder whose prestart fails after createRuntime forwards no more" {
  forwarders_setup
  forwarder_make twice "$FORWARD"
  container_apply twice
  HOOK_STATE=$BATS_TEST_TMPDIR/twice.json
  hook_annotate rules "-A INPUT -p tcp -m owner --uid-owner 0 -j DROP"
  hook prestart
  assert_equal "$status" 1
  assert_equal "$(forwarding)" "0 0 1"
  state_is_empty
}

# Takes the lock of the box's network and lets go of it at lock_release.
lock_take() {
  LOCK=${LOCK:-$(inside sh -c 'echo /run/oci-iptables/locks/*')}
  inside_background "$BATS_TEST_TMPDIR/holder" flock "$LOCK" sh -c '
    echo held
    while [ ! -e "$1" ]; do sleep 0.02; done' holder "$HOST_SCRATCH/release-$BATS_TEST_NUMBER"
  host_wait_line "$BATS_TEST_TMPDIR/holder" '^held$'
}

lock_release() {
  touch "$HOST_SCRATCH/release-$BATS_TEST_NUMBER"
}

# Waits until a process named so has opened the lock.
lock_wait_for() {
  for _ in {1..200}; do
    ! inside sh -c 'for pid in $(pidof "$1"); do ls -l "/proc/$pid/fd" 2>/dev/null; done | grep -qF "$2"' opened "$1" \
      "$LOCK" || return 0
    sleep 0.02
  done
  fail "$1 has not opened $LOCK"
}

# The same, and then puts another file in its place: whoever comes now is not kept waiting, and goes first.
lock_pass_by() {
  lock_wait_for "$1"
  inside rm "$LOCK"
}

# What another program does that takes all rules away.
box_flush() {
  in_network box iptables-legacy -F
  in_network box iptables-legacy -X
}

@test "poststop that waits while prestart puts other rules in place removes those" {
  local waiting
  hook_apply "$DENY"
  lock_take
  jq '.status = "stopped" | del(.pid)' <"$HOOK_STATE" >"$HOOK_STATE.poststop"
  inside "$HOOK" poststop <"$HOOK_STATE.poststop" >"$BATS_TEST_TMPDIR/poststop" 2>&1 3>&- &
  waiting=$!
  lock_pass_by oci-iptables-hook
  hook_annotate rules "$DENY; -A INPUT -s 192.0.2.9 -j DROP"
  hook prestart
  hook_did
  lock_release
  wait "$waiting" || fail "$(<"$BATS_TEST_TMPDIR/poststop")"
  refute rules_has_own /run/netns/box
  state_is_empty
}

# A reapply waits for the lock of the container of HOOK_STATE, whose rules are gone: its process is $waiting.
waiting_reapply() {
  hook_apply "$DENY"
  box_flush
  lock_take
  inside oci-iptables reapply "$HOOK_ID" >"$BATS_TEST_TMPDIR/reapply" 2>&1 3>&- &
  waiting=$!
  lock_pass_by oci-iptables
}

@test "reapply that waits while the container stops does not bring its rules back" {
  local waiting
  # Another container keeps the network's lock in being.
  container_make other box "-A OUTPUT -d 192.0.2.9 -j DROP"
  container_apply other
  waiting_reapply
  hook_poststop
  hook_did
  lock_release
  refute wait "$waiting"
  assert_matches "$(<"$BATS_TEST_TMPDIR/reapply")" "stopped or started again"
  assert_no_match "$(hook_rules)" "192\.0\.2\.7"
  assert_equal "$(inside oci-iptables list --json | jq -r '.[].id')" other
}

@test "reapply that waits while the container gets other rules leaves those" {
  local waiting
  waiting_reapply
  hook_apply "-A OUTPUT -d 192.0.2.8 -j DROP"
  lock_release
  refute wait "$waiting"
  assert_matches "$(hook_rules)" "192.0.2.8/32 -j DROP"
  assert_no_match "$(hook_rules)" "192\.0\.2\.7"
}

@test "a forwarder that is refused leaves the forwarding of another one as it is, which began while it waited" {
  local waiting
  forwarders_setup
  container_make first box "$DENY"
  container_apply first
  forwarder_make refused "$FORWARD"
  forwarder_make alive "$FORWARD"
  lock_take
  HOOK_STATE=$BATS_TEST_TMPDIR/refused.json
  # The kernel alone knows that this is wrong, and tells after other tables were committed.
  hook_annotate rules "-6 -A INPUT -p tcp -m owner --uid-owner 0 -j DROP"
  inside "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/refused" 2>&1 3>&- &
  waiting=$!
  lock_pass_by oci-iptables-hook
  container_apply alive
  lock_release
  refute wait "$waiting"
  assert_matches "$(<"$BATS_TEST_TMPDIR/refused")" "the rules are refused"
  assert_equal "$(forwarding)" "1 0 1"
}

# What a runtime's process is before its container runs: with all capabilities, in a mount namespace of its own.
# starting_make NAME
starting_make() {
  local HOOK_STATE=$BATS_TEST_TMPDIR/$1.json pid
  pid=$(hook_process box unshare --mount)
  bundle_make "$1" /bin/true
  bundle_network "$1" /run/netns/box
  hook_state_make "$1" "$pid" "$1"
}

@test "containers of one network that start at the same time do not refuse each other" {
  local name waiting=()
  for name in one two three; do
    starting_make "$name"
    HOOK_STATE=$BATS_TEST_TMPDIR/$name.json hook_annotate rules "$DENY"
  done
  for name in one two three; do
    inside "$HOOK" createRuntime <"$BATS_TEST_TMPDIR/$name.json" >"$BATS_TEST_TMPDIR/$name.out" 2>&1 3>&- &
    waiting+=($!)
  done
  for name in "${waiting[@]}"; do
    wait "$name" || fail "$(cat "$BATS_TEST_TMPDIR"/*.out)"
  done
  assert_equal "$(rules_count box 192.0.2.7)" 3
  container_poststop one two three
  refute rules_has_own /run/netns/box
  state_is_empty
}

@test "a container that may change rules and one with rules do not both start, whichever comes first" {
  local waiting
  container_make filtered box "$DENY"
  container_apply filtered
  LOCK=$(inside sh -c 'echo /run/oci-iptables/locks/*')
  container_poststop filtered
  lock_take
  inside "$HOOK" createRuntime <"$BATS_TEST_TMPDIR/filtered.json" >"$BATS_TEST_TMPDIR/filtered" 2>&1 3>&- &
  waiting=$!
  lock_wait_for oci-iptables-hook
  starting_make powerful
  bundle_capability powerful CAP_NET_ADMIN
  HOOK_STATE=$BATS_TEST_TMPDIR/powerful.json
  hook createRuntime
  lock_release
  if wait "$waiting"; then
    assert_equal "$status" 1
  else
    hook_did
    assert_matches "$(<"$BATS_TEST_TMPDIR/filtered")" "of another container in it holds"
    refute rules_has_own /run/netns/box
    state_is_empty
  fi
}

@test "the host's network is refused where the runtime itself runs in another one" {
  local before after
  inside ip netns add runtime
  before=$(inside iptables-legacy-save -t filter)
  HOOK_PID=$(hook_process /proc/1/ns/net)
  hook_state --argjson pid "$HOOK_PID" '.pid = $pid'
  hook_annotate rules "$DENY"
  status=0
  in_network runtime "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" ||
    status=$?
  hook_read_output
  hook_refused "host's network"
  after=$(inside iptables-legacy-save -t filter)
  assert_same "$(grep -v '^#' <<<"$before")" "$(grep -v '^#' <<<"$after")"
}

@test "an id whose chains would be named like another container's is refused, and that one keeps its rules" {
  local record
  hook_apply "$DENY"
  record=$(inside sh -c 'echo /run/oci-iptables/records/*.json')
  # As if the digest of this one's id were that of the other's.
  inside sh -c 'sed "s/\"$2\"/\"another\"/" "$1" >"$(echo "$1" | sed "s/$2/another/")" && rm "$1"' forge "$record" "$HOOK_ID"
  HOOK_BEFORE=$(hook_rules)
  hook_annotate rules "-A OUTPUT -d 192.0.2.8 -j DROP"
  hook createRuntime
  hook_refused "give it another id"
  assert_equal "$(inside sh -c 'ls /run/oci-iptables/records/*.json' | grep -c another)" 1
}

@test "processes of nobody that use up the caller's limit: the refusal says which limit" {
  local i
  for i in {1..12}; do
    inside_background "$BATS_TEST_TMPDIR/process.nobody.$i" setpriv --reuid=65534 --regid=65534 --clear-groups \
      sh -c 'echo $$; exec sleep 600'
  done
  for i in {1..12}; do
    host_wait_line "$BATS_TEST_TMPDIR/process.nobody.$i" '^[0-9]+$'
  done
  hook_annotate rules "$DENY"
  status=0
  inside prlimit --nproc=10:10 "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" \
    2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
  hook_refused "ulimit -u"
}
