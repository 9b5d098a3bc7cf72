#!/usr/bin/env bats
#
# What the hook makes of the state on its stdin.

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

# state_is TEXT: hands the hook just this text
state_is() {
  printf '%s' "$1" >"$HOOK_STATE"
  hook createRuntime
}

@test "an empty stdin is refused" {
  state_is ""
  hook_refused "state" -
}

@test "a state that is only blanks is refused" {
  state_is "  "
  hook_refused "state" -
}

@test "a state cut off in the middle is refused" {
  hook_annotate rules "$DENY"
  head -c 60 "$HOOK_STATE" >"$HOOK_STATE.cut"
  mv "$HOOK_STATE.cut" "$HOOK_STATE"
  hook createRuntime
  hook_refused "state" any
}

@test "text behind the state is refused" {
  echo '{}' >>"$HOOK_STATE"
  hook createRuntime
  assert_equal "$status" 1
  assert_matches "$stderr" "^oci-iptables-hook: [^ ]+: state"
}

@test "a state that is an array is refused" {
  state_is '[]'
  hook_refused "state" -
}

@test "a state nested a hundred thousand levels deep is refused" {
  state_is "{\"id\": \"deep\", \"x\": $(printf '[%.0s' {1..100000})"
  assert_equal "$status" 1
  assert_matches "$stderr" "^oci-iptables-hook: (-|deep): state.*(deep|nest|level)"
}

@test "a state nested 65 levels deep is refused, 60 are not" {
  hook_state '.x = (reduce range(58) as $i ([]; [.]))'
  hook createRuntime
  hook_did
  hook_state '.x = (reduce range(64) as $i ([]; [.]))'
  hook createRuntime
  assert_equal "$status" 1
  assert_matches "$stderr" "state"
}

@test "a member that stands twice is refused" {
  state_is '{"ociVersion": "1.0.2", "id": "one", "id": "two", "status": "creating", "pid": 1, "bundle": "/"}'
  assert_equal "$status" 1
  assert_matches "$stderr" '^oci-iptables-hook: [^ ]+: state: .*id'
}

@test "an annotation that stands twice is refused" {
  state_is '{"ociVersion": "1.0.2", "id": "one", "status": "creating", "pid": 1, "bundle": "/",
    "annotations": {"io.oci-iptables.rules": "-A OUTPUT -j DROP", "io.oci-iptables.rules": "-A OUTPUT -j RETURN"}}'
  assert_equal "$status" 1
  assert_matches "$stderr" 'state: .*io\.oci-iptables\.rules'
}

@test "an escaped NUL in a key is refused" {
  state_is '{"ociVersion": "1.0.2", "id\u0000x": "one", "id": "two", "status": "creating"}'
  assert_equal "$status" 1
  assert_matches "$stderr" '^oci-iptables-hook: [^ ]+: state'
}

@test "a NUL byte is refused" {
  printf '{"id": "one"}\0{"id": "two"}' >"$HOOK_STATE"
  hook createRuntime
  assert_equal "$status" 1
  assert_matches "$stderr" '^oci-iptables-hook: [^ ]+: state'
}

@test "text that is not UTF-8 is refused" {
  printf '{"id": "one\xff"}' >"$HOOK_STATE"
  hook createRuntime
  assert_equal "$status" 1
  assert_matches "$stderr" '^oci-iptables-hook: [^ ]+: state'
}

@test "a comment in the state is refused" {
  state_is '/* hello */ {"id": "one"}'
  hook_refused "state" any
}

@test "a state without id is refused" {
  hook_annotate rules "$DENY"
  hook_state 'del(.id)'
  hook createRuntime
  hook_refused "state: .*id" -
}

@test "an id of ../x is refused" {
  hook_annotate rules "$DENY"
  hook_state '.id = "../x"'
  hook createRuntime
  assert_equal "$status" 1
  assert_matches "$stderr" "^oci-iptables-hook: [^ ]+: state: .*id"
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
  refute inside test -e /run/x
}

