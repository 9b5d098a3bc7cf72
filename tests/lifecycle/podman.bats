#!/usr/bin/env bats
#
# Pods, joined networks and restarts of podman.

# shellcheck disable=SC2016,SC2034,SC2154 # inner shells' variables; the libraries use and set these

load ../lib/common
load lifecycle

setup_file() {
  export WORKLOAD_RUNTIME=podman
  scenario_setup_file
  # A pod's first container would be of an image that is not here.
  tar -C "$HOST_SCRATCH/rootfs" -c . |
    workload_podman import --quiet --change 'CMD ["/bin/sleep", "3600"]' - localhost/infra
  inside mkdir -p /etc/containers/containers.conf.d
  inside tee /etc/containers/containers.conf.d/infra.conf >/dev/null <<'END'
[engine]
infra_image = "localhost/infra"
END
}

teardown_file() {
  host_stop
}

setup() {
  scenario_setup
}

teardown() {
  # What was mounted by this podman is not seen by the others.
  [[ -z ${KUBE_PID:-} ]] || kube_podman pod rm -a -f -t 0 >/dev/null 2>&1 || true
  workload_podman pod rm -a -f -t 0 >/dev/null 2>&1 || true
  workload_cleanup
}

DENY_OTHER="io.oci-iptables.rules=-A OUTPUT -d 203.0.113.77 -j REJECT"

# A pod with the containers one, two and three, each with rules of its own; prints nothing.
pod_start() {
  local name number=0
  workload_podman pod create --name pod --network lab >/dev/null || return 1
  for name in one two three; do
    number=$((number + 1))
    workload_podman run -d --pod pod --name "$name" \
      --annotation "io.oci-iptables.rules=-A OUTPUT -d 203.0.113.$number -j REJECT; ${RULES_DENY#*=}" \
      localhost/lab sleep 3600 </dev/null >/dev/null 3>&- || return 1
  done
  POD_INFRA=$(workload_podman pod inspect pod | jq -r '.InfraContainerID')
}

# The addresses 203.0.113.N that the pod's rules name, as "1 3"
pod_rules() {
  rules_save_legacy "$(workload_namespace "$POD_INFRA")" | sed -n 's|.* -d 203\.0\.113\.\([0-9]\)/32 .*|\1|p' |
    sort | xargs
}

pod_filters() {
  local text
  text=$(workload_exec "$1" netprobe ask -w 15 tcp "$PERMITTED4" "$ECHO_PORT" udp "$PERMITTED6" "$ECHO_PORT" &&
    workload_exec "$1" netprobe ask tcp "$DENIED4" "$ECHO_PORT" udp "$DENIED6" "$ECHO_PORT")
  assert_equal "$(grep -c ' answered' <<<"$text")" 2 || return 1
  assert_equal "$(grep -c ' refused' <<<"$text")" 2
}

# Stops the three in this order; each takes its own rules along: pod_stop_order FIRST SECOND THIRD
pod_stop_order() {
  local -A number=([one]=1 [two]=2 [three]=3)
  local before left
  pod_start
  assert_equal "$(pod_rules)" "1 2 3"
  workload_podman stop -t 0 "$1" >/dev/null
  left=$(printf '%s\n' "${number[$2]}" "${number[$3]}" | sort | xargs)
  assert_equal "$(pod_rules)" "$left"
  pod_filters "$2"
  workload_podman stop -t 0 "$2" >/dev/null
  assert_equal "$(pod_rules)" "${number[$3]}"
  pod_filters "$3"
  workload_podman stop -t 0 "$3" >/dev/null
  refute rules_has_own "$(workload_namespace "$POD_INFRA")"
  state_is_empty
}

@test "podman pod: stopped in the order one, two, three" {
  pod_stop_order one two three
}

@test "podman pod: stopped in the order one, three, two" {
  pod_stop_order one three two
}

@test "podman pod: stopped in the order two, one, three" {
  pod_stop_order two one three
}

@test "podman pod: stopped in the order two, three, one" {
  pod_stop_order two three one
}

@test "podman pod: stopped in the order three, one, two" {
  pod_stop_order three one two
}

@test "podman pod: stopped in the order three, two, one" {
  pod_stop_order three two one
}

@test "podman pod: one of three is restarted, and the others stay filtered" {
  pod_start
  workload_podman restart -t 0 two >/dev/null
  assert_equal "$(pod_rules)" "1 2 3"
  pod_filters one
  pod_filters two
}

@test "podman pod: removed as a whole, nothing is left" {
  pod_start
  workload_podman pod rm -f -t 0 pod >/dev/null
  gc_did
  state_is_empty
}

