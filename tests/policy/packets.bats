#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Compiled policies against real packets. A namespace "box" stands for the container; "peer" is its neighbour and
# gateway with a permitted and a second address, "far" is behind a second interface. Texts are loaded as they are, family
# by family; the same attacks are also run against the naive form of a rule, to show that they would succeed there.

# shellcheck disable=SC2016,SC2034,SC2154 # status, output and lines are bats' own; inner shells expand for themselves

setup_file() {
  HERE=$(cd "${BATS_TEST_FILENAME%/*}" && pwd)
  export HERE
  TOOL=${OCI_IPTABLES_BUILD:?set OCI_IPTABLES_BUILD to a build directory}/tests/unit/policy-tool
  export TOOL
  # A clone may be writable by its group, which the program refuses.
  PROFILES=$BATS_FILE_TMPDIR/profiles
  export PROFILES
  install -d -m 755 "$PROFILES"
  install -m 644 "$HERE"/../../contrib/profiles/*.json "$PROFILES"
}

setup() {
  id=$$-$BATS_TEST_NUMBER
  box=polbox$id peer=polpeer$id far=polfar$id
  servers=()
  local name
  for name in "$box" "$peer" "$far"; do
    ip netns add "$name"
    ip -n "$name" link set lo up
  done
  ip -n "$box" link add eth0 type veth peer name eth0 netns "$peer"
  ip -n "$box" link add eth1 type veth peer name eth0 netns "$far"
  addresses "$box" eth0 10.88.0.5/16 fd00:88::5/64
  addresses "$box" eth1 172.18.0.2/24 fd00:18::2/64
  addresses "$peer" eth0 10.88.0.1/16 10.88.0.9/16 fd00:88::1/64 fd00:88::9/64
  addresses "$far" eth0 172.18.0.23/24 fd00:18::23/64
  ip -n "$box" route add default via 10.88.0.1
  ip -n "$box" -6 route add default via fd00:88::1
  ip -n "$peer" route add 172.18.0.0/24 via 10.88.0.5
  ip -n "$peer" -6 route add fd00:18::/64 via fd00:88::5
  start "$peer" serve 53,80,443 10.88.0.1 10.88.0.9 fd00:88::1 fd00:88::9
}

teardown() {
  local pid
  for pid in "${servers[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  ip netns del "$box" || true
  ip netns del "$peer" || true
  ip netns del "$far" || true
}

addresses() {
  local name=$1 interface=$2 address
  shift 2
  for address; do
    if [[ $address == *:* ]]; then
      ip -n "$name" addr add "$address" dev "$interface" nodad
    else
      ip -n "$name" addr add "$address" dev "$interface"
    fi
  done
  ip -n "$name" link set "$interface" up
}

# start NAMESPACE traffic.py's words...: a server that is ready when this returns
start() {
  local name=$1 log
  shift
  log=$(mktemp "$BATS_TEST_TMPDIR/server.XXXXXX")
  ip netns exec "$name" /usr/bin/python3 "$HERE/traffic.py" "$@" >"$log" 2>&1 3>&- &
  servers+=($!)
  local try
  for try in {1..200}; do
    ! grep -qs ready "$log" || return 0
    sleep 0.05
  done
  cat "$log"
  return 1
}

# load_text FILE: a document into the box, for both families, beside what is there
load_text() {
  sed -e '/^-6 /d' -e 's/^-4 //' "$1" | ip netns exec "$box" iptables-legacy-restore -n
  sed -e '/^-4 /d' -e 's/^-6 //' "$1" | ip netns exec "$box" ip6tables-legacy-restore -n
}

# load KEY=VALUE...: what annotations compile to
load() {
  "$TOOL" print "$@" >"$BATS_TEST_TMPDIR/text"
  load_text "$BATS_TEST_TMPDIR/text"
}

# A rule at the head of a chain of both families, for the naive form.
naive() {
  ip netns exec "$box" iptables-legacy -I "$@"
  ip netns exec "$box" ip6tables-legacy -I "$@"
}

traffic() {
  local name=$1
  shift
  ip netns exec "$name" /usr/bin/python3 "$HERE/traffic.py" "$@"
}

# gets EXPECTED NAMESPACE KIND ADDRESS PORT [SOURCE]
gets() {
  local expected=$1 name=$2
  shift 2
  run traffic "$name" ask "$@"
  [[ $output == "$expected"* ]] || {
    echo "$name asks $*: $output, expected $expected"
    return 1
  }
}

# pings yes|no NAMESPACE ADDRESS
pings() {
  run traffic "$2" ping "$3"
  [[ $1 == yes && $output == answer* || $1 == no && $output != answer* && -n $output ]] || {
    echo "$2 pings $3: $output, expected $1"
    return 1
  }
}

@test "a permitted address answers, another one refuses at once, TCP and UDP, IPv4 and IPv6" {
  load egress="443/tcp@10.88.0.1 443/tcp@fd00:88::1 443/udp@10.88.0.1 443/udp@fd00:88::1"
  for kind in tcp udp; do
    gets answer "$box" $kind 10.88.0.1 443
    gets answer "$box" $kind fd00:88::1 443
    gets refused "$box" $kind 10.88.0.9 443
    gets refused "$box" $kind fd00:88::9 443
    gets refused "$box" $kind 10.88.0.1 80
    gets refused "$box" $kind fd00:88::1 80
  done
}

@test "a denied packet never leaves, whatever answer the sender got" {
  load egress="443@10.88.0.1"
  ip netns exec "$peer" iptables-legacy -A INPUT -d 10.88.0.9
  ip netns exec "$peer" ip6tables-legacy -A INPUT -d fd00:88::9
  gets refused "$box" tcp 10.88.0.9 443
  gets refused "$box" udp fd00:88::9 443
  ip netns exec "$peer" iptables-legacy -nvxL INPUT | awk '/10.88.0.9/ { none = $1 == 0 } END { exit !none }'
  ip netns exec "$peer" ip6tables-legacy -nvxL INPUT | awk '/fd00:88::9/ { none = $1 == 0 } END { exit !none }'
}

@test "who is denied to come in is told at once, who is allowed is answered" {
  load ingress="80/tcp@10.88.0.1 80/tcp@fd00:88::1"
  start "$box" serve 80,81 10.88.0.5 fd00:88::5
  gets answer "$peer" tcp 10.88.0.5 80 10.88.0.1
  gets answer "$peer" tcp fd00:88::5 80 fd00:88::1
  gets refused "$peer" tcp 10.88.0.5 80 10.88.0.9
  gets refused "$peer" tcp fd00:88::5 80 fd00:88::9
  gets refused "$peer" udp 10.88.0.5 80 10.88.0.1
  gets refused "$peer" tcp fd00:88::5 81 fd00:88::1
}

@test "egress alone does not stop answers to those who come in" {
  load egress=none
  start "$box" serve 80 10.88.0.5 fd00:88::5
  for kind in tcp udp; do
    gets answer "$peer" $kind 10.88.0.5 80
    gets answer "$peer" $kind fd00:88::5 80
  done
}

@test "a reset for those who come in passes the container's own egress layer" {
  load egress=none
  gets refused "$peer" tcp 10.88.0.5 80
  load ingress=none
  gets refused "$peer" tcp 10.88.0.5 80
  gets refused "$peer" tcp fd00:88::5 80
}

@test "the container reaches itself under nothing in, nothing out" {
  load --profiles "$PROFILES" profile=isolated
  start "$box" serve 80 127.0.0.1 10.88.0.5 ::1 fd00:88::5
  for kind in tcp udp; do
    for address in 127.0.0.1 10.88.0.5 ::1 fd00:88::5; do
      gets answer "$box" $kind $address 80
    done
  done
}

@test "neighbours are still found and ping is stopped" {
  load egress="443@10.88.0.1 443@fd00:88::1" ingress=none
  ip -n "$box" neigh flush all
  ip -n "$peer" neigh flush all
  gets answer "$box" tcp fd00:88::1 443
  gets answer "$box" tcp 10.88.0.1 443
  ip -n "$box" neigh flush all
  pings no "$box" 10.88.0.1
  pings no "$box" fd00:88::1
  pings no "$peer" 10.88.0.5
  pings no "$peer" fd00:88::5
}

@test "the word icmp permits ping of both families" {
  pings yes "$box" 10.88.0.9
  pings yes "$box" fd00:88::9
  load egress="icmp/echo-request@10.88.0.1 icmp@fd00:88::1"
  pings yes "$box" 10.88.0.1
  pings yes "$box" fd00:88::1
  pings no "$box" 10.88.0.9
  pings no "$box" fd00:88::9
}

@test "a narrow link behind the gateway is found: path MTU discovery" {
  ip netns exec "$peer" ip link add narrow type veth peer name narrow netns "$far"
  addresses "$peer" narrow 10.99.0.1/24 fd00:99::1/64
  addresses "$far" narrow 10.99.0.2/24 fd00:99::2/64
  ip -n "$peer" link set narrow mtu 1300
  ip -n "$far" link set narrow mtu 1300
  # The far end announces segments for 1500, so only the gateway can say that they are too long.
  ip -n "$far" route add 10.88.0.0/16 via 10.99.0.1 advmss 1460
  ip -n "$far" -6 route add fd00:88::/64 via fd00:99::1 advmss 1440
  ip netns exec "$peer" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  start "$far" serve 443 10.99.0.2 fd00:99::2
  load egress="443@10.99.0.2 443@fd00:99::2" ingress=none
  [[ $(traffic "$box" load 10.99.0.2 443 200000) == sent ]]
  [[ $(traffic "$box" load fd00:99::2 443 200000) == sent ]]
  ip -n "$box" route get 10.99.0.2 | grep -q 'mtu 1300'
  ip -n "$box" -6 route get fd00:99::2 | grep -q 'mtu 1300'
}

@test "a forged expectation (RELATED) opens no port" {
  ip netns exec "$box" iptables-legacy -t raw -A OUTPUT -p tcp --dport 21 -j CT --helper ftp
  # The permitted FTP server tells of port 80 (0,80), which is not permitted.
  start "$peer" ftp 10.88.0.1 10,88,0,1,0,80
  load egress="21@10.88.0.1" ingress=none
  expect_port
  gets refused "$box" tcp 10.88.0.1 80
  # The naive rule lets the same packet out.
  naive OUTPUT -m conntrack --ctstate RELATED -j ACCEPT
  expect_port
  gets answer "$box" tcp 10.88.0.1 80
}

# Speaks to the FTP server until the kernel expects the port it names.
expect_port() {
  ip netns exec "$box" bash -c '
    exec 5<>/dev/tcp/10.88.0.1/21
    read -r -t 5 hello <&5
    printf "PASV\r\n" >&5
    read -r -t 5 answer <&5
    [[ $answer == 227* ]]'
}

@test "a local destination that nat turns to a denied host is denied (-o lo says nothing)" {
  load egress="443@10.88.0.1 443@fd00:88::1"
  ip netns exec "$box" iptables-legacy -t nat -A OUTPUT -d 10.88.0.5 -p tcp --dport 443 -j DNAT --to 10.88.0.9
  ip netns exec "$box" ip6tables-legacy -t nat -A OUTPUT -d fd00:88::5 -p tcp --dport 443 -j DNAT --to fd00:88::9
  gets refused "$box" tcp 10.88.0.5 443
  gets refused "$box" tcp fd00:88::5 443
  naive OUTPUT -o lo -j ACCEPT
  gets answer "$box" tcp 10.88.0.5 443
  gets answer "$box" tcp fd00:88::5 443
}

@test "a rule for one interface is not fooled by nat to the other" {
  start "$far" serve 443 172.18.0.23 fd00:18::23
  load policy='{"version": 1, "egress": {"default": "reject",
    "rules": [{"action": "allow", "interface": "eth1", "protocol": "tcp", "ports": [443]}]}}'
  gets answer "$box" tcp 172.18.0.23 443
  gets answer "$box" tcp fd00:18::23 443
  gets refused "$box" tcp 10.88.0.9 443
  ip netns exec "$box" iptables-legacy -t nat -A OUTPUT -d 172.18.0.99 -p tcp -j DNAT --to 10.88.0.9
  ip netns exec "$box" ip6tables-legacy -t nat -A OUTPUT -d fd00:18::99 -p tcp -j DNAT --to fd00:88::9
  # Out of the way of a source that the other side cannot answer.
  ip netns exec "$box" iptables-legacy -t nat -A POSTROUTING -d 10.88.0.9 -j MASQUERADE
  ip netns exec "$box" ip6tables-legacy -t nat -A POSTROUTING -d fd00:88::9 -j MASQUERADE
  gets refused "$box" tcp 172.18.0.99 443
  gets refused "$box" tcp fd00:18::99 443
  naive OUTPUT -o eth1 -j ACCEPT
  gets answer "$box" tcp 172.18.0.99 443
}

@test "nothing is forwarded through the container that its egress denies" {
  ip netns exec "$box" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  ip -n "$far" route add default via 172.18.0.2
  ip -n "$far" -6 route add default via fd00:18::2
  start "$far" serve 80,443 172.18.0.23 fd00:18::23
  gets answer "$peer" tcp 172.18.0.23 443
  gets answer "$peer" tcp fd00:18::23 443
  load egress="80@172.18.0.23 80@fd00:18::23"
  gets refused "$peer" tcp 172.18.0.23 443
  gets refused "$peer" tcp fd00:18::23 443
  gets answer "$peer" tcp 172.18.0.23 80
  gets answer "$peer" tcp fd00:18::23 80
}

@test "forward brings a port to another host with the container's address as source, and nothing else through" {
  # The hook sets these for a layer that says so.
  "$TOOL" print --layers policy='{"version": 1, "forward": [
    {"protocol": "tcp", "port": 5000, "to": "172.18.0.23:443"},
    {"protocol": "udp", "port": 5000, "to": "[fd00:18::23]:443"}]}' | grep -q 'forward4 forward6'
  ip netns exec "$box" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  start "$far" serve 80,443 172.18.0.23 fd00:18::23
  load policy='{"version": 1, "forward": [
    {"protocol": "tcp", "port": 5000, "to": "172.18.0.23:443"},
    {"protocol": "udp", "port": 5000, "to": "172.18.0.23:443"},
    {"protocol": "tcp", "port": 5000, "to": "[fd00:18::23]:443"},
    {"protocol": "udp", "port": 5000, "to": "[fd00:18::23]:443"}]}'
  for kind in tcp udp; do
    gets "answer 172.18.0.2" "$peer" $kind 10.88.0.5 5000
    gets "answer fd00:18::2" "$peer" $kind fd00:88::5 5000
  done
  # Straight through, to the very same port of the very same host.
  ip -n "$far" route add default via 172.18.0.2
  ip -n "$far" -6 route add default via fd00:18::2
  gets silent "$peer" tcp 172.18.0.23 443
  gets silent "$peer" udp fd00:18::23 443
  # Through somebody else's DNAT.
  ip netns exec "$box" iptables-legacy -t nat -A PREROUTING -p tcp --dport 6000 -j DNAT --to 172.18.0.23:80
  ip netns exec "$box" iptables-legacy -t nat -A PREROUTING -p tcp --dport 6001 -j DNAT --to 172.18.0.23:443
  gets silent "$peer" tcp 10.88.0.5 6000
  gets silent "$peer" tcp 10.88.0.5 6001
}

@test "forwarded flows pass the egress and ingress rules, on the target and the original source" {
  ip netns exec "$box" sysctl -qw net.ipv4.ip_forward=1
  start "$far" serve 443 172.18.0.23
  load policy='{"version": 1, "forward": [{"protocol": "tcp", "port": 5000, "to": "172.18.0.23:443"}],
    "ingress": {"default": "reject", "rules": [{"action": "allow", "from": ["10.88.0.1"]}]},
    "egress": {"default": "reject", "rules": [{"action": "allow", "to": ["172.18.0.23"]}]}}'
  gets "answer 172.18.0.2" "$peer" tcp 10.88.0.5 5000 10.88.0.1
  gets refused "$peer" tcp 10.88.0.5 5000 10.88.0.9
  load egress="443@10.88.0.1"
  gets refused "$peer" tcp 10.88.0.5 5000 10.88.0.1
}

@test "redirect in both directions; ingress names the port after it" {
  load policy='{"version": 1,
    "redirect": [{"direction": "ingress", "protocol": "tcp", "port": 80, "to-port": 8080},
                 {"direction": "egress", "protocol": "tcp", "port": 443, "to-port": 8081}],
    "ingress": {"default": "reject", "rules": [{"action": "allow", "protocol": "tcp", "ports": [8080]}]}}'
  start "$box" serve 8080,8081 0.0.0.0 ::1 fd00:88::5
  gets answer "$peer" tcp 10.88.0.5 80
  gets answer "$peer" tcp fd00:88::5 80
  gets answer "$peer" tcp 10.88.0.5 8080
  gets "answer 10.88.0.5" "$box" tcp 10.88.0.9 443
  gets "answer fd00:88::5" "$box" tcp fd00:88::9 443
}

@test "denials are logged with the container's id and direction" {
  load policy='{"version": 1, "egress": {"default": "reject"}, "log": {"denied": true, "group": 7, "rate": "100/second"}}'
  gets refused "$box" tcp 10.88.0.9 443
  ip netns exec "$box" iptables-legacy-save -c | grep -- '--nflog-prefix "oci-iptables:0123456789ab:egress"' |
    grep -- '--nflog-group 7' | grep -qv '^\[0:0\]'
}

@test "every rate of the log loads" {
  for rate in 1/day 10000/day 1/hour 1/minute 1/second 10000/second; do
    ip netns exec "$box" iptables-legacy -F
    ip netns exec "$box" iptables-legacy -X
    ip netns exec "$box" ip6tables-legacy -F
    ip netns exec "$box" ip6tables-legacy -X
    load policy="{\"version\": 1, \"egress\": {\"default\": \"drop\"}, \"log\": {\"denied\": true, \"rate\": \"$rate\"}}"
  done
}

@test "a list of 10,000 prefixes loads, and decides by its first, middle and last" {
  {
    printf '443@10.88.0.1/32'
    for ((i = 0; i < 10000; i++)); do
      printf ' 443@11.%d.%d.0/25' $((i / 250)) $((i % 250))
    done
    printf ' 443@198.51.100.77'
  } >"$BATS_TEST_TMPDIR/list"
  load egress="@$BATS_TEST_TMPDIR/list"
  ip -n "$peer" addr add 11.20.0.1/32 dev lo
  ip -n "$peer" addr add 11.20.0.129/32 dev lo
  ip -n "$peer" addr add 198.51.100.77/32 dev lo
  ip -n "$peer" addr add 198.51.100.78/32 dev lo
  start "$peer" serve 443 11.20.0.1 11.20.0.129 198.51.100.77 198.51.100.78
  gets answer "$box" tcp 10.88.0.1 443
  gets answer "$box" tcp 11.20.0.1 443
  gets answer "$box" tcp 198.51.100.77 443
  gets refused "$box" tcp 10.88.0.9 443
  gets refused "$box" tcp 11.20.0.129 443
  gets refused "$box" tcp 198.51.100.78 443
}

@test "shipped profiles: web, no-lan, release-build and dev-build" {
  echo nameserver 10.88.0.9 >"$BATS_TEST_TMPDIR/resolv.conf"
  ip -n "$peer" addr add 192.0.2.1/32 dev lo
  ip -n "$peer" -6 addr add 2001:db8::1/128 dev lo
  start "$peer" serve 80,443,8443 192.0.2.1 2001:db8::1
  load --profiles "$PROFILES" --resolv "$BATS_TEST_TMPDIR/resolv.conf" profile=no-lan
  gets answer "$box" tcp 192.0.2.1 8443
  gets answer "$box" tcp 2001:db8::1 8443
  gets answer "$box" udp 10.88.0.9 53
  gets refused "$box" tcp 10.88.0.9 443
  gets refused "$box" tcp fd00:88::1 443
  gets refused "$box" tcp 169.254.169.254 80
  load --profiles "$PROFILES" --resolv "$BATS_TEST_TMPDIR/resolv.conf" profile=web
  gets answer "$box" tcp 192.0.2.1 443
  gets refused "$box" tcp 2001:db8::1 8443
}

@test "release-build reaches the store alone, dev-build all but the store" {
  load --profiles "$PROFILES" profile=release-build var.store=10.88.0.9,fd00:88::9
  gets answer "$box" tcp 10.88.0.9 443
  gets answer "$box" tcp fd00:88::9 443
  gets refused "$box" tcp 10.88.0.1 443
  gets refused "$box" tcp fd00:88::1 443
  ip netns exec "$box" iptables-legacy -F
  ip netns exec "$box" ip6tables-legacy -F
  ip netns exec "$box" iptables-legacy -X
  ip netns exec "$box" ip6tables-legacy -X
  load --profiles "$PROFILES" profile=dev-build var.release-store=10.88.0.9,fd00:88::9
  gets refused "$box" tcp 10.88.0.9 443
  gets refused "$box" tcp fd00:88::9 443
  gets answer "$box" tcp 10.88.0.1 443
  gets answer "$box" tcp fd00:88::1 443
}

@test "random policies mean to the kernel's way of walking chains what they say" {
  run /usr/bin/python3 "$HERE/model.py" "$TOOL" 40
  echo "$output"
  [[ $status -eq 0 ]]
}
