#!/usr/bin/env bats
#
# Surroundings that a runtime, an image or a user could have spoiled: environment, descriptors, signals, limits, places.

# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # jq variables; the libraries use and set the others

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

DENY="-A OUTPUT -d 192.0.2.7 -j REJECT"

# Runs the hook by way of a command, like hook(): hook_by COMMAND... -- the hook's path is added at the end
hook_by() {
  status=0
  inside "$@" "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
}

applied() {
  hook_did && assert_matches "$(hook_rules)" "192.0.2.7/32 -j REJECT"
}

# Builds a library that leaves a mark wherever it is loaded, under the names of the extensions that DENY loads.
evil_library() {
  mkdir -p "$HOST_SCRATCH/evil"
  cat >"$HOST_SCRATCH/evil.c" <<'END'
#include <fcntl.h>
__attribute__((constructor)) static void loaded(void)
{
	open("/run/evil-loaded", O_CREAT | O_WRONLY, 0600);
}
END
  cc -shared -fPIC -o "$HOST_SCRATCH/evil/libxt_standard.so" "$HOST_SCRATCH/evil.c"
  for name in libipt_REJECT libip6t_REJECT libxt_tcp libxt_REJECT; do
    cp "$HOST_SCRATCH/evil/libxt_standard.so" "$HOST_SCRATCH/evil/$name.so"
  done
}

@test "XTABLES_LIBDIR and its like load nothing into the hook" {
  evil_library
  hook_annotate rules "$DENY; -A OUTPUT -d 192.0.2.8 -p tcp --dport 80 -j DROP"
  for name in XTABLES_LIBDIR IPTABLES_LIB_DIR IP6TABLES_LIB_DIR; do
    hook_by "$name=$HOST_SCRATCH/evil"
    applied
    hook_state_copy=$(<"$HOOK_STATE")
    hook_poststop
    echo "$hook_state_copy" >"$HOOK_STATE"
  done
  refute inside test -e /run/evil-loaded
  # The library does what it should: iptables itself falls for it.
  inside nsenter --net=/run/netns/box env XTABLES_LIBDIR="$HOST_SCRATCH/evil" \
    iptables-legacy -A OUTPUT -d 192.0.2.9 -j REJECT || true
  inside test -e /run/evil-loaded
  inside rm /run/evil-loaded
}

@test "XTABLES_LOCKFILE makes no file" {
  hook_annotate rules "$DENY"
  hook_by XTABLES_LOCKFILE=/run/lock-of-somebody
  applied
  refute inside test -e /run/lock-of-somebody
}

@test "resolver and locale variables change nothing" {
  hook_annotate rules "$DENY"
  hook_by RES_OPTIONS=debug LOCALDOMAIN=example.org HOSTALIASES=/etc/passwd LC_ALL=de_DE.UTF-8 LANGUAGE=de \
    GCONV_PATH="$HOST_SCRATCH" MALLOC_CHECK_=3 TZ=:/etc/passwd TMPDIR=/nonexistent
  applied
}

@test "no environment at all is enough, as podman gives at poststop" {
  hook_annotate rules "$DENY"
  hook_by env -i
  applied
  hook_state '.status = "stopped" | del(.pid)'
  status=0
  inside env -i "$HOOK" poststop <"$HOOK_STATE" 2>&1 || status=$?
  assert_equal "$status" 0
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "a closed stdin is refused, and nothing else is taken for it" {
  hook_annotate rules "$DENY"
  status=0
  inside sh -c 'exec "$0" createRuntime <&-' "$HOOK" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
  hook_refused "state" -
}

@test "closed stdout and stderr do not get into the way" {
  hook_annotate rules "$DENY"
  status=0
  inside sh -c 'exec "$0" createRuntime >&- 2>&-' "$HOOK" <"$HOOK_STATE" || status=$?
  assert_equal "$status" 0
  assert_matches "$(hook_rules)" "192.0.2.7"
}

@test "with stdout and stderr closed a failure still is one" {
  hook_annotate rules "-A OUTPUT --nonsense -j DROP"
  status=0
  inside sh -c 'exec "$0" createRuntime >&- 2>&-' "$HOOK" <"$HOOK_STATE" || status=$?
  assert_equal "$status" 1
  inside grep -rq -- "--nonsense" /run/oci-iptables
}

@test "stdin, stdout and stderr all closed is refused and found in the state directory" {
  status=0
  inside sh -c 'exec "$0" createRuntime <&- >&- 2>&-' "$HOOK" || status=$?
  assert_equal "$status" 1
}

@test "a stderr that is full or gone does not change the exit status" {
  hook_annotate rules "-A OUTPUT --nonsense -j DROP"
  status=0
  inside sh -c 'exec "$0" createRuntime 2>/dev/full' "$HOOK" <"$HOOK_STATE" || status=$?
  assert_equal "$status" 1
  status=0
  inside bash -c '"$0" createRuntime 2> >(exec true); exit $?' "$HOOK" <"$HOOK_STATE" || status=$?
  assert_equal "$status" 1
}

@test "all signals blocked and SIGPIPE ignored, as crun leaves them, is no hindrance" {
  hook_annotate rules "$DENY"
  hook_by /usr/bin/python3 -c '
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])'
  applied
}