@test "podman --network container:X, X stopped and removed first: the joined one keeps its rules, and takes them along" {
  ANNOTATIONS=("$DENY_OTHER")
  workload_start first >/dev/null
  ANNOTATIONS=("$RULES_DENY")
  workload_start in=first joined >/dev/null
  namespace=$(workload_namespace joined)
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- '-d 203.0.113.77/32 ')" 1
  # podman refuses to remove X while another container joins it, but X may end.
  workload_podman stop -t 0 first >/dev/null
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- '-d 203.0.113.77/32 ' || true)" 0
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- "-d $DENIED4/32 ")" 1
  text=$(workload_exec joined netprobe ask tcp "$DENIED4" "$ECHO_PORT" udp "$DENIED6" "$ECHO_PORT")
  assert_no_match "$text" answered
  workload_podman rm -f -t 0 --depend first >/dev/null
  gc_did
  state_is_empty
}

@test "podman --network container:X, X stays until the joined one is gone: both keep their rules" {
  ANNOTATIONS=("$DENY_OTHER")
  workload_start first >/dev/null
  ANNOTATIONS=("$RULES_DENY")
  workload_start in=first joined >/dev/null
  namespace=$(workload_namespace joined)
  # podman refuses this before it stops anything.
  refute workload_podman rm -f -t 0 first
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- '-d 203.0.113.77/32 ')" 1
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- "-d $DENIED4/32 ")" 1
  workload_podman rm -f -t 0 joined >/dev/null
  assert_equal "$(rules_save_legacy "$(workload_namespace first)" | grep -c -- '-d 203.0.113.77/32 ')" 1
  assert_equal "$(rules_save_legacy "$(workload_namespace first)" | grep -c -- "-d $DENIED4/32 " || true)" 0
  workload_remove first
  state_is_empty
}

@test "podman --network container:X, X is killed with its conmon: the joined one keeps its rules, gc takes X's" {
  ANNOTATIONS=("$DENY_OTHER")
  workload_start first >/dev/null
  ANNOTATIONS=("$RULES_DENY")
  workload_start in=first joined >/dev/null
  namespace=$(workload_namespace joined)
  # shellcheck disable=SC2046 # a list of numbers
  inside kill -9 $(workload_podman inspect --format '{{.State.ConmonPid}} {{.State.Pid}}' first)
  for _ in {1..200}; do
    gc_did
    [[ $output != *removed* ]] || break
    sleep 0.05
  done
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- '-d 203.0.113.77/32 ' || true)" 0
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- "-d $DENIED4/32 ")" 1
  pod_filters joined
  # Somebody else joins in X's place.
  ANNOTATIONS=("$DENY_OTHER")
  workload_start in=joined third >/dev/null
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- '-d 203.0.113.77/32 ')" 1
  workload_podman rm -f -t 0 third >/dev/null
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- '-d 203.0.113.77/32 ' || true)" 0
  pod_filters joined
  workload_podman rm -f -t 0 --depend first >/dev/null
  gc_did
  state_is_empty
}

@test "podman --network container:X, X is restarted: it has its rules in its new network, the joined one in the old" {
  ANNOTATIONS=("$DENY_OTHER")
  workload_start first >/dev/null
  ANNOTATIONS=("$RULES_DENY")
  workload_start in=first joined >/dev/null
  namespace=$(workload_namespace joined)
  workload_podman restart -t 0 first >/dev/null
  assert_equal "$(rules_save_legacy "$(workload_namespace first)" | grep -c -- '-d 203.0.113.77/32 ')" 1
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- "-d $DENIED4/32 ")" 1
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- '-d 203.0.113.77/32 ' || true)" 0
  text=$(workload_exec joined netprobe ask tcp "$DENIED4" "$ECHO_PORT" udp "$DENIED6" "$ECHO_PORT")
  assert_no_match "$text" answered
  workload_podman rm -f -t 0 --depend first >/dev/null
  gc_did
  state_is_empty
}

