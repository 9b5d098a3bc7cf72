#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ways around a mandatory layer by nat, forwarding and connection tracking, with packets.

# shellcheck disable=SC2016,SC2034,SC2154 # the libraries set and use these

load ../lib/common
load layers

setup_file() {
  layers_setup_file
}

teardown_file() {
  host_stop
}

setup() {
  layers_setup
}

teardown() {
  hook_teardown
}

# Both families: to_denied TABLE_AND_CHAIN MATCH4 MATCH6 [PORT]
to_denied() {
  echo "-t nat -A $1 $2 -p tcp -j DNAT --to-destination $DENIED4${4:+:$4};" \
    "-t nat -A $1 $3 -p tcp -j DNAT --to-destination [$DENIED6]:${4:-$ECHO_PORT};" \
    "-t nat -A $1 $2 -p udp -j DNAT --to-destination $DENIED4${4:+:$4};" \
    "-t nat -A $1 $3 -p udp -j DNAT --to-destination [$DENIED6]:${4:-$ECHO_PORT}"
}

box_forwards() {
  inside ip netns exec box sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

@test "a local destination that nat leads to a denied host is denied" {
  local rules
  rules=$(to_denied OUTPUT "-d $BOX4" "-d $BOX6")
  container_start "rules=$rules"
  asks box answered tcp "$BOX4"
  asks box answered udp "$BOX6"
  container_stop
  net_server_forget
  fence
  container_start "rules=$rules; -A OUTPUT -o lo -j ACCEPT; -A OUTPUT -j ACCEPT"
  for protocol in tcp udp; do
    asks box refused $protocol "$BOX4"
    asks box refused $protocol "$BOX6"
  done
  fence_holds
}

@test "loopback that nat leads to a denied host is denied" {
  # Packets from 127.0.0.1 leave only with a source of their own; the naive rule believes "-o lo".
  local rules
  rules="$(to_denied OUTPUT "-d 127.0.0.5" "-d ::1"); -t nat -A POSTROUTING -d $DENIED4 -j MASQUERADE"
  rules+="; -t nat -A POSTROUTING -d $DENIED6 -j MASQUERADE"
  inside ip netns exec box sysctl -qw net.ipv4.conf.all.route_localnet=1
  container_start "rules=$rules"
  asks box answered tcp 127.0.0.5
  container_stop
  net_server_forget
  fence
  container_start "rules=$rules"
  asks box refused tcp 127.0.0.5
  asks box refused udp 127.0.0.5
  refute net_server_saw "$DENIED4"
  refute net_server_saw "$DENIED6"
}

@test "a permitted destination that nat leads to a denied host is denied" {
  local rules
  rules=$(to_denied OUTPUT "-d $PERMITTED4" "-d $PERMITTED6")
  container_start "rules=$rules"
  asks box answered tcp "$PERMITTED4"
  net_server_saw "$DENIED4"
  asks box answered udp "$PERMITTED6"
  net_server_saw "$DENIED6"
  container_stop
  net_server_forget
  fence
  container_start "rules=$rules"
  asks box refused tcp "$PERMITTED4"
  asks box refused udp "$PERMITTED4"
  asks box refused tcp "$PERMITTED6"
  asks box refused udp "$PERMITTED6"
  refute net_server_saw "$DENIED4"
  refute net_server_saw "$DENIED6"
}

@test "nat does not lead around the interface, or a denial before nat, of a mandatory profile in the form of rules" {
  local rules profile
  rules=$(to_denied OUTPUT "-d $BOX4" "-d $BOX6")
  profile="-N OUT; -A OUTPUT -j OUT; -A OUT -o lo -j RETURN; -A OUT -j DROP"
  host_admin_file profiles/fence.rules <<<"$profile"
  container_start "rules=$profile; $rules"
  asks box answered tcp "$BOX4"
  container_stop
  host_admin_file config.json <<<'{"mandatory_profiles": ["fence"]}'
  container_refused "rules: .*DNAT .*-o" "rules=$rules"
  container_start "rules=-t nat -A OUTPUT -d $DENIED4 -p tcp -j REDIRECT --to-ports 9"
  container_stop
  for profile in "-t raw -A PREROUTING -p tcp --dport 9 -j DROP" "-t mangle -P OUTPUT DROP"; do
    host_admin_file profiles/fence.rules <<<"$profile"
    container_refused "rules: .*REDIRECT .*raw or mangle" "rules=-t nat -A OUTPUT -p tcp -j REDIRECT --to-ports 9"
  done
  host_admin_file profiles/fence.rules <<<"-t mangle -A INPUT -j DROP; -A FORWARD -o lo -j DROP"
  container_start "rules=$rules; -t nat -A OUTPUT -p sctp -j REDIRECT"
}

@test "another container's nat does not lead to a denied host" {
  local rules
  rules=$(to_denied OUTPUT "-d $BOX4" "-d $BOX6")
  container_start "rules=$rules; -A OUTPUT -j ACCEPT"
  asks box answered tcp "$BOX4"
  net_server_forget
  fence
  container_make two
  container_start
  asks box refused tcp "$BOX4"
  asks box refused udp "$BOX6"
  fence_holds
}

@test "nat tables' other targets are refused: only DNAT, REDIRECT and MASQUERADE" {
  local target
  for target in "-j ACCEPT" "-j MARK --set-mark 1" "-j NFLOG" "-j RETURN"; do
    container_start "rules=-t nat -A OUTPUT -d $DENIED4 $target"
    container_stop
  done
  fence '"annotations": {"rules": {"extensions": ["*"]}}'
  for target in "-j ACCEPT" "-j MARK --set-mark 1" "-j NFLOG"; do
    container_refused "rules: .*nat" "rules=-t nat -A OUTPUT -d $DENIED4 $target"
  done
  container_start "rules=-t nat -A OUTPUT -d $DENIED4 -p tcp -j REDIRECT --to-ports 9"
  asks box refused tcp "$DENIED4"
}

@test "what comes to the container is not forwarded to a denied host by a forward entry" {
  local policy
  policy='{"version": 1, "forward": [
    {"protocol": "tcp", "port": 5000, "to": "'$DENIED4:$ECHO_PORT'"}, {"protocol": "udp", "port": 5000, "to": "'$DENIED4:$ECHO_PORT'"},
    {"protocol": "tcp", "port": 5000, "to": "['$DENIED6]:$ECHO_PORT'"}, {"protocol": "udp", "port": 5000, "to": "['$DENIED6]:$ECHO_PORT'"},
    {"protocol": "tcp", "port": 5001, "to": "'$PERMITTED4:$ECHO_PORT'"}, {"protocol": "tcp", "port": 5001, "to": "['$PERMITTED6]:$ECHO_PORT'"}]}'
  container_start "policy=$policy"
  host_asks answered tcp "$BOX4" 5000
  host_asks answered udp "$BOX6" 5000
  container_stop
  net_server_forget
  fence
  container_start "policy=$policy" "rules=-A FORWARD -j ACCEPT; -I OUTPUT -j ACCEPT"
  for protocol in tcp udp; do
    host_asks "(refused|silent)" $protocol "$BOX4" 5000
    host_asks "(refused|silent)" $protocol "$BOX6" 5000
  done
  refute net_server_saw "$DENIED4"
  refute net_server_saw "$DENIED6"
  # What the fence permits is forwarded.
  host_asks answered tcp "$BOX4" 5001
  host_asks answered tcp "$BOX6" 5001
}

