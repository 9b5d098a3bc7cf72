# What must hold with every runtime; the files of tests/runtime give each scenario its name.
#
# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2153 # the other libraries set and use these

RULES_DENY="io.oci-iptables.rules=-A OUTPUT -d $DENIED4 -j REJECT; -A OUTPUT -d $DENIED6 -j REJECT"

scenario_setup_file() {
  netprobe_build
  host_start
  net_server_start
  host_syslog_start
  workload_prepare
}

scenario_setup() {
  net_server_forget
  : >"$HOST_SCRATCH/syslog"
}

# The address that stands for the other verdict in the same family.
permitted_beside() {
  if [[ $1 == *:* ]]; then echo "$PERMITTED6"; else echo "$PERMITTED4"; fi
}

# scenario_answers tcp|udp ADDRESS
scenario_answers() {
  local text
  ANNOTATIONS=("$RULES_DENY")
  text=$(workload_run lab1 netprobe ask -w 15 "$1" "$2" $ECHO_PORT) || fail "$text"
  assert_matches "$text" "^$1 $2 $ECHO_PORT answered"
  net_server_saw "$2"
}

# Waits for the permitted neighbour first, so that a network that is not up cannot pass for a refusal.
# scenario_refused tcp|udp ADDRESS
scenario_refused() {
  local text permitted
  permitted=$(permitted_beside "$2")
  ANNOTATIONS=("$RULES_DENY")
  text=$(workload_run lab1 sh -c \
    "netprobe ask -w 15 $1 $permitted $ECHO_PORT; netprobe ask $1 $2 $ECHO_PORT") || fail "$text"
  assert_matches "$text" "^$1 $permitted $ECHO_PORT answered"
  assert_matches "$text" "^$1 $2 $ECHO_PORT refused"
  refute net_server_saw "$2"
}

# Shows that the other scenarios can fail: the same packets without annotations come through.
scenario_open_without_annotation() {
  local text
  ANNOTATIONS=()
  text=$(workload_run lab1 netprobe ask -w 15 tcp $DENIED4 $ECHO_PORT udp $DENIED4 $ECHO_PORT \
    tcp $DENIED6 $ECHO_PORT udp $DENIED6 $ECHO_PORT) || fail "$text"
  assert_equal "$(grep -c ' answered' <<<"$text")" 4
}

scenario_untouched_without_annotation() {
  local namespace
  ANNOTATIONS=()
  workload_start lab1
  namespace=$(workload_namespace lab1)
  refute rules_has_own "$namespace"
  state_forgot lab1
}

# The first program of the container sends from its first instruction on, and goes on for a while.
scenario_first_packet() {
  local text
  ANNOTATIONS=("$RULES_DENY")
  text=$(workload_run lab1 netprobe ask -f 1.5 udp $DENIED4 $ECHO_PORT tcp $DENIED4 $ECHO_PORT \
    udp $DENIED6 $ECHO_PORT tcp $DENIED6 $ECHO_PORT) || fail "$text"
  assert_equal "$(grep -cE ' (refused|silent)' <<<"$text")" 4
  assert_no_match "$text" answered
  refute net_server_saw "$DENIED4"
  refute net_server_saw "$DENIED6"
}

scenario_workload_cannot_change() {
  local namespace before text
  ANNOTATIONS=("$RULES_DENY")
  workload_start lab1
  namespace=$(workload_namespace lab1)
  rules_has_own "$namespace"
  before=$(rules_save "$namespace" | sed 's/\[[0-9:]*\]//')

  assert_equal "$(workload_exec lab1 id -u)" 0
  for command in "iptables-legacy -S" "iptables-legacy -F" "iptables-legacy -P OUTPUT ACCEPT" "ip6tables-legacy -S" \
    "ip6tables-legacy -F" "iptables-legacy-save -t filter" "nft list ruleset" "nft flush ruleset"; do
    # shellcheck disable=SC2086 # the words of the command
    if text=$(workload_exec lab1 $command) && [[ -n $text ]]; then
      fail "$command: $text" || return 1
    fi
  done
  assert_matches "$(workload_exec lab1 iptables-legacy -S)" "Permission denied"
  # In a user namespace of its own the workload gets capabilities, but not over this network.
  workload_exec lab1 unshare -r iptables-legacy -F && fail "iptables-legacy -F in a user namespace of its own"
  workload_exec lab1 unshare -r -n iptables-legacy -F || true

  assert_same "$before" "$(rules_save "$namespace" | sed 's/\[[0-9:]*\]//')"
  assert_matches "$(workload_exec lab1 netprobe ask tcp $DENIED4 $ECHO_PORT)" " refused "
}

