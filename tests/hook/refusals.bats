#!/usr/bin/env bats
#
# Containers that are refused whatever their rules say, because they could get past them or are not containers.

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

# A process in the host's own network namespace, as a container on the host's network has it.
host_network_process() {
  hook_process /proc/1/ns/net unshare --mount
}

@test "the host's network is refused: no network entry in config.json" {
  hook_annotate rules "$DENY"
  hook_state --argjson pid "$(host_network_process)" '.pid = $pid'
  bundle_edit box '.linux.namespaces |= map(select(.type != "network"))'
  hook createRuntime
  hook_refused "host"
  refute rules_has_own /proc/1/ns/net
}

@test "the host's network is refused: the path is /proc/self/ns/net" {
  hook_annotate rules "$DENY"
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/net" else . end)'
  hook_state 'del(.pid)'
  hook createRuntime
  hook_refused "host"
  hook_state --argjson pid "$(host_network_process)" '.pid = $pid'
  hook createRuntime
  hook_refused "host"
  refute rules_has_own /proc/1/ns/net
}

@test "the host's network is refused: the path is that of another process of the host" {
  hook_annotate rules "$DENY"
  hook_state 'del(.pid)'
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then .path = "/proc/1/ns/net" else . end)'
  hook createRuntime
  hook_refused "host"
  refute rules_has_own /proc/1/ns/net
}

@test "the host's network is refused: a namespace of its own in config.json, a pid in the host's" {
  hook_annotate rules "$DENY"
  hook_state --argjson pid "$(host_network_process)" '.pid = $pid'
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then del(.path) else . end)'
  hook createRuntime
  hook_refused "host"
  refute rules_has_own /proc/1/ns/net
}

@test "the host's network without any rule is nothing to do" {
  hook_state --argjson pid "$(host_network_process)" '.pid = $pid'
  bundle_edit box '.linux.namespaces |= map(select(.type != "network"))'
  hook createRuntime
  hook_did
}

@test "the host's network is left alone where the administrator says ignore" {
  host_admin_file config.json <<<'{"host_network": "ignore"}'
  hook_annotate rules "$DENY"
  hook_state --argjson pid "$(host_network_process)" '.pid = $pid'
  bundle_edit box '.linux.namespaces |= map(select(.type != "network"))'
  hook createRuntime
  assert_equal "$status" 0
  refute rules_has_own /proc/1/ns/net
}

@test "a path that is a common file is refused" {
  hook_annotate rules "$DENY"
  hook_state 'del(.pid)'
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then .path = "/etc/passwd" else . end)'
  hook createRuntime
  hook_refused "/etc/passwd|namespace"
}

@test "a path that is a namespace of another kind is refused" {
  hook_annotate rules "$DENY"
  hook_state 'del(.pid)'
  bundle_edit box --arg path "/proc/$HOOK_PID/ns/mnt" \
    '.linux.namespaces |= map(if .type == "network" then .path = $path else . end)'
  hook createRuntime
  hook_refused "namespace"
}

@test "a path that is not there is refused" {
  hook_annotate rules "$DENY"
  hook_state 'del(.pid)'
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then .path = "/run/netns/nobody" else . end)'
  hook createRuntime
  hook_refused "/run/netns/nobody|namespace"
}

@test "a path that is a FIFO does not make the hook wait" {
  hook_annotate rules "$DENY"
  hook_state 'del(.pid)'
  inside mkfifo /run/fifo
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then .path = "/run/fifo" else . end)'
  hook createRuntime
  hook_refused "namespace|/run/fifo"
}

# Capabilities of the workload.

@test "CAP_NET_ADMIN is refused in every set of capabilities" {
  for set in bounding effective permitted inheritable ambient; do
    bundle_make box /bin/true
    bundle_network box /run/netns/box
    bundle_capability box CAP_NET_ADMIN "$set"
    hook_annotate rules "$DENY"
    hook createRuntime
    hook_refused "CAP_NET_ADMIN"
  done
}

@test "every capability that opens the rules is refused by name" {
  for capability in NET_ADMIN SYS_ADMIN SYS_MODULE SYS_RAWIO BPF PERFMON DAC_READ_SEARCH; do
    bundle_make box /bin/true
    bundle_network box /run/netns/box
    bundle_capability box "CAP_$capability"
    hook_annotate rules "$DENY"
    hook createRuntime
    hook_refused "CAP_$capability"
  done
}

@test "CAP_NET_RAW is refused where rules deny anything, with the mend" {
  for set in bounding effective permitted inheritable ambient; do
    bundle_make box /bin/true
    bundle_network box /run/netns/box
    bundle_capability box CAP_NET_RAW "$set"
    hook_annotate rules "$DENY"
    hook createRuntime
    hook_refused "CAP_NET_RAW.*--cap-drop=NET_RAW"
  done
}

@test "CAP_NET_RAW is fine where rules only mark" {
  bundle_capability box CAP_NET_RAW
  hook_apply "-t mangle -A OUTPUT -j MARK --set-mark 1"
}

