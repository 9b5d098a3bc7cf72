#!/usr/bin/env bats
#
# Rules that are refused, each with source, place and reason in one line, and nothing left in the kernel.

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

@test "refused: a text of blanks" {
  hook_refuses_rules '   ' 'rules: .*'
}

@test "refused: a text of comments" {
  hook_refuses_rules '# nothing here' 'rules: .*'
}

@test "refused: a document without a rule" {
  hook_refuses_rules $'*filter\nCOMMIT\n' 'rules: .*'
}

@test "refused: a document without COMMIT" {
  hook_refuses_rules $'*filter\n-A OUTPUT -d 192.0.2.7 -j DROP\n' 'rules: .*COMMIT'
}

@test "refused: a document cut off in its second table" {
  hook_refuses_rules $'*filter\n-A OUTPUT -d 192.0.2.7 -j DROP\nCOMMIT\n*mangle\n-A OUTPUT -d 192.0.2.7 -j DROP\n' 'rules: .*COMMIT'
}

@test "refused: two lines that are no document" {
  hook_refuses_rules $'-A OUTPUT -d 192.0.2.7 -j DROP\n-A OUTPUT -d 192.0.2.8 -j DROP\n' 'rules: .*'
}

@test "refused: an unknown option" {
  hook_refuses_rules '-A OUTPUT -p tcp --dprot 80 -j DROP' 'rules: .*--dprot'
}

@test "refused: an unknown option, in the line of a document that is named" {
  hook_refuses_rules $'*filter\n-A OUTPUT -d 192.0.2.7 -j DROP\n-A OUTPUT --bogus -j DROP\nCOMMIT\n' 'rules: .*line 3.*--bogus'
}

@test "refused: an abbreviated option" {
  hook_refuses_rules '-A OUTPUT -p tcp --dpo 80 -j DROP' 'rules: .*--dpo'
}

@test "refused: an unknown match" {
  hook_refuses_rules '-A OUTPUT -m nonsense -j DROP' 'rules: .*nonsense'
}

@test "refused: an unknown target" {
  hook_refuses_rules '-A OUTPUT -j NONSENSE' 'rules: .*NONSENSE'
}

@test "refused: an unknown table" {
  hook_refuses_rules '-t nonsense -A OUTPUT -j DROP' 'rules: .*nonsense'
}

@test "refused: an unknown table of a document" {
  hook_refuses_rules $'*nonsense\n-A OUTPUT -j DROP\nCOMMIT\n' 'rules: .*nonsense'
}

@test "refused: a chain that the table has not" {
  hook_refuses_rules '-t nat -A FORWARD -j ACCEPT' 'rules: .*FORWARD'
}

@test "refused: a chain that nobody made" {
  hook_refuses_rules '-A WEB -j DROP' 'rules: .*WEB'
}

@test "refused: a jump to a chain that isn't there" {
  hook_refuses_rules '-A OUTPUT -j WEB' 'rules: .*WEB'
}

@test "refused: a goto to a chain that isn't there" {
  hook_refuses_rules '-A OUTPUT -g WEB' 'rules: .*WEB'
}

@test "refused: a jump to a built-in chain" {
  hook_refuses_rules '-A OUTPUT -j INPUT' 'rules: .*INPUT'
}

@test "refused: a loop of chains" {
  hook_refuses_rules $'*filter\n:A - [0:0]\n:B - [0:0]\n-A OUTPUT -j A\n-A A -j B\n-A B -j A\nCOMMIT\n' 'rules: .*loop'
}

@test "refused: a chain that jumps to itself" {
  hook_refuses_rules '-N A; -A OUTPUT -j A; -A A -j A' 'rules: .*loop'
}

@test "refused: a chain made twice" {
  hook_refuses_rules '-N A; -N A; -A OUTPUT -j A' 'rules: .*A'
}

@test "refused: a port that is none" {
  hook_refuses_rules '-A OUTPUT -p tcp --dport 99999 -j DROP' 'rules: .*99999'
}

@test "refused: a port without a protocol" {
  hook_refuses_rules '-A OUTPUT --dport 80 -j DROP' 'rules: .*--dport'
}

