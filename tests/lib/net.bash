# Networks of a test host: a server with a permitted and a denied address, namespaces for containers, and what the kernel
# holds of rules in them. The addresses are documentation ones; the test host has no way out.
#
# shellcheck shell=bash disable=SC2016 # jq's and the inner shell's variables

PERMITTED4=198.51.100.10
DENIED4=198.51.100.20
PERMITTED6=2001:db8:5::10
DENIED6=2001:db8:5::20
ECHO_PORT=7000

# Builds netprobe once for a file of tests.
netprobe_build() {
  cc -static -O1 -D_GNU_SOURCE -o "$HOST_SCRATCH/netprobe" "$OCI_IPTABLES_TESTS/lib/netprobe.c"
}

# The namespace "server" with the echo servers, reached by the test host through a veth pair.
net_server_start() {
  inside ip netns add server
  inside ip link add server0 type veth peer name eth0 netns server
  inside ip addr add 198.51.100.1/24 dev server0
  inside ip addr add 2001:db8:5::1/64 dev server0 nodad
  inside ip link set server0 up
  inside ip -n server link set lo up
  inside ip -n server addr add "$PERMITTED4/24" dev eth0
  inside ip -n server addr add "$DENIED4/24" dev eth0
  inside ip -n server addr add "$PERMITTED6/64" dev eth0 nodad
  inside ip -n server addr add "$DENIED6/64" dev eth0 nodad
  inside ip -n server link set eth0 up
  inside ip -n server route add default via 198.51.100.1
  inside ip -n server -6 route add default via 2001:db8:5::1
  inside_background "$HOST_SCRATCH/server.log" nsenter --net=/run/netns/server \
    "$HOST_SCRATCH/netprobe" serve "$ECHO_PORT" "$PERMITTED4" "$DENIED4" "$PERMITTED6" "$DENIED6"
  host_wait_line "$HOST_SCRATCH/server.log" '^ready$'
}

# Says whether the server was ever asked at an address since net_server_forget.
net_server_saw() {
  grep -qE "^(tcp|udp) $1 " "$HOST_SCRATCH/server.log"
}

net_server_forget() {
  : >"$HOST_SCRATCH/server.log"
}

# A namespace for a container, with a way to the server. NUMBER (1 to 250) keeps several apart.
# net_container_add NAME [NUMBER]
net_container_add() {
  local name=$1 number=${2:-1}

  inside ip netns add "$name"
  inside ip link add "veth$number" type veth peer name eth0 netns "$name"
  inside ip addr add "10.88.$number.1/24" dev "veth$number"
  inside ip addr add "fd00:88:$number::1/64" dev "veth$number" nodad
  inside ip link set "veth$number" up
  inside ip -n "$name" link set lo up
  inside ip -n "$name" addr add "10.88.$number.2/24" dev eth0
  inside ip -n "$name" addr add "fd00:88:$number::2/64" dev eth0 nodad
  inside ip -n "$name" link set eth0 up
  inside ip -n "$name" route add default via "10.88.$number.1"
  inside ip -n "$name" -6 route add default via "fd00:88:$number::1"
}

# Removes every container namespace that a test made.
net_containers_remove() {
  local link name

  # The veth goes first: a namespace dies later than `ip netns del` returns, and would keep the address busy.
  for link in $(inside ip -o link show type veth | sed -n 's/^[0-9]*: \(veth[0-9]*\)@.*/\1/p'); do
    inside ip link del "$link"
  done
  for name in $(inside ip netns list 2>/dev/null | cut -d' ' -f1); do
    [[ $name == server ]] || inside ip netns del "$name"
  done
}

