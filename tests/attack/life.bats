#!/usr/bin/env bats
#
# Containers that look dead and are not, and what a hook finds changed that it has looked at before.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the libraries use and set the others

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
