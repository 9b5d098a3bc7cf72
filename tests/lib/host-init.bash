#!/usr/bin/bash
# The first process of a test host: a machine of its own made of namespaces, in which everything the tests touch
# (/run, /etc, /usr, /tmp, /dev, networks, processes) is private and goes away when this process is killed.
#
#   host-init.bash SCRATCH TREE USER_ID
#     SCRATCH  directory for messages to the outside: "ready" appears there when the host stands
#     TREE     what `DESTDIR=TREE meson install` made; laid over /usr
#     USER_ID  user and group id of the host's unprivileged user "tester"
set -eu

scratch=$1
tree=$2
user_id=$3

mount --make-rprivate /

# crun refuses a hybrid hierarchy.
if mountpoint -q /sys/fs/cgroup/unified; then
  umount /sys/fs/cgroup/unified
fi

mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /run/user /run/test-host/{etc,etc-work,dev}
mkdir -m 1777 /run/test-host/tmp

mount -t overlay -o "lowerdir=/etc,upperdir=/run/test-host/etc,workdir=/run/test-host/etc-work" overlay /etc
mount -t overlay -o "lowerdir=$tree/usr:/usr" overlay /usr

# A private /tmp, in which only the tests' own files can be seen.
for directory in "$scratch" "$(realpath "${BASH_SOURCE[0]%/*}/..")"; do
  if [[ $directory == /tmp/* ]]; then
    mkdir -p "/run/test-host$directory"
    mount --bind "$directory" "/run/test-host$directory"
  fi
done
mount --rbind /run/test-host/tmp /tmp

# A private /dev, so that the tests can listen on /dev/log and open /dev/net/tun to the unprivileged user.
device() {
  mknod -m "$4" "/run/test-host/dev/$1" c "$2" "$3" 2>/dev/null || {
    : >"/run/test-host/dev/$1"
    mount --bind "/dev/$1" "/run/test-host/dev/$1"
  }
}
mount -t tmpfs -o mode=755 tmpfs /run/test-host/dev
mkdir /run/test-host/dev/{pts,shm,net}
device null 1 3 666
device zero 1 5 666
device full 1 7 666
device random 1 8 666
device urandom 1 9 666
device tty 5 0 666
device net/tun 10 200 666
ln -s pts/ptmx /run/test-host/dev/ptmx
ln -s /proc/self/fd /run/test-host/dev/fd
ln -s /proc/self/fd/0 /run/test-host/dev/stdin
ln -s /proc/self/fd/1 /run/test-host/dev/stdout
ln -s /proc/self/fd/2 /run/test-host/dev/stderr
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts /run/test-host/dev/pts
mount -t tmpfs -o mode=1777 tmpfs /run/test-host/dev/shm
mount --rbind /run/test-host/dev /dev

# No resolver, no network definitions and no runtime settings of the machine below.
rm -rf /etc/resolv.conf /etc/cni /etc/containers /etc/oci-iptables
echo 'nameserver 198.51.100.10' >/etc/resolv.conf
mkdir -p /etc/containers /run/user/"$user_id" /run/test-host/home
echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
{
  echo '[storage]'
  echo 'driver = "vfs"'
  echo 'graphroot = "/run/test-host/storage"'
  echo 'runroot = "/run/test-host/storage-run"'
  echo "rootless_storage_path = \"/run/test-host/home/storage\""
} >/etc/containers/storage.conf

# Raising a limit fails without CAP_SYS_RESOURCE, so the containers ask for no more than there is.
{
  echo '[containers]'
  echo 'cgroups = "disabled"'
  echo 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]'
  echo 'log_driver = "k8s-file"'
  echo '[engine]'
  echo 'cgroup_manager = "cgroupfs"'
  echo 'events_logger = "none"'
  echo '[network]'
  echo 'network_backend = "netavark"'
} >/etc/containers/containers.conf

printf 'tester:x:%s:%s::/run/test-host/home:/bin/sh\n' "$user_id" "$user_id" >>/etc/passwd
printf 'tester:x:%s:\n' "$user_id" >>/etc/group
echo 'tester:1000000000:65536' >/etc/subuid
echo 'tester:1000000000:65536' >/etc/subgid
chmod 700 /run/user/"$user_id"
chown -R "$user_id:$user_id" /run/user/"$user_id" /run/test-host/home

ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
# A forwarding host asks for its neighbours from its link-local address; while that one is still being checked for
# duplicates, about a second, nothing that it forwards in IPv6 arrives.
echo 0 >/proc/sys/net/ipv6/conf/all/accept_dad
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad

touch "$scratch/ready"

# bash reaps what is handed to it while it waits.
trap : TERM
while :; do
  sleep 3600 &
  wait $! || true
done