@test "an id of .. is refused" {
  hook_annotate rules "$DENY"
  hook_state '.id = ".."'
  hook createRuntime
  assert_equal "$status" 1
  assert_matches "$stderr" "state: .*id"
}

@test "an empty id is refused" {
  hook_annotate rules "$DENY"
  hook_state '.id = ""'
  hook createRuntime
  hook_refused "state: .*id" -
}

@test "an id that is a number is refused" {
  hook_annotate rules "$DENY"
  hook_state '.id = 17'
  hook createRuntime
  hook_refused "state: .*id" -
}

@test "an id with a newline is refused, and the message stays one line" {
  hook_annotate rules "$DENY"
  hook_state '.id = "one\ntwo"'
  hook createRuntime
  assert_equal "$status" 1
  assert_equal "$(printf %s "$stderr" | grep -c '')" 1
}

@test "a pid that is text, negative, a fraction or too large is refused" {
  hook_annotate rules "$DENY"
  for pid in '"17"' -5 1.5 99999999999999999999 true; do
    hook_state ".pid = $pid"
    [[ $pid != 9999* ]] || sed -i "s/\"pid\": [^,]*,/\"pid\": $pid,/" "$HOOK_STATE"
    hook createRuntime
    hook_refused "state: .*pid"
  done
}

@test "a pid of nobody is refused" {
  hook_annotate rules "$DENY"
  hook_state '.pid = 4194000'
  hook createRuntime
  hook_refused "."
}

@test "a state without pid takes the namespace's path from config.json" {
  hook_state 'del(.pid)'
  hook_apply "$DENY"
  assert_matches "$(hook_rules)" "192.0.2.7"
}

@test "a pid of 0, as crun gives it, takes the namespace's path from config.json" {
  hook_state '.pid = 0'
  hook_apply "$DENY"
  assert_matches "$(hook_rules)" "192.0.2.7"
}

@test "neither pid nor path is refused" {
  hook_annotate rules "$DENY"
  hook_state '.pid = 0'
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then del(.path) else . end)'
  hook createRuntime
  hook_refused "pid|path|namespace"
}

@test "members that the hook does not know are allowed, as crun's root" {
  hook_state '.root = "/run/crun" | .future = {"a": [1, null]}'
  hook_apply "$DENY"
  assert_matches "$(hook_rules)" "192.0.2.7"
}

@test "a state of one mebibyte less a little is read" {
  hook_state --arg fill "$(head -c 120000 /dev/zero | tr '\0' x)" \
    '.annotations += ([range(8)] | map({key: "org.example.\(.)", value: $fill}) | from_entries)'
  hook_apply "$DENY"
  assert_matches "$(hook_rules)" "192.0.2.7"
}

