# The recipes of doc/cookbook.md as containers: the blocks are taken from the page as they stand there. The networks hold
# the addresses that the page names.
#
# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154 # the other libraries set and use these

COOKBOOK=$OCI_IPTABLES_TESTS/../doc/cookbook.md

# What the servers have besides PERMITTED and DENIED: a resolver in the local network, and clouds' metadata addresses.
RESOLVER4=10.53.0.53
RESOLVER6=fd00:53::53
METADATA4=169.254.169.254
METADATA6=fd00:ec2::254

recipes_setup_file() {
  local port address
  scenario_setup_file
  for address in "$RESOLVER4" "$METADATA4"; do
    inside ip -n server addr add "$address/32" dev lo
    inside ip route add "$address/32" via "$PERMITTED4"
  done
  for address in "$RESOLVER6" "$METADATA6"; do
    inside ip -n server addr add "$address/128" dev lo nodad
    inside ip -6 route add "$address/128" via "$PERMITTED6"
  done
  for port in 53 80 443; do
    inside_background "$HOST_SCRATCH/server-$port.log" nsenter --net=/run/netns/server "$HOST_SCRATCH/netprobe" serve \
      "$port" "$PERMITTED4" "$DENIED4" "$PERMITTED6" "$DENIED6" "$RESOLVER4" "$RESOLVER6" "$METADATA4" "$METADATA6"
    host_wait_line "$HOST_SCRATCH/server-$port.log" '^ready$'
  done
  printf 'nameserver %s\n' "$RESOLVER4" "$RESOLVER6" | inside tee /etc/resolv.conf >/dev/null
}

