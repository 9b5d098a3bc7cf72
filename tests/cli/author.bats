#!/usr/bin/env bats
#
# Writing policies and rules: render and check, without privilege and without a container.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # jq variables; the libraries use and set the others

load ../lib/common
load cli

setup_file() {
  netprobe_build
  mkdir -p "$HOST_SCRATCH/rootfs"
  host_start
}

teardown_file() {
  host_stop
}

setup() {
  WORK=/run/test-host/tmp/work
  inside_as_user mkdir "$WORK"
}

teardown() {
  inside rm -rf "$WORK"
  host_forget
}

# A file of the unprivileged user, text on stdin: work_file NAME
work_file() {
  inside_as_user tee "$WORK/$1" >/dev/null
}

# Both restore programs take the file, and the text says something.
restore_takes() {
  grep -q '^COMMIT$' <<<"$1" || fail "no table: $1" || return 1
  for program in iptables-legacy-restore ip6tables-legacy-restore iptables-nft-restore ip6tables-nft-restore; do
    inside unshare --net "$program" --test <<<"$1" || fail "$program refuses: $1" || return 1
  done
}

# render of one layer: check takes it, and rendering it again gives the same.
# renders_stable ARGUMENT...
renders_stable() {
  local first
  cli_as_user render "$@"
  cli_ended 0 || return 1
  first=$output
  work_file rendered.rules <<<"$first"
  cli_as_user check --rules "$WORK/rendered.rules"
  cli_ended 0 || return 1
  cli_as_user render --rules "$WORK/rendered.rules"
  cli_ended 0 || return 1
  assert_same "$first" "$output" || return 1
  cli_as_user render --kernel --rules "$WORK/rendered.rules"
  cli_ended 0 || return 1
  restore_takes "$output"
}

@test "render prints an endpoint list's rules for both families" {
  cli_as_user render --annotation "egress=443/tcp@10.96.0.0/16 53/udp@2001:db8::/32"
  cli_ended 0
  assert_matches "$output" '^-4 -A egress -d 10.96.0.0/16 -p tcp -m tcp --dport 443 -j RETURN$'
  assert_matches "$output" '^-6 -A egress -d 2001:db8::/32 -p udp -m udp --dport 53 -j RETURN$'
  assert_equal "$stderr" ""
}

@test "render writes a dollar so that it does not begin a variable when the text is given back" {
  # shellcheck disable=SC2016 # no variables of the shell
  renders_stable --annotation 'rules=-A OUTPUT -p tcp -m comment --comment "$${id}" -j DROP' || return 1
  # shellcheck disable=SC2016
  renders_stable --annotation 'rules=-N a$$b; -A OUTPUT -p tcp -j NFLOG --nflog-prefix a$$; -A OUTPUT -p tcp -j a$$b'
}

@test "render prints the same for a key with and without the prefix" {
  cli_as_user render --annotation egress=any
  first=$output
  cli_as_user render --annotation io.oci-iptables.egress=any
  assert_same "$first" "$output"
}

@test "a rendered layer is accepted, renders to itself, and iptables-restore takes its tables" {
  renders_stable --annotation "egress=443/tcp@10.96.0.0/16 dns 1000-2000/udp@10.0.0.1-10.0.0.3 private icmp@any"
  renders_stable --annotation "ingress=80/tcp@192.168.122.193,172.17.0.0/16"
  renders_stable --annotation "egress=none"
  renders_stable --profile no-lan
  renders_stable --profile web
  renders_stable --profile isolated
  renders_stable --profile dev-build --annotation var.release-store=10.0.0.1
}

@test "a rendered policy with forward, redirect and log is stable too" {
  work_file policy.json <<'END'
{
  "version": 1,
  "egress": {"default": "reject", "rules": [
    {"action": "allow", "to": ["10.96.0.0/16", "2001:db8::/32"], "except": ["10.96.7.0/24"], "protocol": "tcp",
     "ports": [443, "8000-8100"], "comment": "it's the \"store\"; $5"},
    {"action": "drop", "to": ["metadata"], "log": true}]},
  "ingress": {"default": "drop", "rules": [{"action": "allow", "protocol": "tcp", "ports": [80]}]},
  "forward": [{"protocol": "tcp", "port": 5000, "to": "172.18.0.23:5000"}],
  "redirect": [{"direction": "ingress", "protocol": "tcp", "port": 80, "to-port": 8080}],
  "log": {"denied": true, "group": 7, "rate": "5/minute"}
}
END
  renders_stable --policy "$WORK/policy.json"
}

