#!/usr/bin/env bats
#
# What the kernel says of the hook's processes in each phase, beside the table in SECURITY.md.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the libraries use and set the others

load ../lib/common

DENY="-A OUTPUT -d 192.0.2.7 -p tcp --dport 80 -j REJECT; -A OUTPUT -d 2001:db8::7 -p udp -j REJECT"
MAIN=0 WORKER=1 PARSER=2 OTHER_PARSER=3

setup_file() {
  hook_setup_file
  cc -O1 -D_GNU_SOURCE -o "$HOST_SCRATCH/phases" "$OCI_IPTABLES_TESTS/attack/phases.c"
  inside install -m 755 "$HOST_SCRATCH/phases" /tmp/phases
}

teardown_file() {
  host_stop
}

setup() {
  hook_setup
  report=/tmp/report-$BATS_TEST_NUMBER
}

teardown() {
  hook_teardown
}

# reports PROCESS CALL: the reports of a process about a call, in the order in which it made them
reports() {
  inside find "$report" -name "$1-*-$2" | sort -V
}

# The last thing that a parser takes from itself is a limit; from then on it reads what others wrote.
when_it_reads() {
  reports "$1" prlimit | tail -n 1
}

# field REPORT NAME: the values of a line of /proc/PID/status, with blanks between
field() {
  inside sed -n "s/^$2:[[:space:]]*//p" "$1" | tr -s '[:space:]' ' ' | sed 's/ *$//'
}

# limit REPORT NAME: the soft limit
limit() {
  inside sed -nE "s/^$2  +([^ ]+) .*/\1/p" "$1"
}

# capabilities NAME...: their set as /proc shows it, without those that this machine's root has not
capabilities() {
  python3 -c '
import sys
NUMBERS = {"DAC_READ_SEARCH": 2, "SETGID": 6, "SETUID": 7, "NET_ADMIN": 12, "NET_RAW": 13, "SYS_PTRACE": 19,
           "SYS_ADMIN": 21}
print("%016x" % (sum(1 << NUMBERS[name] for name in sys.argv[2:] if name != "-") & int(sys.argv[1], 16)))' \
    "$(inside sed -n 's/^CapPrm:\t//p' /proc/self/status)" "$@"
}

# phase_sets PHASE: effective and permitted set that SECURITY.md gives it
phase_sets() {
  local row effective kept
  row=$(grep -E "^\| \`$1\` \|" "$OCI_IPTABLES_TESTS/../SECURITY.md")
  effective=$(cut -d'|' -f4 <<<"$row")
  kept=$(cut -d'|' -f5 <<<"$row")
  # shellcheck disable=SC2086 # lists of words
  echo "$(capabilities $effective) $(capabilities $effective $kept)"
}

# holds PROCESS PHASE...: each time that the process sets its capabilities, they are those of the next phase
holds() {
  local process=$1 file phase
  local -a files
  shift
  mapfile -t files < <(reports "$process" capset)
  assert_equal "${#files[@]}" $# || return 1
  for file in "${files[@]}"; do
    phase=$1
    shift
    assert_equal "$phase: $(field "$file" CapEff) $(field "$file" CapPrm)" "$phase: $(phase_sets "$phase")" || return 1
  done
}

# Of every process at every report: nothing to inherit, nothing to gain, nobody may look into it.
assert_closed() {
  local file
  for file in $(inside find "$report" -type f); do
    assert_equal "$file $(field "$file" CapInh) $(field "$file" CapAmb) $(field "$file" NoNewPrivs) $(field "$file" Owner)" \
      "$file 0000000000000000 0000000000000000 1 0" || return 1
  done
}

# has_filter REPORT
has_filter() {
  assert_equal "$1: $(field "$1" Seccomp)" "$1: 2"
}

# traced RUN...: the hook's createRuntime by way of a command
traced() {
  status=0
  "$@" /tmp/phases "$report" "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" \
    2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
}

@test "hook, worker and parsers hold the capabilities of SECURITY.md's table, phase by phase" {
  hook_annotate rules "$DENY"
  inside mkdir "$report"
  traced inside
  hook_did
  holds $MAIN read namespace record
  holds $WORKER enter tables
  holds $PARSER shed none
  # Forked from the first when that had nothing more to give up.
  holds $OTHER_PARSER
  assert_equal "$(field "$(when_it_reads $OTHER_PARSER)" CapPrm)" 0000000000000000
  assert_closed
}

