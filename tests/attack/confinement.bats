#!/usr/bin/env bats
#
# System calls of a parser or worker that somebody has taken over: the first call that it makes with its filter in force
# is replaced by another, under ptrace.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the libraries use and set the others

load ../lib/common

DENY="-A OUTPUT -d 192.0.2.7 -p tcp --dport 80 -j REJECT"
FORWARD='{"version": 1, "forward": [{"protocol": "tcp", "port": 5000, "to": "192.0.2.23:5000"}]}'
WORKER=1 PARSER=2 OTHER_PARSER=3
READ_WRITE_EXECUTE=7 READ_EXECUTE=5
NEWEST=462 # mseal(), of Linux 6.10

setup_file() {
  hook_setup_file
  cc -O1 -D_GNU_SOURCE -o "$HOST_SCRATCH/phases" "$OCI_IPTABLES_TESTS/attack/phases.c"
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

# forge PROCESS CALL: sets status, stderr, and output to what became of the call
forge() {
  status=0
  inside "$HOST_SCRATCH/phases" "$1" "$2" "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" \
    2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
}

# ends PROCESS NAME CALL...: each of the calls ends the process, and the hook refuses in its one line
ends() {
  local process=$1
  shift
  while [[ $# -gt 0 ]]; do
    forge "$process" "$2"
    if [[ $output == "no such call here" && $(uname -m) != x86_64 ]]; then
      shift 2
      continue
    fi
    [[ $output == "ended by 31" ]] || fail "$1 of process $process: $output" || return 1
    output=
    hook_refused "made a system call that it may not" || fail "after $1 of process $process" || return 1
    shift 2
  done
}

# answers PROCESS NAME CALL ANSWER...
answers() {
  local process=$1
  shift
  while [[ $# -gt 0 ]]; do
    forge "$process" "$2"
    assert_equal "$1 of process $process: $output" "$1 of process $process: answer $3" || return 1
    shift 3
  done
}

# What neither parser nor worker may do.
ends_for_all() {
  ends "$1" \
    execve execve,/bin/true,0,0 \
    execveat execveat,-100,/bin/true,0,0,0 \
    "socket of Unix" socket,1,1,0 \
    "socket of netlink" socket,16,3,0 \
    "socket of packets" socket,17,3,0 \
    connect connect,3,/x,16 \
    bind bind,3,/x,16 \
    sendmsg sendmsg,3,/x,0 \
    "sendto an address" sendto,3,/x,1,0,/x,16 \
    ptrace ptrace,16,1,0 \
    process_vm_writev process_vm_writev,1,0,0,0,0 \
    pidfd_open pidfd_open,1,0 \
    kill kill,0,0 \
    mount mount,/x,/x,/x,0 \
    setns setns,3,0x40000000 \
    "unshare of mounts" unshare,0x20000 \
    "clone with a user namespace" clone,0x10000011 \
    "clone of a thread" clone,0x10f00 \
    clone3 clone3,/x,88 \
    vfork vfork \
    "openat for writing" openat,-100,/dev/null,1 \
    "openat for reading and writing" openat,-100,/dev/null,2 \
    "openat that creates" openat,-100,/tmp/made,0x40,0600 \
    "openat of an unnamed file" openat,-100,/tmp,0x410001,0600 \
    "open for writing" open,/dev/null,1 \
    creat creat,/tmp/made,0600 \
    rename rename,/tmp/x,/tmp/y \
    chmod chmod,/etc/hosts,0644 \
    renameat renameat,-100,/tmp/x,-100,/tmp/y \
    fchmodat fchmodat,-100,/etc/hosts,0644 \
    memfd_create memfd_create,/x,0 \
    setresuid setresuid,0,0,0 \
    capset capset,/x,0 \
    "mmap for writing and executing" mmap,0,4096,$READ_WRITE_EXECUTE,0x22,-1,0 \
    "mmap of own memory for executing" mmap,0,4096,$READ_EXECUTE,0x22,-1,0 \
    "mprotect for executing" mprotect,0,4096,$READ_EXECUTE \
    io_uring_setup io_uring_setup,8,/x \
    userfaultfd userfaultfd,0 \
    perf_event_open perf_event_open,/x,0,-1,-1,0 \
    keyctl keyctl,0,0,0 \
    finit_module finit_module,3,/x,0
}

@test "a parser that runs code of others is ended at calls that a reader has no need of" {
  hook_annotate rules "$DENY"
  ends_for_all $PARSER
  ends $PARSER "socket of IPv4" socket,2,3,255 getsockopt getsockopt,3,0,64 fork fork unshare unshare,0x50000000 flock flock,3,2
  # It was forked from the first, with the same filter.
  ends $OTHER_PARSER execve execve,/bin/true,0,0 "socket of IPv6" socket,10,3,255 "openat for writing" openat,-100,/dev/null,1
  answers $PARSER bpf bpf,7,/x,16 -1 "prctl of dumpable" prctl,4,1 -1 "a call newer than the filter" $NEWEST,0,0 -38
  refute inside test -e /tmp/made
}

@test "a worker that runs code of others is ended at calls that tables have no need of" {
  hook_annotate rules "$DENY"
  ends_for_all $WORKER
  ends $WORKER "setsockopt of another level" setsockopt,3,1,7,/x,4 "setsockopt of another kind" setsockopt,3,0,1,/x,4 \
    "unshare of users alone" unshare,0x10000000
  answers $WORKER bpf bpf,7,/x,16 -1 "prctl of dumpable" prctl,4,1 -1 "a call newer than the filter" $NEWEST,0,0 -38
  refute inside test -e /tmp/made
}

# forge_command CALL WORD...: the same in the first worker of the command
forge_command() {
  local call=$1
  shift
  status=0
  inside "$HOST_SCRATCH/phases" $WORKER "$call" "$(inside which oci-iptables)" "$@" >"$BATS_TEST_TMPDIR/stdout" \
    2>"$BATS_TEST_TMPDIR/stderr" </dev/null || status=$?
  hook_read_output
}

@test "the workers of the command that try rules and read tables are ended as the hook's is" {
  hook_apply "$DENY"
  forge_command execve,/bin/true,0,0 check --annotation "rules=$DENY"
  assert_matches "$output" "ended by 31"
  [[ $status -ne 0 ]] || fail "check has succeeded"
  forge_command openat,-100,/tmp/made,0x41,0600 check --annotation "rules=$DENY"
  assert_matches "$output" "ended by 31"
  forge_command socket,16,3,0 verify "$HOOK_ID"
  assert_matches "$output" "ended by 31"
  [[ $status -ne 0 ]] || fail "verify has succeeded"
  refute inside test -e /tmp/made
}

has_landlock() {
  python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 1)'
}

# Reading is no matter of the filter, which sees no path, but of Landlock: without it everybody's files can be read.
@test "a parser reads what its libraries are made of and the names of services, and no other file of the host" {
  hook_annotate rules "$DENY"
  forge $PARSER openat,-100,/etc/services,0
  assert_matches "$output" '^answer [0-9]+$'
  if has_landlock; then
    answers $PARSER "process 1" openat,-100,/proc/1/cmdline,0 -13 itself openat,-100,/proc/self/maps,0 -13 \
      program openat,-100,/usr/bin/env,0 -13 device openat,-100,/dev/null,0 -13
  fi
}

@test "a worker that sets forwarding writes below /proc/sys/net and nowhere else" {
  hook_annotate policy "$FORWARD"
  forge $WORKER openat,-100,/proc/sys/net/ipv4/ip_forward,1
  assert_matches "$output" '^answer [0-9]+$'
  ends $WORKER "openat that creates" openat,-100,/tmp/made,0x41,0600 "openat that cuts" openat,-100,/etc/hosts,0x201 \
    execve execve,/bin/true,0,0
  if has_landlock; then
    answers $WORKER hosts openat,-100,/etc/hosts,1 -13 "another sysctl" openat,-100,/proc/sys/kernel/core_pattern,1 -13
  fi
}

@test "rules of every kind are read under the filter, and the refused rule is found" {
  host_admin_file config.json <<<'{"annotations": {"rules": {"extensions": ["*"]}}}'
  hook_apply "*filter
-A OUTPUT -p tcp -m multiport --dports 80,http -m time --timestart 10:00 -m statistic --mode random --probability 0.5 -j DROP
-4 -A OUTPUT -m connlimit --connlimit-above 3 -m quota --quota 5 -m realm --realm 7 -j REJECT
-A OUTPUT -m hashlimit --hashlimit-above 5/sec --hashlimit-name x -m u32 --u32 6&0xFF=1 -m string --algo bm --string x -j NFLOG
COMMIT
"
  hook_poststop
  hook_state --argjson pid "$HOOK_PID" '.status = "creating" | .pid = $pid'
  # The process that looks for the rule is forked by a worker that is confined.
  hook_refuses_rules "-A OUTPUT -d 192.0.2.7 -j DROP; -A INPUT -m owner --uid-owner 7 -j DROP" "rules: rule 2: "
}
