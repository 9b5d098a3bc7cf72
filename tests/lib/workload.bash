# One set of verbs for containers of all runtimes, so that the scenarios are written once. A file of tests sets
# WORKLOAD_RUNTIME:
#   runc, crun                            bundles in namespaces that the test made
#   podman, podman-runc                   podman as root, on a netavark network
#   podman-rootless                       podman of the unprivileged user, on slirp4netns or pasta
#
# ANNOTATIONS, an array of KEY=VALUE, and the other variables below hold for the next containers that are started. A
# container gets a network of its own, or that of another one where `in=OTHER` is the first word.
#
# shellcheck shell=bash

ANNOTATIONS=()
# A capability more than the usual ones: CAP_NET_RAW
WORKLOAD_CAPABILITY=
# podman's --uidmap and --gidmap, for a user namespace of the container's own
WORKLOAD_UIDMAP=
# "yes": the host's network; no network at all
WORKLOAD_HOST_NETWORK=
WORKLOAD_NONE_NETWORK=

# Everything the runtime needs once per file.
workload_prepare() {
  rootfs_make
  case $WORKLOAD_RUNTIME in
    podman | podman-runc)
      podman_image
      workload_podman network create --ipv6 --subnet 10.90.0.0/24 --subnet fd00:90::/64 --disable-dns lab
      ;;
    podman-rootless)
      inside mkdir -p /etc/containers/containers.conf.d
      # Without root there is no default directory for hook definitions.
      inside tee /run/test-host/rootless.conf >/dev/null <<<'[engine]
hooks_dir = ["/usr/share/containers/oci/hooks.d"]'
      inside bash -c 'mkdir -p /run/test-host/home/.config/containers &&
        mv /run/test-host/rootless.conf /run/test-host/home/.config/containers/containers.conf &&
        chown -R '"$HOST_USER_ID:$HOST_USER_ID"' /run/test-host/home'
      podman_image
      ;;
  esac
}

podman_image() {
  tar -C "$HOST_SCRATCH/rootfs" -c . | workload_podman import --quiet - localhost/lab
}

workload_podman() {
  case $WORKLOAD_RUNTIME in
    podman) inside TMPDIR=/tmp podman "$@" ;;
    podman-runc) inside TMPDIR=/tmp podman --runtime runc "$@" ;;
    podman-rootless) inside_as_user podman "$@" ;;
  esac
}

# The network option of podman for a container of its own.
podman_network() {
  [[ -z $WORKLOAD_HOST_NETWORK ]] || { echo host && return; }
  [[ -z $WORKLOAD_NONE_NETWORK ]] || { echo none && return; }
  case $WORKLOAD_RUNTIME in
    podman-rootless)
      if inside sh -c 'command -v slirp4netns' >/dev/null; then
        echo slirp4netns:enable_ipv6=true
      else
        echo pasta
      fi
      ;;
    *) echo lab ;;
  esac
}

