#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the hook fail at one point after the other and looks at what is left. See tests/faults/run.

Runs inside a test host (tests/lib/host-init.bash): /run, the network and the processes are its own.
"""

import argparse
import collections
import errno
import json
import os
import pathlib
import re
import struct
import subprocess
import sys

STATE = pathlib.Path("/run/oci-iptables")
ID = "faulty"
OTHER = "neighbour"
# A table of each kind in both families, so that a fault can fall between any two commits.
RULES = (
    "-t raw -A OUTPUT -d 192.0.2.7 -j RETURN; -t mangle -A OUTPUT -j MARK --set-mark 1; "
    "-4 -t nat -A OUTPUT -d 192.0.2.8 -p tcp -j DNAT --to-destination 192.0.2.9; "
    "-6 -t nat -A OUTPUT -d 2001:db8::8 -p tcp -j DNAT --to-destination 2001:db8::9; "
    "-A OUTPUT -d 192.0.2.7 -j REJECT; -A INPUT -s 2001:db8::7 -j DROP"
)
OTHER_RULES = "-A OUTPUT -d 192.0.2.200 -j DROP"
# What the container asks for when it is created again after an attempt that was killed: fewer tables and chains.
AGAIN_RULES = "-A OUTPUT -d 192.0.2.7 -j REJECT; -A OUTPUT -d 2001:db8::7 -j DROP"
FOREIGN = ("*filter\n:FOREIGN - [0:0]\n-A OUTPUT -j FOREIGN\nCOMMIT\n"
           "*nat\n-A OUTPUT -d 192.0.2.99/32 -j ACCEPT\nCOMMIT\n")
KILLED = 128 + 9
PROCESSES = {0: "main", 1: "worker", 2: "parser 1", 3: "parser 2"}

Point = collections.namedtuple("Point", "stage kind process call victim number")


class Point(Point):
    def __str__(self):
        name = PROCESSES.get(self.process, f"process {self.process}")
        where = f"{self.stage}, {name}, call {self.call}"
        if self.kind == "kill":
            return f"{where}: kill -9 of {PROCESSES.get(self.victim, self.victim)}"
        if self.kind == "allocation":
            return f"{self.stage}, {name}: allocation {self.call} fails"
        return f"{where} ({self.kind}): {errno.errorcode[self.number]}"


def hook_stage(stage):
    """The stage as the hook knows it."""
    return "createRuntime" if stage == "again" else stage


class Result(collections.namedtuple("Result", "status hit text calls")):
    """How a run ended; whether the fault was made; stderr; number of calls by process."""


class Box:
    """A network namespace with a container's process, and the hook run on it."""

    def __init__(self, tools, scratch):
        self.tools = tools
        self.scratch = scratch
        definition = json.loads(pathlib.Path("/usr/share/containers/oci/hooks.d/oci-iptables.json").read_text())
        self.hook_path = definition["hook"]["path"]
        self.report = scratch / "report"
        self.pid = 0
        self.process = None
        subprocess.run(["ip", "netns", "add", "box"], check=True)
        for family in ("iptables", "ip6tables"):
            text = FOREIGN if family == "iptables" else FOREIGN.replace("192.0.2.99/32", "2001:db8::99")
            self.in_box([f"{family}-legacy-restore"], input=text.encode(), check=True)
        for name in (ID, OTHER):
            self.make_bundle(name)

    def in_box(self, command, **options):
        return subprocess.run(["nsenter", "--net=/run/netns/box", *command], **options)

    def make_bundle(self, name):
        capabilities = ["CAP_CHOWN", "CAP_KILL"]
        config = {
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": 0, "gid": 0},
                "cwd": "/",
                "args": ["/bin/true"],
                "capabilities": {"bounding": capabilities, "effective": capabilities, "permitted": capabilities},
            },
            "root": {"path": "rootfs"},
            "linux": {"namespaces": [{"type": "mount"}, {"type": "network", "path": "/run/netns/box"}]},
        }
        (self.scratch / name).mkdir()
        (self.scratch / name / "config.json").write_text(json.dumps(config))

    def start(self):
        """Starts a process like a container's first one, unless there is one."""
        if self.process is None:
            command = ["nsenter", "--net=/run/netns/box", "unshare", "--mount", "setpriv", "--bounding-set=-all"]
            command += ["--inh-caps=-all", "sh", "-c", "echo $$; exec sleep 3600"]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
            self.pid = int(self.process.stdout.readline())

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def state(self, stage, name=ID, rules=None):
        state = {"ociVersion": "1.0.2", "id": name, "bundle": str(self.scratch / name)}
        rules = rules or (AGAIN_RULES if stage == "again" else RULES)
        if stage != "poststop":
            state.update(status="creating", pid=self.pid)
        else:
            state.update(status="stopped")
        state["annotations"] = {"io.oci-iptables.rules": rules}
        return json.dumps(state).encode()

    def hook(self, stage, **words):
        """Runs the hook without a fault."""
        return subprocess.run(
            [self.hook_path, hook_stage(stage)],
            input=self.state(stage, **words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def traced(self, stage, *options):
        command = [self.tools / "fault-at", "-o", self.report, "-d", str(STATE), *options, self.hook_path]
        command.append(hook_stage(stage))
        done = subprocess.run(command, input=self.state(stage), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if done.returncode == 125:
            sys.exit(f"fault-at: {done.stderr.decode()}")
        text = self.report.read_text()
        calls = {int(number): int(count) for number, count in re.findall(r"^calls (\d+) (\d+)$", text, re.M)}
        return Result(done.returncode, "\nhit" in text, done.stderr.decode(), calls)

    def preloaded(self, stage, process, call):
        self.report.write_bytes(bytes(16 * 8))
        environment = {
            "LD_PRELOAD": str(self.tools / "fail-allocation.so"),
            "FAULT_REPORT": str(self.report),
            "FAULT_PROCESS": str(process),
            "FAULT_CALL": str(call),
        }
        done = subprocess.run(
            [self.hook_path, hook_stage(stage)],
            input=self.state(stage),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
        )
        counts = struct.unpack("16Q", self.report.read_bytes())
        # As a shell counts signals, and as fault-at does.
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return Result(status, counts[process] >= call, done.stderr.decode(), dict(enumerate(counts)))

    def run(self, point):
        if point.kind == "allocation":
            return self.preloaded(point.stage, point.process, point.call)
        where = ["-p", str(point.process), "-n", str(point.call)]
        if point.kind == "kill":
            return self.traced(point.stage, *where, "-k", str(point.victim))
        call_class, how = point.kind.split(" ")
        return self.traced(point.stage, "-c", call_class, *where, "-e" if how == "before" else "-a", str(point.number))

    def rules(self):
        """Rules and user chains of both families, without counters; empty tables don't show."""
        lines = []
        for family in ("iptables", "ip6tables"):
            saved = self.in_box([f"{family}-legacy-save"], stdout=subprocess.PIPE, check=True).stdout.decode()
            table = ""
            for line in saved.splitlines():
                if line.startswith("*"):
                    table = line
                elif line.startswith("-") or " - [" in line:
                    lines.append(f"{family} {table} {line.split(' [')[0]}")
        return lines

    def files(self):
        """What stands in the state directory but the lines about failures."""
        found = [str(path) for path in STATE.glob("*/*") if path.parent.name in ("records", "locks")]
        return found + [str(path) for path in STATE.glob("failures/*.tmp-*")]

    def collect(self):
        return subprocess.run(["oci-iptables", "gc"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def scrub(self):
        """After a leak, so that the next point starts clean."""
        for family in ("iptables", "ip6tables"):
            for table in ("raw", "mangle", "nat", "filter"):
                self.in_box([f"{family}-legacy", "-t", table, "-F"])
                self.in_box([f"{family}-legacy", "-t", table, "-X"])
            text = FOREIGN if family == "iptables" else FOREIGN.replace("192.0.2.99/32", "2001:db8::99")
            self.in_box([f"{family}-legacy-restore"], input=text.encode(), check=True)
        subprocess.run(["rm", "-rf", str(STATE)], check=True)


class Sweep:
    def __init__(self, box, verbose):
        self.box = box
        self.verbose = verbose
        self.tried = collections.Counter()
        self.leaks = []
        self.round = 0
        self.before = box.rules()
        box.start()
        first = box.hook("createRuntime")
        if first.returncode != 0:
            sys.exit(f"the hook fails without a fault: {first.stderr.decode()}")
        self.whole = {"createRuntime": box.rules()}
        self.finish("poststop")
        box.hook("again")
        self.whole["again"] = box.rules()
        self.finish("poststop")
        self.broken_off = self.find_broken_off()
        if self.leaks:
            sys.exit("the hook leaves something behind without a fault: " + "\n".join(self.leaks))

    def find_broken_off(self):
        """The call after which a killed createRuntime leaves all rules and no record that says so."""
        calls = self.box.traced("createRuntime", "-c", "state").calls[0]
        self.finish("poststop")
        for call in range(calls, 0, -1):
            self.box.traced("createRuntime", "-c", "state", "-p", "0", "-n", str(call), "-k", "0")
            rules, records = self.box.rules(), [path.read_text() for path in STATE.glob("records/*.json")]
            self.finish("poststop")
            if rules == self.whole["createRuntime"] and records and '"state":"intent"' in records[0]:
                return ["-c", "state", "-p", "0", "-n", str(call), "-k", "0"]
        sys.exit("no kill leaves rules whose record is an intent")

    def begin(self, stage):
        """What was before the stage that is tried. @return whether it was as it should be"""
        if stage == "poststop":
            return self.box.hook("createRuntime").returncode == 0
        return stage == "createRuntime" or self.box.traced("createRuntime", *self.broken_off).status == KILLED

    def leak(self, point, what, expected=(), actual=()):
        lines = [f"{point}: {what}"]
        lines += [f"    missing: {line}" for line in expected if line not in actual]
        lines += [f"    left: {line}" for line in actual if line not in expected]
        self.leaks.append("\n".join(lines))
        print(f"LEAK {self.leaks[-1]}", flush=True)

    def finish(self, how, point="without a fault"):
        """Cleans up as a host would, and looks whether anything is left."""
        box = self.box
        said = []
        if how == "next":
            # The container is gone and nobody said so; another one starts in its namespace.
            box.stop()
            box.start()
            next_one = box.hook("createRuntime", name=OTHER, rules=OTHER_RULES)
            said.append(next_one.stderr.decode())
            rules = box.rules()
            if next_one.returncode != 0 or any("192.0.2.7/32" in line for line in rules):
                self.leak(point, f"the next container of the namespace: {said[-1]}", self.before, rules)
            box.hook("poststop", name=OTHER)
        elif how == "gc":
            box.stop()
        else:
            poststop = box.hook("poststop")
            if poststop.returncode != 0:
                said.append(f"poststop: {poststop.stderr.decode()}")
        collected = box.collect()
        said.append(collected.stdout.decode())
        rules, files = box.rules(), box.files()
        if collected.returncode != 0 or rules != self.before or files:
            self.leak(point, f"after {how}: {' '.join(said).strip()}", self.before, rules + files)
            box.scrub()
        box.start()

    def judge_apply(self, point, result):
        killed = result.status == KILLED
        rules = self.box.rules()
        whole = self.whole[point.stage]
        if result.status == 0 and rules != whole:
            self.leak(point, "the hook succeeded and its rules are not whole", whole, rules)
        # Without memory the hook can do nothing more: what it leaves is for those who come later.
        tidy = not killed and result.status != 0 and "out of memory" not in result.text
        # What an earlier attempt left may stay as it is: a failure must not open a container that runs.
        earlier = point.stage == "again" and rules == self.whole["createRuntime"]
        if tidy and not earlier and rules != self.before:
            self.leak(point, f"the hook failed ({result.text.strip()}) and left rules", self.before, rules)
        if tidy and len(result.text.splitlines()) != 1:
            self.leak(point, f"the hook failed and said: {result.text!r}")

    def judge_remove(self, point, result):
        rules = self.box.rules()
        if result.status == 0 and (rules != self.before or [name for name in self.box.files() if ".json" in name]):
            self.leak(point, "poststop succeeded and something is left", self.before, rules + self.box.files())

    def try_point(self, point):
        if not self.begin(point.stage):
            self.leak(point, "what comes before it fails")
        result = self.box.run(point)
        if self.verbose:
            print(f"{point}: {'' if result.hit else 'not reached, '}ended with {result.status} {result.text.strip()}")
        if not result.hit:
            self.finish("poststop", point)
            return
        self.tried[f"{point.stage} {point.kind}"] += 1
        if point.stage != "poststop":
            self.judge_apply(point, result)
        else:
            self.judge_remove(point, result)
        self.round += 1
        self.finish(("poststop", "gc", "next")[self.round % 3], point)

    def count(self, stage, *options):
        """Calls of one class in a run without a fault, by process."""
        self.begin(stage)
        calls = self.box.traced(stage, *options).calls
        self.finish("poststop")
        return calls

    def count_allocations(self, stage):
        if stage == "poststop":
            self.box.hook("createRuntime")
        calls = self.box.preloaded(stage, 0, 0).calls
        self.finish("poststop")
        return {number: count for number, count in calls.items() if count > 0}


def points_of(sweep, stage):
    """All points of a stage, by group."""
    groups = collections.OrderedDict()
    calls = sweep.count(stage)
    for process, count in calls.items():
        name = PROCESSES.get(process, process)
        groups[f"{stage}: kill {name}"] = [
            Point(stage, "kill", process, call, process, 0) for call in range(1, count + 1)
        ]
        if process == 1:
            groups[f"{stage}: kill main at the worker's calls"] = [
                Point(stage, "kill", process, call, 0, 0) for call in range(1, count + 1)
            ]
    if stage == "again":
        # What else can fail is the same as the first time.
        return groups
    for number in (errno.ENOSPC, errno.EIO, errno.EROFS):
        groups[f"{stage}: state directory {errno.errorcode[number]}"] = [
            Point(stage, "state before", process, call, None, number)
            for process, count in sweep.count(stage, "-c", "state").items()
            for call in range(1, count + 1)
        ]
    commits = [
        (process, call)
        for process, count in sweep.count(stage, "-c", "commit").items()
        for call in range(1, count + 1)
    ]
    for how, numbers in (("before", (errno.EINVAL, errno.ENOMEM, errno.EAGAIN)), ("after", (errno.EINVAL,))):
        for number in numbers:
            groups[f"{stage}: commit {how} {errno.errorcode[number]}"] = [
                Point(stage, f"commit {how}", process, call, None, number) for process, call in commits
            ]
    for process, count in sweep.count_allocations(stage).items():
        name = PROCESSES.get(process, process)
        groups[f"{stage}: allocations of {name}"] = [
            Point(stage, "allocation", process, call, None, 0) for call in range(1, count + 1)
        ]
    return groups


def sample(points, most):
    """At most so many, evenly spread; the last ones of a process are where it does its work."""
    if most is None or len(points) <= most:
        return points
    return [points[len(points) - 1 - index * len(points) // most] for index in range(most)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tools", required=True, type=pathlib.Path)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--sample", type=int, help="points of each group; all without it")
    parser.add_argument("--only", default="", help="groups whose name matches this regular expression")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    os.umask(0o022)
    options.scratch.mkdir()

    sweep = Sweep(Box(options.tools, options.scratch), options.verbose)
    for stage in ("createRuntime", "again", "poststop"):
        for name, points in points_of(sweep, stage).items():
            if not re.search(options.only, name):
                continue
            chosen = sample(points, options.sample)
            leaks = len(sweep.leaks)
            for point in chosen:
                sweep.try_point(point)
            print(f"{name}: {len(chosen)} of {len(points)} points, {len(sweep.leaks) - leaks} leaks", flush=True)
    sweep.box.stop()
    print(f"{sum(sweep.tried.values())} points, {len(sweep.leaks)} leaks")
    sys.exit(1 if sweep.leaks or not sweep.tried else 0)


main()
