#!/usr/bin/env bats
#
# Watching over containers: verify, reapply, gc, doctor.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # jq variables; the libraries use and set the others

load ../lib/common
load cli

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
  inside rm -rf /run/runc /run/crun /etc/containers/oci
  hook_teardown
}

# Puts broken lines together again.
join_lines() {
  output=$(awk '/^        [^m]/ { printf " %s", substr($0, 9); next } { printf "%s%s", (NR > 1 ? "\n" : ""), $0 }' <<<"$output")
}

# Three rules in a chain of the container's, and the chain's name. Sets CHAIN.
apply_three() {
  hook_apply "-A OUTPUT -d 192.0.2.7 -j REJECT; -A OUTPUT -d 192.0.2.8 -j REJECT; -A OUTPUT -d 192.0.2.9 -j DROP"
  CHAIN=$(in_box iptables-legacy -S | sed -n 's/^-N \(oi-[^ ]*\)$/\1/p')
}

# verify finds exactly this: finds_drift EXTENDED_REGULAR_EXPRESSION
finds_drift() {
  cli verify
  cli_ended 1
  assert_matches "$output" "^DRIFT   ${HOOK_ID:0:12}: the kernel holds other rules than were applied$" || return 1
  assert_matches "$output" "$1" || return 1
  cli verify --json "$HOOK_ID"
  cli_ended 1
  cli_matches_schema verify
}

# reapply mends it, and verify agrees.
reapply_mends() {
  cli reapply "$HOOK_ID"
  cli_ended 0
  assert_equal "$output" "put back  ${HOOK_ID:0:12}" || return 1
  cli verify "$HOOK_ID"
  cli_ended 0
}

@test "verify is content with what the hook applied, and with counters that moved" {
  in_box ip link set lo up
  hook_apply "*filter
-A OUTPUT -d 127.0.0.9 -p udp -m limit --limit 1/hour -j RETURN
-A OUTPUT -d 127.0.0.9 -m quota --quota 100000 -j DROP
-A OUTPUT -m statistic --mode nth --every 2 --packet 0 -j RETURN
COMMIT
*mangle
-A OUTPUT -p tcp -j MARK --set-mark 7
COMMIT"
  in_box bash -c 'for i in 1 2 3 4; do echo x >/dev/udp/127.0.0.9/9; done' || true
  cli verify
  cli_ended 0
  assert_equal "$output" "ok      ${HOOK_ID:0:12}: 6 rules as they were applied"
  cli verify --json
  cli_matches_schema verify
  assert_equal "$(jq -c '[.[] | [.state, .drift]]' <<<"$output")" '[["ok",[]]]'
  cli reapply
  cli_ended 0
  assert_equal "$output" "whole     ${HOOK_ID:0:12}"
}

@test "verify says that nothing runs where nothing runs" {
  cli verify
  cli_ended 0
  assert_equal "$output" "no container with rules is running"
}

@test "verify finds a removed rule, reapply puts it back" {
  apply_three
  in_box iptables-legacy -D "$CHAIN" 2
  finds_drift "^  - IPv4 filter OUTPUT of rules: removed: -d 192.0.2.8/32 -j REJECT --reject-with icmp-port-unreachable$"
  assert_no_match "$output" "192.0.2.[79]"
  reapply_mends
  assert_equal "$(hook_rules | grep -c "192.0.2.8/32")" 1
}

@test "verify finds an added rule, reapply takes it out" {
  apply_three
  in_box iptables-legacy -I "$CHAIN" 1 -p tcp --dport 22 -m comment --comment "let me in" -j ACCEPT
  finds_drift '^  \+ IPv4 filter OUTPUT of rules: added: -p tcp -m tcp --dport 22 -m comment --comment "let me in" -j ACCEPT$'
  reapply_mends
  refute grep -q "let me in" <<<"$(hook_rules)"
}

@test "verify finds a rule that was changed in its options alone" {
  hook_apply "-A OUTPUT -p tcp -m multiport --dports 80,443 -j REJECT"
  CHAIN=$(in_box iptables-legacy -S | sed -n 's/^-N \(oi-[^ ]*\)$/\1/p')
  in_box iptables-legacy -R "$CHAIN" 1 -p tcp -m multiport --dports 80,444 -j REJECT
  finds_drift "removed: -p tcp -m multiport --dports 80,443 -j REJECT"
  assert_equal "$(jq -r '.[0].drift[] | .kind + " " + .rule' <<<"$output" | sort)" \
    "added -p tcp -m multiport --dports 80,444 -j REJECT --reject-with icmp-port-unreachable
removed -p tcp -m multiport --dports 80,443 -j REJECT --reject-with icmp-port-unreachable"
  reapply_mends
}