@test "refused: an address that is none" {
  hook_refuses_rules '-A OUTPUT -d 192.0.2.300 -j DROP' 'rules: .*192.0.2.300'
}

@test "refused: a prefix that is none" {
  hook_refuses_rules '-A OUTPUT -d 192.0.2.0/33 -j DROP' 'rules: .*33'
}

@test "refused: an option without its value" {
  hook_refuses_rules '-A OUTPUT -d' 'rules: .*-d'
}

@test "refused: a state that conntrack does not know" {
  hook_refuses_rules '-A OUTPUT -m conntrack --ctstate BOGUS -j DROP' 'rules: .*BOGUS'
}

@test "refused: a match without what it must have" {
  hook_refuses_rules '-A OUTPUT -m mark -j DROP' 'rules: .*mark'
}

@test "refused: the same option twice" {
  hook_refuses_rules '-A OUTPUT -p tcp --dport 80 --dport 81 -j DROP' 'rules: .*--dport'
}

@test "refused: a word too many" {
  hook_refuses_rules '-A OUTPUT -d 192.0.2.7 -j DROP surplus' 'rules: .*surplus'
}

@test "refused: a rule without a command" {
  hook_refuses_rules '-d 192.0.2.7 -j DROP' 'rules: .*'
}

@test "refused: two commands in one rule" {
  hook_refuses_rules '-A OUTPUT -A INPUT -d 192.0.2.7 -j DROP' 'rules: .*'
}

@test "refused: a quote that is not closed" {
  hook_refuses_rules '-A OUTPUT -m comment --comment "open -j DROP' 'rules: .*quote'
}

@test "refused: single quotes, with a hint" {
  hook_refuses_rules $'-A OUTPUT -m comment --comment \'two words\' -j DROP' 'rules: .*quote'
}

@test "refused: a rule for IPv4 only, without -4" {
  hook_refuses_rules '-A OUTPUT -p icmp --icmp-type echo-request -j DROP' 'rules: .*-4'
}

@test "refused: a rule for IPv6 only, without -6" {
  hook_refuses_rules '-A OUTPUT -p icmpv6 --icmpv6-type echo-request -j DROP' 'rules: .*-6'
}

@test "refused: addresses of both families in one rule" {
  hook_refuses_rules '-A OUTPUT -s 192.0.2.7 -d 2001:db8::7 -j DROP' 'rules: .*'
}

@test "refused: an IPv6 address behind -4" {
  hook_refuses_rules '-4 -A OUTPUT -d 2001:db8::7 -j DROP' 'rules: .*'
}

@test "refused: an IPv4 address behind -6" {
  hook_refuses_rules '-6 -A OUTPUT -d 192.0.2.7 -j DROP' 'rules: .*'
}

@test "refused: an IPv6 address behind the word iptables" {
  hook_refuses_rules 'iptables -A OUTPUT -d 2001:db8::7 -j DROP' 'rules: .*'
}

@test "refused: a negated address without -4 or -6" {
  hook_refuses_rules '-A OUTPUT ! -d 10.0.0.0/8 -j DROP' 'rules: .*-4'
}

@test "refused: a negated IPv6 address without -6" {
  hook_refuses_rules '-A OUTPUT ! -d fd00::/8 -j DROP' 'rules: .*-6'
}

@test "refused: a default denial for IPv4 only" {
  hook_refuses_rules '-A OUTPUT -d 192.0.2.7 -j RETURN; -4 -A OUTPUT -j DROP' 'rules: .*(IPv6|IPv4|famil)'
}

@test "refused: a default denial for IPv6 only" {
  hook_refuses_rules '-6 -A INPUT -j REJECT' 'rules: .*(IPv6|IPv4|famil)'
}

@test "refused: a host name" {
  hook_refuses_rules '-A OUTPUT -d example.org -j DROP' 'rules: .*example.org'
}

@test "refused: a host name in an option of a target" {
  hook_refuses_rules '-t nat -A OUTPUT -p tcp -d 192.0.2.7 -j DNAT --to-destination example.org' 'rules: .*'
}

