#!/usr/bin/env bats
#
# The orders of CRI-O and the kubelet, and of runtimes that die: the hook run directly, as they run it.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # jq variables; the libraries use and set the others

load ../lib/common
load lifecycle

setup_file() {
  hook_setup_file
  net_server_start
}

teardown_file() {
  host_stop
}

setup() {
  net_server_forget
  net_container_add pod 1
  POD_BEFORE=$(rules_save_legacy /run/netns/pod)
}

teardown() {
  hook_teardown
}

DENY="-A OUTPUT -d $DENIED4 -j REJECT; -A OUTPUT -d $DENIED6 -j REJECT"

pod_is_clean() {
  assert_same "$POD_BEFORE" "$(rules_save_legacy /run/netns/pod)" && state_is_empty
}

@test "attempt 1 is created before the poststop of attempt 0: no packet of a sender passes during the switch" {
  container_make attempt0 pod "$DENY"
  container_apply attempt0
  assert_filters pod
  net_server_forget
  # Both families and protocols, as fast as refusals come back.
  for destination in "$DENIED4" "$DENIED6"; do
    for protocol in tcp udp; do
      inside_background "$BATS_TEST_TMPDIR/sender.$protocol.$destination" nsenter --net=/run/netns/pod \
        "$HOST_SCRATCH/netprobe" ask -f 8 "$protocol" "$destination" "$ECHO_PORT"
    done
  done
  for attempt in 1 2 3 4 5 6; do
    container_make "attempt$attempt" pod "$DENY"
    container_apply "attempt$attempt"
    container_kill "attempt$((attempt - 1))"
    container_poststop "attempt$((attempt - 1))"
  done
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 1
  for destination in "$DENIED4" "$DENIED6"; do
    for protocol in tcp udp; do
      host_wait_line "$BATS_TEST_TMPDIR/sender.$protocol.$destination" "^$protocol $destination .* refused"
    done
    refute net_server_saw "$destination"
  done
  # The same senders are heard where nothing refuses them.
  container_kill attempt6
  container_poststop attempt6
  pod_is_clean
  in_network pod "$HOST_SCRATCH/netprobe" ask udp "$DENIED4" "$ECHO_PORT"
  net_server_saw "$DENIED4"
}

@test "several containers of a pod with the pod's annotations: each has its rules, each takes its own away" {
  for name in app sidecar third; do
    container_make $name pod "$DENY"
    container_apply $name
  done
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 3
  left=3
  for name in sidecar app third; do
    assert_filters pod
    container_kill $name
    container_poststop $name
    left=$((left - 1))
    assert_equal "$(rules_count pod "-d $DENIED4/32 ")" $left
  done
  pod_is_clean
}

@test "a container's own annotation in the place of the pod's" {
  container_make app pod "$DENY"
  container_make own pod "-A OUTPUT -d 203.0.113.77 -j REJECT"
  container_apply app own
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 1
  assert_equal "$(rules_count pod "-d 203.0.113.77/32 ")" 1
  container_poststop app
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 0
  assert_equal "$(rules_count pod "-d 203.0.113.77/32 ")" 1
  container_poststop own
  pod_is_clean
}

@test "the namespace is unlinked before poststop, as the kubelet does it" {
  container_make app pod "$DENY"
  container_make sidecar pod "$DENY"
  container_apply app sidecar
  container_kill app sidecar
  inside ip netns del pod
  container_poststop app sidecar
  state_is_empty
}

@test "the namespace is unlinked and another container of it still runs" {
  container_make app pod "$DENY"
  container_make sidecar pod "$DENY"
  container_apply app sidecar
  container_kill app
  inside umount /run/netns/pod
  container_poststop app
  rest=$(rules_save_legacy "/proc/$(container_pid sidecar)/ns/net")
  assert_equal "$(grep -c -- "-d $DENIED4/32 " <<<"$rest")" 1
  container_poststop sidecar
  assert_same "$POD_BEFORE" "$(rules_save_legacy "/proc/$(container_pid sidecar)/ns/net")"
  state_is_empty
}

@test "a retry after a failed create in the same namespace: nothing of the failed one stays" {
  container_make failed pod "$DENY; -A INPUT -m owner --uid-owner 7 -j DROP"
  HOOK_STATE=$BATS_TEST_TMPDIR/failed.json
  hook createRuntime
  assert_equal "$status" 1
  pod_is_clean
  container_make retry pod "$DENY"
  container_apply retry
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 1
  container_poststop failed
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 1
  container_poststop retry
  pod_is_clean
}

@test "a hook killed after its commit, then a retry in the same namespace under a new id" {
  container_make broken pod "$DENY; -t mangle -A OUTPUT -j MARK --set-mark 1"
  container_apply broken
  container_kill broken
  container_make retry pod "$DENY"
  container_apply retry
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 1
  assert_equal "$(rules_count pod "MARK")" 0
  container_poststop retry
  pod_is_clean
}

@test "poststop twice, and beside a live container" {
  container_make app pod "$DENY"
  container_make other pod "$DENY"
  container_apply app other
  container_poststop app app app
  assert_filters pod
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 1
  container_poststop other other
  pod_is_clean
}

@test "poststop without createRuntime touches nobody" {
  container_make app pod "$DENY"
  container_make stranger pod "$DENY"
  container_apply app
  before=$(rules_uncounted pod)
  container_poststop stranger
  assert_same "$before" "$(rules_uncounted pod)"
  container_poststop app
  pod_is_clean
}

