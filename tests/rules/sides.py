# SPDX-License-Identifier: GPL-2.0-or-later
"""The two sides that are compared: iptables-legacy-restore and the hook, each in a network namespace of its own."""

import json
import os
import re
import subprocess

import compare

TOOL = {"4": "iptables-legacy", "6": "ip6tables-legacy"}
# Every wait has an end, so that a side that hangs is a failure and not a test that never ends.
PATIENCE = 30


class Namespace:
    """A network namespace that lives as long as the process in it, which holds no capability."""

    def __init__(self):
        self.process = subprocess.Popen(
            # It ends with the run, also with one that is killed.
            ["unshare", "--net", "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs",
             "--pdeathsig=KILL", "sleep", "infinity"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.path = f"/proc/{self.pid}/ns/net"
        own = os.readlink("/proc/self/ns/net")
        # The state's pid must already be the workload when the hook looks at it.
        while self._name() != "sleep" or os.readlink(self.path) == own:
            if self.process.poll() is not None:
                raise RuntimeError("no network namespace could be made")

    def _name(self):
        with open(f"/proc/{self.pid}/comm", encoding="utf-8") as file:
            return file.read().strip()

    def run(self, command, text=""):
        """Runs a shell command in the namespace. Returns a CompletedProcess."""
        return subprocess.run(
            ["nsenter", f"--net={self.path}", "sh", "-c", command], input=text.encode("utf-8", "surrogateescape"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, check=False)

    def save(self, family, tables):
        """The tables as iptables-legacy-save prints them, with counters; no table is opened that is not already."""
        known = f"/proc/{self.pid}/net/{'ip' if family == '4' else 'ip6'}_tables_names"
        with open(known, encoding="utf-8") as file:
            opened = file.read().split()
        commands = [f"{TOOL[family]}-save -c -t {table}" for table in tables if table in opened]
        if not commands:
            return ""
        done = self.run(" && ".join(commands))
        if done.returncode != 0:
            raise RuntimeError(f"iptables-legacy-save: {decode(done.stderr)}")
        return decode(done.stdout)

    def end(self):
        """Ends the process, and with it the namespace."""
        self.process.kill()
        self.process.wait()


def decode(data):
    """Bytes of a tool as text."""
    return data.decode("utf-8", "replace")


class Outcome:
    """What one side said and made."""

    def __init__(self, accepted, said, tables):
        self.accepted = accepted
        self.said = said
        self.tables = tables
        self.complaint = None

    def show(self, names):
        """Lines for a message."""
        if not self.accepted:
            return ["refused:", *("  " + line for line in self.said.strip().splitlines() or ["(said nothing)"])]
        return compare.show(self.tables, names)


class Side:
    """A namespace, and the commands of the current file that have run in it."""

    def __init__(self):
        self.namespace = Namespace()
        self.commands = ()

    def prepare(self, commands):
        """Makes a namespace in which exactly these commands have run."""
        if commands == self.commands:
            return
        self.restart()
        for command in commands:
            # A path in such a command must not lead to the nf_tables variant of the tool.
            command = re.sub(r"^(iptables|ip6tables)(?= )", r"\1-legacy", command)
            self.namespace.run(command)
        self.commands = commands

    def restart(self):
        """Makes a new namespace."""
        self.namespace.end()
        self.namespace = Namespace()
        self.commands = ()


class Reference(Side):
    """iptables-legacy-restore."""

    def apply(self, case):
        """Applies the case's text, reads the rules, puts the tables back as they were."""
        self.prepare(case.commands)
        tool, tables = TOOL[case.family], case.tables()
        if case.commands:
            return self._apply_beside(case, tool, tables)
        saves = " && ".join(f"{tool}-save -c -t {table}" for table in tables)
        counters = "--counters" if case.has_counters() else ""
        done = self.namespace.run(f"{tool}-restore -w {counters} && {saves}", case.reference_text())
        if done.returncode != 0:
            # A text with several COMMITs may have been applied by half.
            if len(tables) > 1:
                self.restart()
            return Outcome(False, decode(done.stderr), None)
        outcome = Outcome(True, decode(done.stderr), compare.Tables(decode(done.stdout)))
        self._clear(tool, outcome.tables)
        return outcome

    def _clear(self, tool, tables):
        """Empties the tables again: some extensions share names between namespaces as long as a rule lives."""
        text = ""
        for table in tables.rules:
            text += f"*{table}\n" + "".join(f":{name} ACCEPT\n" for name in tables.built_in(table)) + "COMMIT\n"
        self.namespace.run(f"{tool}-restore -w", text)

    def _apply_beside(self, case, tool, tables):
        """The same where rules of the file's commands must stay."""
        base = self.namespace.save(case.family, tables)
        saves = " && ".join(f"{tool}-save -c -t {table}" for table in tables)
        done = self.namespace.run(f"{tool}-restore -w --noflush && {saves}", case.reference_text())
        if done.returncode != 0:
            return Outcome(False, decode(done.stderr), None)
        made = compare.Tables(decode(done.stdout))
        if base:
            self.namespace.run(f"{tool}-restore -w", base)
        else:
            self._clear(tool, made)
        return Outcome(True, decode(done.stderr), made.without(compare.Tables(base)))

    def parses(self, case):
        """Whether the text is well-formed although the kernel does not take it."""
        return self.namespace.run(f"{TOOL[case.family]}-restore -w --test", case.reference_text()).returncode == 0


class Hook(Side):
    """The hook, run as a runtime runs it."""

    def __init__(self, program, directory):
        super().__init__()
        self.program = program
        self.bundle = os.path.join(directory, "bundle")
        self.count = 0
        os.makedirs(os.path.join(self.bundle, "rootfs"), exist_ok=True)
        config = {
            "ociVersion": "1.0.2",
            "process": {"args": ["sleep"], "cwd": "/", "user": {"uid": 0, "gid": 0}, "noNewPrivileges": True,
                        "capabilities": {name: [] for name in ("bounding", "effective", "permitted")}},
            "root": {"path": "rootfs"},
            "mounts": [],
            "linux": {"namespaces": [{"type": kind} for kind in ("pid", "network", "mount", "ipc", "uts")]},
        }
        with open(os.path.join(self.bundle, "config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)

    def _run(self, stage, state):
        return subprocess.run(
            [self.program, stage], input=json.dumps(state).encode("utf-8"), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=PATIENCE, cwd=self.bundle, check=False)

    def apply(self, case):
        """Applies the case's text as an annotation, reads the rules, removes them by poststop."""
        self.prepare(case.commands)
        self.count += 1
        identity = f"{os.getpid():08x}{self.count:08x}" + "0" * 48
        state = {
            "ociVersion": "1.0.2", "id": identity, "status": "creating", "pid": self.namespace.pid,
            "bundle": self.bundle, "annotations": {"io.oci-iptables.rules": case.hook_text()},
        }
        done = self._run("createRuntime", state)
        said = decode(done.stderr)
        if done.returncode != 0:
            outcome = Outcome(False, said, None)
            outcome.complaint = self._check_refusal(done.returncode, said, identity)
            return outcome
        tables = compare.Tables(self.namespace.save(case.family, case.tables()))
        outcome = Outcome(True, said, tables)
        state.update(status="stopped", pid=0)
        done = self._run("poststop", state)
        if done.returncode != 0 or done.stderr:
            outcome.complaint = f"poststop: exit {done.returncode}: {decode(done.stderr).strip()}"
        return outcome

    @staticmethod
    def _check_refusal(status, said, identity):
        """A refusal is exit status 1 and one line that names the container."""
        if status != 1:
            return f"exit status {status} instead of 1"
        if not re.fullmatch(rf"oci-iptables-hook: {identity[:12]}: [^\n]+\n", said):
            return f"not one line in the form of a refusal: {said!r}"
        return None

    def leftovers(self):
        """Rules of the hook that are still there after every poststop."""
        left = []
        for family in TOOL:
            saved = self.namespace.save(family, ("raw", "mangle", "nat", "filter", "security"))
            left += [f"IPv{family} {line}" for line in saved.splitlines()
                     if compare.OWN in line or compare.DISPATCHER in line]
        return left