@test "SIGCHLD ignored is no hindrance" {
  hook_annotate rules "$DENY"
  hook_by /usr/bin/python3 -c '
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])'
  applied
}

@test "few file descriptors and a small stack are enough" {
  hook_annotate rules "$DENY"
  hook_by prlimit --nofile=48:48 --stack=1048576:1048576
  applied
}

@test "a limit on the size of files does not kill the hook half-way" {
  hook_annotate rules "$DENY"
  hook_by prlimit --fsize=0:0
  assert_equal "$status" 1
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "descriptors that the runtime leaked do not reach the container's record or keep the hook from working" {
  hook_annotate rules "$DENY"
  status=0
  inside bash -c 'for fd in {10..60}; do eval "exec $fd</etc/passwd"; done; exec "$0" createRuntime' "$HOOK" \
    <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
  applied
}

# Builds what runs a command under a filter of system calls as a unit of systemd's or an engine around this one sets it:
# denied CALL FIRST_ARGUMENT|-1 ERRNO COMMAND...
denied_build() {
  cc -o "$HOST_SCRATCH/denied" -xc - <<'END'
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long call = atol(argv[1]), argument = atol(argv[2]);
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | (argument < 0 ? BPF_JGE : BPF_JEQ) | BPF_K, argument < 0 ? 0 : (unsigned)argument, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)atoi(argv[3])),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	if (argc < 5 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return 99;
	execvp(argv[4], argv + 4);
	return 98;
}
END
}

# The number of a system call on this machine.
call_number() {
  echo "#include <sys/syscall.h>
SYS_$1" | cc -E -P -xc - | tail -n 1
}

@test "a runtime that may not use IPv6 or IPv4 is no kernel without it: its containers are refused, with a hint" {
  local family
  denied_build
  hook_annotate rules "$DENY"
  for family in 10 2; do
    hook_by "$HOST_SCRATCH/denied" "$(call_number socket)" "$family" 97
    hook_refused "kernel: IPv.* RestrictAddressFamilies="
  done
}

@test "descriptors are closed also where a filter denies close_range" {
  local reader
  denied_build
  hook_annotate rules "$DENY"
  mkfifo "$HOST_SCRATCH/state.fifo"
  # The hook waits for the end of its standard input meanwhile.
  inside bash -c 'exec 9<>"$1" 10</etc/passwd 11</etc/group && exec "${@:2}" <&9' leak "$HOST_SCRATCH/state.fifo" \
    "$HOST_SCRATCH/denied" "$(call_number close_range)" -1 1 "$HOOK" createRuntime 3>&- &
  reader=$!
  for _ in {1..200}; do
    inside sh -c 'for fd in "/proc/$(pidof oci-iptables-hook)"/fd/*; do readlink "$fd"; done' \
      >"$BATS_TEST_TMPDIR/open" 2>/dev/null && grep -q fifo "$BATS_TEST_TMPDIR/open" &&
      ! grep -q /etc/ "$BATS_TEST_TMPDIR/open" && break
    sleep 0.05
  done
  inside sh -c 'kill $(pidof oci-iptables-hook)' || true
  wait "$reader" || true
  assert_matches "$(<"$BATS_TEST_TMPDIR/open")" "fifo"
  assert_no_match "$(<"$BATS_TEST_TMPDIR/open")" "/etc/"
}

@test "a child that a wrapper left to the hook is not waited for" {
  hook_annotate rules "$DENY"
  hook_by sh -c 'sleep 30 >/dev/null 2>&1 & echo $! >"$0"; exec "$@"' /run/left-child
  inside sh -c 'kill "$(cat /run/left-child)"'
  applied
}

@test "a working directory that is gone is no hindrance" {
  hook_annotate rules "$DENY"
  status=0
  inside sh -c 'mkdir /run/gone && cd /run/gone && rmdir /run/gone && exec "$0" createRuntime' "$HOOK" \
    <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
  applied
}