# Prints a block of the cookbook: recipe_block HEADING LANGUAGE [NUMBER]; HEADING "" is what stands before the first.
recipe_block() {
  local text
  text=$(awk -v heading="$1" -v opening="\`\`\`$2" -v number="${3:-1}" '
    /^## / { section = substr($0, 4) }
    { line = $0; sub(/^  /, "", line) }
    inside && line ~ /^```$/ { inside = 0 }
    inside && seen == number { print line }
    section == heading && line == opening { inside = 1; seen++ }' "$COOKBOOK")
  [[ -n $text ]] || fail "the cookbook has no block $2 ${3:-1} under \"$1\"" || return 1
  printf '%s\n' "$text"
}

# Starts a container as a recipe has it: recipe_start NAME HEADING NUMBER [ARGUMENT...]; NUMBER is that of the block for
# the runtime, ARGUMENTs what the container runs.
# RECIPE_NETWORK: the namespace of a runc container (default: one of its own), podman's --network
recipe_start() {
  local name=$1 heading=$2 number=$3
  shift 3
  [[ $# -gt 0 ]] || set -- sleep 3600
  if [[ $WORKLOAD_RUNTIME == runc ]]; then
    recipe_bundle "$name" "$heading" "$number" "$@" && workload_start "$name"
  else
    recipe_podman "-d --name $name ${RECIPE_NETWORK:---network lab}" "$heading" "$number" "$@"
  fi
}

# RECIPE_PIECES: the blocks of configurations before the ones for containers, which are not counted
recipe_bundle() {
  local name=$1 heading=$2 number=$3 piece
  shift 3
  piece=$(recipe_block "$heading" json $((number + ${RECIPE_PIECES:-0}))) || return 1
  bundle_make "$name" "$@"
  if [[ -z ${RECIPE_NETWORK:-} ]]; then
    net_container_add "$name" "$(oci_number)"
  fi
  bundle_network "$name" "${RECIPE_NETWORK:-/run/netns/$name}"
  bundle_hooks "$name"
  [[ -e $HOST_SCRATCH/rootfs/etc/resolv.conf ]] || touch "$HOST_SCRATCH/rootfs/etc/resolv.conf"
  bundle_edit "$name" --argjson piece "$piece" --argjson mount "$(recipe_block "" json)" '. * $piece | .mounts += [$mount]'
  touch "$HOST_SCRATCH/bundles/$name/kept"
}

# Runs the command of a recipe with the test's image: recipe_podman OPTIONS HEADING NUMBER ARGUMENT...
recipe_podman() {
  local options=$1 command
  command=$(recipe_block "$2" sh "$3") || return 1
  shift 3
  assert_matches "$command" 'podman run .*' || return 1
  assert_matches "$command" ' IMAGE( sleep 1d)?$' || return 1
  command=${command/podman run/podman run $options}
  command=${command/% IMAGE/ localhost/lab $*}
  command=${command/% IMAGE sleep 1d/ localhost/lab sleep 1d}
  inside TMPDIR=/tmp bash -c "cd /tmp; ${RECIPE_SHELL:-}
$command" </dev/null 2>&1 3>&-
}

# asks CONTAINER answered|refused PROTOCOL ADDRESS [PORT]
asks() {
  local wait='' text
  [[ $2 != answered ]] || wait='-w 15'
  # shellcheck disable=SC2086 # none or two words
  text=$(workload_exec "$1" netprobe ask $wait "$3" "$4" "${5:-443}")
  assert_matches "$text" "^$3 $4 ${5:-443} $2"
}

# The same from a namespace of the host's that is no container.
neighbour_asks() {
  local wait='' text
  [[ $2 != answered ]] || wait='-w 15'
  # shellcheck disable=SC2086 # none or two words
  text=$(inside ip netns exec "$1" "$HOST_SCRATCH/netprobe" ask $wait "$3" "$4" "$5")
  assert_matches "$text" "^$3 $4 $5 $2"
}

# An address of a container: address_of NAME 4|6 [NETWORK_PREFIX]
address_of() {
  inside nsenter --net="$(workload_namespace "$1")" ip -"$2" -o addr show scope global |
    grep -oE 'inet6? [0-9a-f.:]+' | cut -d' ' -f2 | grep -E "^${3:-}" | head -n 1
}

# A network "outside" with two hosts, "other" and "third", of which the recipe names the first.
outside_make() {
  local name number
  inside ip link add outside type bridge
  inside ip addr add 192.168.122.1/24 dev outside
  inside ip addr add 2001:db8:122::1/64 dev outside nodad
  inside ip link set outside up
  for name in other:193 third:194; do
    number=${name#*:} name=${name%:*}
    inside ip netns add "$name"
    inside ip link add "out$number" master outside type veth peer name eth0 netns "$name"
    inside ip link set "out$number" up
    inside ip -n "$name" link set lo up
    inside ip -n "$name" addr add "192.168.122.$number/24" dev eth0
    inside ip -n "$name" addr add "2001:db8:122::$number/64" dev eth0 nodad
    inside ip -n "$name" link set eth0 up
    inside ip -n "$name" route add default via 192.168.122.1
    inside ip -n "$name" -6 route add default via 2001:db8:122::1
  done
}

outside_remove() {
  local name
  for name in other third; do
    inside ip netns del "$name" 2>/dev/null || true
  done
  for name in out193 out194 outside; do
    inside ip link del "$name" 2>/dev/null || true
  done
}

# A network namespace with Docker's embedded resolver and its nat rules: docker_network_make NAME
docker_network_make() {
  local port
  net_container_add "$1" "$(oci_number)"
  rules_put_foreign "/run/netns/$1"
  # The ports that the nat rules lead to, TCP and UDP.
  for port in 41923 36781; do
    inside_background "$HOST_SCRATCH/docker-$port.log" nsenter --net="/run/netns/$1" setpriv --bounding-set=-all \
      --inh-caps=-all "$HOST_SCRATCH/netprobe" serve "$port" 127.0.0.11
    host_wait_line "$HOST_SCRATCH/docker-$port.log" '^ready$'
  done
}

# The recipes, for all runtimes alike.

recipe_builds() {
  RECIPE_PIECES=1
  recipe_block "Release and development builds" json | host_admin_file config.json
  recipe_start release "Release and development builds" 1
  recipe_start development "Release and development builds" 2
  local address
  for address in "$PERMITTED4" "$PERMITTED6"; do
    asks release answered tcp "$address"
    asks release refused udp "$address"
    asks release refused tcp "$address" 80
    asks development refused tcp "$address"
    asks development refused udp "$address"
  done
  for address in "$DENIED4" "$DENIED6"; do
    asks release refused tcp "$address"
    asks release refused udp "$address"
    asks development answered tcp "$address"
    asks development answered udp "$address"
  done
  for address in "$RESOLVER4" "$RESOLVER6"; do
    asks release answered udp "$address" 53
    asks release answered tcp "$address" 53
    asks release refused tcp "$address"
  done
}

# agent_holds NAME answered|refused: the verdict is that for plain HTTP
agent_holds() {
  local address
  for address in "$PERMITTED4" "$DENIED6"; do
    asks "$1" answered tcp "$address" || return 1
    asks "$1" answered udp "$address" || return 1
    asks "$1" "$2" tcp "$address" 80 || return 1
    asks "$1" refused tcp "$address" "$ECHO_PORT" || return 1
    asks "$1" refused udp "$address" 53 || return 1
  done
  for address in "$RESOLVER4" "$RESOLVER6"; do
    asks "$1" answered udp "$address" 53 || return 1
    asks "$1" answered tcp "$address" 53 || return 1
    asks "$1" refused tcp "$address" || return 1
  done
  for address in "$METADATA4" "$METADATA6"; do
    asks "$1" refused tcp "$address" || return 1
    asks "$1" refused tcp "$address" 80 || return 1
    asks "$1" refused udp "$address" 53 || return 1
  done
}

recipe_agent() {
  local address
  # Everything is there to be reached: the refusals below are the recipe's.
  ANNOTATIONS=()
  workload_start open
  for address in "$RESOLVER4" "$RESOLVER6" "$METADATA4" "$METADATA6"; do
    asks open answered tcp "$address"
  done
  recipe_start agent "An AI agent's container" 1 netprobe serve 8080 0.0.0.0 ::
  agent_holds agent answered
  asks open refused tcp "$(address_of agent 4)" 8080
  asks open refused tcp "$(address_of agent 6)" 8080
  asks agent answered tcp "$(address_of agent 4)" 8080
  recipe_start https "An AI agent's container" 2
  agent_holds https refused
}

recipe_published() {
  outside_make
  recipe_start web "A published port for one host" 1 netprobe serve 80 0.0.0.0 ::
}

recipe_docker() {
  local before address
  before=$(rules_save /run/netns/docker | rules_without_own | sed 's/\[[0-9:]*\]//')
  recipe_start web "In the network of a Docker container" 1
  asks web answered udp 127.0.0.11 53
  asks web answered tcp 127.0.0.11 53
  for address in "$PERMITTED4" "$PERMITTED6"; do
    asks web answered tcp "$address"
    asks web refused udp "$address"
  done
  for address in "$DENIED4" "$DENIED6"; do
    asks web refused tcp "$address"
    asks web refused udp "$address" 53
  done
  assert_same "$before" "$(rules_save /run/netns/docker | rules_without_own | sed 's/\[[0-9:]*\]//')"
  workload_remove web
  assert_same "$before" "$(rules_save /run/netns/docker | sed 's/\[[0-9:]*\]//')"
}