@test "CAP_SYS_PTRACE is refused without a pid namespace" {
  bundle_capability box CAP_SYS_PTRACE
  bundle_edit box '.linux.namespaces |= map(select(.type != "pid"))'
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "CAP_SYS_PTRACE"
}

@test "CAP_SYS_PTRACE is refused in a pid namespace of somebody else" {
  bundle_capability box CAP_SYS_PTRACE
  bundle_edit box '.linux.namespaces |= map(if .type == "pid" then .path = "/proc/1/ns/pid" else . end)'
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "CAP_SYS_PTRACE"
}

@test "CAP_SYS_PTRACE is fine in a pid namespace of the container's own" {
  bundle_capability box CAP_SYS_PTRACE
  hook_apply "$DENY"
}

@test "a workload with forbidden capabilities and no rules is none of the hook's business" {
  bundle_capability box CAP_NET_ADMIN
  hook createRuntime
  hook_did
}

@test "a process without a capabilities member has none" {
  bundle_edit box 'del(.process.capabilities)'
  hook_apply "$DENY"
}


@test "the administrator can allow CAP_NET_ADMIN" {
  host_admin_file config.json <<<'{"forbidden_capabilities": ["CAP_SYS_ADMIN"]}'
  bundle_capability box CAP_NET_ADMIN
  hook_apply "$DENY"
}

# Who owns the namespace.

@test "a namespace owned by a user namespace below the workload's is refused, whatever its capabilities" {
  owner=$(hook_process box unshare --user --map-root-user --net)
  child=$(hook_process "/proc/$owner/ns/net")
  bundle_edit box --arg path "/proc/$owner/ns/net" \
    '.linux.namespaces |= map(if .type == "network" then .path = $path else . end) | .process.capabilities = {}'
  hook_state --argjson pid "$child" '.pid = $pid'
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "user namespace"
  refute rules_has_own "/proc/$owner/ns/net"
}

@test "a namespace owned by the workload's own user namespace is refused with CAP_NET_ADMIN, fine without" {
  owner=$(hook_process box unshare --user --map-root-user --net --mount)
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then del(.path) else . end) + [{type: "user"}]'
  hook_state --argjson pid "$owner" '.pid = $pid'
  hook_apply "$DENY"
  rules_has_own "/proc/$owner/ns/net"
  hook_poststop
  hook_did
  hook_state --argjson pid "$owner" '.pid = $pid | .status = "creating"'
  bundle_capability box CAP_NET_ADMIN
  hook createRuntime
  hook_refused "CAP_NET_ADMIN"
}

@test "a workload in a user namespace below the namespace's owner may hold every capability there" {
  child=$(hook_process box unshare --user --map-root-user --mount)
  bundle_edit box '.linux.namespaces += [{type: "user"}]'
  for capability in NET_ADMIN SYS_ADMIN; do
    bundle_capability box "CAP_$capability"
  done
  hook_state --argjson pid "$child" '.pid = $pid'
  hook_apply "$DENY"
  assert_matches "$(inside nsenter -t "$child" --user --net iptables-legacy -F 2>&1)" "Permission denied"
}

# Who else is in the namespace.

@test "another container in the namespace that holds CAP_NET_ADMIN is a reason to refuse" {
  hook_process box unshare --mount >/dev/null
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "CAP_NET_ADMIN|CAP_"
}

@test "another container in the namespace that holds CAP_NET_RAW is a reason to refuse" {
  hook_process box unshare --mount setpriv --bounding-set=-all,+net_raw --inh-caps=-all >/dev/null
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_refused "CAP_NET_RAW"
}

@test "a hook that cannot see another container's capabilities refuses" {
  hook_process box unshare --mount setpriv --reuid=1234 --clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin \
    >/dev/null
  hook_annotate rules "$DENY"
  status=0
  inside setpriv --bounding-set=-sys_ptrace "$HOOK" createRuntime <"$HOOK_STATE" >"$BATS_TEST_TMPDIR/stdout" \
    2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
  hook_refused "CAP_SYS_PTRACE"
}

@test "another container in the namespace without capabilities is no reason to refuse" {
  hook_process box >/dev/null
  hook_apply "$DENY"
}

@test "a container without rules that joins a filtered namespace with CAP_NET_ADMIN is refused" {
  hook_apply "$DENY"
  HOOK_BEFORE=$(hook_rules)
  HOOK_ID=joining$HOOK_ID
  bundle_make joining /bin/true
  bundle_network joining /run/netns/box
  bundle_capability joining CAP_NET_ADMIN
  hook_state_make "$HOOK_ID" "$(hook_process box)" joining
  hook createRuntime
  hook_refused "CAP_NET_ADMIN"
}

@test "a container without rules that joins a filtered namespace without capabilities starts" {
  hook_apply "$DENY"
  before=$(hook_rules)
  bundle_make joining /bin/true
  bundle_network joining /run/netns/box
  hook_state_make "joining$HOOK_ID" "$(hook_process box)" joining
  hook createRuntime
  hook_did
  assert_same "$before" "$(hook_rules)"
}

@test "an administrator's own process in the namespace is no reason to refuse" {
  hook_process box env >/dev/null
  hook_apply "$DENY"
}