# Everything that filters in a namespace, by every tool there is: legacy and nf_tables, IPv4 and IPv6, with the counters
# of rules but not those of built-in chains (libiptc 1.8.9 zeroes these with any commit). Tables that hold nothing are
# left out: opening one to read it makes it appear, and the kernel never takes it back.
# rules_save NAMESPACE_FILE
rules_save() {
  inside nsenter --net="$1" bash -c '
    for save in iptables-legacy-save ip6tables-legacy-save iptables-nft-save ip6tables-nft-save; do
      echo "== $save"
      "$save" -c 2>/dev/null
    done
    echo "== nft"
    nft list ruleset' | awk '
      /^# / { next }
      /^\*/ { table = $0; kept = ""; full = 0; open = 1; next }
      /^COMMIT/ { if (full) printf "%s\n%sCOMMIT\n", table, kept; open = 0; next }
      open && /^:[A-Z]+ (ACCEPT|DROP) \[/ {
        sub(/ \[[0-9:]*\]$/, "")
        if (/ DROP$/) full = 1
        kept = kept $0 "\n"; next
      }
      open { full = 1; kept = kept $0 "\n"; next }
      { print }'
}

# The legacy rules of both families alone, for tests of the hook.
rules_save_legacy() {
  rules_save "$1" | sed -n '1,/^== iptables-nft-save$/p'
}

# Takes the hook's own chains and jumps out of rules_save's text.
rules_without_own() {
  grep -vE '(^:| -[Ajg] )(oci-iptables-|oi-)' | awk '
    /^\*/ { table = $0; kept = ""; full = 0; open = 1; next }
    /^COMMIT/ { if (full) printf "%s\n%sCOMMIT\n", table, kept; open = 0; next }
    open && /^:[A-Z]+ ACCEPT$/ { kept = kept $0 "\n"; next }
    open { full = 1; kept = kept $0 "\n"; next }
    { print }'
}

# Says whether a namespace holds a chain or jump of the hook's.
# rules_has_own NAMESPACE_FILE
rules_has_own() {
  rules_save "$1" | grep -qE '(^:| -[Ajg] )(oci-iptables-|oi-)'
}

# Puts rules like those of Docker's embedded DNS, of netavark and of a mesh's proxy into a namespace.
# rules_put_foreign NAMESPACE_FILE
rules_put_foreign() {
  inside nsenter --net="$1" bash -c '
    set -e
    iptables-legacy-restore -c
    ip6tables-legacy-restore -c <<END
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:NETAVARK_FORWARD - [0:0]
[0:0] -A FORWARD -m comment --comment "netavark firewall plugin rules" -j NETAVARK_FORWARD
[3:216] -A NETAVARK_FORWARD -d fd00:99::/64 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
END
    nft -f - <<END
table inet mesh {
	set peers {
		type ipv4_addr
		elements = { 203.0.113.7, 203.0.113.9 }
	}
	chain output {
		type nat hook output priority -100; policy accept;
		ip daddr @peers tcp dport 9999 counter packets 5 bytes 300 redirect to :15001
	}
}
END' <<'END'
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER_OUTPUT - [0:0]
:DOCKER_POSTROUTING - [0:0]
[7:420] -A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT
[2:140] -A POSTROUTING -d 127.0.0.11/32 -j DOCKER_POSTROUTING
[0:0] -A DOCKER_OUTPUT -d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:41923
[7:420] -A DOCKER_OUTPUT -d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:36781
[0:0] -A DOCKER_POSTROUTING -s 127.0.0.11/32 -p tcp -m tcp --sport 41923 -j SNAT --to-source :53
[2:140] -A DOCKER_POSTROUTING -s 127.0.0.11/32 -p udp -m udp --sport 36781 -j SNAT --to-source :53
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:NETAVARK_FORWARD - [0:0]
[0:0] -A FORWARD -m comment --comment "netavark firewall plugin rules" -j NETAVARK_FORWARD
[9:540] -A NETAVARK_FORWARD -d 10.99.0.0/16 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
[0:0] -A NETAVARK_FORWARD -s 10.99.0.0/16 -j ACCEPT
COMMIT
END
}