@test "parsers are nobody, without groups, with filters and limits when they read" {
  hook_annotate rules "$DENY"
  inside mkdir "$report"
  traced inside
  hook_did
  for process in $PARSER $OTHER_PARSER; do
    file=$(when_it_reads "$process")
    assert_equal "$(field "$file" Uid)" "65534 65534 65534 65534"
    assert_equal "$(field "$file" Gid)" "65534 65534 65534 65534"
    assert_equal "$(field "$file" Groups)" ""
    assert_equal "$(limit "$file" "Max processes") $(limit "$file" "Max file size") $(limit "$file" "Max core file size")" "0 0 0"
    [[ $(limit "$file" "Max cpu time") -le 10 && $(limit "$file" "Max open files") -le 64 ]]
    [[ $(limit "$file" "Max address space") -le $((1 << 30)) ]]
    has_filter "$file"
  done
  has_filter "$(reports $WORKER seccomp)"
}

# descriptors REPORT: what a process has open, each kind once
descriptors() {
  # Landlock's own rules are open until they are in force.
  inside sed -n 's/^Descriptor:\t//p' "$1" | sed 's/:\[.*//' | grep -v '^anon_inode' | sort -u | tr '\n' ' '
}

@test "worker and parsers have nothing open that is the main process's, the state directory above all" {
  hook_annotate rules "$DENY"
  inside mkdir "$report"
  traced inside
  hook_did
  assert_equal "$(descriptors "$(when_it_reads $PARSER)")" "/dev/null pipe socket "
  assert_equal "$(descriptors "$(when_it_reads $OTHER_PARSER)")" "/dev/null pipe socket "
  # When it has a filter: its channel, the namespace, what the parsers send, and the lock of the tables.
  assert_equal "$(descriptors "$(reports $WORKER seccomp)")" "/dev/null /run/xtables.lock net pipe socket "
}

@test "the worker that removes holds the capabilities of its phases" {
  hook_apply "$DENY"
  hook_state '.status = "stopped" | del(.pid)'
  inside mkdir "$report"
  inside /tmp/phases "$report" "$HOOK" poststop <"$HOOK_STATE"
  holds $MAIN read namespace
  holds $WORKER enter tables
  assert_closed
}

@test "the process that reads a namespace's addresses holds nothing while it reads" {
  # There is none: the hook asks, and refuses.
  hook_annotate egress "443@gateway"
  inside mkdir "$report"
  traced inside
  assert_equal "$(field "$(reports 1 capset | tail -n 1)" CapPrm)" 0000000000000000
  assert_closed
}

@test "rootless: the same phases in the user's own user namespace" {
  local pause container log
  chmod -R go+rX "$HOST_SCRATCH/bundles"
  log=$(mktemp "$BATS_TEST_TMPDIR/process.XXXXXX")
  inside_as_user setsid unshare --user --map-root-user sh -c 'echo $$; exec sleep 3600' </dev/null >"$log" 2>&1 3>&- 4>&- &
  disown
  host_wait_line "$log" '^[0-9]+$'
  pause=$(<"$log")
  log=$(mktemp "$BATS_TEST_TMPDIR/process.XXXXXX")
  inside_as_user setsid nsenter -t "$pause" --user --preserve-credentials unshare --mount --net \
    setpriv --bounding-set=-all --inh-caps=-all sh -c 'echo $$; exec sleep 3600' </dev/null >"$log" 2>&1 3>&- 4>&- &
  disown
  host_wait_line "$log" '^[0-9]+$'
  container=$(<"$log")
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then del(.path) else . end)'
  hook_state --argjson pid "$container" '.pid = $pid'
  hook_annotate rules "$DENY"
  inside_as_user mkdir "$report"
  traced inside_as_user nsenter -t "$pause" --user --preserve-credentials
  hook_did
  # Inside, root has all that there is.
  capabilities() {
    python3 -c '
import sys
NUMBERS = {"DAC_READ_SEARCH": 2, "SETGID": 6, "SETUID": 7, "NET_ADMIN": 12, "NET_RAW": 13, "SYS_PTRACE": 19,
           "SYS_ADMIN": 21}
print("%016x" % sum(1 << NUMBERS[name] for name in sys.argv[1:] if name != "-"))' "$@"
  }
  holds $MAIN read namespace record
  holds $WORKER enter tables
  holds $PARSER shed none
  holds $OTHER_PARSER
  has_filter "$(reports $WORKER seccomp)"
  has_filter "$(when_it_reads $PARSER)"
  has_filter "$(when_it_reads $OTHER_PARSER)"
  # One id is mapped, and the parser keeps it: that of the user, who is root in the namespace only.
  assert_equal "$(field "$(when_it_reads $OTHER_PARSER)" Uid)" "0 0 0 0"
}
