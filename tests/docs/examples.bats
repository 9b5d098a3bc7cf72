#!/usr/bin/env bats
#
# What README and the manual pages show works as it stands there.

# shellcheck disable=SC2001,SC2016,SC2034,SC2154 # jq's variables; the libraries use and set the others

load ../lib/common

README=$OCI_IPTABLES_TESTS/../README.md
MAN=$OCI_IPTABLES_TESTS/../doc/man

setup_file() {
  export WORKLOAD_RUNTIME=podman-rootless
  scenario_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  scenario_setup
}

teardown() {
  workload_cleanup
}

# Prints the code blocks of a file that begin with a line: blocks FILE OPENING, each ends with a line "--"
blocks() {
  awk -v opening="$2" '
    !inside && $0 == opening { inside = 1; next }
    inside && $0 == "```" { inside = 0; print "--"; next }
    inside { print }' "$1"
}

# The one block of README in a language.
readme_block() {
  blocks "$README" '```'"$1" | sed '/^--$/,$d'
}

# A container of runc or crun whose bundle holds README's hooks and annotations, and these words as its program.
readme_container() {
  local snippet
  snippet=$(readme_block json)
  bundle_make lab1 "${@:2}"
  net_container_add lab1 1
  bundle_network lab1 /run/netns/lab1
  bundle_edit lab1 --argjson snippet "$snippet" --arg value "${1:-}" '
    . * $snippet | if $value == "" then . else .annotations["io.oci-iptables.egress"] = $value end'
  touch "$HOST_SCRATCH/bundles/lab1/kept"
  workload_run lab1 "${@:2}"
}

@test "README's hooks section works with runc and crun" {
  for WORKLOAD_RUNTIME in runc crun; do
    # With its own annotation neither of the test's addresses is permitted.
    text=$(readme_container "" netprobe ask tcp "$PERMITTED4" "$ECHO_PORT" udp "$DENIED6" "$ECHO_PORT")
    assert_equal "$(grep -c ' refused' <<<"$text")" 2
    workload_cleanup
    text=$(readme_container "$ECHO_PORT@$PERMITTED4 $ECHO_PORT@$PERMITTED6" netprobe ask -w 15 \
      tcp "$PERMITTED4" "$ECHO_PORT" tcp "$PERMITTED6" "$ECHO_PORT")
    assert_equal "$(grep -c ' answered' <<<"$text")" 2
    workload_cleanup
  done
}

@test "README's hooks section is the shipped hook definition" {
  definition=$(inside cat /usr/share/containers/oci/hooks.d/oci-iptables.json)
  for stage in $(jq -r '.stages[]' <<<"$definition"); do
    assert_same "$(jq -S '.hook | .args += [$stage]' --arg stage "$stage" <<<"$definition")" \
      "$(readme_block json | jq -S --arg stage "$stage" '.hooks[$stage][0]')"
  done
  assert_equal "$(readme_block json | jq '.hooks | length')" "$(jq '.stages | length' <<<"$definition")"
}

@test "README's containers.conf makes podman without root run the hook" {
  inside_as_user tee /run/test-host/home/.config/containers/containers.conf >/dev/null < <(readme_block toml)
  ANNOTATIONS=("$RULES_DENY")
  workload_start lab1
  rules_has_own "$(workload_namespace lab1)"
}

@test "the hook definition for all containers reaches those without annotations" {
  host_admin_file config.json <<<'{"mandatory_profiles": ["isolated"]}'
  workload_start lab1
  refute rules_has_own "$(workload_namespace lab1)"
  workload_remove lab1
  # The command of README, SECURITY.md and oci-iptables-config(5).
  inside install -D -m 644 /usr/share/oci-iptables/hooks/oci-iptables-always.json \
    /etc/containers/oci/hooks.d/oci-iptables.json
  inside_as_user tee /run/test-host/home/.config/containers/containers.conf >/dev/null < <(readme_block toml)
  workload_start lab1
  rules_has_own "$(workload_namespace lab1)"
  assert_matches "$(workload_exec lab1 netprobe ask tcp "$PERMITTED4" "$ECHO_PORT")" ' refused'
}

@test "README's table: every annotation is accepted" {
  rows=$(grep -E '^\| `io\.oci-iptables\.' "$README")
  [[ $(wc -l <<<"$rows") -ge 5 ]]
  while IFS= read -r row; do
    key=$(sed 's/^| `\([^`]*\)`.*/\1/' <<<"$row")
    value=$(sed 's/^[^|]*|[^|]*| `\([^`]*\)`.*/\1/' <<<"$row")
    inside_as_user oci-iptables check --annotation "$key=$value" || fail "$key=$value"
  done <<<"$rows"
}

@test "annotations(7): every example of an annotation is accepted" {
  examples=$(grep -hE '^io\.oci-iptables\.[a-z.]+ *= *[^ ]' "$MAN/oci-iptables-annotations.7.scd")
  [[ $(wc -l <<<"$examples") -ge 4 ]]
  while IFS= read -r line; do
    value=$(sed 's/^[^=]*= *//; s/^"\(.*\)"$/\1/' <<<"$line")
    inside_as_user oci-iptables check --annotation "$(sed 's/ *=.*//' <<<"$line")=$value" || fail "$line"
  done <<<"$examples"
}

