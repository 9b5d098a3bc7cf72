# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole containers of runc and podman, in a host of their own made of namespaces."""

import base64
import ctypes
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import traceback

from bench import HERE, HOOK, ROOT, TWELVE, TWELVE_NFT, available, nft_table, quiet, write

NO_HOOK = "no hook"
# Like /bin/true, but it reads the state: crun takes a closed pipe for a failure.
CAT = "/bin/cat as hook"
ONCE = ", without poststop"
SHELL = "shell hook, 2 x legacy-restore"
PYTHON = "Python hook, nft"
RUNC = "runc run"
PODMAN = "podman run"
# Belongs to nobody on the machine; only the host's own /etc/passwd knows it.
USER_ID = "61342"
STAGES = ("createRuntime", "poststop")
RULES = {"io.oci-iptables.rules": f"*filter\n{TWELVE}COMMIT\n"}
CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
                "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT"]


class Host:
    """The tests' host: /run, /etc, /usr, /tmp and networks of its own."""

    def __init__(self, bench):
        self.bench = bench
        self.scratch = tempfile.mkdtemp(prefix="oci-iptables-bench-host.")
        self.process = None
        self.pid = 0
        self.cgroup = f"oci-iptables-bench-{os.getpid()}"

    def start(self):
        """Installs the product into a tree and starts the host on it."""
        tree = f"{self.scratch}/tree"
        os.environ["DESTDIR"] = tree
        quiet("meson", "install", "-C", self.bench.options.build, "--no-rebuild", "--quiet")
        del os.environ["DESTDIR"]
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--propagation", "private", "bash",
             f"{ROOT}/tests/lib/host-init.bash", self.scratch, tree, USER_ID],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 60
        while not os.path.exists(f"{self.scratch}/ready"):
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("the host for containers did not start")
            time.sleep(0.02)
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
            self.pid = int(file.read().split()[0])

    def stop(self):
        """Ends the host with everything in it."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
        subprocess.run(["find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", f"*/{self.cgroup}*", "-exec",
                        "rmdir", "{}", "+"], check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def run_inside(self, measured):
        """Calls a function in a process that has entered the host; takes over the rows that it makes."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(reader)
                self.enter()
                first = len(self.bench.rows)
                measured()
                with os.fdopen(writer, "w", encoding="utf-8") as file:
                    json.dump(self.bench.rows[first:], file)
                status = 0
            except BaseException:  # pylint: disable=broad-except
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as file:
            text = file.read()
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
            raise RuntimeError("measuring containers failed")
        self.bench.rows.extend(json.loads(text))

    def enter(self):
        """Joins the host: nothing but the runtime itself is then between the clock and the container."""
        library = ctypes.CDLL(None, use_errno=True)
        fds = [os.open(f"/proc/{self.pid}/ns/{kind}", os.O_RDONLY) for kind in ("net", "pid", "mnt")]
        for fd in fds:
            if library.setns(fd, 0) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        os.chdir("/")
        os.environ.clear()
        os.environ.update({"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C", "TMPDIR": "/tmp"})


