#!/usr/bin/env bats
#
# Which stage runs, and what a container leaves behind.

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

# The jumps and rules that one container with DENY makes.
rule_count() {
  hook_rules "$@" | grep -c -- "-d 192.0.2.7/32"
}

@test "createRuntime applies" {
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_did
  assert_equal "$(rule_count)" 1
}

@test "prestart applies" {
  hook_annotate rules "$DENY"
  hook prestart
  hook_did
  assert_equal "$(rule_count)" 1
}

@test "without a stage, the status creating applies" {
  hook_annotate rules "$DENY"
  hook
  hook_did
  assert_equal "$(rule_count)" 1
}

@test "without a stage, the status created applies" {
  hook_annotate rules "$DENY"
  hook_state '.status = "created"'
  hook
  hook_did
  assert_equal "$(rule_count)" 1
}

@test "without a stage, the status stopped removes" {
  hook_apply "$DENY"
  hook_state '.status = "stopped" | .pid = 0'
  hook
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "without a stage, any other status is refused" {
  hook_annotate rules "$DENY"
  for status_word in running paused CREATED ""; do
    hook_state --arg word "$status_word" '.status = $word'
    hook
    hook_refused "status"
  done
}

@test "without a stage and without a status is refused" {
  hook_annotate rules "$DENY"
  hook_state 'del(.status)'
  hook
  hook_refused "status"
}

@test "a stage that does not exist is refused" {
  hook_annotate rules "$DENY"
  hook poststart
  hook_refused "poststart" any
}

@test "two stages at once are refused" {
  hook_annotate rules "$DENY"
  hook createRuntime poststop
  assert_equal "$status" 1
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "createRuntime and prestart together apply once" {
  hook_apply "$DENY"
  once=$(hook_rules)
  hook prestart
  hook_did
  assert_same "$once" "$(hook_rules)"
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "poststop removes chains, jumps and record, and can be run again" {
  hook_apply "$DENY; -t nat -A OUTPUT -d 192.0.2.8 -p tcp --dport 80 -j REDIRECT --to-ports 8080"
  rules_has_own /run/netns/box
  inside grep -rq -- "$HOOK_ID" /run/oci-iptables
  for _ in 1 2 3; do
    hook_poststop
    hook_did
    assert_same "$HOOK_BEFORE" "$(hook_rules)"
    WORKLOAD_RUNTIME=runc state_forgot "$HOOK_ID"
  done
}

@test "poststop for a container that was never seen is no failure" {
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "poststop after the namespace is gone removes the record" {
  hook_apply "$DENY"
  inside kill -9 "$HOOK_PID"
  inside ip netns del box
  hook_poststop
  hook_did
  WORKLOAD_RUNTIME=runc state_forgot "$HOOK_ID"
}

@test "poststop finds the namespace when nothing but its name is left" {
  hook_apply "$DENY"
  inside kill -9 "$HOOK_PID"
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "poststop finds the namespace when its name is gone and another container keeps it" {
  hook_apply "$DENY"
  other=$(hook_process box)
  inside kill -9 "$HOOK_PID"
  inside umount /run/netns/box
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(rules_save_legacy "/proc/$other/ns/net")"
}

@test "poststop does not touch another namespace under the old name" {
  hook_apply "$DENY"
  inside kill -9 "$HOOK_PID"
  inside ip netns del box
  inside ip netns add box
  inside ip netns exec box iptables-legacy -A OUTPUT -d 192.0.2.9 -j DROP
  before=$(hook_rules)
  hook_poststop
  hook_did
  assert_same "$before" "$(hook_rules)"
}

@test "poststop after the state directory was removed is no failure" {
  hook_apply "$DENY"
  inside rm -rf /run/oci-iptables
  hook_poststop
  hook_did
}

@test "poststop works with the state as podman writes it: few annotations, no bundle to read" {
  hook_apply "$DENY"
  rm "$HOST_SCRATCH/bundles/box/config.json"
  hook_state 'del(.annotations)'
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "poststop of the first attempt leaves the second one's rules as they are" {
  hook_apply "$DENY"
  first=$(<"$HOOK_STATE")
  bundle_make second /bin/true
  bundle_network second /run/netns/box
  hook_state_make "second$HOOK_ID" "$(hook_process box)" second
  hook_apply "$DENY"
  assert_equal "$(rule_count)" 2
  second=$(<"$HOOK_STATE")
  echo "$first" >"$HOOK_STATE"
  hook_poststop
  hook_did
  assert_equal "$(rule_count)" 1
  # What is left is what the second one has when it is alone.
  left=$(hook_rules)
  echo "$second" >"$HOOK_STATE"
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
  hook_state_make "second$HOOK_ID" "$(jq .pid <<<"$second")" second
  hook_apply "$DENY"
  assert_same "$left" "$(hook_rules)"
}

@test "the same id in two bundles and namespaces is two containers" {
  inside ip netns add other
  bundle_make other /bin/true
  bundle_network other /run/netns/other
  hook_apply "$DENY"
  first=$(<"$HOOK_STATE")
  hook_state_make "$HOOK_ID" "$(hook_process other)" other
  hook_apply "$DENY"
  hook_poststop
  hook_did
  assert_equal "$(rule_count)" 1
  assert_equal "$(rule_count other || true)" 0
  echo "$first" >"$HOOK_STATE"
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "a failure writes its line to the state directory, where it can be found" {
  hook_refuses_rules "-A OUTPUT --nonsense -j DROP" "nonsense"
  inside grep -rqF -- "$stderr" /run/oci-iptables
}

@test "a failure of the second table takes back the first, beside foreign rules" {
  rules_put_foreign /run/netns/box
  HOOK_BEFORE=$(hook_rules)
  hook_refuses_rules "-t mangle -A OUTPUT -j MARK --set-mark 1; -A INPUT -m owner --uid-owner 7 -j DROP" "rules"
  hook_refuses_rules "-6 -t mangle -A OUTPUT -j MARK --set-mark 1; -6 -A INPUT -m owner --uid-owner 7 -j DROP" "rules"
}

@test "a failure of the second family takes back the first" {
  hook_refuses_rules "-4 -A OUTPUT -d 192.0.2.7 -j DROP; -6 -A INPUT -m owner --uid-owner 7 -j DROP" "rules"
}

@test "foreign rules and their counters stay byte for byte" {
  rules_put_foreign /run/netns/box
  before=$(rules_save /run/netns/box)
  hook_apply "$DENY; -t nat -A OUTPUT -d 192.0.2.8 -p tcp --dport 80 -j REDIRECT --to-ports 8080; -6 -A INPUT -s 2001:db8::1 -j DROP"
  assert_same "$before" "$(rules_save /run/netns/box | rules_without_own)"
  hook_poststop
  hook_did
  assert_same "$before" "$(rules_save /run/netns/box)"
}

@test "the rules stand before foreign ones in the built-in chain" {
  rules_put_foreign /run/netns/box
  hook_apply "-A FORWARD -d 192.0.2.7 -j DROP"
  first=$(inside nsenter --net=/run/netns/box iptables-legacy -S FORWARD | sed -n 2p)
  assert_matches "$first" "-j oci-iptables-FORWARD"
}

@test "only tables that the rules name are opened" {
  hook_apply "$DENY"
  tables=$(inside nsenter --net=/run/netns/box cat /proc/net/ip_tables_names)
  assert_equal "$tables" filter
}

@test "a hook killed at any instant leaves nothing that poststop does not remove" {
  hook_annotate rules "$DENY; -t mangle -A OUTPUT -j MARK --set-mark 1; -t nat -A OUTPUT -d 192.0.2.8 -p tcp -j REDIRECT --to-ports 80"
  for milliseconds in 1 2 3 4 5 6 8 10 12 15 20 30; do
    inside timeout -s KILL "$(printf '0.%03d' "$milliseconds")" "$HOOK" createRuntime <"$HOOK_STATE" >/dev/null 2>&1 || true
    cp "$HOOK_STATE" "$HOOK_STATE.kept"
    hook_poststop
    hook_did
    assert_same "$HOOK_BEFORE" "$(hook_rules)"
    mv "$HOOK_STATE.kept" "$HOOK_STATE"
  done
}

@test "a hook killed at any instant does not keep the next one from applying" {
  hook_annotate rules "$DENY; -t mangle -A OUTPUT -j MARK --set-mark 1"
  for milliseconds in 2 5 9 14; do
    inside timeout -s KILL "$(printf '0.%03d' "$milliseconds")" "$HOOK" createRuntime <"$HOOK_STATE" >/dev/null 2>&1 || true
  done
  hook createRuntime
  hook_did
  assert_equal "$(rule_count)" 1
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "many containers of one namespace at the same time lose no rule" {
  for number in 1 2 3 4 5 6 7 8; do
    bundle_make "many$number" /bin/true
    bundle_network "many$number" /run/netns/box
    HOOK_STATE=$BATS_TEST_TMPDIR/state$number.json
    hook_state_make "many$number" "$(hook_process box)" "many$number"
    hook_annotate rules "-A OUTPUT -d 192.0.2.10$number -j DROP"
  done
  for number in 1 2 3 4 5 6 7 8; do
    inside "$HOOK" createRuntime <"$BATS_TEST_TMPDIR/state$number.json" 2>"$BATS_TEST_TMPDIR/error$number" 3>&- &
  done
  wait
  assert_equal "$(cat "$BATS_TEST_TMPDIR"/error*)" ""
  assert_equal "$(hook_rules | grep -c -- '-d 192.0.2.10[1-8]/32 -j DROP')" 8
  for number in 1 2 3 4 5 6 7 8; do
    inside "$HOOK" poststop <"$BATS_TEST_TMPDIR/state$number.json" 3>&- &
  done
  wait
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}