@test "a umask of 0 or 777 does not open or close the state directory" {
  for mask in 000 777; do
    inside rm -rf /run/oci-iptables
    hook_state --argjson pid "$HOOK_PID" '.status = "creating" | .pid = $pid'
    hook_annotate rules "$DENY"
    status=0
    inside sh -c 'umask '"$mask"'; exec "$0" createRuntime' "$HOOK" <"$HOOK_STATE" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
    [[ $status -eq 0 ]] || fail "umask $mask: $(cat "$BATS_TEST_TMPDIR/stderr")" || return 1
    assert_equal "$(inside stat -c %a /run/oci-iptables)" 700
    assert_equal "$(inside find /run/oci-iptables -type f -perm /077)" ""
    hook_poststop
    hook_did
  done
}

# Places.

@test "a state directory that is a file is a clear error, and nothing is applied" {
  inside touch /run/oci-iptables
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "/run/oci-iptables"
}

@test "a state directory that is a link is a clear error, and nothing is applied" {
  inside ln -s /etc /run/oci-iptables
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "/run/oci-iptables"
  inside rm /run/oci-iptables
}

@test "a state directory of somebody else is a clear error, and nothing is applied" {
  inside install -d -m 700 -o 1234 /run/oci-iptables
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "/run/oci-iptables"
}

@test "a state directory that others may write to is a clear error, and nothing is applied" {
  inside install -d -m 777 /run/oci-iptables
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "/run/oci-iptables"
}

@test "a state directory that cannot be made is a clear error, and nothing is applied" {
  host_admin_file config.json <<<'{"state_directory": "/proc/oci-iptables"}'
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "/proc/oci-iptables"
}

@test "a full disk under the state directory is a clear error, and nothing is applied" {
  inside mkdir -p /run/full
  inside mount -t tmpfs -o size=4k,nr_inodes=3,mode=700 tmpfs /run/full
  inside sh -c 'cat /dev/zero >/run/full/fill' 2>/dev/null || true
  host_admin_file config.json <<<'{"state_directory": "/run/full"}'
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "No space left"
  inside umount /run/full
}

@test "the administrator's state directory is used" {
  host_admin_file config.json <<<'{"state_directory": "/run/elsewhere"}'
  hook_apply "$DENY"
  inside grep -rq -- "$HOOK_ID" /run/elsewhere
  refute inside test -e /run/oci-iptables
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
  inside rm -rf /run/elsewhere
}

@test "the hook leaves no file in the bundle" {
  before=$(find "$HOST_SCRATCH/bundles" | sort)
  hook_apply "$DENY"
  assert_same "$before" "$(find "$HOST_SCRATCH/bundles" | sort)"
}

# Runs the hook as a child of a subreaper, which inherits what the hook leaves behind. crun and conmon are one, and crun
# 1.8.1 misses the end of a hook whose children end with it: it waits until the timeout.
hook_below_subreaper() {
  status=0
  inside /usr/bin/python3 -c '
import ctypes, os, subprocess, sys
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
subprocess.call(sys.argv[1:])
try:
    pid, _ = os.waitpid(-1, os.WNOHANG)
    sys.exit("a process is left: " + (str(pid) if pid else "one that runs"))
except ChildProcessError:
    pass' "$HOOK" "$1" <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>&1 || status=$?
  [[ $status -eq 0 ]] || fail "$(cat "$BATS_TEST_TMPDIR/stdout")"
}

@test "the hook leaves no process to the runtime, whether it applies, refuses or removes" {
  hook_annotate rules "$DENY"
  for _ in 1 2 3 4 5; do
    hook_state '.status = "creating"'
    hook_below_subreaper createRuntime
    assert_matches "$(hook_rules)" "192.0.2.7"
    hook_state '.status = "stopped"'
    hook_below_subreaper poststop
    assert_same "$HOOK_BEFORE" "$(hook_rules)"
  done
  hook_state '.status = "creating"'
  for text in "-A OUTPUT --nonsense" "-A OUTPUT -m nonsense -j DROP" "-A INPUT -m owner --uid-owner 7 -j DROP"; do
    hook_annotate rules "$text"
    hook_below_subreaper createRuntime
  done
}

# Other writers of the tables.

@test "a lock that somebody keeps is a clear error after lock_timeout_seconds" {
  host_admin_file config.json <<<'{"lock_timeout_seconds": 1}'
  inside_background "$BATS_TEST_TMPDIR/process.lock" sh -c 'echo $$; exec flock --no-fork /run/xtables.lock sleep 3600'
  host_wait_line "$BATS_TEST_TMPDIR/process.lock" '^[0-9]+$'
  until ! inside flock -n /run/xtables.lock true; do sleep 0.05; done
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "lock"
}

@test "two thousand rules are two thousand rules in the kernel" {
  hook_apply "*filter
$(for number in {0..1999}; do echo "-A OUTPUT -d 10.$((number / 250)).0.$((number % 250)) -j DROP"; done)
COMMIT"
  assert_equal "$(hook_rules | grep -cE -- '-d 10\.[0-9]+\.0\.[0-9]+/32 -j DROP')" 2000
}