@test "rules text of both forms renders to itself" {
  work_file document.rules <<'END'
# a comment
*mangle
-A OUTPUT -p tcp --dport 80 -j MARK --set-mark 0x1
COMMIT

*filter
:mine - [0:0]
:OUTPUT DROP [0:0]
[12:345] -A OUTPUT -d 10.0.0.0/8,192.168.0.0/16 -m comment --comment "a b \"q\" \\ ; '" -j mine
-I OUTPUT 1 -m conntrack --ctstate ESTABLISHED -j ACCEPT
-4 -A mine ! -s 10.1.0.0/16 -p icmp --icmp-type echo-request -j REJECT
-6 -A mine -s 2001:db8::/32 -j RETURN
COMMIT
END
  renders_stable --rules "$WORK/document.rules"
  renders_stable --annotation 'rules=-A OUTPUT -d 192.0.2.1 -j DROP; iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 1; ip6tables -A INPUT -j DROP; iptables -A INPUT -j DROP; -A OUTPUT -t mangle -j MARK --set-mark 5; -A OUTPUT -m comment --comment "a;b -t c" -j RETURN'
  assert_matches "$output" '^-4 -A oi-[a-z2-7]{9}-r00-OUTPUT -m comment --comment "a;b -t c" -j RETURN$'
}

@test "a profile of a thousand prefixes is within what check takes" {
  work_file policy.json < <(jq -n '{version: 1, egress: {default: "reject", rules: [{action: "allow",
    to: [range(0; 8000) | "10.\(. / 256 | floor).\(. % 256).0/25"]}]}}')
  renders_stable --policy "$WORK/policy.json"
}

@test "render numbers several layers in the order in which they apply" {
  host_admin_file config.json <<<'{"mandatory_profiles": ["isolated"]}'
  cli_as_user render --annotation "rules=-A OUTPUT -d 192.0.2.1 -j DROP" --annotation egress=any --profile web
  cli_ended 0
  assert_equal "$(grep '^# layer' <<<"$output")" "# layer 1 of 4: profile isolated
# layer 2 of 4: profile web
# layer 3 of 4: egress
# layer 4 of 4: rules"
  cli_as_user render --json --kernel --annotation "rules=-A OUTPUT -d 192.0.2.1 -j DROP" --profile web
  cli_ended 0
  cli_matches_schema render
  assert_equal "$(jq -c '[.layers[].kind]' <<<"$output")" '["mandatory","profile","rules"]'
  jq -r .kernel.ipv4 <<<"$output" | inside unshare --net iptables-legacy-restore --test
  jq -r .kernel.ipv6 <<<"$output" | inside unshare --net ip6tables-legacy-restore --test
}

@test "render --kernel prints what the hook commits" {
  inside ip netns add box
  text='*filter
:mine - [0:0]
:INPUT DROP [0:0]
-A INPUT -i lo -j RETURN
-A OUTPUT -p tcp -m multiport --dports 80,443 -j mine
-I OUTPUT -p udp -m conntrack --ctstate NEW -j REJECT
-A mine -m limit --limit 5/minute -j RETURN
-A mine -j DROP
COMMIT
*nat
-A OUTPUT -p tcp --dport 80 -j REDIRECT --to-ports 8080
COMMIT'
  HOOK=$(inside jq -r .hook.path /usr/share/containers/oci/hooks.d/oci-iptables.json)
  bundle_make box /bin/true
  bundle_network box /run/netns/box
  jq -n --arg text "$text" --arg bundle "$HOST_SCRATCH/bundles/box" '{ociVersion: "1.0.2", id: "x", status: "created",
    bundle: $bundle, annotations: {"io.oci-iptables.rules": $text, "io.oci-iptables.egress": "80/tcp@10.0.0.1"}}' |
    inside "$HOOK"
  work_file text.rules <<<"$text"
  cli render --json --kernel --rules "$WORK/text.rules" --annotation egress=80/tcp@10.0.0.1
  cli_ended 0
  for family in 4:iptables 6:ip6tables; do
    assert_same "$(jq -r ".kernel.ipv${family%%:*}" <<<"$output" |
      grep -vE '^(|:[A-Z]+ ACCEPT.*)$' | sed 's/oi-[a-z2-7]\{9\}-/oi-/g' | sort)" \
      "$(inside nsenter --net=/run/netns/box "${family#*:}-legacy-save" |
        grep -vE '^(#|:[A-Z]+ ACCEPT)' | sed 's/oi-[a-z2-7]\{9\}-/oi-/g' | sort)"
  done
  inside ip netns del box
}

