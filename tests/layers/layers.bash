# A namespace "box" for a container, two servers behind it, and an administrator's fence: a mandatory profile that lets
# the permitted address through and nothing else. Each attack is also run where there is no such layer, or against rules
# as one would naively write them, and must come through there.
#
# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2153,SC2154 # the other libraries set and use these

layers_setup_file() {
  hook_setup_file
  net_server_start
}

layers_setup() {
  HOOK_STATE=$BATS_TEST_TMPDIR/state.json
  net_server_forget
  net_container_add box 1
  BOX4=10.88.1.2
  BOX6=fd00:88:1::2
  container_make one
  HOOK_BEFORE=$(rules_save_legacy /run/netns/box)
}

# Another container of the box; the functions of lib/hook.bash then speak of it. Earlier ones keep their process.
# container_make NAME
container_make() {
  HOOK_ID=$1$BATS_TEST_NUMBER
  HOOK_PID=$(hook_process box)
  bundle_make "$1" /bin/true
  bundle_network "$1" /run/netns/box
  HOOK_STATE=$BATS_TEST_TMPDIR/$1.json
  hook_state_make "$HOOK_ID" "$HOOK_PID" "$1"
}

# Goes back to an earlier container: container_use NAME
container_use() {
  HOOK_ID=$1$BATS_TEST_NUMBER
  HOOK_STATE=$BATS_TEST_TMPDIR/$1.json
}

# Applies annotations of the container, which must work: container_start [KEY=VALUE...]
container_start() {
  local annotation
  hook_state '.annotations = {}'
  for annotation; do
    hook_annotate "${annotation%%=*}" "${annotation#*=}"
  done
  hook createRuntime
  hook_did
}

# The annotations stop the container, and the kernel is as it was before: container_refused REGULAR_EXPRESSION KEY=VALUE...
container_refused() {
  local annotation expected=$1 before
  shift
  before=$(box_rules)
  hook_state '.annotations = {}'
  for annotation; do
    hook_annotate "${annotation%%=*}" "${annotation#*=}"
  done
  hook createRuntime
  assert_equal "$status" 1 || fail "was not refused: $*" || return 1
  assert_refusal "$stderr" "$HOOK_ID" "$expected" || return 1
  assert_same "$before" "$(box_rules)"
}

# The rules of the box without their counters: neighbours are looked for at any time.
box_rules() {
  rules_save_legacy /run/netns/box | sed 's/\[[0-9:]*\]//'
}

container_stop() {
  hook_poststop
  hook_did
  hook_state '.status = "creating" | .pid = '"$HOOK_PID"
}

# The mandatory profile "fence" with a policy document, beside other members of the configuration.
# fence_put DOCUMENT [MEMBERS]
fence_put() {
  host_admin_file profiles/fence.json <<<"$1"
  host_admin_file config.json <<<"{\"mandatory_profiles\": [\"fence\"]${2:+, $2}}"
}

# fence [MEMBERS]
fence() {
  fence_put '{"version": 1, "egress": {"default": "reject",
    "rules": [{"action": "allow", "to": ["'$PERMITTED4'", "'$PERMITTED6'"]}]}}' "${1:-}"
}

no_fence() {
  inside rm -rf /etc/oci-iptables
}

# A command of both families in the box, by somebody who may.
box_iptables() {
  inside nsenter --net=/run/netns/box iptables-legacy "$@"
  inside nsenter --net=/run/netns/box ip6tables-legacy "$@"
}

# The fence as other tools make it: rules at the end of OUTPUT. Further words go before each rule's verdict.
naive_fence() {
  inside nsenter --net=/run/netns/box iptables-legacy -A OUTPUT -d "$DENIED4" "$@" -j REJECT
  inside nsenter --net=/run/netns/box ip6tables-legacy -A OUTPUT -d "$DENIED6" "$@" -j REJECT
}

# asks NAMESPACE answered|refused|silent PROTOCOL ADDRESS [PORT]
asks() {
  local wait=() text
  [[ $2 != answered ]] || wait=(-w 5)
  text=$(inside ip netns exec "$1" "$HOST_SCRATCH/netprobe" ask "${wait[@]}" "$3" "$4" "${5:-$ECHO_PORT}")
  assert_matches "$text" "^$3 $4 ${5:-$ECHO_PORT} $2"
}

# What the host itself, the box's gateway, gets from an address of the box: host_asks RESULT PROTOCOL ADDRESS PORT
host_asks() {
  local wait=() text
  [[ $1 != answered ]] || wait=(-w 5)
  text=$(inside "$HOST_SCRATCH/netprobe" ask "${wait[@]}" "$2" "$3" "$4")
  assert_matches "$text" "^$2 $3 $4 $1"
}

# Everything that the fence denies, TCP and UDP, IPv4 and IPv6: denied answered|refused
denied() {
  asks box "$1" tcp "$DENIED4" || return 1
  asks box "$1" udp "$DENIED4" || return 1
  asks box "$1" tcp "$DENIED6" || return 1
  asks box "$1" udp "$DENIED6"
}

# The fence stands: nothing denied was reached, by any way, and what is permitted is.
fence_holds() {
  denied refused || return 1
  refute net_server_saw "$DENIED4" || return 1
  refute net_server_saw "$DENIED6" || return 1
  asks box answered tcp "$PERMITTED4" || return 1
  asks box answered udp "$PERMITTED6"
}

# Servers of a namespace that end with the test, as a workload without capabilities: serve NAMESPACE PORT ADDRESS...
serve() {
  local log pid
  log=$(mktemp "$BATS_TEST_TMPDIR/serve.XXXXXX")
  # hook_teardown ends what stands in files of this name.
  pid=$(mktemp "$BATS_TEST_TMPDIR/process.XXXXXX")
  inside_background "$log" nsenter --net="/run/netns/$1" unshare --mount setpriv --bounding-set=-all --inh-caps=-all \
    sh -c 'echo $$ >"$1"; shift; exec "$@"' serve "$pid" "$HOST_SCRATCH/netprobe" serve "${@:2}"
  host_wait_line "$log" '^ready$'
}