@test "refused: -D" {
  hook_refuses_rules '-D OUTPUT -j DROP' 'rules: .*-D'
}

@test "refused: --delete" {
  hook_refuses_rules '--delete OUTPUT -j DROP' 'rules: .*--delete'
}

@test "refused: -F" {
  hook_refuses_rules '-F OUTPUT' 'rules: .*-F'
}

@test "refused: -X" {
  hook_refuses_rules '-X' 'rules: .*-X'
}

@test "refused: -Z" {
  hook_refuses_rules '-Z OUTPUT' 'rules: .*-Z'
}

@test "refused: -E" {
  hook_refuses_rules '-E OUTPUT OTHER' 'rules: .*-E'
}

@test "refused: -R" {
  hook_refuses_rules '-R OUTPUT 1 -j DROP' 'rules: .*-R'
}

@test "refused: -L" {
  hook_refuses_rules '-L' 'rules: .*-L'
}

@test "refused: -S" {
  hook_refuses_rules '-S OUTPUT' 'rules: .*-S'
}

@test "refused: -C" {
  hook_refuses_rules '-C OUTPUT -j DROP' 'rules: .*-C'
}

@test "refused: a chain name of 29 characters" {
  hook_refuses_rules '-N A2345678901234567890123456789; -A OUTPUT -j A2345678901234567890123456789' 'rules: .*A2345'
}

@test "refused: a chain named like a target" {
  hook_refuses_rules '-N DROP; -A OUTPUT -j DROP' 'rules: .*DROP'
}

@test "refused: a matching set" {
  hook_refuses_rules '-A OUTPUT -m set --match-set x dst -j DROP' 'rules: .*set'
}

@test "refused: the target SET" {
  hook_refuses_rules '-A OUTPUT -j SET --add-set x dst' 'rules: .*SET'
}

@test "refused: a rule that the kernel does not take" {
  hook_refuses_rules '-A INPUT -m owner --uid-owner 7 -j DROP' 'rules: .*'
}

@test "refused: a library path as a match" {
  hook_refuses_rules '-A OUTPUT -m ../../../tmp/x -j DROP' 'rules: .*'
}

# Each of these reaches out of the namespace, forges sources, copies traffic or eats kernel memory.
@test "refused, not on the list of extensions: target CT" {
  hook_refuses_rules '-t raw -A OUTPUT -j CT --notrack' 'rules: .*CT'
}

@test "refused, not on the list of extensions: target NOTRACK" {
  hook_refuses_rules '-t raw -A OUTPUT -j NOTRACK' 'rules: .*NOTRACK'
}

@test "refused, not on the list of extensions: target TEE" {
  hook_refuses_rules '-4 -t mangle -A OUTPUT -j TEE --gateway 192.0.2.1' 'rules: .*TEE'
}

@test "refused, not on the list of extensions: target SNAT" {
  hook_refuses_rules '-t nat -A POSTROUTING -s 192.0.2.7 -j SNAT --to-source 192.0.2.8' 'rules: .*SNAT'
}

@test "refused, not on the list of extensions: target SNPT" {
  hook_refuses_rules '-6 -t mangle -A POSTROUTING -j SNPT --src-pfx fd00::/64 --dst-pfx fd01::/64' 'rules: .*SNPT'
}

@test "refused, not on the list of extensions: target DNPT" {
  hook_refuses_rules '-6 -t mangle -A PREROUTING -j DNPT --src-pfx fd00::/64 --dst-pfx fd01::/64' 'rules: .*DNPT'
}

@test "refused, not on the list of extensions: target NETMAP" {
  hook_refuses_rules '-4 -t nat -A PREROUTING -d 192.0.2.0/24 -j NETMAP --to 198.51.100.0/24' 'rules: .*NETMAP'
}

@test "refused, not on the list of extensions: target TPROXY" {
  hook_refuses_rules '-t mangle -A PREROUTING -p tcp -j TPROXY --on-port 80' 'rules: .*TPROXY'
}

@test "refused, not on the list of extensions: target NFQUEUE" {
  hook_refuses_rules '-A OUTPUT -j NFQUEUE' 'rules: .*NFQUEUE'
}

