#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian package: made, judged by lintian, put into a minimal system, used there, and purged.

# shellcheck disable=SC2016,SC2034,SC2154 # jq variables; the libraries use and set the others

load ../lib/common

setup_file() {
  # Without optimisation it takes half the time; tests/run has built what is optimised.
  DEB_BUILD_OPTIONS="nocheck noautodbgsym noopt" "$OCI_IPTABLES_TESTS/../contrib/debian/build" "$BATS_FILE_TMPDIR" \
    >"$BATS_FILE_TMPDIR/build.log" 2>&1 </dev/null || {
    tail -n 30 "$BATS_FILE_TMPDIR/build.log" >&2
    return 1
  }
  PACKAGE=$(echo "$BATS_FILE_TMPDIR"/oci-iptables_*.deb)
  export PACKAGE
  netprobe_build
  root_start
  rootfs_make
  root_files >"$BATS_FILE_TMPDIR/before"
}

root_files() {
  inside find /etc /usr /var | sort
}

teardown_file() {
  host_stop
}

# Starts the minimal system in the place of the test host, with what the package depends on, runc, and ip.
root_start() {
  local outer packages i

  mapfile -t packages < <(dpkg-deb -f "$PACKAGE" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/ //g')
  setsid unshare --mount --propagation private bash "$OCI_IPTABLES_TESTS/package/root-init.bash" make \
    "$BATS_FILE_TMPDIR" "$BATS_ROOT_PID" "${packages[@]}" iproute2 runc \
    </dev/null >"$BATS_FILE_TMPDIR/root.log" 2>&1 3>&- 4>&- &
  outer=$!
  for ((i = 0; i < 6000; i++)); do
    [[ -e $BATS_FILE_TMPDIR/ready ]] && break
    kill -0 "$outer" 2>/dev/null || break
    sleep 0.1
  done
  HOST_PID=$(<"$BATS_FILE_TMPDIR/ready") || {
    tail -n 30 "$BATS_FILE_TMPDIR/root.log" >&2
    return 1
  }
  [[ -e $BATS_FILE_TMPDIR/lean ]] ||
    echo "# this machine's own system serves: $(grep -v '^I:' "$BATS_FILE_TMPDIR/root.log" | tail -n 1)" >&3
  HOST_CGROUP=oci-iptables-tests-$HOST_PID
  export HOST_PID HOST_CGROUP
  host_watch
}

install_package() {
  inside dpkg --install "$PACKAGE" >"$BATS_TEST_TMPDIR/dpkg.log" 2>&1 || fail "$(<"$BATS_TEST_TMPDIR/dpkg.log")"
}

@test "lintian finds no error and no warning in the package" {
  lintian --fail-on error,warning "$BATS_FILE_TMPDIR"/*.changes >"$BATS_TEST_TMPDIR/lintian.log" 2>&1 ||
    fail "$(<"$BATS_TEST_TMPDIR/lintian.log")"
}

@test "the package has the version of the project" {
  version=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" "$OCI_IPTABLES_TESTS/../meson.build" | head -n 1)
  assert_equal "$(dpkg-deb -f "$PACKAGE" Version)" "$version"
}

@test "the package holds everything where podman, man, the shells and systemd look for it" {
  install_package
  for file in /usr/libexec/oci/hooks.d/oci-iptables-hook /usr/bin/oci-iptables \
    /usr/share/containers/oci/hooks.d/oci-iptables.json /usr/share/oci-iptables/hooks/oci-iptables-always.json \
    /usr/share/oci-iptables/profiles/web.json /usr/share/oci-iptables/schemas/policy.schema.json \
    /usr/share/man/man8/oci-iptables-hook.8.gz /usr/share/man/man8/oci-iptables.8.gz \
    /usr/share/man/man5/oci-iptables-policy.5.gz /usr/share/man/man5/oci-iptables-config.5.gz \
    /usr/share/man/man7/oci-iptables-annotations.7.gz /usr/share/bash-completion/completions/oci-iptables \
    /usr/share/zsh/vendor-completions/_oci-iptables /usr/share/fish/vendor_completions.d/oci-iptables.fish \
    /usr/lib/tmpfiles.d/oci-iptables.conf /usr/lib/modules-load.d/oci-iptables.conf \
    /lib/systemd/system/oci-iptables-gc.timer \
    /lib/systemd/system/oci-iptables-gc.service /etc/oci-iptables/profiles; do
    # A minimal system may leave manuals and completions away.
    dpkg-deb -c "$PACKAGE" | grep -qE " \.(/usr)?${file#/usr}/?$" || fail "not in the package: $file" || return 1
  done
  path=$(inside cat /usr/share/containers/oci/hooks.d/oci-iptables.json | jq -r .hook.path)
  inside test -x "$path"
  assert_matches "$(inside oci-iptables --version)" "^oci-iptables [0-9]"
  # Its users decide whether a timer runs.
  refute inside test -e /etc/systemd/system/timers.target.wants/oci-iptables-gc.timer
}

@test "in a minimal system a container of runc reaches what its annotation permits and nothing else" {
  install_package
  net_server_start
  net_container_add box
  bundle_make box /bin/netprobe ask tcp "$PERMITTED4" "$ECHO_PORT" tcp "$DENIED4" "$ECHO_PORT" \
    tcp "$PERMITTED6" "$ECHO_PORT" tcp "$DENIED6" "$ECHO_PORT"
  bundle_network box /run/netns/box
  bundle_hooks box
  output=$(inside runc run --bundle "$HOST_SCRATCH/bundles/box" open </dev/null 2>&1)
  assert_equal "$(grep -c ' answered$' <<<"$output")" 4
  bundle_annotate box io.oci-iptables.egress "$ECHO_PORT@$PERMITTED4 $ECHO_PORT@$PERMITTED6"
  # The probe fails where an address does not answer.
  output=$(inside runc run --bundle "$HOST_SCRATCH/bundles/box" closed </dev/null 2>&1) || true
  assert_matches "$output" "^tcp $PERMITTED4 $ECHO_PORT answered$"
  assert_matches "$output" "^tcp $PERMITTED6 $ECHO_PORT answered$"
  assert_matches "$output" "^tcp $DENIED4 $ECHO_PORT refused"
  assert_matches "$output" "^tcp $DENIED6 $ECHO_PORT refused"
  # poststop has been here.
  assert_equal "$(inside nsenter --net=/run/netns/box iptables-legacy-save | grep -cE '^(:|-A )(oci-iptables|oi-)')" 0
  bundle_edit box '.process.args = ["/bin/sleep", "3600"]'
  inside runc run --detach --bundle "$HOST_SCRATCH/bundles/box" stays </dev/null >/dev/null 2>&1
  assert_matches "$(inside oci-iptables verify)" "^ok      stays: "
  inside runc delete --force stays
  net_containers_remove
  inside ip netns del server
}

@test "purging the package leaves nothing of it" {
  install_package
  inside sh -c 'mkdir -p /run/oci-iptables && echo "{}" >/etc/oci-iptables/config.json'
  inside dpkg --remove oci-iptables >/dev/null 2>&1
  inside test -e /etc/oci-iptables/config.json
  inside dpkg --purge oci-iptables >"$BATS_TEST_TMPDIR/dpkg.log" 2>&1 || fail "$(<"$BATS_TEST_TMPDIR/dpkg.log")"
  assert_equal "$(<"$BATS_TEST_TMPDIR/dpkg.log" grep -i warning || true)" ""
  root_files >"$BATS_TEST_TMPDIR/after"
  assert_same "$(<"$BATS_FILE_TMPDIR/before")" "$(<"$BATS_TEST_TMPDIR/after")"
  assert_equal "$(inside find /run -path '*oci-iptables*')" ""
}
