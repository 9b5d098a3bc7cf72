#!/usr/bin/env bats
#
# Paths, files, pids and names that become others while the hook looks, or that look like the hook's own.

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

removed() {
  hook_state '.status = "stopped" | del(.pid)'
  hook poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)" || return 1
  hook_state --argjson pid "$HOOK_PID" '.status = "creating" | .pid = $pid'
}

# Environment.

# LD_PRELOAD and LD_LIBRARY_PATH have done their work before a program's first instruction: they must not arrive.
@test "both hook definitions fix the environment to PATH alone" {
  for definition in /usr/share/containers/oci/hooks.d/oci-iptables.json \
    /usr/share/oci-iptables/hooks/oci-iptables-always.json; do
    assert_equal "$(inside jq -c .hook.env "$definition")" '["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]'
  done
}

# The bundle's path.

@test "a bundle's path with links, .. and newlines leads to the bundle, and a refusal stays one line" {
  local path
  hook_annotate rules "$DENY"
  inside ln -sfn "$HOST_SCRATCH/bundles" "/tmp/link-to-bundles"
  mkdir -p "$HOST_SCRATCH/bundles/"$'new\nline'
  cp "$HOST_SCRATCH/bundles/box/config.json" "$HOST_SCRATCH/bundles/"$'new\nline/'
  for path in /tmp/link-to-bundles/box "$HOST_SCRATCH/bundles/../bundles/./box//" "$HOST_SCRATCH/bundles/"$'new\nline'; do
    hook_state --arg path "$path" '.bundle = $path'
    hook createRuntime
    hook_did
    removed
  done
  hook_state --arg path "$HOST_SCRATCH/bundles/"$'none\noci-iptables-hook: x: rules: forged' '.bundle = $path'
  hook createRuntime
  hook_refused "bundle: .*none\\\\.*forged"
  hook_state '.bundle = "bundles/box"'
  hook createRuntime
  hook_refused "absolute path"
}

@test "a config.json that is swapped while it is read is one of the two, never a mixture" {
  local bundle=$HOST_SCRATCH/bundles/box
  hook_annotate rules "$DENY"
  cp "$bundle/config.json" "$bundle/harmless"
  bundle_capability box CAP_NET_ADMIN
  cp "$bundle/config.json" "$bundle/dangerous"
  inside_background "$BATS_TEST_TMPDIR/process.swap" sh -c 'echo $$; cd "$0"
    while :; do
      ln -f harmless next && mv next config.json
      ln -f dangerous next && mv next config.json
    done' "$bundle"
  host_wait_line "$BATS_TEST_TMPDIR/process.swap" '^[0-9]+$'
  for _ in {1..12}; do
    hook createRuntime
    if [[ $status -eq 0 ]]; then
      removed
    else
      hook_refused "CAP_NET_ADMIN"
    fi
  done
}

# The namespace.

@test "a path that is swapped between the container's network and the host's never brings rules into the host's" {
  local before
  before=$(inside iptables-legacy-save | grep -v '^#' || true)
  bundle_edit box '.linux.namespaces |= map(if .type == "network" then .path = "/run/swapped" else . end)'
  hook_state 'del(.pid)'
  hook_annotate rules "$DENY"
  inside_background "$BATS_TEST_TMPDIR/process.swap" sh -c 'echo $$
    while :; do
      ln -sfn /run/netns/box /run/next && mv -T /run/next /run/swapped
      ln -sfn /proc/1/ns/net /run/next && mv -T /run/next /run/swapped
      ln -sfn /proc/1/ns/mnt /run/next && mv -T /run/next /run/swapped
    done'
  host_wait_line "$BATS_TEST_TMPDIR/process.swap" '^[0-9]+$'
  until inside test -e /run/swapped; do sleep 0.05; done
  for _ in {1..12}; do
    hook createRuntime
    if [[ $status -eq 0 ]]; then
      assert_matches "$(hook_rules)" "192.0.2.7/32 -j REJECT"
      hook_state '.status = "stopped"'
      hook poststop
      hook_did
      hook_state '.status = "creating"'
    else
      hook_refused "namespace: "
    fi
    assert_same "$before" "$(inside iptables-legacy-save | grep -v '^#' || true)"
  done
}

@test "a pid that was the container's and is now a process of the host is refused" {
  local pid=$HOOK_PID again=
  hook_annotate rules "$DENY"
  inside kill -9 "$pid"
  while inside kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  # The kernel gives the next number that is free behind this one.
  for _ in {1..50}; do
    again=$(inside sh -c 'echo $(($0 - 1)) >/proc/sys/kernel/ns_last_pid; setsid sleep 3600 >/dev/null 2>&1 & echo $!' "$pid")
    [[ $again != "$pid" ]] || break
    inside kill -9 "$again"
  done
  echo "$again" >"$BATS_TEST_TMPDIR/process.again"
  assert_equal "$again" "$pid"
  hook createRuntime
  hook_refused "namespace: .*host"
}