@test "check accepts in silence" {
  cli_as_user check --annotation egress=none
  cli_ended 0
  assert_equal "$output$stderr" ""
  cli_as_user check
  cli_ended 0
  assert_equal "$output$stderr" ""
}

@test "check tells every error of a policy document with line, column and pointer" {
  work_file policy.json <<'END'
{
  "version": 1,
  "egress": {
    "default": "rejct",
    "rules": [
      {"action": "allow", "to": ["10.96.0.0/16"], "protocol": "tcp", "ports": [443, 70000]},
      {"action": "alow"},
      {"action": "allow", "to": ["10.0.0.0/8", "exmple.org"], "colour": 3}
    ]
  },
  "forward": [{"protocol": "tcp", "port": 0, "to": "172.18.0.23:5000"}],
  "inress": {}
}
END
  cli_as_user check --policy "$WORK/policy.json"
  cli_ended 1
  assert_matches "$output" "^$WORK/policy.json:4:16: /egress/default: "
  assert_matches "$output" "^$WORK/policy.json:6:85: /egress/rules/0/ports/1: 70000 is not a port$"
  assert_matches "$output" "^$WORK/policy.json:7:18: /egress/rules/1/action: "
  assert_matches "$output" "^$WORK/policy.json:8:48: /egress/rules/2/to/1: "
  assert_matches "$output" "^$WORK/policy.json:8:73: /egress/rules/2/colour: unknown member$"
  assert_matches "$output" "^$WORK/policy.json:11:43: /forward/0/port: "
  assert_matches "$output" "^$WORK/policy.json:12:13: /inress: unknown member; did you mean \"ingress\"\?$"
  assert_equal "$(grep -c '' <<<"$output")" 7
  cli_as_user check --json --policy "$WORK/policy.json"
  cli_ended 1
  cli_matches_schema check
  assert_equal "$(jq -r '.findings[].pointer' <<<"$output" | sort | paste -sd ' ')" \
    "/egress/default /egress/rules/0/ports/1 /egress/rules/1/action /egress/rules/2/colour /egress/rules/2/to/1 /forward/0/port /inress"
}

@test "check tells where JSON ends to be JSON" {
  work_file policy.json <<'END'
{
  "version": 1,
  "egress": {"default": reject}
}
END
  cli_as_user check --policy "$WORK/policy.json"
  cli_ended 1
  assert_matches "$output" "^$WORK/policy.json:3:2[0-9]: "
}

@test "check tells every error of rules text with line and column" {
  work_file text.rules <<'END'
*filter
:mine - [0:0]
-A OUTPUT -p tcp --dport 99999 -j DROP
-A OUTPUT -d 192.0.2.1 -j mine
-A OUTPUT --bogus -j DROP
-D OUTPUT 1
-A mine -s example.org -j DROP
-A mine -j NOSUCH
COMMIT
END
  cli_as_user check --rules "$WORK/text.rules"
  cli_ended 1
  assert_matches "$output" "^$WORK/text.rules:3:18: --dport: "
  assert_matches "$output" "^$WORK/text.rules:5:11: .*--bogus"
  assert_matches "$output" "^$WORK/text.rules:6:1: -D"
  assert_matches "$output" "^$WORK/text.rules:7:9: -s: "
  assert_matches "$output" "^$WORK/text.rules:8:9: -j: .*NOSUCH"
  assert_equal "$(grep -c '' <<<"$output")" 5
}

@test "check tells every error of the one-line form and of endpoint lists" {
  work_file line.rules <<<'-A OUTPUT -p tcp --dport 99999 -j DROP; -A OUTPUT -j RETURN; -A OUTPUT -j NOSUCHTARGET'
  cli_as_user check --rules "$WORK/line.rules" --annotation "egress=8a@any 10.0.0.1 foo"
  cli_ended 1
  assert_matches "$output" "^$WORK/line.rules:1:18: rule 1: --dport: "
  assert_matches "$output" "^$WORK/line.rules:1:72: rule 3: -j: "
  assert_matches "$output" '^egress: item 1 "8a@any": '
  assert_matches "$output" '^egress: item 3 "foo": '
}

@test "check finds what only the kernel refuses" {
  cli check --annotation "rules=-A OUTPUT -j RETURN; -A INPUT -m owner --uid-owner 0 -j DROP"
  cli_ended 1
  assert_matches "$output" "^rules: rule 2: kernel: "
}

