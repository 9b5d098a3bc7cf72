# Root file system and OCI bundles.
#
# shellcheck shell=bash disable=SC2016 # jq's and the inner shell's variables

# Makes the root file system that all containers of a file share: busybox, netprobe, and the host's iptables and nft, so
# that a workload can try to use them.
rootfs_make() {
  local rootfs=$HOST_SCRATCH/rootfs program library

  mkdir -p "$rootfs"/{bin,sbin,usr/bin,etc,dev,proc,sys,tmp,run}
  # The image's own user could not look into a directory of mode 700.
  chmod -R 755 "$rootfs"
  cp "$(command -v busybox)" "$rootfs/bin/busybox"
  chroot "$rootfs" /bin/busybox --install -s /bin
  cp "$HOST_SCRATCH/netprobe" "$rootfs/bin/netprobe"
  echo 'root:x:0:0::/:/bin/sh' >"$rootfs/etc/passwd"
  for program in xtables-legacy-multi nft; do
    program=$(command -v "$program")
    cp "$program" "$rootfs/sbin/"
    for library in $(ldd "$program" | grep -oE '/[^ ]+'); do
      mkdir -p "$rootfs$(dirname "$library")"
      cp -L "$library" "$rootfs$library"
    done
  done
  for program in iptables-legacy ip6tables-legacy iptables-legacy-save; do
    ln -s xtables-legacy-multi "$rootfs/sbin/$program"
  done
}

# jq 1.6 takes a word that begins with a dash for an option, also behind --args.
json_array() {
  printf '%s\0' "$@" | jq -Rsc 'rtrimstr("\u0000") | split("\u0000")'
}

# Makes a bundle whose container has no network entry, no hook and no annotation yet; the functions below add them.
# bundle_make NAME ARGUMENT...
bundle_make() {
  local name=$1
  shift
  mkdir -p "$HOST_SCRATCH/bundles/$name"
  jq -n --arg rootfs "$HOST_SCRATCH/rootfs" --arg cgroup "/$HOST_CGROUP/$name" --argjson args "$(json_array "$@")" '
    ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETFCAP",
     "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"] as $capabilities |
    {
      ociVersion: "1.0.2",
      process: {
        user: {uid: 0, gid: 0}, cwd: "/", args: $args,
        env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
        capabilities: {bounding: $capabilities, effective: $capabilities, permitted: $capabilities}
      },
      root: {path: $rootfs, readonly: true},
      hostname: "test",
      mounts: [
        {destination: "/proc", type: "proc", source: "proc"},
        {destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"]},
        {destination: "/run", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev"]},
        {destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev"]}
      ],
      annotations: {},
      linux: {
        cgroupsPath: $cgroup,
        namespaces: [{type: "pid"}, {type: "ipc"}, {type: "uts"}, {type: "mount"}]
      }
    }' >"$HOST_SCRATCH/bundles/$name/config.json"
}

# Changes config.json of a bundle: bundle_edit NAME JQ_ARGUMENT...
bundle_edit() {
  local file=$HOST_SCRATCH/bundles/$1/config.json
  shift
  jq "$@" <"$file" >"$file.new" && mv "$file.new" "$file"
}

# bundle_annotate NAME KEY VALUE
bundle_annotate() {
  bundle_edit "$1" --arg key "$2" --arg value "$3" '.annotations[$key] = $value'
}

# Network namespace of the container: a path, or "new" for one of its own. Without this call it is the host's.
# bundle_network NAME PATH|new
bundle_network() {
  bundle_edit "$1" --arg path "$2" \
    '.linux.namespaces += [{type: "network"} + (if $path == "new" then {} else {path: $path} end)]'
}

# The hooks section, made of the installed hook definition. STAGE in place of createRuntime as a third word.
# bundle_hooks NAME [STAGE]
bundle_hooks() {
  local definition
  definition=$(inside cat /usr/share/containers/oci/hooks.d/oci-iptables.json)
  bundle_edit "$1" --argjson definition "$definition" --arg stage "${2:-createRuntime}" \
    '.hooks[$stage] = [$definition.hook] | .hooks.poststop = [$definition.hook]'
}

# Gives the container a capability more, in the sets named or in the three usual ones.
# bundle_capability NAME CAPABILITY [SET...]
bundle_capability() {
  local name=$1 capability=$2
  shift 2
  [[ $# -gt 0 ]] || set -- bounding effective permitted
  bundle_edit "$name" --arg capability "$capability" --argjson sets "$(json_array "$@")" \
    'reduce $sets[] as $set (.; .process.capabilities[$set] += [$capability])'
}
