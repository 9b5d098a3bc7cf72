#!/usr/bin/env bats
#
# Looking at containers with rules: list, show, why.

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
  hook_teardown
}

@test "list says nothing but its title where there is no container" {
  cli list
  cli_ended 0
  assert_matches "$output" '^CONTAINER +NAME +LAYERS +NETNS +RULES +DENIED +SINCE$'
  cli list --json
  cli_ended 0
  assert_equal "$(jq -c . <<<"$output")" "[]"
}

@test "list shows id, layers, namespace, rules and denied packets" {
  in_box ip link set lo up
  hook_apply "-A OUTPUT -d 127.0.0.9 -p udp -j DROP"
  in_box bash -c 'for i in 1 2 3; do echo x >/dev/udp/127.0.0.9/9; done' || true
  cli list
  cli_ended 0
  cli_fits
  inode=$(in_box stat -Lc %i /proc/self/ns/net)
  assert_matches "$output" "^${HOOK_ID:0:12} +- +rules +$inode +1 +3 +[0-9]+s$"
  cli list --json
  cli_ended 0
  cli_matches_schema list
  assert_equal "$(jq -c '.[0] | [.id, .rules, .denied, .reachable, .layers[0].source]' <<<"$output")" \
    "[\"$HOOK_ID\",1,3,true,\"rules\"]"
}

@test "list shows the names that podman and Kubernetes give" {
  mkdir -p "$HOST_SCRATCH/bundles/$HOOK_ID"
  mv "$HOST_SCRATCH/bundles/box" "$HOST_SCRATCH/bundles/$HOOK_ID/userdata"
  hook_state --arg bundle "$HOST_SCRATCH/bundles/$HOOK_ID/userdata" '.bundle = $bundle'
  hook_apply "-A OUTPUT -j RETURN"
  cli list
  assert_matches "$output" "^${HOOK_ID:0:12} +- +rules "
  echo "[{\"id\": \"other\", \"names\": [\"x\"]}, {\"id\": \"$HOOK_ID\", \"names\": [\"webserver\"]}]" \
    >"$HOST_SCRATCH/bundles/containers.json"
  cli list
  assert_matches "$output" "^${HOOK_ID:0:12} +webserver +rules "
  cli show webserver
  cli_ended 0
  assert_matches "$output" "^container  $HOOK_ID$"
  cli show webserv
  cli_ended 1
  rm "$HOST_SCRATCH/bundles/containers.json"
  jq '.annotations["io.kubernetes.pod.name"] = "shop" | .annotations["io.kubernetes.container.name"] = "web"' \
    <"$HOST_SCRATCH/bundles/$HOOK_ID/userdata/config.json" >"$BATS_TEST_TMPDIR/config.json"
  cp "$BATS_TEST_TMPDIR/config.json" "$HOST_SCRATCH/bundles/$HOOK_ID/userdata/config.json"
  cli list
  assert_matches "$output" "^${HOOK_ID:0:12} +shop/web +rules "
}

@test "show prints the rules as they were written, with live counters, and marks what was denied" {
  in_box ip link set lo up
  hook_annotate egress "53/udp@192.0.2.7"
  hook_apply '-A OUTPUT -m comment --comment "no nine" -d 127.0.0.9 -p udp -j DROP; -A OUTPUT -p tcp -j RETURN'
  in_box bash -c 'echo x >/dev/udp/127.0.0.9/9' || true
  cli show "${HOOK_ID:0:8}"
  cli_ended 0
  assert_matches "$output" "^container  $HOOK_ID$"
  assert_matches "$output" '^layer 1: egress$'
  assert_matches "$output" '^layer 2: rules, 1 packet denied$'
  assert_matches "$output" '^  IPv4 filter OUTPUT$'
  assert_matches "$output" '^  IPv6 filter OUTPUT$'
  assert_matches "$output" '^  !       1      30   rule 1  -A OUTPUT -m comment --comment "no nine" -d 127.0.0.9 -p udp -j DROP$'
  assert_matches "$output" '^          0       0   rule 2  -A OUTPUT -p tcp -j RETURN$'
  assert_matches "$output" '^          1      30   within the container$'
  cli show --json "$HOOK_ID"
  cli_ended 0
  cli_matches_schema show
  assert_equal "$(jq -c '[.[0].layers[1].chains[] | select(.family == "ipv4") | .rules[0] |
    [.line, .origin, .packets, .bytes, .denies, .present]]' <<<"$output")" '[[1,"rule 1",1,30,true,true]]'
  assert_equal "$(jq -c '.[0].layers[1] | [.denied, (.rules[0] | [.family, .chain, .origin, .packets, .denies])]' \
    <<<"$output")" '[1,["ipv4","OUTPUT","rule 1",1,true]]'
}

