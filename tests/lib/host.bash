# A test host for each file of tests: see host-init.bash for what is private in it.
#
# shellcheck shell=bash disable=SC2016 # jq's and the inner shell's variables

# Where the tests' own files lie; the same path inside the test host and outside.
HOST_SCRATCH=${BATS_FILE_TMPDIR:-}
# Belongs to nobody on the machine; only the test host's own /etc/passwd knows it.
HOST_USER_ID=61342

# The files of the product as `meson install` puts them. OCI_IPTABLES_TREE names such a tree, OCI_IPTABLES_BUILD a build
# directory to make one from.
host_tree() {
  if [[ -n ${OCI_IPTABLES_TREE:-} ]]; then
    realpath "$OCI_IPTABLES_TREE"
    return
  fi
  if [[ -z ${OCI_IPTABLES_BUILD:-} ]]; then
    echo "set OCI_IPTABLES_BUILD to a build directory, or use tests/run" >&2
    return 1
  fi
  DESTDIR="$HOST_SCRATCH/tree" meson install -C "$OCI_IPTABLES_BUILD" --no-rebuild --quiet >&2 || return 1
  echo "$HOST_SCRATCH/tree"
}

# Starts the test host of this file. Sets HOST_PID.
host_start() {
  local tree unshare_pid i

  tree=$(host_tree) || return 1
  setsid unshare --mount --net --pid --fork --mount-proc --propagation private \
    bash "$OCI_IPTABLES_TESTS/lib/host-init.bash" "$HOST_SCRATCH" "$tree" "$HOST_USER_ID" \
    </dev/null >"$HOST_SCRATCH/host.log" 2>&1 3>&- 4>&- &
  unshare_pid=$!
  for ((i = 0; i < 200; i++)); do
    [[ -e $HOST_SCRATCH/ready ]] && break
    kill -0 "$unshare_pid" 2>/dev/null || break
    sleep 0.05
  done
  HOST_PID=$(pgrep -P "$unshare_pid") || HOST_PID=
  if [[ ! -e $HOST_SCRATCH/ready || -z $HOST_PID ]]; then
    echo "the test host did not start:" >&2
    cat "$HOST_SCRATCH/host.log" >&2
    return 1
  fi
  export HOST_PID
  HOST_CGROUP=oci-iptables-tests-$HOST_PID
  export HOST_CGROUP
  host_watch
}

# Ends the test host when the test run was killed before it could.
host_watch() {
  setsid bash -c '
    while kill -0 "$1" && kill -0 "$2"; do sleep 1; done
    kill -9 "$2"
    find /sys/fs/cgroup -depth -type d -path "*/$3*" -exec rmdir {} +
  ' host-watch "$BATS_ROOT_PID" "$HOST_PID" "$HOST_CGROUP" </dev/null >/dev/null 2>&1 3>&- 4>&- &
}

# Ends the test host and everything in it.
host_stop() {
  [[ -n ${HOST_PID:-} ]] || return 0
  kill -9 "$HOST_PID" 2>/dev/null
  while kill -0 "$HOST_PID" 2>/dev/null; do
    sleep 0.05
  done
  find /sys/fs/cgroup -depth -type d -path "*/$HOST_CGROUP*" -exec rmdir {} + 2>/dev/null || true
}

# Runs a command in the test host, with the environment of a login and nothing of the test runner's.
inside() {
  nsenter -t "$HOST_PID" -m -n -p -- env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C "$@"
}

# The same as the unprivileged user.
inside_as_user() {
  nsenter -t "$HOST_PID" -m -n -p -- setpriv --reuid="$HOST_USER_ID" --regid="$HOST_USER_ID" --clear-groups \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run/test-host/home XDG_RUNTIME_DIR="/run/user/$HOST_USER_ID" \
    TMPDIR=/tmp LC_ALL=C "$@"
}

# Starts a command in the test host and leaves it running; it ends with the host at the latest.
# inside_background LOGFILE COMMAND...
inside_background() {
  local log=$1
  shift
  inside setsid "$@" </dev/null >"$log" 2>&1 3>&- 4>&- &
  disown
}

# Waits until a file holds a line that matches; fails after ten seconds.
# host_wait_line FILE REGULAR_EXPRESSION
host_wait_line() {
  local i
  for ((i = 0; i < 200; i++)); do
    grep -qE -- "$2" "$1" 2>/dev/null && return 0
    sleep 0.05
  done
  echo "$1 never had a line that matches $2:" >&2
  cat "$1" >&2
  return 1
}

# Puts a file of the administrator in place: host_admin_file NAME, text on stdin.
host_admin_file() {
  inside mkdir -p "$(dirname "/etc/oci-iptables/$1")"
  inside tee "/etc/oci-iptables/$1" >/dev/null
  inside chmod 644 "/etc/oci-iptables/$1"
}

# Forgets what an earlier test left for the hook to find.
host_forget() {
  inside bash -c 'rm -rf /etc/oci-iptables /run/oci-iptables /run/user/*/oci-iptables /tmp/oci-iptables-'"$HOST_USER_ID"
}

# Listens on the test host's /dev/log; what comes stands in $HOST_SCRATCH/syslog.
host_syslog_start() {
  inside_background "$HOST_SCRATCH/syslog" "$HOST_SCRATCH/netprobe" log /dev/log
  host_wait_line "$HOST_SCRATCH/syslog" '^ready$'
}
