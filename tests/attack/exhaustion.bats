#!/usr/bin/env bats
#
# Input and surroundings that would make the hook late, hungry or half done. It does its work, or refuses in its one
# line and leaves nothing; that it is not in time is a refusal, too, so what is slow fails here.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the libraries use and set the others

load ../lib/common

DENY="-A OUTPUT -d 192.0.2.7 -j REJECT"

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

# Runs the hook by way of a command: hook_by COMMAND... -- the hook's path and stage are added
hook_by() {
  status=0
  inside "$@" "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
}

# All of DENY is there and the exit status says so, or nothing is and it says that.
whole_or_nothing() {
  if [[ $status -eq 0 ]]; then
    assert_equal "$1: $(hook_rules | grep -c -- '192.0.2.7/32 .*-j REJECT')" "$1: 1" || return 1
    hook_state '.status = "stopped" | del(.pid)'
    hook poststop
    hook_did || return 1
    hook_state --argjson pid "$HOOK_PID" '.status = "creating" | .pid = $pid'
  fi
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

# Standard input.

@test "a state that comes byte by byte is read whole" {
  hook_annotate rules "$DENY"
  status=0
  python3 -c '
import os, sys
for byte in open(sys.argv[1], "rb").read():
    os.write(1, bytes([byte]))' "$HOOK_STATE" | inside "$HOOK" createRuntime || status=$?
  assert_equal "$status" 0
  assert_matches "$(hook_rules)" "192.0.2.7/32 -j REJECT"
}

@test "a state that never ends is refused before the runtime's patience does, in the state directory as well" {
  mkfifo "$BATS_TEST_TMPDIR/endless"
  exec {writer}<>"$BATS_TEST_TMPDIR/endless"
  cat "$HOOK_STATE" >&"$writer"
  status=0
  inside "$HOOK" createRuntime <"$BATS_TEST_TMPDIR/endless" >"$BATS_TEST_TMPDIR/stdout" \
    2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  exec {writer}>&-
  hook_read_output
  hook_refused "state: its end did not come in time" -
  inside grep -q "its end did not come in time" /run/oci-iptables/failures/-
}

# Sizes.

@test "annotations by the hundred thousand in state and config.json do not hold a container up" {
  python3 -c '
import json, sys
state, config = sys.argv[1:]
def widen(path, prefix, count):
    with open(path) as file:
        value = json.load(file)
    value.setdefault("annotations", {}).update((f"{prefix}.{i}", "") for i in range(count))
    with open(path, "w") as file:
        json.dump(value, file, separators=(",", ":"))
widen(state, "io.a", 45000)
widen(config, "io.b", 400000)' "$HOOK_STATE" "$HOST_SCRATCH/bundles/box/config.json"
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_did
}

@test "a service's name in every rule does not read /etc/services for every rule" {
  # A list of the size of IANA's, with the name at its end.
  inside python3 -c '
with open("/etc/services", "w") as file:
    file.writelines(f"name-{i}-of-many {i % 60000 + 1}/tcp\n" for i in range(60000))
    file.write("at-the-end 61000/tcp\n")'
  {
    echo "*filter"
    for number in {1..2000}; do echo "-A OUTPUT -p tcp --dport at-the-end -m mark --mark $number -j DROP"; done
    echo COMMIT
  } >"$BATS_TEST_TMPDIR/rules"
  hook_annotate rules "$(<"$BATS_TEST_TMPDIR/rules")"
  hook createRuntime
  hook_did
  assert_equal "$(hook_rules | grep -c -- '--dport 61000 ')" 4000
}

@test "a word of a quarter of a megabyte, and one of a megabyte in a profile, are refused with their place" {
  long=$(printf '%*s' 250000 '' | tr ' ' x)
  for text in "-A OUTPUT -d 192.0.2.7 -j $long" "-A OUTPUT -m comment --comment $long -j DROP"; do
    printf '%s' "$text" >"$BATS_TEST_TMPDIR/rules"
    hook_state --rawfile text "$BATS_TEST_TMPDIR/rules" '.annotations["io.oci-iptables.rules"] = $text'
    hook createRuntime
    hook_refused "rules: rule 1"
  done
  hook_state '.annotations = {"io.oci-iptables.profile": "long"}'
  inside mkdir -p /etc/oci-iptables/profiles
  echo "-A OUTPUT -d $long$long$long$long -j DROP" | host_admin_file profiles/long.rules
  hook createRuntime
  hook_refused "profile long: "
}

@test "lists of -s and -d that multiply a line of many matches are refused before they fill memory" {
  python3 -c '
addresses = ",".join(f"1.1.1.{i % 10}" for i in range(127))
comments = "-m comment --comment x " * 13
print("*filter")
for _ in range(4):
    print(f"-A OUTPUT -s {addresses} -d {addresses} {comments}-j DROP")
print("COMMIT")' >"$BATS_TEST_TMPDIR/rules"
  hook_annotate rules "$(<"$BATS_TEST_TMPDIR/rules")"
  hook createRuntime
  hook_refused "rules: more than the limit of 48 MiB in all"
}

@test "chains that jump into each other 200 deep are applied whole or refused" {
  {
    echo "*filter"
    for number in {0..200}; do echo ":C$number - [0:0]"; done
    for number in {0..199}; do echo "-A C$number -j C$((number + 1))"; done
    echo "-A OUTPUT -j C0"
    echo "-A C200 -d 192.0.2.7 -j REJECT"
    echo COMMIT
  } >"$BATS_TEST_TMPDIR/rules"
  hook_annotate rules "-4 $DENY"
  hook_annotate rules "$(<"$BATS_TEST_TMPDIR/rules")"
  hook createRuntime
  whole_or_nothing "200 chains"
}

@test "lists of -s and -d that multiply connlimit are refused before they fill the kernel's memory" {
  python3 -c '
addresses = ",".join(f"1.1.1.{i}" for i in range(16))
limits = "-m connlimit --connlimit-above 9 " * 4
print(f"-A OUTPUT -s {addresses} -d {addresses} {limits}-j DROP; -4 -A OUTPUT " + limits + "-j DROP")' \
    >"$BATS_TEST_TMPDIR/rules"
  hook_annotate rules "$(<"$BATS_TEST_TMPDIR/rules")"
  hook createRuntime
  hook_refused "rules: rule 2: .*limit of 1024 uses of connlimit"
}

@test "chains that jump to two others each, to 2^40 ways in all, are refused before a packet walks them" {
  {
    echo "*filter"
    for number in {0..40}; do echo ":C$number - [0:0]"; done
    for number in {0..39}; do printf -- '-A C%s -j C%s\n-A C%s -j C%s\n' "$number" $((number + 1)) "$number" $((number + 1)); done
    echo "-A OUTPUT -j C0"
    echo "-A C40 -d 192.0.2.7 -j REJECT"
    echo COMMIT
  } >"$BATS_TEST_TMPDIR/rules"
  hook_annotate rules "$(<"$BATS_TEST_TMPDIR/rules")"
  hook createRuntime
  hook_refused 'rules: chain "C[0-9]+": a packet can meet more than the limit of 262144 rules'
  # 2^14 ways through rules of 100 matches each hold the processor as long.
  sed -i -e '/C1[5-9]\|C[2-4][0-9]/d' -e "s/^-A C13/& -p udp$(printf ' -m udp%.0s' {1..100})/" "$BATS_TEST_TMPDIR/rules"
  sed -i -e "s/^COMMIT/-A C14 -d 192.0.2.7 -j REJECT\n&/" "$BATS_TEST_TMPDIR/rules"
  hook_annotate rules "$(<"$BATS_TEST_TMPDIR/rules")"
  hook createRuntime
  hook_refused 'rules: chain "C[0-9]+": a packet can meet more than the limit of 262144 rules'
}

# Limits that the caller set.

@test "under any small limit the container's rules are whole or the start is refused" {
  local limit
  hook_annotate rules "-4 $DENY"
  for limit in --nproc=1:1 --as=4194304:4194304 --as=20000000:20000000 --as=40000000:40000000 --data=65536:65536 \
    --data=1048576:1048576 --stack=16384:16384 --cpu=1:1 --nofile=3:3 --nofile=8:8 --nofile=12:12 --nofile=16:16 \
    --core=0:0 --fsize=1:1 --fsize=512:512 --memlock=0:0 --sigpending=0:0 --locks=0:0 --msgqueue=0:0; do
    hook_by prlimit "$limit"
    whole_or_nothing "$limit"
  done
}

@test "as many open descriptors as the caller may have are closed and no hindrance" {
  hook_annotate rules "$DENY"
  hook_by python3 -c '
import os, resource, sys
most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
source = os.open("/etc/passwd", os.O_RDONLY)
for fd in range(3, min(most, 20000) - 8):  # the loader needs some before the hook can close any
    if fd != source:
        os.dup2(source, fd)
os.set_inheritable(source, True)
os.execv(sys.argv[1], sys.argv[1:])'
  hook_did
  assert_matches "$(hook_rules)" "192.0.2.7/32 -j REJECT"
}