# A wrong rule: the container's program does not run, and the reason is where people look.
scenario_failure_stops() {
  local text
  ANNOTATIONS=("io.oci-iptables.rules=-A OUTPUT -p tcp --dprot 80 -j DROP")
  if text=$(workload_run lab1 netprobe ask tcp $PERMITTED4 $ECHO_PORT); then
    fail "the container ran: $text" || return 1
  fi
  assert_no_match "$text" "answered"
  refute net_server_saw "$PERMITTED4"
  refute workload_exists lab1

  # authpriv is facility 10, so the number is 80 to 87.
  grep -qE '^<8[0-7]>.*oci-iptables-hook.*--dprot' "$HOST_SCRATCH/syslog" ||
    fail "nothing in syslog; it has: $(cat "$HOST_SCRATCH/syslog")"
  inside grep -rqE 'oci-iptables-hook: [^ ]+: .*--dprot' "$(workload_state_directory)" ||
    fail "nothing in the state directory: $(inside find "$(workload_state_directory)")"
  # crun throws a hook's stderr away.
  if [[ $WORKLOAD_RUNTIME == runc || $WORKLOAD_RUNTIME == podman-runc ]]; then
    assert_matches "$text" 'oci-iptables-hook: [^ ]+: .*--dprot'
  fi
}

scenario_failure_leaves_nothing() {
  local namespace before
  namespace=$(workload_shared_namespace base)
  rules_put_foreign "$namespace"
  before=$(rules_save "$namespace")
  ANNOTATIONS=("io.oci-iptables.rules=-A OUTPUT -p tcp --dprot 80 -j DROP")
  refute workload_start in=base lab1
  assert_same "$before" "$(rules_save "$namespace")"
}

# mangle is committed before filter; the kernel takes the owner match in OUTPUT and POSTROUTING only.
scenario_second_table_fails() {
  local namespace before
  namespace=$(workload_shared_namespace base)
  rules_put_foreign "$namespace"
  before=$(rules_save "$namespace")
  ANNOTATIONS=("io.oci-iptables.rules=-t mangle -A OUTPUT -j MARK --set-mark 1; -A INPUT -m owner --uid-owner 7 -j DROP")
  refute workload_start in=base lab1
  assert_same "$before" "$(rules_save "$namespace")"
  assert_matches "$(cat "$HOST_SCRATCH/syslog")" "oci-iptables-hook: [^ ]+: .*rules.*"

  # The first table alone is fine: the failure above is the second one's.
  ANNOTATIONS=("io.oci-iptables.rules=-t mangle -A OUTPUT -j MARK --set-mark 1")
  workload_start in=base lab2
  assert_matches "$(rules_save "$namespace")" "-j MARK"
}

# No file of the state directory is named after a container or speaks of it.
# state_forgot NAME
state_forgot() {
  local id=$1 found directory
  directory=$(workload_state_directory)
  inside test -d "$directory" || return 0
  found=$(inside bash -c 'find "$1" -type f -name "*$2*"; grep -rl -- "$2" "$1" || true' state "$directory" "$id")
  [[ -z $found ]] || fail "left in the state directory: $found"
}

# The id of a container, which is not its name with podman.
workload_id() {
  case $WORKLOAD_RUNTIME in
    runc | crun) echo "$1" ;;
    *) workload_podman inspect --format '{{.Id}}' "$1" ;;
  esac
}

scenario_poststop_leaves_nothing() {
  local namespace id
  namespace=$(workload_shared_namespace base)
  ANNOTATIONS=("$RULES_DENY")
  workload_start in=base lab1
  id=$(workload_id lab1)
  rules_has_own "$namespace" || fail "no rules in force"
  inside grep -rlq -- "$id" "$(workload_state_directory)" || fail "no record while the container runs"
  workload_remove lab1
  refute rules_has_own "$namespace"
  state_forgot "$id"
}

scenario_foreign_rules_unchanged() {
  local namespace before
  namespace=$(workload_shared_namespace base)
  rules_put_foreign "$namespace"
  before=$(rules_save "$namespace")
  assert_matches "$before" "DOCKER_OUTPUT"
  assert_matches "$before" "NETAVARK_FORWARD"
  assert_matches "$before" "table inet mesh"
  ANNOTATIONS=("$RULES_DENY; -t nat -A OUTPUT -d 203.0.113.99 -p tcp --dport 80 -j REDIRECT --to-ports 8080")
  workload_start in=base lab1
  assert_matches "$(rules_save "$namespace")" "203.0.113.99"
  assert_same "$before" "$(rules_save "$namespace" | rules_without_own)"
  workload_remove lab1
  assert_same "$before" "$(rules_save "$namespace")"
}

scenario_restart() {
  local permitted="netprobe ask -w 15 tcp $PERMITTED4 $ECHO_PORT tcp $PERMITTED6 $ECHO_PORT"
  local denied="netprobe ask tcp $DENIED4 $ECHO_PORT udp $DENIED6 $ECHO_PORT" text
  ANNOTATIONS=("$RULES_DENY")
  workload_start lab1
  for _ in 1 2; do
    workload_restart lab1 >/dev/null
    # shellcheck disable=SC2086 # the words of the command
    text=$(workload_exec lab1 $permitted && workload_exec lab1 $denied)
    assert_equal "$(grep -c ' answered' <<<"$text")" 2
    assert_equal "$(grep -c ' refused' <<<"$text")" 2
    assert_equal "$(rules_save "$(workload_namespace lab1)" | grep -c -- "-d $DENIED4/32 ")" 1
  done
}