@test "what comes to the container is not forwarded to a denied host by nat rules" {
  local rules
  rules="$(to_denied PREROUTING "-d $BOX4" "-d $BOX6" 7000); -t nat -A POSTROUTING -o eth0 -j MASQUERADE; -A FORWARD -j ACCEPT"
  box_forwards
  container_start "rules=$rules"
  host_asks answered tcp "$BOX4" 5000
  host_asks answered tcp "$BOX6" 5000
  container_stop
  net_server_forget
  fence
  container_start "rules=$rules"
  for protocol in tcp udp; do
    host_asks "(refused|silent)" $protocol "$BOX4" 5000
    host_asks "(refused|silent)" $protocol "$BOX6" 5000
  done
  refute net_server_saw "$DENIED4"
  refute net_server_saw "$DENIED6"
}

@test "the container as somebody's router does not lead to a denied host" {
  # A neighbour on a second link sends through the box.
  inside ip netns add far
  inside ip -n box link add eth1 type veth peer name eth0 netns far
  inside ip -n box addr add 172.18.0.2/24 dev eth1
  inside ip -n box addr add fd00:18::2/64 dev eth1 nodad
  inside ip -n box link set eth1 up
  inside ip -n far addr add 172.18.0.23/24 dev eth0
  inside ip -n far addr add fd00:18::23/64 dev eth0 nodad
  inside ip -n far link set eth0 up
  inside ip -n far link set lo up
  inside ip -n far route add default via 172.18.0.2
  inside ip -n far -6 route add default via fd00:18::2
  inside ip route add 172.18.0.0/24 via "$BOX4"
  inside ip -6 route add fd00:18::/64 via "$BOX6"
  box_forwards
  asks far answered tcp "$DENIED4"
  asks far answered udp "$DENIED6"
  net_server_forget
  fence
  container_start "rules=-I FORWARD -j ACCEPT; -P FORWARD ACCEPT"
  for protocol in tcp udp; do
    asks far refused $protocol "$DENIED4"
    asks far refused $protocol "$DENIED6"
  done
  refute net_server_saw "$DENIED4"
  refute net_server_saw "$DENIED6"
  asks far answered tcp "$PERMITTED4"
  asks far answered udp "$PERMITTED6"
}