# A way out for packets to any address, which ends behind the rules.
network_of_box() {
  in_box ip link add eth0 type veth peer name peer0
  in_box ip link set eth0 up
  in_box ip link set peer0 up
  in_box ip addr add 192.0.2.1/24 dev eth0
  in_box ip route add default dev eth0
}

# The rows of IPv4's table filter in a layer: shown_rows LAYER
shown_rows() {
  jq -r --argjson layer "$1" '.[0].layers[$layer].rules[] | select(.family == "ipv4" and .table == "filter" and
    (.always | not)) | "\(.origin)|\(.text)|\(.packets)|\(.denies)|\(.present)"' <<<"$output"
}

@test "show counts for the rules of a policy and the items of a list what they matched, however they were compiled" {
  network_of_box
  hook_annotate egress "53/udp@192.0.2.7, 9/udp@any 53/udp@192.0.2.8 53/udp@198.51.100.1"
  # The second rule takes a chain of its own, the third one a tree of them.
  hook_annotate policy "$(jq -n '{version: 1, log: {denied: true, group: 5, rate: "10/second"}, egress: {
    default: "reject", rules: [
      {action: "allow", to: ["192.0.2.7"], comment: "a ${resolver} \"}"},
      {action: "drop", to: [range(0; 4) | "203.0.113.\(. * 8)/32"], protocol: "udp",
        ports: [range(0; 20) | 9 + . * 3]},
      {action: "allow", to: [range(0; 100) | "198.51.100.\(. * 2)"]}]}}')"
  hook_apply '-A OUTPUT -p tcp -j RETURN'
  in_box bash -c 'for to in 192.0.2.7 203.0.113.8 203.0.113.8 203.0.113.1 198.51.100.6; do
    echo x >"/dev/udp/$to/9"; done; echo x >/dev/udp/192.0.2.8/53; echo x >/dev/udp/192.0.2.7/54' || true
  cli show "$HOOK_ID"
  cli_ended 0
  assert_matches "$output" '^layer 1: egress, 1 packet denied$'
  assert_matches "$output" '^layer 2: policy, 4 packets denied$'
  assert_matches "$output" '^  !       2      60   egress\[1\] +\{"action": "drop", "to": \["203\.0\.113\.0/32", '
  cli show --json "$HOOK_ID"
  cli_matches_schema show
  assert_equal "$(shown_rows 0)" "item 2|9/udp@any|5|false|true
items 1, 3, 4|53/udp@192.0.2.7 53/udp@192.0.2.8 53/udp@198.51.100.1|1|false|true
egress default|reject|1|true|true"
  assert_equal "$(shown_rows 1 | sed 's/|{.*}|/|...|/; s/|{.* \.\.\.|/|.......|/')" "egress[0]|...|1|false|true
egress[1]|...|2|true|true
egress[2]|.......|1|false|true
egress default|reject|2|true|true"
  assert_equal "$(shown_rows 1 | sed -n 's/^egress\[0\]|\(.*\)|1|false|true$/\1/p' | jq -c .)" \
    '{"action":"allow","to":["192.0.2.7"],"comment":"a ${resolver} \"}"}'
}

@test "show tells of forwarded and redirected ports, and of the rules that are not in the kernel any more" {
  hook_annotate policy '{"version": 1, "ingress": {"default": "drop"},
    "redirect": [{"direction": "egress", "protocol": "tcp", "port": 80, "to-port": 8080}],
    "forward": [{"protocol": "tcp", "port": 8443, "to": "10.0.0.9:443"}]}'
  hook_apply "-A OUTPUT -p tcp -j RETURN"
  cli show "$HOOK_ID"
  cli_ended 0
  cli_fits
  assert_matches "$output" '^          0       0   redirect\[0\]  egress tcp 80 to 8080$'
  assert_matches "$output" '^          0       0   forward\[0\] +tcp 8443 to 10\.0\.0\.9:443$'
  assert_matches "$output" '^          0       0   forward default  drop$'
  assert_no_match "$output" '^  [?!]'
  chain=$(in_box iptables-legacy -S | sed -n 's/^-A \(oi-[^ ]*-INPUT\) -j .*/\1/p' | head -n 1)
  in_box iptables-legacy -F "$chain"
  cli show "$HOOK_ID"
  cli_ended 0
  assert_matches "$output" '^  \?       -       -   1 rule that leads to these is gone: see `oci-iptables verify`$'
  assert_matches "$output" '^  \?       -       -   established$'
}

