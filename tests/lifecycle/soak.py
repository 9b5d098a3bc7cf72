#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets containers live and die in a seeded disorder and looks at what is left. See tests/lifecycle/soak.

Runs inside a test host (tests/lib/host-init.bash): /run, the network and the processes are its own.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

STATE = pathlib.Path("/run/oci-iptables")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
# Containers that live at the same time, and pods that they can share.
MOST_ALIVE = 8
PODS = 3
FOREIGN = "*filter\n:FOREIGN - [0:0]\n-A OUTPUT -j FOREIGN\nCOMMIT\n"
# Layers for the same container now and then; the first is the one that time and memory are compared for.
LAYERS = (
    "",
    "-t raw -A OUTPUT -p udp -j RETURN; -t mangle -A OUTPUT -j MARK --set-mark 1; ",
    "-4 -t nat -A OUTPUT -d 192.0.2.8 -p tcp -j DNAT --to-destination 192.0.2.9; ",
    "-A INPUT -p tcp --dport 9 -j DROP; ",
)
REFUSED = "-A OUTPUT -m owner --uid-owner 7 -j DROP; -A INPUT -m owner --uid-owner 7 -j DROP; "
KILLED = 128 + signal.SIGKILL
# A namespace dies some time after its last holder, and the machine may be busy.
PATIENCE = 60

Run = collections.namedtuple("Run", "status memory cpu wall killed text")


class Failure(Exception):
    """Something that must not be."""


def wait_until(what, condition):
    """Waits until @condition() gives nothing any more, and fails with what it gave last."""
    end = time.monotonic() + PATIENCE
    while True:
        left = condition()
        if not left:
            return
        if time.monotonic() > end:
            raise Failure(f"{what}: {left}")
        time.sleep(0.05)