@test "verify finds rules in another order" {
  apply_three
  in_box iptables-legacy -D "$CHAIN" 1
  in_box iptables-legacy -A "$CHAIN" -d 192.0.2.7 -j REJECT
  finds_drift "^  ~ IPv4 filter OUTPUT of rules: moved: -d 192.0.2.7/32 -j REJECT"
  reapply_mends
}

@test "long lines are broken on a terminal and nowhere else" {
  hook_annotate policy '{"version": 1, "egress": {"default": "drop", "rules": [{"action": "allow", "to": ["192.0.2.7",
    "192.0.2.8", "192.0.2.9", "2001:db8::7"], "comment": "which makes a long line of this rule"}]}}'
  apply_three
  in_box iptables-legacy -I OUTPUT 1 -j ACCEPT
  for verb in verify "show $HOOK_ID" list; do
    output=$(inside script -qec "stty cols 80; NO_COLOR=1 oci-iptables $verb" /dev/null </dev/null | tr -d '\r' |
      grep -v '^bundle ')
    cli_fits || return 1
  done
  output=$(inside script -qec "TERM=xterm oci-iptables verify" /dev/null </dev/null || true)
  assert_matches "$output" $'\e\[31m'
  cli verify
  assert_matches "$output" 'packets do not come to the chain first: the jump is gone, or another rule stands before it$'
  assert_no_match "$output" $'\e'
}

@test "verify finds a jump that is not the first one any more" {
  apply_three
  in_box iptables-legacy -I OUTPUT 1 -j ACCEPT
  finds_drift "^  ! IPv4 filter OUTPUT of rules: packets do not come to the chain first"
  reapply_mends
  assert_matches "$(in_box iptables-legacy -S OUTPUT | sed -n 2p)" "oci-iptables-OUTPUT"
  assert_equal "$(in_box iptables-legacy -S OUTPUT | grep -c -- '-j ACCEPT')" 1
}

@test "verify finds a rule that somebody put into the dispatcher, and reapply takes it out" {
  apply_three
  in_box iptables-legacy -I oci-iptables-OUTPUT 1 -j ACCEPT
  finds_drift "packets do not come to the chain first"
  cli reapply "$HOOK_ID"
  cli_ended 0
  assert_equal "$(in_box iptables-legacy -S oci-iptables-OUTPUT | grep -c -- '-j ACCEPT')" 0
  cli verify
  cli_ended 0
}

@test "verify finds everything flushed, reapply puts all of it back" {
  hook_annotate egress "443/tcp@192.0.2.7"
  apply_three
  before=$(hook_rules)
  in_box iptables-legacy -F
  in_box iptables-legacy -X
  in_box ip6tables-legacy -F
  in_box ip6tables-legacy -X
  finds_drift "^  ! IPv6 filter OUTPUT of egress: the chain is gone"
  reapply_mends
  assert_same "$before" "$(hook_rules)"
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "reapply leaves other containers of the namespace and foreign rules alone" {
  in_box iptables-legacy -A OUTPUT -d 192.0.2.99 -j ACCEPT
  apply_three
  first=$HOOK_ID
  hook_state_make second "$(hook_process box)" box
  hook_annotate rules "-A OUTPUT -d 192.0.2.50 -j REJECT"
  hook createRuntime
  hook_did
  before=$(hook_rules)
  in_box iptables-legacy -F "$CHAIN"
  cli reapply
  cli_ended 0
  assert_equal "$(sort <<<"$output")" "put back  ${first:0:12}
whole     second"
  # The order of jumps within a section may be another: the chain was made anew.
  assert_same "$(sort <<<"$before")" "$(hook_rules | sort)"
}

@test "verify finds a running container that asks for rules and has none" {
  inside mkdir -p /run/runc/left /run/crun/right
  bundle_annotate box io.oci-iptables.egress none
  jq -n --argjson pid "$HOOK_PID" --arg bundle "$HOST_SCRATCH/bundles/box" '{id: "left", init_process_pid: $pid,
    config: {labels: ["io.oci-iptables.egress=none", "bundle=" + $bundle]}}' | inside tee /run/runc/left/state.json >/dev/null
  jq -n --argjson pid "$HOOK_PID" --arg bundle "$HOST_SCRATCH/bundles/box" '{pid: $pid, bundle: $bundle}' |
    inside tee /run/crun/right/status >/dev/null
  cli verify
  cli_ended 1
  assert_matches "$output" "^OPEN    left: runs, asks for rules by its annotations and has none$"
  assert_matches "$output" "^OPEN    right: runs, asks for rules by its annotations and has none$"
  cli verify --json
  cli_matches_schema verify
  hook_state_make left "$HOOK_PID" box
  hook createRuntime
  hook_did
  cli verify
  cli_ended 1
  assert_no_match "$output" "^OPEN    left"
  assert_matches "$output" "^OPEN    right"
}