@test "poststop never: gc removes what the dead container had, and not what the live one has" {
  container_make dead pod "$DENY"
  container_make alive pod "$DENY"
  container_apply dead alive
  container_kill dead
  before=$(rules_uncounted pod)
  output=$(inside oci-iptables gc --dry-run)
  assert_matches "$output" "would remove dead: "
  assert_no_match "$output" "alive:"
  assert_same "$before" "$(rules_uncounted pod)"
  gc_did
  assert_matches "$output" "removed dead: "
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 1
  assert_filters pod
  gc_did
  assert_equal "$output" "nothing to remove"
  container_kill alive
  gc_did
  pod_is_clean
}

@test "poststop never: the next container of the namespace cleans up" {
  container_make dead pod "$DENY; -t mangle -A OUTPUT -j MARK --set-mark 1"
  container_apply dead
  container_kill dead
  container_make next pod "-A OUTPUT -d 203.0.113.77 -j REJECT"
  container_apply next
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 0
  assert_equal "$(rules_count pod "MARK")" 0
  assert_equal "$(rules_count pod "-d 203.0.113.77/32 ")" 1
  # Whoever comes late has nothing left to take away.
  container_poststop dead
  assert_equal "$(rules_count pod "-d 203.0.113.77/32 ")" 1
  container_poststop next
  pod_is_clean
}

@test "poststop never: the namespace is gone, gc forgets the container" {
  container_make dead pod "$DENY"
  container_apply dead
  container_kill dead
  inside ip netns del pod
  gc_did
  assert_matches "$output" "removed dead: "
  state_is_empty
}

@test "a record of another boot is garbage, and no rule of today is touched for it" {
  container_make app pod "$DENY"
  container_apply app
  record=$(inside sh -c 'echo /run/oci-iptables/records/*.json')
  inside sed -i -E 's/("boot_id": *")[0-9a-f]{8}/\100000000/' "$record"
  before=$(rules_uncounted pod)
  gc_did
  assert_matches "$output" "removed app: .*reboot"
  assert_same "$before" "$(rules_uncounted pod)"
  state_is_empty
}

@test "two runtime roots with the same id in one namespace are two containers" {
  container_make one pod "$DENY" same
  container_make two pod "-A OUTPUT -d 203.0.113.77 -j REJECT" same
  container_apply one two
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 1
  assert_equal "$(rules_count pod "-d 203.0.113.77/32 ")" 1
  container_poststop one
  assert_equal "$(rules_count pod "-d $DENIED4/32 ")" 0
  assert_equal "$(rules_count pod "-d 203.0.113.77/32 ")" 1
  container_poststop two
  pod_is_clean
}

@test "two runtime roots with the same id in two namespaces" {
  net_container_add other 2
  container_make one pod "$DENY" same
  container_make two other "$DENY" same
  container_apply one two
  container_poststop two
  assert_filters pod
  assert_equal "$(rules_count other "-d $DENIED4/32 ")" 0
  container_poststop one
  pod_is_clean
}

@test "policy layers stand before rules layers whatever order the containers come in" {
  container_make rules1 pod "-A OUTPUT -j ACCEPT"
  container_make policy pod ""
  HOOK_STATE=$BATS_TEST_TMPDIR/policy.json
  hook_annotate egress "$PERMITTED4 $PERMITTED6"
  container_make rules2 pod "-A OUTPUT -j ACCEPT"
  container_apply rules1 policy rules2
  assert_filters pod
  container_poststop rules1
  container_make rules3 pod "-A OUTPUT -j ACCEPT"
  container_apply rules3
  assert_filters pod
  container_poststop policy rules2 rules3
  pod_is_clean
}

@test "the container dies while the hook reads its rules: it is refused, or cleaned up like any other that is gone" {
  sources=$(printf '198.51.100.%s,' {1..60})
  container_make short pod "-A OUTPUT -s ${sources%,} -d ${sources%,} -j REJECT"
  container_make next pod "$DENY"
  # Where the test host can read it.
  cp "$BATS_TEST_TMPDIR/short.json" "$HOST_SCRATCH/short.json"
  # The readers are held until the hook, which has looked at the container before, waits for them.
  inside_background "$BATS_TEST_TMPDIR/hook.log" bash -c '
    "$0" createRuntime <"$1" &
    for ((tries = 0; tries < 20000; tries++)); do
      read -r -a children </proc/$!/task/$!/children
      [[ ${#children[@]} -lt 2 ]] || break
    done
    kill -STOP "${children[@]}"
    for ((sleeping = 0; sleeping < 5; )); do
      read -r _ _ state _ </proc/$!/stat || break
      if [[ $state == [SZ] ]]; then sleeping=$((sleeping + 1)); else sleeping=0; fi
      sleep 0.02
    done
    kill -9 "$2"
    while kill -0 "$2" 2>/dev/null && read -r _ _ state _ <"/proc/$2/stat" && [[ $state != Z ]]; do sleep 0.01; done
    kill -CONT "${children[@]}"
    wait $!
    echo "exit status $?"' "$HOOK" "$HOST_SCRATCH/short.json" "$(container_pid short)"
  host_wait_line "$BATS_TEST_TMPDIR/hook.log" '^exit status [01]$'
  container_apply next
  assert_equal "$(rules_count pod "-s 198.51.100.7/32 ")" 0
  container_poststop next
  pod_is_clean
}

@test "foreign rules that came meanwhile stay when the last container goes" {
  container_make app pod "$DENY"
  container_apply app
  in_network pod iptables-legacy -A OUTPUT -d 203.0.113.5 -j DROP
  in_network pod iptables-legacy -I OUTPUT -d 203.0.113.6 -j DROP
  container_poststop app
  assert_equal "$(rules_count pod 203.0.113.5)" 1
  assert_equal "$(rules_count pod 203.0.113.6)" 1
  refute rules_has_own /run/netns/pod
  state_is_empty
}