def address4(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Space:
    """A network namespace: a pod's, or a container's own."""

    def __init__(self, number, pod, watched):
        self.name = f"soak{number}"
        self.path = pathlib.Path("/run/netns") / self.name
        self.pod = pod
        self.containers = []
        # Containers of which the last fault may have left rules, until a poststop, gc or the next one in the namespace.
        self.untidy = set()
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        if watched:
            # Its end in the host is gone when the namespace is, whoever holds it and however.
            link = ["ip", "link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns", self.name]
            subprocess.run(link, check=True)
        if pod:
            for family in ("iptables", "ip6tables"):
                self.inside([f"{family}-legacy-restore"], input=FOREIGN.encode(), check=True)
        self.before = self.rules() if pod else []

    def inside(self, command, **options):
        return subprocess.run(["nsenter", f"--net={self.path}", *command], **options)

    def rules(self):
        """Rules and user chains of both families without counters; an empty table doesn't show."""
        command = ["sh", "-c", "iptables-legacy-save; ip6tables-legacy-save"]
        saved = self.inside(command, stdout=subprocess.PIPE, check=True).stdout.decode()
        return [line.split(" [")[0] for line in saved.splitlines() if line.startswith("-") or " - [" in line]

    def numbers(self, rules):
        """How often each container's two rules are there, by number."""
        count = collections.Counter()
        for rule in rules:
            found = re.search(r"-d 10\.(\d+)\.(\d+)\.(\d+)/32 -j REJECT", rule)
            if found:
                count[int(found[1]) << 16 | int(found[2]) << 8 | int(found[3])] += 1
            found = re.search(r"-d 2001:db8::([0-9a-f]+)/128 -j DROP", rule)
            if found:
                count[int(found[1], 16)] += 1
        return count

    def look(self):
        """Containers that run have both rules once; of the others only those have any that may."""
        if not self.path.exists():
            return
        rules = self.rules()
        count = self.numbers(rules)
        for container in self.containers:
            if count.pop(container.number, 0) != 2:
                raise Failure(f"{self.name}: {container.id} runs without its rules, or with too many: {rules}")
        if set(count) - self.untidy:
            raise Failure(f"{self.name}: rules of {sorted(set(count) - self.untidy)}, who are gone: {rules}")
        if not self.containers and not self.untidy and rules != self.before:
            raise Failure(f"{self.name}: nobody is in it, and it has {rules}")

    def unlink(self):
        if self.path.exists():
            subprocess.run(["ip", "netns", "del", self.name], check=True)


class Container:
    """What a runtime knows of a container. Its process is started with it."""

    def __init__(self, soak, number, space, rules, runtime=None):
        self.number = number
        self.id = f"life{number}"
        self.space = space
        self.runtime = runtime
        self.process = None
        self.pid = 0
        marks = f"-A OUTPUT -d {address4(number)} -j REJECT; -A OUTPUT -d 2001:db8::{number:x} -j DROP"
        self.annotations = {"io.oci-iptables.rules": rules + marks}
        self.bundle = soak.scratch / "bundles" / self.id
        self.cgroup = f"{soak.cgroup}/{self.id}"
        config = json.loads(soak.template)
        config["linux"]["namespaces"].append({"type": "network", "path": str(space.path)})
        config["linux"]["cgroupsPath"] = f"/{self.cgroup}"
        if runtime:
            config["annotations"] = self.annotations
        self.bundle.mkdir()
        (self.bundle / "config.json").write_text(json.dumps(config))

    def start(self):
        command = ["nsenter", f"--net={self.space.path}", "unshare", "--mount", "setpriv", "--bounding-set=-all"]
        command += ["--inh-caps=-all", "sh", "-c", "echo $$; exec sleep 3600"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.pid = int(self.process.stdout.readline())

    def state(self, stage):
        state = {"ociVersion": "1.0.2", "id": self.id, "bundle": str(self.bundle), "annotations": self.annotations}
        state["status"] = "creating" if stage == "createRuntime" else "stopped"
        if stage == "createRuntime":
            state["pid"] = self.pid
        return json.dumps(state).encode()

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def forget(self):
        shutil.rmtree(self.bundle, ignore_errors=True)


class Soak:
    def __init__(self, options):
        self.scratch = options.scratch
        self.cgroup = options.cgroup
        self.cycles = options.cycles
        self.verbose = options.verbose
        self.random = random.Random(options.seed)
        self.template = (self.scratch / "bundles/template/config.json").read_text()
        definition = json.loads(pathlib.Path("/usr/share/containers/oci/hooks.d/oci-iptables.json").read_text())
        self.hook_path = definition["hook"]["path"]
        self.runtimes = [name for name in ("runc", "crun") if shutil.which(name)]
        self.counts = collections.Counter()
        self.measures = []
        self.lives = 0
        self.namespaces = 0
        self.usual_wall = 20000
        self.pods = [self.new_space(True) for _ in range(PODS)]
        self.spaces = list(self.pods)

    def new_space(self, pod=False):
        self.namespaces += 1
        return Space(self.namespaces, pod, pod or self.random.random() < 0.1)

    def say(self, text):
        if self.verbose:
            print(f"{self.lives}: {text}", flush=True)

    # Running the hook.

    def launch(self, command, text, number, delay=0, victim=0):
        """Starts a command that is measured, and perhaps killed."""
        report = self.scratch / f"report{number}"
        process = subprocess.Popen(
            [self.scratch / "measured", report, str(delay), str(victim), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=open(f"{report}.stderr", "wb"),
        )
        try:
            process.stdin.write(text)
            process.stdin.close()
        except BrokenPipeError:
            pass
        return process, report, victim

    def land(self, launched):
        process, report, victim = launched
        process.wait()
        status, memory, cpu, wall, killed = (int(word) for word in report.read_text().split())
        # Who was killed after the end was not disturbed.
        hit = killed == 1 and (status == KILLED or victim != 0)
        if hit:
            # A child in the middle of a system call dies at its end only, which a busy machine may put off.
            wait_until("hooks that outlive their time", self.hooks)
        return Run(status, memory, cpu, wall, hit, pathlib.Path(f"{report}.stderr").read_text().strip())

    def moment(self):
        """Some time within a hook's usual run, or a little later."""
        return self.random.randint(1, int(self.usual_wall * 1.3))

    def fault(self, container):
        """Who is to be killed while the hook runs, and when."""
        dice = self.random.random()
        if dice < 0.65:
            return "", 0, 0
        if dice < 0.80:
            return "hook killed", self.moment(), 0
        if dice < 0.92:
            return "child killed", self.moment(), -self.random.randint(1, 3)
        return "container killed", self.moment(), container.pid

    # Lives.

    def choose_space(self):
        if self.random.random() < 0.5:
            return self.random.choice(self.pods)
        space = self.new_space()
        self.spaces.append(space)
        return space

    def start_some(self):
        """One to three containers at the same time, some of them in one namespace."""
        batch = []
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self.lives += 1
            rules = self.random.choice(LAYERS) if self.random.random() < 0.5 else ""
            refused = self.random.random() < 0.06
            container = Container(self, self.lives, self.choose_space(), REFUSED if refused else rules)
            container.start()
            fault = ("", 0, 0) if refused else self.fault(container)
            batch.append((container, fault, refused, rules))
        old = {container.space: set(container.space.untidy) for container, *_ in batch}
        apply = [self.hook_path, "createRuntime"]
        launched = [
            self.launch(apply, container.state("createRuntime"), container.number, *fault[1:])
            for container, fault, *_ in batch
        ]
        for (container, fault, refused, rules), process in zip(batch, launched):
            self.judge_start(container, fault, refused, self.land(process), old)
            if not container.space.pod and not refused and not rules and not fault[0]:
                self.measures.append(self.last)
        for space in {container.space for container, *_ in batch}:
            space.look()

    def judge_start(self, container, fault, refused, run, old):
        space = container.space
        self.last = run
        self.say(f"{container.id} in {space.name}: {fault[0] or ('refused' if refused else 'starts')}, {run.status}")
        self.counts[fault[0] if run.killed else "refused" if refused else "undisturbed"] += 1
        if refused and run.status != 1:
            raise Failure(f"{container.id} was not refused: {run.status} {run.text}")
        if not refused and not run.killed and run.status != 0:
            raise Failure(f"{container.id} was refused: {run.text}")
        if run.status == 1 and len(run.text.splitlines()) != 1:
            raise Failure(f"{container.id} failed and said {run.text!r}")
        if run.status == 0 and not (run.killed and fault[0] == "container killed"):
            if not run.killed:
                space.untidy -= old[space]
                self.usual_wall = 0.9 * self.usual_wall + 0.1 * run.wall
            space.containers.append(container)
            return
        # The runtime does not start it. runc calls poststop then, crun does not.
        container.kill()
        if run.killed:
            space.untidy.add(container.number)
        if self.random.random() < 0.5:
            self.poststop(container)
        self.after(container)

    def poststop(self, container, *fault):
        command = [self.hook_path, "poststop"]
        run = self.land(self.launch(command, container.state("poststop"), container.number, *fault))
        if run.status == 0:
            container.space.untidy.discard(container.number)
        elif not run.killed:
            raise Failure(f"poststop of {container.id}: {run.text}")
        return run

    def end_some(self):
        alive = [(space, container) for space in self.spaces for container in space.containers]
        for space, container in self.random.sample(alive, min(len(alive), self.random.choice((1, 1, 2, 3)))):
            space.containers.remove(container)
            space.untidy.add(container.number)
            dice = self.random.random()
            self.say(f"{container.id} in {space.name} ends")
            if container.runtime:
                self.end_runtime(container)
            else:
                self.end_one(container, dice)
            space.look()
            self.after(container)

    def end_one(self, container, dice):
        """As runtimes stop a container, in the order in which they do it or should not."""
        space = container.space
        if dice < 0.1 and not space.pod:
            # The kubelet's order.
            container.kill()
            space.unlink()
            self.counts["namespace went first"] += 1
            self.poststop(container)
        elif dice < 0.3:
            container.kill()
            self.counts["no poststop"] += 1
        elif dice < 0.5:
            container.kill()
            victim = self.random.choice((0, -1))
            if self.poststop(container, self.moment() // 2, victim).killed:
                self.counts["poststop killed"] += 1
            if self.random.random() < 0.5:
                self.poststop(container)
        else:
            container.kill()
            self.poststop(container)
            if dice > 0.9:
                self.counts["poststop twice"] += 1
                self.poststop(container)

    def after(self, container):
        """A namespace of its own goes with its container, now or when somebody tidies up."""
        container.forget()
        space = container.space
        if space.pod or space.containers:
            return
        if not space.untidy or self.random.random() < 0.7:
            space.unlink()
            self.spaces.remove(space)

    # Containers of runtimes.

    def runtime(self, container, *arguments, **options):
        root = f"/run/test-host/soak-{container.runtime}"
        return [shutil.which(container.runtime), "--root", root, *arguments]

    def quiet(self, command):
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_runtime(self):
        self.lives += 1
        space = self.choose_space()
        container = Container(self, self.lives, space, self.random.choice(LAYERS), self.random.choice(self.runtimes))
        old = set(space.untidy)
        delay = self.random.randint(1, 200000) if self.random.random() < 0.4 else 0
        create = self.runtime(container, "create", "--bundle", str(container.bundle), container.id)
        run = self.land(self.launch(create, b"", container.number, delay))
        self.say(f"{container.id} of {container.runtime} in {space.name}: {run.status}")
        self.counts[f"{container.runtime} killed" if run.status == KILLED else container.runtime] += 1
        space.untidy.add(container.number)
        if run.status == 0:
            space.untidy.discard(container.number)
            space.untidy -= old
            space.containers.append(container)
            if self.quiet(self.runtime(container, "start", container.id)).returncode != 0:
                raise Failure(f"{container.runtime} start {container.id} failed")
            space.look()
            return
        if run.status != KILLED:
            raise Failure(f"{container.runtime} create failed: {run.text}")
        # The hook that it ran has ended by itself; the container waits for a runtime that will not come.
        self.quiet(self.runtime(container, "delete", "--force", container.id))
        self.kill_cgroup(container)
        self.after(container)

    def end_runtime(self, container):
        dice = self.random.random()
        if dice < 0.2:
            # conmon and the runtime died: nobody calls poststop, and the runtime's own notes are for a later clean-up.
            self.counts["no poststop"] += 1
            self.kill_cgroup(container)
            shutil.rmtree(f"/run/test-host/soak-{container.runtime}/{container.id}", ignore_errors=True)
            return
        delete = self.runtime(container, "delete", "--force", container.id)
        if self.quiet(delete).returncode != 0:
            raise Failure(f"{container.runtime} delete {container.id} failed")
        container.space.untidy.discard(container.number)

    def cgroup_processes(self, container):
        found = set()
        for file in CGROUPS.glob(f"**/{container.cgroup}/cgroup.procs"):
            # Where a hierarchy is not mounted, crun makes a plain file, which nobody updates.
            if not (CGROUPS / "cgroup.procs").exists() and file.stat().st_dev == CGROUPS.stat().st_dev:
                continue
            try:
                found |= {int(line) for line in file.read_text().split()} - {0}
            except OSError:
                pass
        return found

    def kill_cgroup(self, container):
        def left():
            pids = self.cgroup_processes(container)
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return pids

        wait_until(f"processes of {container.id}", left)

    # Cleaning up and looking.

    def collect(self, *fault):
        run = self.land(self.launch([shutil.which("oci-iptables"), "gc"], b"", "gc", *fault))
        if run.killed:
            self.counts["gc killed"] += 1
            return
        if run.status != 0:
            raise Failure(f"gc: {run.status} {run.text}")
        self.counts["gc"] += 1
        for space in self.spaces:
            space.untidy = set()
            space.look()
        self.spaces = [space for space in self.spaces if space.pod or space.containers or space.unlink()]
        alive = {container.id for space in self.spaces for container in space.containers}
        recorded = {path.name.split(".")[2] for path in STATE.glob("records/*.json")}
        if recorded != alive:
            raise Failure(f"gc left records of {sorted(recorded - alive)}, and has none of {sorted(alive - recorded)}")
        self.look_at_state()

    def look_at_state(self):
        """Every file of the state directory has its reason."""
        records = {path.name[: -len(".json")] for path in STATE.glob("records/*.json")}
        cookies = {name.split(".")[0] for name in records}
        for path in STATE.rglob("*"):
            room = path.parent.name
            known = (
                path.is_dir()
                or (room == "records" and path.stem in records and path.suffix in (".json", ".text"))
                or (room == "locks" and path.name in cookies)
                # A hook whose runtime is killed while it writes the state may know no id, or the beginning of one.
                or (room == "failures" and re.fullmatch(r"-|l|li|lif|life\d*", path.name))
            )
            if not known:
                raise Failure(f"stray file {path}")

    @staticmethod
    def hooks():
        """Processes of the project, by what they were started as."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].rsplit(b"/", 1)[-1].startswith(b"oci-iptables"):
                found.append(f"{path.parent.name} {words[0].decode()}")
        return found

    def step(self):
        alive = sum(len(space.containers) for space in self.spaces)
        dice = self.random.random()
        if dice < 0.02:
            self.collect(self.moment() // 3, self.random.choice((0, -1)))
        elif dice < 0.04:
            self.collect()
        elif alive < MOST_ALIVE and (alive == 0 or self.random.random() < 0.55):
            if self.runtimes and self.random.random() < 0.08:
                self.start_runtime()
            else:
                self.start_some()
        else:
            self.end_some()

    def run(self):
        while self.lives < self.cycles:
            self.step()
        while any(space.containers for space in self.spaces):
            self.end_some()
        wait_until("processes of the hook", self.hooks)
        self.collect()
        self.collect()
        for pod in self.pods:
            if pod.rules() != pod.before:
                raise Failure(f"{pod.name} has {pod.rules()}")
        for kind in ("records", "locks"):
            if list(STATE.glob(f"{kind}/*")):
                raise Failure(f"left: {list(STATE.glob(f'{kind}/*'))}")
        for space in self.spaces:
            space.unlink()
        wait_until("namespaces that somebody holds", lambda: sorted(
            path.name for path in pathlib.Path("/sys/class/net").glob("soak*")))

    def compare(self):
        """The first lives of one kind beside the last: a third each, a hundred at most."""
        most = min(100, len(self.measures) // 3)
        if most == 0:
            print("too few lives to compare")
            return
        first, last = self.measures[:most], self.measures[len(self.measures) - most :]
        grown = []
        for what, unit, slack, beginning, end in (
            ("memory", "KiB", 1.2, [run.memory for run in first], [run.memory for run in last]),
            ("processor time", "us", 2.0, [run.cpu for run in first], [run.cpu for run in last]),
        ):
            before, after = statistics.median(beginning), statistics.median(end)
            print(f"{what} of a life, first {most} and last {most}: {before:.0f} {unit}, {after:.0f} {unit}")
            if after > slack * before:
                grown.append(what)
        size = sum(path.stat().st_size for path in STATE.rglob("*") if path.is_file())
        count = sum(1 for path in STATE.rglob("*") if path.is_file())
        print(f"state directory: {count} files of {size} bytes, all failures")
        if grown:
            raise Failure(f"grew from the first lives to the last: {', '.join(grown)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--cgroup", required=True)
    parser.add_argument("--cycles", required=True, type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    os.umask(0o022)
    soak = Soak(options)
    failed = ""
    try:
        soak.run()
        soak.compare()
    except Failure as failure:
        failed = str(failure)
    for what, count in sorted(soak.counts.items()):
        print(f"{what}: {count}")
    if failed:
        print(f"after {soak.lives} lives: {failed}")
        sys.exit(1)
    print(f"{soak.lives} lives, nothing left")


main()