# Sets WORKLOAD_OPTIONS, podman's options for a container. podman before 5.0 reads an annotation as a line of CSV.
podman_options() {
  local in=$1 annotation
  WORKLOAD_OPTIONS=(--network "${in:+container:}${in:-$(podman_network)}")
  for annotation in ${ANNOTATIONS[@]+"${ANNOTATIONS[@]}"}; do
    if [[ $annotation == *[,\"$'\n']* ]]; then
      annotation=${annotation%%=*}=base64:$(printf %s "${annotation#*=}" | base64 -w 0)
    fi
    WORKLOAD_OPTIONS+=(--annotation "$annotation")
  done
  [[ -z $WORKLOAD_CAPABILITY ]] || WORKLOAD_OPTIONS+=(--cap-add "$WORKLOAD_CAPABILITY")
  if [[ -n $WORKLOAD_UIDMAP ]]; then
    WORKLOAD_OPTIONS+=(--uidmap "$WORKLOAD_UIDMAP" --gidmap "$WORKLOAD_UIDMAP")
  fi
  if [[ $WORKLOAD_RUNTIME == podman-runc ]]; then
    WORKLOAD_OPTIONS+=(--cgroups enabled --cgroup-parent "/$HOST_CGROUP")
  fi
}

# Writes the bundle of a runc or crun container.
oci_bundle() {
  local name=$1 in=$2 annotation
  shift 2
  if [[ ! -e $HOST_SCRATCH/bundles/$name/kept ]]; then
    bundle_make "$name" "$@"
    if [[ -n $WORKLOAD_NONE_NETWORK ]]; then
      bundle_network "$name" new
    elif [[ -z $WORKLOAD_HOST_NETWORK ]]; then
      inside test -e "/run/netns/${in:-$name}" || net_container_add "${in:-$name}" "$(oci_number)"
      bundle_network "$name" "/run/netns/${in:-$name}"
    fi
    [[ -z $WORKLOAD_CAPABILITY ]] || bundle_capability "$name" "$WORKLOAD_CAPABILITY"
    bundle_hooks "$name"
    for annotation in ${ANNOTATIONS[@]+"${ANNOTATIONS[@]}"}; do
      bundle_annotate "$name" "${annotation%%=*}" "${annotation#*=}"
    done
  fi
}

oci_number() {
  inside ip netns list | wc -l
}

oci() {
  inside "$WORKLOAD_RUNTIME" --root "/run/test-host/$WORKLOAD_RUNTIME" "$@"
}

# Runs a container to its end and prints what it prints: workload_run [in=OTHER] NAME ARGUMENT...
workload_run() {
  local in='' name
  [[ $1 == in=* ]] && in=${1#in=} && shift
  name=$1
  shift
  case $WORKLOAD_RUNTIME in
    runc | crun)
      oci_bundle "$name" "$in" "$@"
      oci run --bundle "$HOST_SCRATCH/bundles/$name" "$name" </dev/null 2>&1
      ;;
    *)
      podman_options "$in"
      workload_podman run --rm --name "$name" "${WORKLOAD_OPTIONS[@]}" localhost/lab "$@" </dev/null 2>&1
      ;;
  esac
}

# Starts a container that only waits: workload_start [in=OTHER] NAME
workload_start() {
  local in='' name
  [[ $1 == in=* ]] && in=${1#in=} && shift
  name=$1
  case $WORKLOAD_RUNTIME in
    runc | crun)
      oci_bundle "$name" "$in" /bin/sleep 3600
      oci create --bundle "$HOST_SCRATCH/bundles/$name" "$name" </dev/null >"$HOST_SCRATCH/$name.out" 2>&1 3>&- || {
        cat "$HOST_SCRATCH/$name.out"
        return 1
      }
      oci start "$name"
      ;;
    *)
      podman_options "$in"
      workload_podman run -d --name "$name" "${WORKLOAD_OPTIONS[@]}" localhost/lab sleep 3600 </dev/null 2>&1 3>&-
      ;;
  esac
}

# Runs a command in a container that was started: workload_exec NAME ARGUMENT...
workload_exec() {
  local name=$1
  shift
  case $WORKLOAD_RUNTIME in
    runc | crun) oci exec "$name" "$@" </dev/null 2>&1 ;;
    *) workload_podman exec "$name" "$@" </dev/null 2>&1 ;;
  esac
}

# Ends and removes a container; the namespace of a runc or crun container stays.
workload_remove() {
  case $WORKLOAD_RUNTIME in
    runc | crun) oci delete --force "$1" ;;
    *) workload_podman rm -f -t 0 "$1" >/dev/null ;;
  esac
}

# Stops a container and starts it again with the same definition.
workload_restart() {
  case $WORKLOAD_RUNTIME in
    runc | crun)
      touch "$HOST_SCRATCH/bundles/$1/kept"
      oci delete --force "$1" && workload_start "$1"
      ;;
    *) workload_podman restart -t 0 "$1" ;;
  esac
}

# Prints the file of the network namespace of a container that runs.
workload_namespace() {
  local pid
  case $WORKLOAD_RUNTIME in
    runc | crun) pid=$(oci state "$1" | jq .pid) ;;
    *) pid=$(workload_podman inspect --format '{{.State.Pid}}' "$1") ;;
  esac
  [[ $pid -gt 0 ]] && echo "/proc/$pid/ns/net"
}

# Makes a namespace that outlives the containers put into it with in=NAME, and prints its file.
workload_shared_namespace() {
  case $WORKLOAD_RUNTIME in
    runc | crun)
      net_container_add "$1" "$(oci_number)"
      echo "/run/netns/$1"
      ;;
    *)
      local ANNOTATIONS=()
      workload_start "$1" >/dev/null && workload_namespace "$1"
      ;;
  esac
}

# Says whether the runtime still knows a container, running or not.
workload_exists() {
  case $WORKLOAD_RUNTIME in
    runc | crun) oci state "$1" >/dev/null 2>&1 ;;
    *) [[ $(workload_podman inspect --format '{{.State.Running}}' "$1" 2>/dev/null) == true ]] ;;
  esac
}

# The hook's state directory for this runtime.
workload_state_directory() {
  if [[ $WORKLOAD_RUNTIME == podman-rootless ]]; then
    echo "/run/user/$HOST_USER_ID/oci-iptables"
  else
    echo /run/oci-iptables
  fi
}

# Removes every container of a test and what they left.
workload_cleanup() {
  local name
  case $WORKLOAD_RUNTIME in
    runc | crun)
      for name in $(oci list -q 2>/dev/null); do
        oci delete --force "$name"
      done
      rm -rf "$HOST_SCRATCH/bundles"
      net_containers_remove
      ;;
    *)
      # A container whose network another one still uses is refused at first.
      for _ in 1 2 3; do
        workload_podman rm -a -f -t 0 >/dev/null 2>&1
        [[ -n $(workload_podman ps -a -q) ]] || break
      done
      ;;
  esac
  host_forget
}
