#!/usr/bin/env bats
#
# The hook in a user namespace of an unprivileged user, as podman without root runs it.

# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # jq variables; the libraries use and set the others

load ../lib/common

DENY="-A OUTPUT -d 192.0.2.7 -j REJECT; -A OUTPUT -d 2001:db8::7 -j REJECT"

setup_file() {
  hook_setup_file
}

teardown_file() {
  host_stop
}

# The user's namespace has a process of its own, as podman has its pause process; the container's network namespace
# belongs to it.
setup() {
  hook_setup
  chmod -R go+rX "$HOST_SCRATCH/bundles"
  pause=$(user_process unshare --user --map-root-user)
  container=$(user_process nsenter -t "$pause" --user --preserve-credentials unshare --mount --net \
    setpriv --bounding-set=-all --inh-caps=-all)
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then del(.path) else . end)'
  hook_state --argjson pid "$container" '.pid = $pid'
  state_directory=/run/user/$HOST_USER_ID/oci-iptables
}

teardown() {
  hook_teardown
  inside install -d -m 700 -o "$HOST_USER_ID" -g "$HOST_USER_ID" "/run/user/$HOST_USER_ID"
}

# Like hook_process, of the unprivileged user.
user_process() {
  local log
  log=$(mktemp "$BATS_TEST_TMPDIR/process.XXXXXX")
  inside_as_user setsid "$@" sh -c 'echo $$; exec sleep 3600' </dev/null >"$log" 2>&1 3>&- 4>&- &
  disown
  host_wait_line "$log" '^[0-9]+$' && grep -E '^[0-9]+$' "$log"
}

rootless_hook() {
  status=0
  inside_as_user nsenter -t "$pause" --user --preserve-credentials "$HOOK" "$@" <"$HOOK_STATE" \
    >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
}

container_rules() {
  rules_save_legacy "/proc/$container/ns/net"
}

@test "rootless: rules are applied and removed, with the record in the user's runtime directory" {
  before=$(container_rules)
  hook_annotate rules "$DENY"
  rootless_hook createRuntime
  hook_did
  assert_equal "$(container_rules | grep -cE -- '-d (192.0.2.7/32|2001:db8::7/128) ')" 2
  inside grep -rq -- "$HOOK_ID" "$state_directory"
  assert_equal "$(inside stat -c '%a %u' "$state_directory")" "700 $HOST_USER_ID"
  hook_state '.status = "stopped" | del(.pid)'
  rootless_hook poststop
  hook_did
  assert_same "$before" "$(container_rules)"
}

@test "rootless: a wrong rule is refused, and its line is in the user's state directory" {
  before=$(container_rules)
  hook_annotate rules "-A OUTPUT --nonsense -j DROP"
  rootless_hook createRuntime
  assert_equal "$status" 1
  assert_refusal "$stderr" "$HOOK_ID" "nonsense"
  assert_same "$before" "$(container_rules)"
  inside grep -rqF -- "$stderr" "$state_directory"
}

@test "rootless: without a runtime directory the state is in /tmp, closed to others" {
  inside rm -rf "/run/user/$HOST_USER_ID"
  hook_annotate rules "$DENY"
  rootless_hook createRuntime
  hook_did
  assert_equal "$(inside stat -c '%a %u' "/tmp/oci-iptables-$HOST_USER_ID")" "700 $HOST_USER_ID"
}

@test "rootless: a directory in /tmp that somebody else made first is refused" {
  inside rm -rf "/run/user/$HOST_USER_ID"
  inside install -d -m 777 -o 1234 "/tmp/oci-iptables-$HOST_USER_ID"
  before=$(container_rules)
  hook_annotate rules "$DENY"
  rootless_hook createRuntime
  assert_equal "$status" 1
  assert_refusal "$stderr" "$HOOK_ID" "/tmp/oci-iptables-$HOST_USER_ID"
  assert_same "$before" "$(container_rules)"
}

@test "rootless: a link in /tmp is not followed" {
  inside rm -rf "/run/user/$HOST_USER_ID"
  inside install -d -m 700 -o "$HOST_USER_ID" /tmp/target
  inside ln -s /tmp/target "/tmp/oci-iptables-$HOST_USER_ID"
  hook_annotate rules "$DENY"
  rootless_hook createRuntime
  assert_equal "$status" 1
  assert_refusal "$stderr" "$HOOK_ID" "/tmp/oci-iptables-$HOST_USER_ID"
  assert_equal "$(inside ls /tmp/target)" ""
}

@test "rootless: the host's network namespace is refused" {
  hook_state --argjson pid "$pause" '.pid = $pid'
  bundle_edit box '.linux.namespaces |= map(select(.type != "network"))'
  hook_annotate rules "$DENY"
  rootless_hook createRuntime
  assert_equal "$status" 1
  assert_refusal "$stderr" "$HOOK_ID" "host"
  refute rules_has_own /proc/1/ns/net
}

@test "rootless: the network namespace of another user is refused" {
  hook_state --argjson pid "$HOOK_PID" '.pid = $pid'
  hook_annotate rules "$DENY"
  rootless_hook createRuntime
  assert_equal "$status" 1
  assert_refusal "$stderr" "$HOOK_ID" "."
  refute rules_has_own /run/netns/box
}

@test "rootless: the administrator's configuration holds for users" {
  host_admin_file config.json <<<'{"annotations": {"rules": false}}'
  hook_annotate rules "$DENY"
  rootless_hook createRuntime
  assert_equal "$status" 1
  assert_refusal "$stderr" "$HOOK_ID" "rules"
}

@test "rootless: a user's own configuration cannot widen the administrator's" {
  host_admin_file config.json <<<'{"forbidden_capabilities": ["CAP_NET_ADMIN", "CAP_NET_RAW"]}'
  inside install -d -o "$HOST_USER_ID" /run/test-host/home/.config/oci-iptables
  inside tee /run/test-host/home/.config/oci-iptables/config.json >/dev/null <<<'{"forbidden_capabilities": []}'
  inside chown -R "$HOST_USER_ID" /run/test-host/home/.config
  bundle_capability box CAP_NET_ADMIN
  hook_annotate rules "$DENY"
  rootless_hook createRuntime
  assert_equal "$status" 1
  assert_refusal "$stderr" "$HOOK_ID" "."
  inside rm -rf /run/test-host/home/.config/oci-iptables
}