@test "verify finds a running container without the mandatory profiles" {
  inside mkdir -p /run/runc/plain
  jq -n --argjson pid "$HOOK_PID" --arg bundle "$HOST_SCRATCH/bundles/box" \
    '{id: "plain", init_process_pid: $pid, config: {labels: ["bundle=" + $bundle]}}' |
    inside tee /run/runc/plain/state.json >/dev/null
  cli verify
  cli_ended 0
  host_admin_file config.json <<<'{"mandatory_profiles": ["isolated"]}'
  cli verify
  cli_ended 1
  assert_matches "$output" "^OPEN    plain: runs, has none of the mandatory profiles$"
}

@test "gc never touches a live container" {
  apply_three
  before=$(hook_rules)
  cli gc
  cli_ended 0
  assert_equal "$output" "nothing to remove"
  assert_same "$before" "$(hook_rules)"
  cli verify
  cli_ended 0
}

@test "gc removes the rules of a container whose process is gone, and nobody else's" {
  in_box iptables-legacy -A OUTPUT -d 192.0.2.99 -j ACCEPT
  hook_state_make living "$HOOK_PID" box
  hook_annotate rules "-A OUTPUT -d 192.0.2.50 -j REJECT"
  hook createRuntime
  hook_did
  before=$(hook_rules)
  dead=$(hook_process box)
  hook_state_make dead "$dead" box
  apply_three
  inside kill -9 "$dead"
  cli gc --dry-run
  cli_ended 0
  assert_equal "$output" "would remove dead: its process is gone, the namespace lives on"
  refute assert_same "$before" "$(hook_rules)"
  cli gc --json
  cli_ended 0
  cli_matches_schema gc
  assert_equal "$(jq -c '[.dry_run, .containers[].id]' <<<"$output")" '[false,"dead"]'
  assert_same "$before" "$(hook_rules)"
  cli list
  assert_no_match "$output" "^dead"
  assert_matches "$output" "^living"
}