# Two containers in one network namespace, each with its own rules.
scenario_joined() {
  local namespace before text
  ANNOTATIONS=("io.oci-iptables.rules=-A OUTPUT -d $DENIED4 -j REJECT")
  workload_start lab1
  namespace=$(workload_namespace lab1)
  before=$(rules_save "$namespace" | sed 's/\[[0-9:]*\]//')
  ANNOTATIONS=("io.oci-iptables.rules=-A OUTPUT -d $DENIED6 -j REJECT")
  workload_start in=lab1 lab2
  text=$(workload_exec lab2 netprobe ask -w 15 tcp $PERMITTED6 $ECHO_PORT)
  assert_matches "$text" "answered"
  for name in lab1 lab2; do
    text=$(workload_exec $name netprobe ask tcp $DENIED4 $ECHO_PORT udp $DENIED6 $ECHO_PORT)
    assert_equal "$(grep -c ' refused' <<<"$text")" 2
  done
  workload_remove lab2
  assert_same "$before" "$(rules_save "$namespace" | sed 's/\[[0-9:]*\]//')"
  text=$(workload_exec lab1 netprobe ask tcp $DENIED4 $ECHO_PORT tcp $DENIED6 $ECHO_PORT)
  assert_matches "$text" "tcp $DENIED4 $ECHO_PORT refused"
  assert_matches "$text" "tcp $DENIED6 $ECHO_PORT answered"
}

scenario_net_raw_refused() {
  local text
  ANNOTATIONS=("$RULES_DENY")
  WORKLOAD_CAPABILITY=CAP_NET_RAW
  if text=$(workload_run lab1 netprobe ask tcp $PERMITTED4 $ECHO_PORT); then
    fail "the container ran: $text" || return 1
  fi
  assert_matches "$(cat "$HOST_SCRATCH/syslog")" "--cap-drop=NET_RAW"
}

# The container's network is the host's: nothing of this host may be filtered.
scenario_host_network_refused() {
  local before text
  before=$(rules_save "/proc/1/ns/net")
  ANNOTATIONS=("$RULES_DENY")
  WORKLOAD_HOST_NETWORK=yes
  if text=$(workload_run lab1 netprobe ask tcp $PERMITTED4 $ECHO_PORT); then
    fail "the container ran: $text" || return 1
  fi
  assert_matches "$(cat "$HOST_SCRATCH/syslog")" "oci-iptables-hook: .*host"
  assert_same "$before" "$(rules_save "/proc/1/ns/net")"
}

# Without a way out there is nothing to refuse, but the rules are there all the same.
scenario_none_network() {
  ANNOTATIONS=("$RULES_DENY")
  WORKLOAD_NONE_NETWORK=yes
  workload_start lab1
  rules_has_own "$(workload_namespace lab1)"
  assert_matches "$(workload_exec lab1 netprobe ask tcp 127.0.0.1 $ECHO_PORT)" "refused ECONNREFUSED"
}

# A container that ends by itself is cleaned up as one that is removed.
scenario_exit_leaves_nothing() {
  local namespace
  namespace=$(workload_shared_namespace base)
  ANNOTATIONS=("$RULES_DENY")
  workload_run in=base lab1 netprobe ask tcp $DENIED4 $ECHO_PORT
  refute rules_has_own "$namespace"
}

# The long form, with a newline, a comma and quotes in it: podman gets it as base64.
scenario_document() {
  local text
  ANNOTATIONS=("io.oci-iptables.rules=*filter
-A OUTPUT -d $DENIED4,203.0.113.4 -m comment --comment \"denied, both\" -j REJECT
-A OUTPUT -d $DENIED6 -j REJECT
COMMIT
")
  workload_start lab1
  text=$(workload_exec lab1 netprobe ask -w 15 tcp $PERMITTED4 $ECHO_PORT tcp $PERMITTED6 $ECHO_PORT)
  assert_equal "$(grep -c ' answered' <<<"$text")" 2
  text=$(workload_exec lab1 netprobe ask tcp $DENIED4 $ECHO_PORT udp $DENIED6 $ECHO_PORT)
  assert_equal "$(grep -c ' refused' <<<"$text")" 2
}

# Both stages in one definition apply once.
scenario_both_stages() {
  ANNOTATIONS=("$RULES_DENY")
  oci_bundle lab1 "" /bin/sleep 3600
  bundle_hooks lab1 prestart
  bundle_hooks lab1 createRuntime
  touch "$HOST_SCRATCH/bundles/lab1/kept"
  workload_start lab1
  assert_equal "$(rules_save "$(workload_namespace lab1)" | grep -c -- "-d $DENIED4/32 ")" 1
  workload_remove lab1
  refute rules_has_own /run/netns/lab1
}

# Names of a container's namespace are the runtime's own business: here it has none.
scenario_own_namespace() {
  local namespace
  ANNOTATIONS=("$RULES_DENY")
  WORKLOAD_NONE_NETWORK=yes
  workload_start lab1
  namespace=$(workload_namespace lab1)
  assert_equal "$(rules_save "$namespace" | grep -c -- "-d $DENIED4/32 ")" 1
  workload_remove lab1
  state_forgot lab1
}
