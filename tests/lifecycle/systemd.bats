#!/usr/bin/env bats
#
# The timer that runs gc, what creates its directory, and a reboot.

# shellcheck disable=SC2016,SC2031,SC2034,SC2153,SC2154 # the inner shells' variables; the libraries use and set these

load ../lib/common
load lifecycle

setup_file() {
  hook_setup_file
  UNITS=$(cd "$OCI_IPTABLES_TESTS/.." && pwd)/contrib/systemd
  export UNITS
}

teardown_file() {
  host_stop
}

setup() {
  inside ip netns add pod
  POD_BEFORE=$(rules_save_legacy /run/netns/pod)
}

teardown() {
  inside umount /proc/sys/kernel/random/boot_id 2>/dev/null || true
  hook_teardown
}

RULES="-A OUTPUT -d 192.0.2.7 -j REJECT; -A OUTPUT -d 2001:db8::7 -j REJECT"

# The value of a setting of the installed service: unit NAME
unit() {
  inside sed -n "s/^$1=//p" /usr/lib/systemd/system/oci-iptables-gc.service
}

# From here on the test host has another boot id, as after a reboot.
reboot_id() {
  echo "$1" >"$HOST_SCRATCH/boot_id"
  inside umount /proc/sys/kernel/random/boot_id 2>/dev/null || true
  inside mount --bind "$HOST_SCRATCH/boot_id" /proc/sys/kernel/random/boot_id
}

@test "systemd accepts the service and the timer" {
  output=$(inside systemd-analyze --man=no verify /usr/lib/systemd/system/oci-iptables-gc.{service,timer} 2>&1) ||
    fail "$output"
  # Complaints about units of the machine are none about these.
  assert_no_match "$output" "oci-iptables"
  assert_equal "$(inside sed -n 's/^Unit=//p' /usr/lib/systemd/system/oci-iptables-gc.timer)" ""
  assert_matches "$(inside cat /usr/lib/systemd/system/oci-iptables-gc.timer)" '^WantedBy=timers.target$'
}

@test "systemd would complain of a unit with a mistake" {
  inside sh -c 'sed "s/^Type=.*/Typo=oneshot/; s|^ExecStart=.*|ExecStart=/nowhere gc|" \
    /usr/lib/systemd/system/oci-iptables-gc.service >/run/systemd-broken.service'
  output=$(inside systemd-analyze --man=no verify /run/systemd-broken.service 2>&1 || true)
  assert_matches "$output" "Typo"
  assert_matches "$output" "/nowhere"
}

@test "systemd-tmpfiles makes the state directory for root alone, and never cleans it" {
  root=$HOST_SCRATCH/root
  mkdir -p "$root/etc" "$root/run"
  printf 'root:x:0:0::/:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\n' >"$root/etc/group"
  cp "$UNITS/oci-iptables.conf" "$root/state.conf"
  inside systemd-tmpfiles --root="$root" --create "$root/state.conf"
  assert_equal "$(stat -c '%a %u %g' "$root/run/oci-iptables")" "700 0 0"
  mkdir "$root/run/oci-iptables/records"
  touch -d '2 years ago' "$root/run/oci-iptables/records/old.json"
  echo 'd /run 0755 root root 1d' >"$root/clean.conf"
  cat "$UNITS/oci-iptables.conf" >>"$root/clean.conf"
  touch -d '2 years ago' "$root/run/stray"
  inside systemd-tmpfiles --root="$root" --clean "$root/clean.conf"
  [[ -e $root/run/oci-iptables/records/old.json ]]
  rm -rf "$root"
}

@test "the service's command removes what is gone with the capabilities that the service has, and nothing else" {
  container_make dead pod "$RULES"
  container_make alive pod "$RULES"
  container_apply dead alive
  container_kill dead
  capabilities=$(unit CapabilityBoundingSet | sed 's/CAP_/+/g; s/ /,/g')
  assert_matches "$capabilities" '^\+[A-Z_]+(,\+[A-Z_]+)*$'
  assert_equal "$(unit NoNewPrivileges)" yes
  # shellcheck disable=SC2046 # the words of the command
  output=$(inside unshare --mount sh -c 'mount --make-rprivate / && mount -o remount,bind,ro /usr; exec "$@"' sh \
    setpriv --no-new-privs --bounding-set="-all,${capabilities,,}" $(unit ExecStart)) || fail "$output"
  assert_matches "$output" "^removed dead: "
  assert_no_match "$output" "alive"
  assert_equal "$(rules_count pod "-d 192.0.2.7/32 ")" 1
  container_poststop alive
  assert_same "$POD_BEFORE" "$(rules_save_legacy /run/netns/pod)"
  state_is_empty
}

@test "after a reboot old records are garbage, and the same container in the same place gets a record of its own" {
  reboot_id 11111111-2222-4333-8444-555555555555
  container_make app pod "$RULES"
  container_make other pod "$RULES"
  container_apply app other
  assert_equal "$(inside sh -c 'grep -l 11111111-2222 /run/oci-iptables/records/*.json' | wc -l)" 2
  container_kill app other
  inside ip netns del pod
  reboot_id 99999999-2222-4333-8444-555555555555
  inside ip netns add pod
  container_make app pod "$RULES"
  container_apply app
  output=$(inside oci-iptables gc --dry-run)
  assert_matches "$output" "^would remove other: .*reboot"
  gc_did
  assert_matches "$output" "^removed other: .*reboot"
  assert_no_match "$output" "alive"
  assert_equal "$(inside sh -c 'ls /run/oci-iptables/records/*.json' | wc -l)" 1
  assert_equal "$(rules_count pod "-d 192.0.2.7/32 ")" 1
  container_poststop app
  assert_same "$POD_BEFORE" "$(rules_save_legacy /run/netns/pod)"
  state_is_empty
}