@test "gc removes records of namespaces that are gone, of another boot, and what lies about" {
  apply_three
  hook_state_make rebooted "$HOOK_PID" box
  hook_annotate rules "-A OUTPUT -d 192.0.2.50 -j REJECT"
  hook createRuntime
  hook_did
  inside kill -9 "$HOOK_PID"
  inside ip netns del box
  inside bash -c 'cd /run/oci-iptables
    sed -i "s/\"boot_id\":\"[^\"]*/\"boot_id\":\"00000000-0000-0000-0000-000000000000/" records/*rebooted*.json
    : >locks/00000000000000aa
    echo "1 old line" >failures/ancient
    touch -d "8 days ago" failures/ancient
    echo "2 new line" >failures/recent
    : >records/x.json.tmp-999999
    : >records/y.text
    touch -d "1 hour ago" records/y.text'
  cli gc --dry-run
  cli_ended 0
  assert_matches "$output" "^would remove ${HOOK_ID:0:12}: its namespace is gone$"
  cli gc
  cli_ended 0
  assert_matches "$output" "^removed ${HOOK_ID:0:12}: its namespace is gone$"
  assert_matches "$output" "^removed rebooted: the host was rebooted since$"
  assert_matches "$output" "^removed [12] lock files?$"
  assert_matches "$output" "^removed 1 failure older than a week$"
  assert_matches "$output" "^removed 2 half-written files$"
  assert_equal "$(inside find /run/oci-iptables -type f -printf '%P\n')" "failures/recent"
  cli gc
  assert_equal "$output" "nothing to remove"
}

@test "gc removes nothing of a namespace that only has the numbers of a dead one" {
  apply_three
  hook_state_make ghost "$(hook_process box)" box
  hook_annotate rules "-A OUTPUT -d 192.0.2.50 -j REJECT"
  hook createRuntime
  hook_did
  before=$(hook_rules)
  # The record of a container that ended, and whose namespace's inode came back as that of a living one.
  inside bash -c 'cd /run/oci-iptables/records
    file=$(ls *.ghost.*.json)
    cookie=$(printf %016x $((16#${file%%.*} + 1000)))
    mv "${file%.json}.text" "$cookie.$(cut -d. -f2- <<<"${file%.json}").text"
    mv "$file" "$cookie.${file#*.}"
    jq -c ".namespace.cookie = \"$((16#$cookie))\" | .pid = 999999" "$cookie.${file#*.}" >x
    mv x "$cookie.${file#*.}"'
  cli gc
  cli_ended 0
  assert_matches "$output" "^removed ghost: its namespace is gone$"
  refute inside bash -c 'ls /run/oci-iptables/records/*ghost*'
  assert_same "$before" "$(hook_rules)"
}

@test "a record under another's name is told, not believed" {
  apply_three
  inside bash -c 'cd /run/oci-iptables/records && file=$(ls *.json) && cp "$file" "${file/testcontainer/pretender}"'
  cli gc
  cli_ended 1
  assert_matches "$stderr" "pretender.*holds the record of another name; remove the file"
  cli verify
  cli_ended 1
}

@test "doctor finds the installed hook, and each thing that is wrong, with its mend" {
  cli doctor
  cli_ended 0
  cli_fits
  join_lines
  assert_matches "$output" "^ok      hook: /usr/libexec/oci/hooks.d/oci-iptables-hook$"
  assert_matches "$output" "^ok      hook definition: /usr/share/containers/oci/hooks.d/oci-iptables.json, for containers with annotations$"
  assert_no_match "$output" "^not ok"
  cli doctor --json
  cli_matches_schema doctor
  assert_equal "$(jq -c 'all(.[]; .ok)' <<<"$output")" true

  inside mkdir -p /etc/containers/oci/hooks.d
  inside tee /etc/containers/oci/hooks.d/broken.json >/dev/null <<<'{"version": "1.0.0", "hook": {"path": "/usr/libexec/oci/hooks.d/oci-iptables-hook"'
  inside tee /etc/containers/oci/hooks.d/gone.json >/dev/null <<<'{"version": "1.0.0", "hook": {"path": "/nowhere/hook"},
    "when": {"always": true}, "stages": ["poststop"]}'
  host_admin_file config.json <<<'{"mandatory_profiles": ["nosuch"]}'
  cli doctor
  cli_ended 1
  join_lines
  assert_matches "$output" "^not ok  hook definition: /etc/containers/oci/hooks.d/broken.json: .*line [0-9]+ column [0-9]+"
  assert_matches "$output" "^not ok  hook definition: /etc/containers/oci/hooks.d/gone.json: hook.path /nowhere/hook does not exist"
  assert_matches "$output" "^not ok  hook definition: the configuration has mandatory or default profiles"
  assert_matches "$output" "^not ok  profile: nosuch: there is no such profile"
  assert_matches "$output" "^        mend: "
  cli doctor --json
  cli_ended 1
  cli_matches_schema doctor
}

# podman and CRI-O read /etc/containers/oci/hooks.d only where their configuration names it.
name_hooks_directories() {
  inside mkdir -p /etc/containers/containers.conf.d
  inside tee /etc/containers/containers.conf.d/hooks.conf >/dev/null <<<'[engine]
hooks_dir = ["/usr/share/containers/oci/hooks.d", # "/run/test-host/commented",
  '"'/etc/containers/oci/hooks.d'"']'
}

@test "doctor is content with mandatory profiles where a definition for all containers is installed and read" {
  host_admin_file config.json <<<'{"mandatory_profiles": ["isolated"]}'
  cli doctor
  cli_ended 1
  inside mkdir -p /etc/containers/oci/hooks.d
  inside bash -c 'jq ".when = {always: true}" /usr/share/containers/oci/hooks.d/oci-iptables.json \
    >/etc/containers/oci/hooks.d/oci-iptables-always.json; chmod 644 /etc/containers/oci/hooks.d/*.json'
  cli doctor
  cli_ended 1
  join_lines
  assert_matches "$output" "^not ok  hook definition: .*always.json, .*: podman does not read /etc/containers/oci/hooks.d"
  assert_matches "$output" "^        mend: .*/etc/containers/containers.conf: .*hooks_dir = "
  assert_matches "$output" "^not ok  hook definition: the configuration has mandatory or default profiles"

  name_hooks_directories
  cli doctor
  cli_ended 0
  join_lines
  assert_matches "$output" "oci-iptables-always.json, for all containers$"

  inside mkdir /etc/crio
  cli doctor
  cli_ended 1
  join_lines
  assert_matches "$output" "^not ok  hook definition: .*always.json, .*: CRI-O does not read /etc/containers/oci/hooks.d"
  inside tee /etc/crio/crio.conf >/dev/null <<<'[crio.runtime]
hooks_dir = ["/etc/containers/oci/hooks.d"]'
  cli doctor
  cli_ended 1
  join_lines
  assert_matches "$output" "^not ok  hook definition: .*oci-iptables.json, .*: CRI-O does not read /usr/share/containers"
  assert_no_match "$output" "^not ok  hook definition: the configuration"
  inside rm -r /etc/crio /etc/containers/containers.conf.d
}