@test "a state larger than one mebibyte is refused, and its writer can write it all" {
  hook_annotate rules "$DENY"
  hook_state '.status = "creating"'
  head -c 3000000 /dev/zero | tr '\0' ' ' >>"$HOOK_STATE"
  status=0
  cat "$HOOK_STATE" | inside "$HOOK" createRuntime >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" ||
    status="${PIPESTATUS[*]}"
  hook_read_output
  # The first number is cat's: 141 if the hook had closed the pipe on it.
  assert_equal "$status" "0 1"
  assert_matches "$stderr" "^oci-iptables-hook: [^ ]+: state: .*(large|long|bytes|limit|MiB)"
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "a wrong stage is refused, and the state's writer can write it all" {
  head -c 300000 /dev/zero | tr '\0' ' ' >>"$HOOK_STATE"
  status=0
  cat "$HOOK_STATE" | inside "$HOOK" nonsense >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" ||
    status="${PIPESTATUS[*]}"
  assert_equal "$status" "0 1"
}

@test "a state without annotations is nothing to do" {
  for annotations in null '{}' '{"org.example": "x"}'; do
    hook_state ".annotations = $annotations"
    hook createRuntime
    hook_did
  done
  hook_state 'del(.annotations)'
  hook createRuntime
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "an annotation that is not text is refused" {
  hook_state '.annotations["io.oci-iptables.rules"] = 5'
  hook createRuntime
  hook_refused "io.oci-iptables.rules"
}

@test "annotations that are not an object are refused" {
  hook_state '.annotations = ["io.oci-iptables.rules"]'
  hook createRuntime
  hook_refused "annotations"
}

@test "an unknown key of the hook's own prefix is refused by name" {
  hook_annotate rulez "$DENY"
  hook createRuntime
  hook_refused "rulez.*io\.oci-iptables\.rules"
}

@test "the bare prefix as a key is refused" {
  hook_annotate "" "$DENY"
  hook createRuntime
  hook_refused "annotation"
}

@test "an empty value is refused" {
  hook_annotate rules ""
  hook createRuntime
  hook_refused "(io.oci-iptables.)?rules.*empty"
}

@test "the key host-rules is refused" {
  hook_annotate host-rules "$DENY"
  hook createRuntime
  hook_refused "host-rules"
}

@test "a value longer than 256 KiB is refused" {
  hook_state --rawfile fill <(head -c 262145 /dev/zero | tr '\0' ' ') \
    '.annotations["io.oci-iptables.rules"] = $fill'
  hook createRuntime
  hook_refused "rules"
}

@test "base64 that is none is refused" {
  for value in 'base64:%%%' 'base64:QQ' 'base64:QQ==QQ=='; do
    hook_annotate rules "$value"
    hook createRuntime
    hook_refused "rules.*base64"
  done
}

@test "base64 of bytes that are no UTF-8 is refused" {
  hook_annotate rules "base64:$(printf '\xff\xfe' | base64)"
  hook createRuntime
  hook_refused "rules.*UTF-8"
}

@test "base64 of a document is applied" {
  hook_apply "base64:$(printf '*filter\n-A OUTPUT -d 192.0.2.7 -j DROP\nCOMMIT\n' | base64 -w 0)"
  assert_matches "$(hook_rules)" "192.0.2.7/32 -j DROP"
}

@test "control characters of the input reach neither terminal nor a line of their own" {
  hook_annotate rules "$(printf -- '-A OUTPUT -d 192.0.2.7 -j \033[31mX\roci-iptables-hook: forged: x: y')"
  hook createRuntime
  hook_refused "rules"
  refute grep -q $'[\033\r]' "$BATS_TEST_TMPDIR/stderr"
}

@test "a missing bundle is refused" {
  hook_annotate rules "$DENY"
  rm -rf "$HOST_SCRATCH/bundles/box"
  hook createRuntime
  hook_refused "bundle.*No such file"
}

@test "a state without bundle is refused" {
  hook_annotate rules "$DENY"
  hook_state 'del(.bundle)'
  hook createRuntime
  hook_refused "bundle"
}

@test "a bundle without config.json is refused" {
  hook_annotate rules "$DENY"
  rm "$HOST_SCRATCH/bundles/box/config.json"
  hook createRuntime
  hook_refused "config.json"
}

@test "a config.json that is a directory is refused" {
  hook_annotate rules "$DENY"
  rm "$HOST_SCRATCH/bundles/box/config.json"
  mkdir "$HOST_SCRATCH/bundles/box/config.json"
  hook createRuntime
  hook_refused "config.json"
}

@test "a config.json that is cut off is refused" {
  hook_annotate rules "$DENY"
  truncate -s 100 "$HOST_SCRATCH/bundles/box/config.json"
  hook createRuntime
  hook_refused "config.json"
}

@test "a config.json with a member twice is refused" {
  hook_annotate rules "$DENY"
  sed -i '0,/"process"/s//"process": {}, "process"/' "$HOST_SCRATCH/bundles/box/config.json"
  hook createRuntime
  hook_refused "config.json: .*process"
}

@test "a config.json with two network namespaces is refused" {
  hook_annotate rules "$DENY"
  bundle_network box /run/netns/box
  hook createRuntime
  hook_refused "config.json"
}

@test "a config.json of more than 16 MiB is refused" {
  hook_annotate rules "$DENY"
  head -c 17000000 /dev/zero | tr '\0' ' ' >>"$HOST_SCRATCH/bundles/box/config.json"
  hook createRuntime
  hook_refused "config.json"
}
