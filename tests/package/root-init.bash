#!/usr/bin/bash
# A machine with nothing on it but a minimal system, made of namespaces: its root file system is in memory and goes away
# with the last process.
#
#   root-init.bash make SCRATCH KEEPER PACKAGE...
#     SCRATCH  directory for all files of the test; "ready" appears there, and holds the first process's number outside
#     KEEPER   process with whose end everything ends
#     PACKAGE  what is installed beside the minimal system
#
# Runs in a mount namespace of its own, whose mounts reach no other. The minimal system comes from where this machine's
# packages come from. Where that can't be reached the machine's own system stands below, and "lean" does not appear.
#
# shellcheck disable=SC2016 # apt's variables
set -eu

# Where apt gets this release's packages, as debootstrap takes it.
mirror() {
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v release="$1" '$1 == release && $2 == "main" { print $3; exit }'
}

bootstrap() {
  local release url attempt packages=$*
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  url=$(mirror "$release")
  [[ -n $url ]] || return 1
  for attempt in 1 2; do
    mount -t tmpfs -o mode=755,size=2g tmpfs "$scratch/root"
    timeout 240 debootstrap --variant=minbase --include="${packages// /,}" "$release" "$scratch/root" "$url" &&
      return 0
    umount -R -l "$scratch/root"
    echo "attempt $attempt failed"
  done
  return 1
}

# What is written goes into memory here, too.
borrow() {
  mkdir -p "$scratch/over"
  mount -t tmpfs -o mode=755 tmpfs "$scratch/over"
  mkdir "$scratch/over"/{upper,work}
  mount -t overlay -o "lowerdir=/,upperdir=$scratch/over/upper,workdir=$scratch/over/work" overlay "$scratch/root"
  rm -rf "$scratch/root"/{run,tmp,etc/oci-iptables}
  mkdir -p "$scratch/root"/{run,tmp}
}

make() {
  local keeper=$1
  shift
  mkdir -p "$scratch/root"
  (
    while kill -0 "$keeper"; do sleep 1; done
    kill -9 -- -$$
  ) </dev/null >/dev/null 2>&1 &
  if bootstrap "$@"; then
    touch "$scratch/lean"
  else
    borrow
  fi
  exec unshare --net --pid --fork "$BASH" "${BASH_SOURCE[0]}" enter "$scratch"
}

device() {
  mknod -m "$4" "dev/$1" c "$2" "$3" 2>/dev/null || {
    : >"dev/$1"
    mount --bind "/dev/$1" "dev/$1"
  }
}

enter() {
  local outside
  # The file system is still the one of the namespace outside.
  read -r outside _ </proc/self/stat
  cd "$scratch/root"
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  mount --rbind /sys/fs/cgroup sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs dev
  device null 1 3 666
  device zero 1 5 666
  device full 1 7 666
  device random 1 8 666
  device urandom 1 9 666
  device tty 5 0 666
  mkdir dev/pts
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  ln -s /proc/self/fd dev/fd
  mount -t tmpfs -o mode=755 tmpfs run
  mkdir -p run/lock run/old ".$scratch"
  mount --bind "$scratch" ".$scratch"
  pivot_root . run/old
  umount -l /run/old
  rmdir /run/old
  ip link set lo up
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad
  echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
  echo "$outside" >"$scratch/ready.new"
  mv "$scratch/ready.new" "$scratch/ready"
  # bash reaps what is handed to it while it waits.
  trap : TERM
  while :; do
    sleep 3600 &
    wait $! || true
  done
}

action=$1
scratch=$2
shift 2
"$action" "$@"