@test "a forged expectation (RELATED) opens no port of a mandatory layer" {
  local related="-A OUTPUT -m conntrack --ctstate RELATED -j ACCEPT"
  # Somebody who may has given the network a connection tracking helper; annotations are refused CT.
  inside nsenter --net=/run/netns/box iptables-legacy -t raw -A OUTPUT -p tcp --dport 21 -j CT --helper ftp
  inside ip netns exec server sh -c 'echo $$; exec /usr/bin/python3 "$@"' ftp \
    "$OCI_IPTABLES_TESTS/policy/traffic.py" ftp "$PERMITTED4" "${PERMITTED4//./,},$((ECHO_PORT / 256)),$((ECHO_PORT % 256))" \
    </dev/null >"$BATS_TEST_TMPDIR/process.ftp" 2>/dev/null 3>&- 4>&- &
  host_wait_line "$BATS_TEST_TMPDIR/process.ftp" '^ready$'
  # The number alone is what hook_teardown ends.
  sed -i '/ready/d' "$BATS_TEST_TMPDIR/process.ftp"

  # A denial behind a rule for related flows, as one would naively write it.
  inside nsenter --net=/run/netns/box iptables-legacy -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  inside nsenter --net=/run/netns/box iptables-legacy -A OUTPUT -p tcp --dport "$ECHO_PORT" -j REJECT
  asks box refused tcp "$PERMITTED4"
  expect_port
  asks box answered tcp "$PERMITTED4"
  inside nsenter --net=/run/netns/box iptables-legacy -F OUTPUT

  net_server_forget
  fence_put '{"version": 1, "egress": {"default": "reject",
    "rules": [{"action": "allow", "to": ["'"$PERMITTED4"'"], "protocol": "tcp", "ports": [21]}]}}'
  container_start "rules=$related; -I OUTPUT -m state --state RELATED,ESTABLISHED -j ACCEPT"
  expect_port
  asks box refused tcp "$PERMITTED4"
  expect_port
  asks box refused udp "$PERMITTED4"
  refute net_server_saw "$PERMITTED4"
}

# Speaks to the FTP server until the kernel expects a flow to the port that it names.
expect_port() {
  inside ip netns exec box bash -c '
    exec 5<>/dev/tcp/'"$PERMITTED4"'/21
    read -r -t 5 hello <&5
    printf "PASV\r\n" >&5
    read -r -t 5 answer <&5
    [[ $answer == 227* ]]'
}