@test "annotations(7): the document in base64 is applied" {
  sed -n '/^\$ cat rules$/,/^COMMIT$/p' "$MAN/oci-iptables-annotations.7.scd" | sed 1d >"$BATS_TEST_TMPDIR/rules"
  assert_matches "$(<"$BATS_TEST_TMPDIR/rules")" '^COMMIT$'
  ANNOTATIONS=("io.oci-iptables.rules=base64:$(base64 -w0 "$BATS_TEST_TMPDIR/rules")")
  workload_start lab1
  assert_matches "$(rules_save_legacy "$(workload_namespace lab1)")" 'dports 25,465,587'
}

# Judges every JSON block of a page: json_blocks PAGE LEAST COMMAND... gets the file as its last word
json_blocks() {
  local text='' line count=0
  while IFS= read -r line; do
    if [[ $line != -- ]]; then
      text+=$line$'\n'
      continue
    fi
    if [[ $text == '{'* ]]; then
      count=$((count + 1))
      printf '%s' "$text" >"$BATS_TEST_TMPDIR/block"
      "${@:3}" "$BATS_TEST_TMPDIR/block" || fail "$text" || return 1
    fi
    text=''
  done < <(blocks "$MAN/$1" '```')
  [[ $count -ge $2 ]]
}

check_policy() {
  inside_as_user oci-iptables check --annotation var.database=172.18.0.23 --policy - <"$1"
}

check_config() {
  host_admin_file config.json <"$1"
  # Warns that the definition for all containers is missing, which is true here and no error.
  inside_as_user oci-iptables check
}

@test "policy(5): every document is accepted" {
  json_blocks oci-iptables-policy.5.scd 4 check_policy
}

@test "policy(5): the message about a wrong port is what is said" {
  text=$(inside oci-iptables check --policy - \
    <<<'{"version": 1, "egress": {"default": "allow", "rules": [{"action": "drop"}, {"action": "drop", "protocol": "tcp", "ports": [70000]}]}}' ||
    true)
  assert_matches "$text" '70000 is not a port'
  grep -q '/egress/rules/1/ports/0: 70000 is not a port' "$MAN/oci-iptables-policy.5.scd"
}

@test "policy(5): the number of rules of a layer" {
  count() {
    inside oci-iptables render "$@" 2>/dev/null | grep -cE "^$family -A"
  }
  family=-4
  assert_equal "$(count --annotation egress=none)" 13
  assert_equal "$(count --annotation egress=192.0.2.1)" 14
  family=-6
  assert_equal "$(count --annotation egress=none)" 21
  grep -q 'has 13 rules in IPv4 and 21 in' "$MAN/oci-iptables-policy.5.scd"
}

@test "config(5): every configuration is accepted" {
  json_blocks oci-iptables-config.5.scd 2 check_config
}

@test "hook(8): the hooks section is valid JSON and README's" {
  section=$(sed -n '/^"hooks": {/,/^}/p' "$MAN/oci-iptables-hook.8.scd")
  assert_same "$(jq -S '.hooks | map_values(map(del(.env)))' <<<"{$section}")" \
    "$(readme_block json | jq -S '.hooks | map_values(map(del(.env)))')"
}

@test "oci-iptables(8): the commands for a pull request work" {
  examples=$(grep -E "^oci-iptables (check|render) --(kernel --)?annotation" "$MAN/oci-iptables.8.scd")
  [[ $(wc -l <<<"$examples") -eq 2 ]]
  while IFS= read -r line; do
    inside_as_user sh -c "$line" >/dev/null || fail "$line"
  done <<<"$examples"
}

@test "README's examples of refusals are what the hook says" {
  # A container that waits, for a process id; the hook is run by hand on wrong annotations.
  WORKLOAD_RUNTIME=runc
  workload_start lab1
  pid=$(oci state lab1 | jq .pid)
  said() {
    inside jq -n --argjson pid "$pid" --arg bundle "$HOST_SCRATCH/bundles/lab1" --arg key "io.oci-iptables.$1" \
      --arg value "$2" '{ociVersion: "1.0.2", id: "3b9f1c0a77de99", status: "created", pid: $pid, bundle: $bundle,
      annotations: {($key): $value}}' >"$BATS_TEST_TMPDIR/state"
    inside "$(inside jq -r .hook.path /usr/share/containers/oci/hooks.d/oci-iptables.json)" \
      <"$BATS_TEST_TMPDIR/state" 2>&1 || true
  }
  {
    said egres "x"
    said egress "443@10.96.0.0/16 exmaple.org"
    said policy '{"version": 1, "egress": {"default": "allow", "rules": [{"action": "allow", "protocol": "tcp", "ports": [70000]}]}}'
    said rules "-A OUTPUT -p tcp --dport 99999 -j DROP"
  } >"$BATS_TEST_TMPDIR/said"
  assert_same "$(<"$BATS_TEST_TMPDIR/said")" "$(sed -n 's/^    \(oci-iptables-hook: 3b9f.*\)/\1/p' "$README")"
}