@test "refused, not on the list of extensions: target SYNPROXY" {
  hook_refuses_rules '-A INPUT -p tcp -j SYNPROXY' 'rules: .*SYNPROXY'
}

@test "refused, not on the list of extensions: target RATEEST" {
  hook_refuses_rules '-t mangle -A OUTPUT -j RATEEST --rateest-name x --rateest-interval 250ms --rateest-ewma 0.5s' 'rules: .*RATEEST'
}

@test "refused, not on the list of extensions: target LOG" {
  hook_refuses_rules '-A OUTPUT -j LOG' 'rules: .*LOG'
}

@test "refused, not on the list of extensions: target TRACE" {
  hook_refuses_rules '-t raw -A OUTPUT -j TRACE' 'rules: .*TRACE'
}

@test "refused, not on the list of extensions: target AUDIT" {
  hook_refuses_rules '-A OUTPUT -j AUDIT --type drop' 'rules: .*AUDIT'
}

@test "refused, not on the list of extensions: target LED" {
  hook_refuses_rules '-A OUTPUT -j LED --led-trigger-id x' 'rules: .*LED'
}

@test "refused, not on the list of extensions: target IDLETIMER" {
  hook_refuses_rules '-A OUTPUT -j IDLETIMER --timeout 5 --label x' 'rules: .*IDLETIMER'
}

@test "refused, not on the list of extensions: target SECMARK" {
  hook_refuses_rules '-t mangle -A OUTPUT -j SECMARK --selctx x' 'rules: .*SECMARK'
}

@test "refused, not on the list of extensions: target CONNSECMARK" {
  hook_refuses_rules '-t mangle -A OUTPUT -j CONNSECMARK --save' 'rules: .*CONNSECMARK'
}

@test "refused, not on the list of extensions: match hashlimit" {
  hook_refuses_rules '-A OUTPUT -m hashlimit --hashlimit-name x --hashlimit-above 1/s -j DROP' 'rules: .*hashlimit'
}

@test "refused, not on the list of extensions: match recent" {
  hook_refuses_rules '-A OUTPUT -m recent --set -j DROP' 'rules: .*recent'
}

@test "refused, not on the list of extensions: match string" {
  hook_refuses_rules '-A OUTPUT -m string --string x --algo bm -j DROP' 'rules: .*string'
}

@test "refused, not on the list of extensions: match bpf" {
  hook_refuses_rules '-A OUTPUT -m bpf --object-pinned /sys/fs/bpf/x -j DROP' 'rules: .*bpf'
}

@test "refused, not on the list of extensions: match cgroup" {
  hook_refuses_rules '-A OUTPUT -m cgroup --path x -j DROP' 'rules: .*cgroup'
}

@test "refused: -M in all its spellings, and its program is not run" {
  inside tee /run/modprobe >/dev/null <<<$'#!/bin/sh\ntouch /run/modprobe-ran'
  inside chmod 755 /run/modprobe
  for option in "-M /run/modprobe" "--modprobe /run/modprobe" "--modprobe=/run/modprobe" "--modp=/run/modprobe" \
    "-nM/run/modprobe" "-vM/run/modprobe"; do
    hook_refuses_rules "$option -A OUTPUT -d 192.0.2.7 -j DROP" "rules: .*"
    hook_refuses_rules "-A OUTPUT -d 192.0.2.7 -j DROP $option" "rules: .*"
  done
  refute inside test -e /run/modprobe-ran
}

@test "refused: a NUL in the text, and a rule behind it" {
  hook_annotate rules "base64:$(printf -- '-A OUTPUT -d 192.0.2.7 -j DROP\0; -A OUTPUT -j ACCEPT' | base64 -w 0)"
  hook createRuntime
  hook_refused "rules"
}

@test "refused: more than 65536 rules after -s and -d are multiplied" {
  # 110 times 110 a rule: a word of 1023 bytes, iptables-restore's longest, holds no more addresses.
  rule="-A OUTPUT -s $(seq -s, -f '1.0.0.%g' 1 110) -d $(seq -s, -f '1.0.0.%g' 1 110) -j DROP"
  hook_refuses_rules "$rule; $rule; $rule; $rule; $rule; $rule" "rules: .*65536"
}