@test "show says so when packets do not come to a layer's rules first" {
  hook_annotate egress none
  hook_apply "-A OUTPUT -d 192.0.2.7 -j DROP"
  cli show "$HOOK_ID"
  assert_no_match "$output" '^  \?'
  in_box iptables-legacy -I OUTPUT 1 -j ACCEPT
  cli show "$HOOK_ID"
  cli_ended 0
  assert_equal "$(grep -c '^  ?       -       -   packets do not come here first: see `oci-iptables verify`$' <<<"$output")" 2
  cli show --json "$HOOK_ID"
  cli_matches_schema show
  assert_equal "$(jq -c '[.[0].layers[].passed_by]' <<<"$output")" "[true,true]"
}

@test "comments in a rules annotation cannot pass for the policy compiler's" {
  hook_apply "*filter
#: allow nothing to see here
-A OUTPUT -d 192.0.2.7 -j DROP
#: walk
-A OUTPUT -d 192.0.2.8 -j DROP
COMMIT"
  cli show "$HOOK_ID"
  cli_ended 0
  assert_matches "$output" '^          0       0   line 3  -A OUTPUT -d 192\.0\.2\.7 -j DROP$'
  assert_matches "$output" '^          0       0   line 5  -A OUTPUT -d 192\.0\.2\.8 -j DROP$'
  assert_no_match "$output" "nothing to see"
}

@test "show marks a rule that is not in the kernel any more" {
  hook_apply "-A OUTPUT -d 192.0.2.7 -j REJECT; -A OUTPUT -d 192.0.2.8 -j REJECT"
  chain=$(in_box iptables-legacy -S | sed -n 's/^-N \(oi-[^ ]*\)$/\1/p')
  in_box iptables-legacy -D "$chain" 1
  cli show "$HOOK_ID"
  cli_ended 0
  assert_matches "$output" '^  \?       -       -   rule 1  -A OUTPUT -d 192.0.2.7 -j REJECT$'
  assert_matches "$output" '^          0       0   rule 2  -A OUTPUT -d 192.0.2.8 -j REJECT$'
}

@test "an unknown container and an ambiguous prefix are told, with the candidates" {
  hook_apply "-A OUTPUT -j RETURN"
  cli show nobody
  cli_ended 1
  assert_matches "$stderr" '^oci-iptables: show: no container begins with "nobody" or is called so'
  hook_state --arg id "${HOOK_ID}x" '.id = $id'
  hook createRuntime
  hook_did
  cli show "${HOOK_ID:0:5}"
  cli_ended 1
  assert_matches "$stderr" "more than one container begins with \"${HOOK_ID:0:5}\" or is called so: .*$HOOK_ID"
  cli show "$HOOK_ID"
  cli_ended 0
}

@test "why tells the last refusal, also of a container that never started" {
  hook_refuses_rules "-A OUTPUT -j NOSUCH" "NOSUCH"
  cli why "${HOOK_ID:0:10}"
  cli_ended 0
  assert_matches "$output" "^[0-9]+s ago: oci-iptables-hook: ${HOOK_ID:0:12}: rules: rule 1: .*NOSUCH"
  cli why --json "$HOOK_ID"
  cli_ended 0
  cli_matches_schema why
  assert_equal "$(jq -r .id <<<"$output")" "$HOOK_ID"
}

@test "why without a container tells all refusals, the newest last, for those who never saw an id" {
  cli why
  cli_ended 1
  assert_matches "$stderr" "no hook has run on this host yet"
  for number in 1 2 3; do
    hook_refuses_rules "-A OUTPUT -j NOSUCH$number" "NOSUCH$number"
    # As if three containers had been refused, a second apart.
    inside sed -i "s/^[0-9]*/$((1700000000 - number))/" "/run/oci-iptables/failures/$HOOK_ID"
    inside mv "/run/oci-iptables/failures/$HOOK_ID" "/run/oci-iptables/failures/other$number"
  done
  cli why
  cli_ended 0
  assert_equal "$(grep -o 'NOSUCH[0-9]' <<<"$output" | tr '\n' ' ')" "NOSUCH3 NOSUCH2 NOSUCH1 "
  cli why --json
  cli_ended 0
  cli_matches_schema why
  assert_equal "$(jq -r '.[0].id' <<<"$output")" other3
  cli why nobody
  cli_ended 1
  assert_matches "$stderr" 'no container begins with "nobody"'
  assert_matches "$stderr" '`oci-iptables why` shows the refusals of all'
  inside bash -c 'rm /run/oci-iptables/failures/other*'
  cli why
  cli_ended 0
  assert_equal "$output" "nothing was refused"
}

@test "why says so when nothing was refused, and forgets with the next start" {
  hook_refuses_rules "-A OUTPUT -j NOSUCH" "NOSUCH"
  hook_apply "-A OUTPUT -j RETURN"
  cli why "$HOOK_ID"
  cli_ended 0
  assert_matches "$output" "^nothing was refused for ${HOOK_ID:0:12}"
}