@test "check takes a profile's file as an administrator's profile" {
  work_file build.json <<<'{"version": 1, "egress": {"default": "reject", "rules": [{"action": "allow", "to": ["10.0.0.0/33"]}]}}'
  inside chmod 666 "$WORK/build.json"
  cli_as_user check --profile "$WORK/build.json"
  cli_ended 1
  assert_matches "$output" "^$WORK/build.json:1:85: /egress/rules/0/to/0: "
  work_file strict.rules <<<$'*filter\n-A OUTPUT -j ACCEPT\nCOMMIT'
  cli_as_user check --profile "$WORK/strict.rules"
  cli_ended 1
  assert_matches "$output" "^$WORK/strict.rules:2:1: .*RETURN"
  assert_equal "$(inside bash -c 'ls -d /tmp/oci-iptables-check.* 2>/dev/null')" ""
}

@test "check reads standard input, pipes, and the annotations of a bundle" {
  inside_as_user oci-iptables check --rules - <<<"-A OUTPUT -j RETURN"
  inside_as_user bash -c 'oci-iptables check --rules <(echo "-A OUTPUT -j RETURN")'
  inside_as_user mkdir "$WORK/bundle"
  work_file bundle/config.json <<'END'
{
  "ociVersion": "1.0.2",
  "annotations": {
    "io.oci-iptables.egress": "443/tcp@10.96.0.0/16",
    "io.oci-iptables.rules": "-A OUTPUT -j NOSUCH"
  }
}
END
  cli_as_user check --json --bundle "$WORK/bundle"
  cli_ended 1
  cli_matches_schema check
  assert_equal "$(jq -c '.findings[] | [.line, .column, .pointer]' <<<"$output")" \
    '[5,30,"/annotations/io.oci-iptables.rules"]'
}

@test "check says which example stood for the container's network" {
  cli_as_user check --annotation 'egress=${gateway4} connected dns'
  cli_ended 0
  assert_matches "$stderr" "note: the container's network is an example here"
  assert_matches "$stderr" "note: the container's resolvers are examples here"
}

@test "check judges the configuration and its profiles" {
  host_admin_file config.json <<<'{
  "mandatory_profiles": ["strict"], "host_network": "refsue"
}'
  cli check
  cli_ended 1
  assert_matches "$output" '^/etc/oci-iptables/config.json:2:53: /host_network: '
  host_admin_file config.json <<<'{"mandatory_profiles": ["strict"]}'
  host_admin_file profiles/strict.rules <<<$'*filter\n-A OUTPUT --nosuch -j DROP\nCOMMIT'
  cli check
  cli_ended 1
  assert_matches "$output" '^/etc/oci-iptables/profiles/strict.rules:2:11: .*--nosuch'
  assert_matches "$output" '^warning: the configuration has mandatory or default profiles, but no hook definition'
}

@test "check warns of a definition that is missing, and is silent with it" {
  host_admin_file config.json <<<'{"default_profiles": ["isolated"]}'
  cli check
  cli_ended 0
  assert_matches "$output" '^warning: .*"when": \{"always": true\}'
  inside mkdir -p /etc/containers/oci/hooks.d
  inside bash -c 'jq ".when = {always: true}" /usr/share/containers/oci/hooks.d/oci-iptables.json \
    >/etc/containers/oci/hooks.d/always.json; chmod 644 /etc/containers/oci/hooks.d/always.json'
  cli check
  cli_ended 0
  assert_matches "$output" '^warning: .*is where podman or CRI-O looks'
  inside mkdir -p /etc/containers/containers.conf.d
  inside tee /etc/containers/containers.conf.d/hooks.conf >/dev/null <<<'hooks_dir = ["/etc/containers/oci/hooks.d"]'
  cli check
  cli_ended 0
  assert_equal "$output" ""
  inside rm -r /etc/containers/oci /etc/containers/containers.conf.d
}

@test "check and render work where no namespace can be made, and say what was not asked" {
  inside_as_user unshare --user --map-root-user bash -c 'echo 0 >/proc/sys/user/max_net_namespaces
    oci-iptables check --annotation "egress=443/tcp@10.96.0.0/16" &&
      oci-iptables render --kernel --annotation "egress=443/tcp@10.96.0.0/16"' \
    >"$BATS_TEST_TMPDIR/cli.out" 2>"$BATS_TEST_TMPDIR/cli.err"
  cli_read_output
  assert_matches "$stderr" "^oci-iptables: check: note: the kernel was not asked about these rules: no network namespace"
  restore_takes "$output"
}

@test "render refuses what check refuses, and prints nothing" {
  cli_as_user render --annotation "egress=foo"
  cli_ended 1
  assert_equal "$output" ""
  assert_matches "$stderr" '^oci-iptables: render: egress: item 1 "foo": '
}