@test "refused: more than 256 chains" {
  text=$(for number in $(seq 257); do echo -n "-N C$number; -A OUTPUT -d 192.0.2.7 -j C$number; "; done)
  text=${text%; }
  hook_refuses_rules "$text" "rules: .*256"
}

@test "taken: the longest chain name of 28 characters" {
  hook_apply "-N A234567890123456789012345678; -A OUTPUT -d 192.0.2.7 -j A234567890123456789012345678"
  assert_matches "$(hook_rules)" "192.0.2.7"
}

@test "taken: a leading word iptables or ip6tables, and a service name" {
  hook_apply "iptables -A OUTPUT -p tcp --dport https -j DROP; ip6tables -A OUTPUT -p tcp --dport http -j DROP"
  assert_equal "$(hook_rules | grep -c -- '--dport 443 -j DROP')" 1
  assert_equal "$(hook_rules | grep -c -- '--dport 80 -j DROP')" 1
}

@test "taken: a policy of DROP, which ends the owner's chain and leaves the kernel's" {
  hook_apply $'*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -d 192.0.2.7 -j RETURN\nCOMMIT\n'
  assert_equal "$(hook_rules | grep -c '^:OUTPUT ACCEPT')" 2
  assert_equal "$(hook_rules | grep -c -- '-j DROP$')" 2
}

# So many rules of each family that each family gets a process of its own: large_document [LINE...]
large_document() {
  printf '*filter\n:EXTRA - [0:0]\n'
  seq -f '-A OUTPUT -d 192.0.2.%g -j DROP' 0 255
  seq -f '-A EXTRA -d 198.51.100.%g -p tcp -m tcp --dport 80 -j RETURN' 0 255
  awk 'BEGIN { for (i = 1; i <= 600; i++) printf "-A OUTPUT -d 2001:db8::%x:1 -j DROP\n", i }'
  printf '%s\n' '-I OUTPUT 2 -d 203.0.113.1 -j EXTRA' '-I OUTPUT 600 -d 2001:db8:1::1 -j EXTRA' "$@" COMMIT
}

@test "taken: hundreds of rules of both families, each in its place" {
  hook_apply "$(large_document)"
  expected=$(seq -f '192.0.2.%g/32 -j DROP' 0 255 | sed '1a 203.0.113.1/32 -j EXTRA'
    seq -f '198.51.100.%g/32 -p tcp -m tcp --dport 80 -j RETURN' 0 255
    awk 'BEGIN { for (i = 1; i <= 600; i++) {
      if (i == 600) print "2001:db8:1::1/128 -j EXTRA"; printf "2001:db8::%x:1/128 -j DROP\n", i } }')
  # The author's chain has another name in the kernel.
  found=$(hook_rules | sed -nE 's/^\[0:0\] -A oi-.* -d ([0-9a-f:.]+\/.*)/\1/p' | sed -E 's/-j oi-[^ ]*EXTRA.*/-j EXTRA/')
  for pattern in '192\.0\.2|203' 198 2001; do
    assert_same "$(grep -E "^($pattern)" <<<"$expected")" "$(grep -E "^($pattern)" <<<"$found")"
  done
  hook_poststop
  hook_did
  assert_same "$HOOK_BEFORE" "$(hook_rules)"
}

@test "refused: hundreds of rules of which the kernel takes one family's only, with the line, and both are taken back" {
  # owner is for packets from here: the kernel looks at where a chain is used, libxtables does not.
  hook_refuses_rules "$(large_document '-6 -A INPUT -m owner --uid-owner 0 -j DROP' '-4 -A INPUT -m mark --mark 1 -j DROP')" \
    "rules: line 1117.*IPv6"
  hook_refuses_rules "$(large_document '-6 -A INPUT -m mark --mark 1 -j DROP' '-4 -A INPUT -m owner --uid-owner 0 -j DROP')" \
    "rules: line 1118.*IPv4"
}