@test "doctor reads hooks_dir as podman does: the last file counts, and append keeps those before" {
  inside mkdir -p /run/test-host/hooks /etc/containers/containers.conf.d
  inside tee /etc/containers/containers.conf.d/a.conf >/dev/null <<<'hooks_dir = ["/usr/share/containers/oci/hooks.d"]'
  inside tee /etc/containers/containers.conf.d/b.conf >/dev/null <<<'hooks_dir = ["/run/test-host/hooks"]'
  cli doctor
  cli_ended 1
  join_lines
  assert_matches "$output" "^not ok  hook definition: .*: podman does not read /usr/share/containers/oci/hooks.d"
  assert_matches "$output" "^not ok  hook definition: none of .* in /run/test-host/hooks"
  inside tee /etc/containers/containers.conf.d/b.conf >/dev/null <<<'hooks_dir = ["/run/test-host/hooks", {append=true}]'
  cli doctor
  cli_ended 0
  inside rm -r /run/test-host/hooks /etc/containers/containers.conf.d
}

@test "doctor finds definitions where containers.conf says that podman looks" {
  inside mkdir -p /run/test-host/hooks /etc/containers/containers.conf.d
  inside tee /run/test-host/hooks/bad.json >/dev/null <<<'not json'
  inside tee /etc/containers/containers.conf.d/hooks.conf >/dev/null <<<'[engine]
# hooks_dir = ["/run/test-host/commented"]
hooks_dir = [
  "/usr/share/containers/oci/hooks.d",
  "/run/test-host/hooks"]'
  cli doctor
  cli_ended 1
  join_lines
  assert_matches "$output" "^not ok  hook definition: /run/test-host/hooks/bad.json"
  inside rm -r /run/test-host/hooks /etc/containers/containers.conf.d
}

@test "doctor tells a configuration that refuses every container" {
  host_admin_file config.json <<<'{"mandatory_profile": []}'
  cli doctor
  cli_ended 1
  join_lines
  assert_matches "$output" '^not ok  configuration: /etc/oci-iptables/config.json: /mandatory_profile: unknown member; did you mean "mandatory_profiles"'
}

# Six containers in one namespace, and a library in SLOW that makes looking at each of them last a while.
many_slow_containers() {
  local i
  hook_annotate rules "-A OUTPUT -j RETURN"
  for i in 1 2 3 4 5 6; do
    hook_state --arg id "crowd$i" '.id = $id | .pid = 0'
    hook createRuntime
    hook_did || return 1
  done
  SLOW=$HOST_SCRATCH/slow.so
  cc -shared -fPIC -o "$SLOW" -x c - <<'END'
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
int socketpair(int domain, int type, int protocol, int ends[2])
{
	usleep(300000);
	return (int)syscall(SYS_socketpair, domain, type, protocol, ends);
}
END
}

@test "list, verify, reapply and gc say how far they are when it takes more than a second, on a terminal only" {
  many_slow_containers
  for verb in list verify reapply "gc --dry-run"; do
    word="looked at"
    [[ $verb != verify ]] || word="verified"
    # Standard error is the terminal, standard output is not.
    output=$(inside env LD_PRELOAD="$SLOW" script -qec "oci-iptables $verb >/dev/null" /dev/null </dev/null)
    assert_matches "$output" $'\r'"$word [3-5] of 6" || return 1
    # It is taken away again.
    assert_matches "$output" $'\r +\r$' || return 1
    # shellcheck disable=SC2086 # a verb and its option
    inside env LD_PRELOAD="$SLOW" oci-iptables $verb >/dev/null 2>"$BATS_TEST_TMPDIR/cli.err"
    assert_equal "$(<"$BATS_TEST_TMPDIR/cli.err")" "" || return 1
  done
  output=$(inside script -qec "oci-iptables verify" /dev/null </dev/null)
  assert_no_match "$output" " of 6"
  output=$(inside env LD_PRELOAD="$SLOW" script -qec "oci-iptables verify" /dev/null </dev/null)
  assert_equal "$(sed $'s/.*\r\\([^\r]\\)/\\1/; s/\r$//' <<<"$output" | grep -c '^ok      crowd[1-6]: 2 rules as they were applied$')" 6
}