# podman makes pods of Kubernetes only where there are cgroups. These begin in the test host's own groups, for podman and
# all that it starts, so that nothing of the machine's is changed. Sets KUBE_PID, of the process that holds them.
kube_start() {
  local log=$BATS_TEST_TMPDIR/kube
  inside_background "$log" bash -ec '
    roots=(/sys/fs/cgroup)
    [[ -e $roots/cgroup.procs ]] || mapfile -t roots < <(findmnt -rn -t cgroup -o TARGET)
    for root in "${roots[@]}"; do
      for group in "$root/$0" "$root/$0/kube"; do
        mkdir -p "$group"
        # A group without processors and memory takes no process.
        for file in cpuset.cpus cpuset.mems; do
          [[ ! -e $root/cpuset.tasks && ! -e $root/cpuset.memory_pressure ]] || cat "$root/$file" >"$group/$file"
        done
      done
      echo $$ >"$group/cgroup.procs"
    done
    exec unshare --cgroup --mount bash -ec "$1" "$0" "${roots[@]}"' "$HOST_CGROUP" '
    for root; do
      mount --bind "$root/$0/kube" "$root"
      # In the second version a group with groups below it holds no process itself.
      mkdir -p "$root/self"
      cat "$root"/cpuset.cpus >"$root/self/cpuset.cpus" 2>/dev/null || true
      cat "$root"/cpuset.mems >"$root/self/cpuset.mems" 2>/dev/null || true
      echo $$ >"$root/self/cgroup.procs"
    done
    sed "s/^cgroups = .*/cgroups = \"enabled\"/" /etc/containers/containers.conf >/run/test-host/kube.conf
    mount --bind /run/test-host/kube.conf /etc/containers/containers.conf
    echo "ready $$"
    exec sleep 3600'
  host_wait_line "$log" '^ready [0-9]+$'
  KUBE_PID=$(sed -n 's/^ready //p' "$log")
}

kube_podman() {
  inside nsenter -t "$KUBE_PID" --mount --cgroup bash -c '
    for group in /sys/fs/cgroup{,/*}/self/cgroup.procs; do
      [[ ! -e $group ]] || echo $$ >"$group"
    done
    TMPDIR=/tmp exec podman "$@"' bash "$@"
}

@test "podman kube play: the pod's annotations filter each of its containers, and go with the pod" {
  kube_start
  # podman 4.3 takes no annotation of more than 63 characters here.
  jq -n --arg list "$PERMITTED4 $PERMITTED6" '
    {apiVersion: "v1", kind: "Pod",
     metadata: {name: "kube", annotations: {"io.oci-iptables.egress": $list}},
     spec: {containers: [("one", "two") | {name: ., image: "localhost/lab", imagePullPolicy: "Never",
                                           command: ["/bin/sleep", "3600"]}]}}' >"$HOST_SCRATCH/pod.yaml"
  kube_podman kube play --network lab "$HOST_SCRATCH/pod.yaml" >/dev/null ||
    fail "$(inside sh -c 'cat /run/oci-iptables/failures/*')"
  namespace=/proc/$(kube_podman inspect --format '{{.State.Pid}}' kube-one)/ns/net
  assert_equal "$(rules_save_legacy "$namespace" | grep -c -- "-A oi-.* -d $PERMITTED4/32 ")" 2
  for name in kube-one kube-two; do
    text=$(kube_podman exec "$name" /bin/netprobe ask -w 15 tcp "$PERMITTED4" "$ECHO_PORT")
    assert_matches "$text" answered
    text=$(kube_podman exec "$name" /bin/netprobe ask tcp "$DENIED4" "$ECHO_PORT" udp "$DENIED6" "$ECHO_PORT")
    assert_equal "$(grep -c ' refused' <<<"$text")" 2
  done
  kube_podman stop -t 0 kube-one >/dev/null
  assert_equal "$(rules_save_legacy "/proc/$(kube_podman inspect --format '{{.State.Pid}}' kube-two)/ns/net" |
    grep -c -- "-A oi-.* -d $PERMITTED4/32 ")" 1
  kube_podman kube down "$HOST_SCRATCH/pod.yaml" >/dev/null
  state_is_empty
}

@test "podman restart: the rules are in force each time, once, and no record of the last time stays" {
  ANNOTATIONS=("$RULES_DENY")
  workload_start lab1 >/dev/null
  for _ in 1 2 3; do
    workload_restart lab1 >/dev/null
    assert_equal "$(rules_save_legacy "$(workload_namespace lab1)" | grep -c -- "-d $DENIED4/32 ")" 1
    pod_filters lab1
    assert_equal "$(inside sh -c 'ls /run/oci-iptables/records/*.json' | wc -l)" 1
  done
  workload_remove lab1
  state_is_empty
}

@test "podman, conmon killed: no poststop runs, and gc forgets the container" {
  ANNOTATIONS=("$RULES_DENY")
  workload_start lab1 >/dev/null
  # shellcheck disable=SC2046 # a list of numbers
  inside kill -9 $(workload_podman inspect --format '{{.State.ConmonPid}} {{.State.Pid}}' lab1)
  workload_podman rm -f -t 0 lab1 >/dev/null 2>&1 || true
  gc_did
  state_is_empty
}
