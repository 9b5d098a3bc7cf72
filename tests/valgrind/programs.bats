#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The programs' main process under valgrind, up to where it would fork: parsers and workers forbid themselves what
# valgrind has to do. What they run is run without confinement by tests/fuzz, which tests/run puts under valgrind too.

# shellcheck disable=SC2034,SC2153,SC2154 # the libraries use and set them

load ../lib/common

setup_file() {
  hook_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  hook_setup
  log=$HOST_SCRATCH/valgrind
  rm -f "$log".*
  under=(valgrind --quiet --vgdb=no --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
    --child-silent-after-fork=yes --log-file="$log.%p")
}

teardown() {
  hook_teardown
}

# Nothing was reported; a system call that valgrind itself does not know is no error.
silent() {
  ! grep -hE '^==[0-9]+==' "$log".*
}

# The hook as in the tests of tests/hook, but under valgrind.
hook_under_valgrind() {
  status=0
  inside "${under[@]}" "$HOOK" "$@" <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
}

# command_under_valgrind STATUS ARGUMENT...
command_under_valgrind() {
  local wanted=$1
  shift
  status=0
  inside "${under[@]}" oci-iptables "$@" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
  assert_equal "$status" "$wanted"
}

@test "the hook refuses a state that is cut off" {
  truncate -s 60 "$HOOK_STATE"
  hook_under_valgrind
  hook_refused 'state: .*' -
  silent
}

@test "the hook refuses a state with an annotation that is no text" {
  hook_state '.annotations["io.oci-iptables.egress"] = ["any"]'
  hook_under_valgrind
  hook_refused 'state: .*'
  silent
}

@test "the hook refuses a container without its bundle" {
  hook_annotate egress "443@10.0.0.0/8 dns"
  rm -r "$HOST_SCRATCH/bundles/box"
  hook_under_valgrind createRuntime
  hook_refused 'bundle: .*'
  silent
}

@test "the command says its usage and refuses a wrong one" {
  command_under_valgrind 0 --help
  command_under_valgrind 2 no-such-verb
  silent
}

@test "the command refuses a policy with its place" {
  echo '{"version": 1, "egress": {"default": "reject", "rules": [{"action": "allow", "ports": [70000]}]}}' \
    >"$HOST_SCRATCH/policy.json"
  command_under_valgrind 1 check --policy "$HOST_SCRATCH/policy.json"
  [[ $output$stderr == *"policy.json:1:"* ]]
  silent
}