# Another container's process has the pid that the container's has in the pid namespace of its runtime.
@test "a runtime in a pid namespace whose /proc is another one's is refused, and no rule lands in somebody's network" {
  local other
  inside ip netns add other
  other=$(hook_process other)
  hook_annotate rules "$DENY"
  status=0
  inside unshare --pid --fork sh -c '
    echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
    nsenter --net=/run/netns/box unshare --mount setpriv --bounding-set=-all --inh-caps=-all sleep 3600 >/dev/null 2>&1 &
    test $! = "$1" || exit 77
    "$0" createRuntime
    exit $?' "$HOOK" "$other" < <(jq --argjson pid "$other" '.pid = $pid' "$HOOK_STATE") \
    >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr" || status=$?
  hook_read_output
  hook_refused "/proc shows .* another pid namespace"
  refute rules_has_own /run/netns/other
}

@test "gc in another pid or time namespace does not take a living container for gone" {
  hook_annotate rules "$DENY"
  hook createRuntime
  hook_did
  inside unshare --pid --fork --mount-proc oci-iptables gc
  inside unshare --fork --time --boottime 1000 oci-iptables gc
  assert_matches "$(hook_rules)" "192.0.2.7/32 -j REJECT"
  assert_equal "$(inside oci-iptables list --json | jq -r '.[].id')" "$HOOK_ID"
}

# A resolver's library reads on behind a NUL byte.
@test "a resolv.conf that holds a NUL byte is refused, not read up to it" {
  printf 'nameserver 192.0.2.53\n\0\nnameserver 192.0.2.54\n' >"$HOST_SCRATCH/bundles/box/resolv.conf"
  bundle_edit box --arg source "$HOST_SCRATCH/bundles/box/resolv.conf" \
    '.mounts += [{destination: "/etc/resolv.conf", type: "bind", source: $source, options: ["bind", "ro"]}]'
  hook_annotate egress "dns"
  hook createRuntime
  hook_refused "egress: .*NUL"
  printf 'nameserver 192.0.2.53\n' >"$HOST_SCRATCH/bundles/box/resolv.conf"
  hook createRuntime
  hook_did
}

@test "config.json whose annotations, linux or mounts are of another type is refused" {
  local change
  cp "$HOST_SCRATCH/bundles/box/config.json" "$BATS_TEST_TMPDIR/config.json"
  hook_annotate rules "$DENY"
  for change in '.annotations = []' '.annotations = "x"' '.linux = []' '.linux = 7' '.mounts = {}' '.mounts = "x"'; do
    cp "$BATS_TEST_TMPDIR/config.json" "$HOST_SCRATCH/bundles/box/config.json"
    bundle_edit box "$change"
    hook createRuntime
    hook_refused "config.json: /(annotations|linux|mounts): is "
  done
}

# Names.

@test "rules of others that look like the hook's own stay when its container goes" {
  local table before
  for table in "-m comment --comment oci-iptables" "-m comment --comment oi-r00"; do
    # shellcheck disable=SC2086 # words
    inside nsenter --net=/run/netns/box iptables-legacy -A OUTPUT $table -d 192.0.2.50 -j ACCEPT
  done
  inside nsenter --net=/run/netns/box iptables-legacy -N oi-aaaaaaaaa-r00-OUTPUT
  inside nsenter --net=/run/netns/box iptables-legacy -A OUTPUT -j oi-aaaaaaaaa-r00-OUTPUT
  before=$(hook_rules)
  hook_annotate rules '-A OUTPUT -m comment --comment "oci-iptables" -d 192.0.2.7 -j REJECT; -N oi-aaaaaaaaa-r00-OUTPUT; -A OUTPUT -j oi-aaaaaaaaa-r00-OUTPUT'
  hook createRuntime
  hook_did
  hook_state '.status = "stopped" | del(.pid)'
  hook poststop
  hook_did
  assert_same "$before" "$(hook_rules)"
}

@test "a variable's value cannot bring an option, a rule or a variable of its own" {
  local value
  hook_annotate rules '-A OUTPUT -d ${var:store} -j DROP'
  for value in "192.0.2.7 -j ACCEPT" $'192.0.2.7\n-A OUTPUT -j ACCEPT' "192.0.2.7;-A" '${id}' '$$' '"' "'" '!' \\ '*' \
    $'192.0.2.7\t-j' ''; do
    hook_annotate var.store "$value"
    hook createRuntime
    [[ $status -eq 1 ]] || fail "accepted: $value" || return 1
    hook_refused "store"
  done
  hook_annotate var.store "-j,ACCEPT"
  hook createRuntime
  hook_refused "rules: "
}
