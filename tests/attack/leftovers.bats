#!/usr/bin/env bats
#
# What came before this start of the container: rules of others in the hook's own chains, earlier attempts, other stages.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the libraries use and set the others

load ../lib/common

setup_file() {
  hook_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  hook_setup
}

teardown() {
  hook_teardown
}

DENY="-A OUTPUT -d 192.0.2.7 -j DROP"

box() {
  inside nsenter --net=/run/netns/box "$@"
}

# The container's rules are reached by every packet: an unconditional jump first in OUTPUT, nothing before ours.
assert_reached() {
  assert_equal "$(hook_rules | grep -E '^\[[0-9:]+\] -A OUTPUT ' | head -n 1 | sed -E 's/^[^ ]+ //; s/ -m comment --comment [^ ]+//')" \
    "-A OUTPUT -j oci-iptables-OUTPUT" || return 1
  assert_matches "$(hook_rules | grep -E ' -A oci-iptables-OUTPUT ' | head -n 1)" "-A oci-iptables-OUTPUT -j oi-"
}

# The hook may refuse, or repair; it may not say that all is well while packets pass by.
reached_or_refused() {
  hook_annotate rules "$DENY"
  hook createRuntime
  [[ $status -ne 0 ]] || assert_reached
}

@test "a jump to the dispatcher with a condition is not taken for the hook's own" {
  box iptables-legacy -N oci-iptables-OUTPUT
  box iptables-legacy -A OUTPUT -d 203.0.113.1 -j oci-iptables-OUTPUT
  reached_or_refused
}

@test "a goto to the dispatcher with a condition is not taken for the hook's own" {
  box iptables-legacy -N oci-iptables-OUTPUT
  box iptables-legacy -A OUTPUT -p sctp -g oci-iptables-OUTPUT
  reached_or_refused
}

@test "a RETURN of somebody's in the dispatcher does not hide the layers" {
  box iptables-legacy -N oci-iptables-OUTPUT
  box iptables-legacy -A OUTPUT -j oci-iptables-OUTPUT
  box iptables-legacy -A oci-iptables-OUTPUT -j RETURN
  reached_or_refused
}

@test "an ACCEPT of somebody's in the dispatcher does not hide the layers" {
  box iptables-legacy -N oci-iptables-OUTPUT
  box iptables-legacy -A OUTPUT -j oci-iptables-OUTPUT
  box iptables-legacy -A oci-iptables-OUTPUT -j ACCEPT
  reached_or_refused
}

@test "jumps of somebody's to the hook's chains keep neither poststop nor the next start from their work" {
  local chain
  hook_apply "$DENY"
  chain=$(hook_rules | sed -n 's/.* -A oci-iptables-OUTPUT -j //p' | head -n 1)
  box iptables-legacy -A INPUT -d 203.0.113.1 -j oci-iptables-OUTPUT
  box iptables-legacy -A FORWARD -d 203.0.113.2 -j "$chain"
  hook_poststop
  hook_did
  assert_no_match "$(hook_rules)" "192\.0\.2\.7|-A OUTPUT|-A oci-iptables-OUTPUT"
  assert_matches "$(hook_rules)" "-A INPUT -d 203.0.113.1/32 -j oci-iptables-OUTPUT"
  assert_matches "$(hook_rules)" "-A FORWARD -d 203.0.113.2/32 -j $chain"
  assert_equal "$(inside oci-iptables list --json | jq length)" 0
  hook_state --argjson pid "$HOOK_PID" '.status = "creating" | .pid = $pid'
  hook_apply "$DENY"
  assert_reached
}

@test "a rule of somebody's before the hook's jump is moved behind it" {
  box iptables-legacy -A OUTPUT -j ACCEPT
  hook_apply "$DENY"
  assert_reached
}

@test "rules flushed between createRuntime and prestart are put back or the start is refused" {
  hook_apply "$DENY"
  box iptables-legacy -F
  box iptables-legacy -X
  hook prestart
  [[ $status -ne 0 ]] || assert_reached
}

@test "prestart with other annotations than createRuntime's does not pass for done" {
  hook_apply "$DENY"
  hook_annotate rules "$DENY; -A OUTPUT -d 192.0.2.8 -j DROP"
  hook prestart
  [[ $status -ne 0 ]] || assert_matches "$(hook_rules)" "192.0.2.8/32 -j DROP"
}

@test "a damaged record lets neither its container's rules go nor the next container start open" {
  local record
  hook_apply "$DENY"
  record=$(inside sh -c 'echo /run/oci-iptables/records/*.json')
  for damage in ': >' 'echo "{" >' 'rm; mkdir' 'rm; mkfifo' 'rm; ln -s /dev/null'; do
    inside sh -c "rm -rf '$record'; case '$damage' in *';'*) ${damage#*; } '$record' ;; *) ${damage} '$record' ;; esac"
    hook_state --argjson pid "$HOOK_PID" '.id = "another" | .status = "creating" | .pid = $pid |
      .annotations = {"io.oci-iptables.rules": "-A OUTPUT -d 192.0.2.9 -j DROP"}'
    hook createRuntime
    assert_matches "$(hook_rules)" "192.0.2.7/32 -j DROP" || fail "after: $damage" || return 1
    if [[ $status -eq 0 ]]; then
      assert_matches "$(hook_rules)" "192.0.2.9/32 -j DROP" || fail "after: $damage" || return 1
      hook_poststop
    else
      assert_refusal "$stderr" another "records?|state: " || return 1
    fi
    assert_no_match "$(hook_rules)" "192.0.2.9" || fail "after: $damage" || return 1
  done
}

# hidden_neighbour WAY: a process that keeps its capability out of what its first thread shows
hidden_neighbour() {
  cat >"$HOST_SCRATCH/thread.c" <<'END'
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *hold(void *nothing)
{
	for (;;)
		pause();
	return nothing;
}

int main(int argc, char **argv)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {0};
	pthread_t thread;

	(void)argc;
	pthread_create(&thread, NULL, hold, NULL);
	if (strcmp(argv[1], "drops") == 0) {
		for (int i = 0; i < 64; i++)
			prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
		syscall(SYS_capset, &header, none);
	} else if (strcmp(argv[1], "elsewhere") == 0) {
		unshare(CLONE_NEWNET);
	}
	printf("%d\n", getpid());
	fflush(stdout);
	if (strcmp(argv[1], "exits") == 0)
		pthread_exit(NULL);
	pause();
}
END
  cc -static -pthread -D_GNU_SOURCE -o "$HOST_SCRATCH/thread" "$HOST_SCRATCH/thread.c"
  inside_background "$BATS_TEST_TMPDIR/process.thread" nsenter --net=/run/netns/box unshare --mount \
    "$HOST_SCRATCH/thread" "$1"
  host_wait_line "$BATS_TEST_TMPDIR/process.thread" '^[0-9]+$'
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "of another container in it holds"
}

@test "a neighbour whose first thread has ended does not hide CAP_NET_ADMIN" {
  hidden_neighbour exits
}

@test "a neighbour whose first thread dropped CAP_NET_ADMIN does not hide that of another thread" {
  hidden_neighbour drops
}

@test "a neighbour whose first thread went to another namespace does not hide the thread that stayed" {
  hidden_neighbour elsewhere
}