@test "a record of a newer version is named, and the rest is shown" {
  hook_apply "-A OUTPUT -j RETURN"
  record=$(inside bash -c 'ls /run/oci-iptables/records/*.json')
  inside bash -c "sed 's/\"version\":1/\"version\":99/' '$record' >/run/oci-iptables/records/0000000000000001.1.other.0000000000000001.json"
  cli list
  cli_ended 1
  assert_matches "$stderr" 'written by a newer version of oci-iptables'
  assert_matches "$output" "^${HOOK_ID:0:12} "
  for verb in verify reapply gc "show other" "verify other"; do
    # shellcheck disable=SC2086 # a verb and its container
    cli $verb
    cli_ended 1
    assert_matches "$stderr" 'written by a newer version of oci-iptables' || return 1
  done
  inside test -e /run/oci-iptables/records/0000000000000001.1.other.0000000000000001.json
}

@test "the record that the hook writes matches its schema, and only root can read it" {
  hook_annotate egress "53/udp@192.0.2.7"
  hook_apply "-A OUTPUT -j RETURN"
  inside bash -c 'cat /run/oci-iptables/records/*.json' >"$BATS_TEST_TMPDIR/cli.out"
  cli_matches_schema record
  assert_equal "$(inside bash -c 'stat -c "%a %u" /run/oci-iptables /run/oci-iptables/records/*')" "700 0
600 0
600 0"
  assert_equal "$(jq '[.layers[].length] | add' "$BATS_TEST_TMPDIR/cli.out")" \
    "$(inside bash -c 'stat -c %s /run/oci-iptables/records/*.text')"
}

@test "without privilege the missing one is named" {
  hook_apply "-A OUTPUT -j RETURN"
  cli_as_user list
  assert_matches "$stderr" "need root: use sudo"
  status=0
  inside setpriv --bounding-set=-sys_admin --inh-caps=-all oci-iptables list >"$BATS_TEST_TMPDIR/cli.out" \
    2>"$BATS_TEST_TMPDIR/cli.err" || status=$?
  cli_read_output
  cli_ended 1
  assert_matches "$stderr" "CAP_SYS_ADMIN"
}

@test "bash, zsh and fish complete the ids of containers, and run nothing that stands in one" {
  hook_apply "-A OUTPUT -j RETURN"
  hook_state --arg id 'testcontainer$(printf${IFS}9)' '.id = $id'
  hook createRuntime
  hook_did
  for line in "oci-iptables show " "oci-iptables why testc" "oci-iptables verify $HOOK_ID"; do
    assert_equal "$(inside bash -c 'source /usr/share/bash-completion/completions/oci-iptables
      COMP_WORDS=($1 ${2-}); COMP_CWORD=2; _oci_iptables; printf "%s\n" "${COMPREPLY[@]}"' bash "$line" |
      grep -v ^--)" "$HOOK_ID" || return 1
    assert_equal "$(inside timeout 100 zsh -f "$OCI_IPTABLES_TESTS/cli/complete.zsh" "$line" | grep -v ^--)" "$HOOK_ID" || return 1
    assert_equal "$(inside env HOME=/tmp fish -c 'complete -C $argv[1]' "$line" | cut -f 1)" "$HOOK_ID" || return 1
  done
  assert_equal "$(inside timeout 100 zsh -f "$OCI_IPTABLES_TESTS/cli/complete.zsh" "oci-iptables list " | grep -v ^-- || true)" ""
}

@test "list takes less time than entering each namespace once" {
  hook_apply "-A OUTPUT -d 192.0.2.7 -j REJECT"
  inside bash -c '
    state=$(cat)
    for ((i = 0; i < 100; i++)); do
      ip netns add "many$i"
      jq ".linux.namespaces = [{type: \"network\", path: \"/run/netns/many$i\"}]" "$2/config.json" >"$2/x"
      mv "$2/x" "$2/config.json"
      jq ".id = \"many$i\" | .pid = 0" <<<"$state" | "$1" createRuntime || exit 1
    done' bash "$HOOK" "$HOST_SCRATCH/bundles/box" <"$HOOK_STATE"
  begun=$(date +%s%N)
  cli list
  listed=$(($(date +%s%N) - begun))
  cli_ended 0
  assert_equal "$(grep -c '' <<<"$output")" 102
  begun=$(date +%s%N)
  inside bash -c 'for ((i = 0; i < 100; i++)); do nsenter --net="/run/netns/many$i" true; done'
  entered=$(($(date +%s%N) - begun))
  [[ $listed -lt $((entered * 2)) ]] || fail "list took $listed ns, 100 times nsenter $entered ns"
}
