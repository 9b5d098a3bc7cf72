#!/usr/bin/env bats
#
# Rules texts that two readers could understand differently: then packets pass that the author denied.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the libraries use and set the others

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

# refused TEXT...: none of them may start a container
refused() {
  local text
  for text in "$@"; do
    hook_annotate rules "$text"
    hook createRuntime
    [[ $status -eq 1 ]] || fail "accepted: $text" "$(hook_rules)" || return 1
    hook_refused "rules: "
  done
}

@test "-tTABLE and --table=TABLE inside a rule are not passed over" {
  hook_annotate rules "-A OUTPUT -tmangle -d 192.0.2.7 -j DROP"
  hook createRuntime
  [[ $status -ne 0 ]] || assert_matches "$(hook_rules)" '^\*mangle'
}

@test "-tTABLE in a document is refused like -t TABLE" {
  refused $'*filter\n-A OUTPUT -t mangle -d 192.0.2.7 -j DROP\nCOMMIT\n' \
    $'*filter\n-A OUTPUT -tmangle -d 192.0.2.7 -j DROP\nCOMMIT\n' \
    $'*filter\n-A OUTPUT --table=mangle -d 192.0.2.7 -j DROP\nCOMMIT\n'
}

@test "an interface or chain that looks like an address does not take a rule away from the other family" {
  local text
  for text in "-A OUTPUT -o 10.0.0.1 -j DROP" "-N 10.0.0.1; -A OUTPUT -g 10.0.0.1; -A 10.0.0.1 -p tcp -j DROP"; do
    hook_annotate rules "$text"
    hook createRuntime
    [[ $status -ne 0 ]] || assert_equal "$(hook_rules | grep -c '^\[.* -j DROP$')" 2
    hook_state '.annotations = {}'
    inside "$HOOK" poststop <"$HOOK_STATE"
  done
}

@test "a comment, log prefix or interface that looks like an option with an address takes no rule away from the other family" {
  local text
  for text in '-m comment --comment "-d10.0.0.1" -j DROP' '-m comment --comment "--x=::1" -j DROP' \
    "-o -s::1 -j DROP" "-m comment --comment ! -m comment --comment -dfe80::1 -j DROP" \
    "-m comment --comment=--destination=10.0.0.1 -j DROP" "-j NFLOG --nflog-prefix -d10.0.0.1"; do
    hook_annotate rules "-A OUTPUT -p tcp $text"
    hook createRuntime
    hook_did
    assert_equal "$text: $(hook_rules | grep -cE -- '^\[.*-r00-OUTPUT .*-p tcp .*-j (DROP|NFLOG)')" "$text: 2"
    hook_state '.status = "stopped" | del(.pid)'
    hook poststop
    hook_state --argjson pid "$HOOK_PID" '.status = "creating" | .pid = $pid'
  done
}

@test "an IPv4-mapped address, which is IPv4 to iptables and IPv6 to ip6tables, is refused until the rule says which" {
  refused "-A OUTPUT -d ::ffff:192.0.2.7 -j DROP" "-A INPUT -s ::ffff:0:0/96 -j DROP" \
    "-A OUTPUT -d 2001:db8::1,::FFFF:c000:207 -j DROP" "-A OUTPUT -m conntrack --ctorigdst ::ffff:192.0.2.7 -j DROP"
  hook_apply "-6 -A INPUT -s ::ffff:0:0/96 -j DROP"
  assert_matches "$(hook_rules)" '-s ::ffff:0.0.0.0/96 -j DROP'
}

@test "a denial of everything in one family is refused however it is dressed" {
  refused "-4 -A OUTPUT -j DROP" \
    '-4 -A OUTPUT -m comment --comment "deny all" -j DROP' \
    "-4 -A OUTPUT -j DROP; -4 -A OUTPUT -d 10.0.0.1 -j ACCEPT" \
    "-4 -A OUTPUT -o + -j DROP" \
    "-6 -N LAST; -6 -A OUTPUT -g LAST; -6 -A LAST -j REJECT" \
    "-N LAST; -A LAST -j DROP; -4 -A OUTPUT -j LAST" \
    "-N A; -N B; -4 -A INPUT -g A; -A A -p tcp -j RETURN; -A A -j B; -A B -d 0.0.0.0/0 -j DROP; -A B -d ::/0 -j DROP"
}

@test "-I before a denial of everything in one family does not hide it" {
  refused "-4 -A OUTPUT -j DROP; -4 -I OUTPUT 1 -d 10.0.0.1 -j ACCEPT" \
    "-4 -A OUTPUT -d 10.0.0.1 -j ACCEPT; -4 -I OUTPUT 2 -j DROP"
}

@test "RETURN and goto do not jump over a DROP policy" {
  hook_apply $'*filter\n:OUTPUT DROP\n:X -\n-A OUTPUT -d 192.0.2.7 -j RETURN\n-A OUTPUT -g X\nCOMMIT\n'
  # Behind all rules stands the final DROP, in the chain that the dispatcher jumps to.
  assert_matches "$(hook_rules)" '-A oi-[a-z0-9]+-r00-OUTPUT -j DROP$'
  assert_no_match "$(hook_rules)" '-A oi-[a-z0-9]+-r00-OUTPUT -g '
}

@test "chains named like the hook's own stay the layer's" {
  hook_apply "-N oci-iptables-OUTPUT; -A oci-iptables-OUTPUT -j ACCEPT; -A OUTPUT -d 192.0.2.7 -j DROP"
  assert_no_match "$(hook_rules)" '-A oci-iptables-OUTPUT -j ACCEPT'
  assert_matches "$(hook_rules)" 'oi-[a-z0-9]+-r00-OUTPUT -d 192.0.2.7/32 -j DROP'
}

@test "the same section twice adds up" {
  hook_apply $'*filter\n-A OUTPUT -d 192.0.2.7 -j DROP\nCOMMIT\n*filter\n-A OUTPUT -d 192.0.2.8 -j DROP\nCOMMIT\n'
  assert_matches "$(hook_rules)" '192.0.2.7/32 -j DROP'
  assert_matches "$(hook_rules)" '192.0.2.8/32 -j DROP'
}

@test "a table named twice in a rule, or hidden in a value, is no other table" {
  refused '-A OUTPUT -d 192.0.2.7 -j NFLOG --nflog-prefix -t raw' '*filter' $'*filter\n*nat\nCOMMIT\n'
}

@test "two tables for one rule are refused, not decided by one of them" {
  refused "-t filter -A OUTPUT -t raw -d 192.0.2.7 -j DROP" "-t raw -t filter -A OUTPUT -d 192.0.2.7 -j DROP" \
    "--table=filter -A OUTPUT -d 192.0.2.7 --table mangle -j DROP" "iptables -t nat -A OUTPUT -t filter -j DROP"
}

@test "-t as a log prefix or comment names no table" {
  hook_apply $'*filter\n-A OUTPUT -d 192.0.2.7 -j NFLOG --nflog-prefix -t\nCOMMIT\n'
  assert_matches "$(hook_rules)" '-d 192.0.2.7/32 -j NFLOG --nflog-prefix -t$'
}

@test "a carriage return, a NUL or an escape does not end a rule early" {
  refused $'-A OUTPUT -d 192.0.2.7 -j DROP\r' $'-A OUTPUT -d 192.0.2.7 -j DROP\e[2K' \
    "base64:$(printf -- '-A OUTPUT -d 192.0.2.7 -j DROP\0-A' | base64 -w0)"
}