class Containers:
    """Containers of /bin/true that differ in nothing but their hooks."""

    def __init__(self, bench):
        self.bench = bench
        self.host = Host(bench)

    def run(self, rounds, runc_seconds, podman_seconds):
        """Both runtimes, where they are installed."""
        if not available("runc", "busybox", "meson"):
            return
        try:
            self.host.start()
            self.rootfs()
            self.host.run_inside(lambda: self.runc(rounds, runc_seconds))
            if available("podman", "conmon"):
                self.host.run_inside(lambda: self.podman(rounds, podman_seconds))
        finally:
            self.host.stop()

    def rootfs(self):
        """busybox, and what podman wants of an image."""
        root = f"{self.host.scratch}/rootfs"
        for name in ("bin", "etc", "dev", "proc", "sys", "tmp", "run"):
            os.makedirs(f"{root}/{name}")
        shutil.copy(shutil.which("busybox"), f"{root}/bin/busybox")
        os.symlink("busybox", f"{root}/bin/true")
        write(f"{root}/etc/passwd", "root:x:0:0::/:/bin/sh\n")

    def hooks(self):
        """By name: the entry of a hook in config.json, and the stages it is for."""
        scratch = self.host.scratch
        with open("/usr/share/containers/oci/hooks.d/oci-iptables.json", encoding="ascii") as file:
            own = json.load(file)["hook"]
        write(f"{scratch}/rules", RULES["io.oci-iptables.rules"])
        write(f"{scratch}/table", nft_table(TWELVE_NFT))
        write(f"{scratch}/hook", "#!/bin/sh\npid=$(sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p')\n"
              f"nsenter --net=/proc/$pid/ns/net iptables-legacy-restore {scratch}/rules\n"
              f"exec nsenter --net=/proc/$pid/ns/net ip6tables-legacy-restore {scratch}/rules\n")
        os.chmod(f"{scratch}/hook", 0o755)
        shutil.copy(f"{HERE}/peer-python", f"{scratch}/peer-python")
        environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        cat = {"path": "/bin/cat"}
        return {NO_HOOK: ({}, ()), CAT: (cat, STAGES), HOOK: (own, STAGES), CAT + ONCE: (cat, STAGES[:1]),
                HOOK + ONCE: (own, STAGES[:1]), SHELL: ({"path": f"{scratch}/hook", "env": environment}, STAGES[:1]),
                PYTHON: ({"path": f"{scratch}/peer-python", "args": ["peer-python", f"{scratch}/table"],
                          "env": environment}, STAGES[:1])}

    def bundle(self, name, hook, stages):
        """A bundle of runc's in a new network namespace."""
        sets = {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")}
        config = {
            "ociVersion": "1.0.2", "annotations": RULES, "hostname": "bench",
            "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["/bin/true"], "env": ["PATH=/bin"],
                        "capabilities": sets},
            "root": {"path": f"{self.host.scratch}/rootfs", "readonly": True},
            "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                       {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
                        "options": ["nosuid", "strictatime", "mode=755"]}],
            "linux": {"cgroupsPath": f"/{self.host.cgroup}/{name}",
                      "namespaces": [{"type": kind} for kind in ("network", "pid", "ipc", "uts", "mount")]}}
        if stages:
            config["hooks"] = {stage: [hook] for stage in stages}
        os.makedirs(f"{self.host.scratch}/bundles/{name}")
        write(f"{self.host.scratch}/bundles/{name}/config.json", json.dumps(config))

    def runc(self, rounds, seconds):
        """Containers without anything between the clock and runc."""
        variants = []
        for number, (name, (hook, stages)) in enumerate(self.hooks().items()):
            self.bundle(str(number), hook, stages)
            command = ["runc", "--root", "/run/test-host/runc", "run", "--bundle",
                       f"{self.host.scratch}/bundles/{number}", f"bench{number}"]
            variants.append((name, lambda command=command: self.bench.run(command), None))
        self.bench.measure(RUNC, variants, rounds, seconds)

    def podman(self, rounds, seconds):
        """The same through podman, which adds its own work to each container."""
        archive = f"{self.host.scratch}/image.tar"
        quiet("tar", "-C", f"{self.host.scratch}/rootfs", "-cf", archive, ".")
        quiet("podman", "import", "--quiet", archive, "localhost/bench")
        annotations = [f"{key}=base64:" + base64.b64encode(value.encode()).decode() for key, value in RULES.items()]
        variants = []
        for number, (name, (hook, stages)) in enumerate(self.hooks().items()):
            if name not in (NO_HOOK, CAT, HOOK):
                continue
            directory = f"/run/test-host/hooks-{number}"
            os.makedirs(directory)
            if stages:
                write(f"{directory}/hook.json", json.dumps({"version": "1.0.0", "hook": hook, "when": {"always": True},
                                                           "stages": stages}))
            command = ["podman", f"--hooks-dir={directory}", "run", "--rm", "--network", "none",
                       *(f"--annotation={one}" for one in annotations), "localhost/bench", "/bin/true"]
            variants.append((name, lambda command=command: self.bench.run(command), None))
        self.bench.measure(PODMAN, variants, rounds, seconds)
