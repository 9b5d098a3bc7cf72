# SPDX-License-Identifier: GPL-2.0-or-later
"""What all benchmarks share: a network namespace, a bundle, runs of commands, and rows of figures."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.dirname(os.path.abspath(__file__))
HOOK = "oci-iptables-hook"
RESTORE = "2 x nsenter legacy-restore"
# Mixed matches, as a person would write them for both families.
TWELVE = """-A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A OUTPUT -m addrtype --dst-type LOCAL -j ACCEPT
-A OUTPUT -p tcp -m tcp --dport 80 -j ACCEPT
-A OUTPUT -p tcp -m tcp --dport 443 -j ACCEPT
-A OUTPUT -p udp -m udp --dport 53 -j ACCEPT
-A OUTPUT -p tcp -m multiport --dports 1,2,3 -j ACCEPT
-A OUTPUT -m limit --limit 5/min -j ACCEPT
-A OUTPUT -m mark --mark 0x1 -j ACCEPT
-A OUTPUT -m comment --comment "a word" -j ACCEPT
-A OUTPUT -p tcp -m tcp --syn -j ACCEPT
-A OUTPUT -m owner --uid-owner 0 -j ACCEPT
-A OUTPUT -j DROP
"""
# The same for nft, whose one table is for both families.
TWELVE_NFT = """ct state established,related accept
fib daddr type local accept
tcp dport 80 accept
tcp dport 443 accept
udp dport 53 accept
tcp dport { 1, 2, 3 } accept
limit rate 5/minute accept
meta mark 0x1 accept
accept comment "a word"
tcp flags syn / fin,syn,rst,ack accept
meta skuid 0 accept
drop
"""


def say(text):
    """A line at once: a run takes minutes."""
    print(text, flush=True)


def numbered(count):
    """That many rules for both families."""
    return "".join(f"-A OUTPUT -p tcp -m tcp --dport {i % 60000 + 1} -m mark --mark {i // 60000 + 1:#x} -j DROP\n"
                   for i in range(count))


def numbered_nft(count):
    """The same rules for nft."""
    return "".join(f"tcp dport {i % 60000 + 1} meta mark {i // 60000 + 1:#x} drop\n" for i in range(count))


def rules_of(count):
    """The body of a case, twelve being the mixed matches."""
    return TWELVE if count == 12 else numbered(count)


def nft_table(body):
    """Rules as a table of nft."""
    return "table inet bench {\nchain output {\ntype filter hook output priority 0; policy accept;\n" + body + "}\n}\n"


def prefixes(count):
    """An endpoint list of that many prefixes, half of them IPv6, none beside another."""
    half = [f"10.{i >> 7 & 255}.{(i & 127) * 2}.0/24" for i in range((count + 1) // 2)]
    return half + [f"2001:db8:{i:x}:1::/64" for i in range(count // 2)]


def write(path, text):
    """Writes a file that only root may change."""
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, 0o644)


def quiet(*command, text=None):
    """Runs a command that prepares something; what it prints, or an error with its words."""
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def available(*programs):
    """Whether programs are installed; says which is not."""
    for program in programs:
        if shutil.which(program) is None:
            say(f"left out: {program} is not installed")
            return False
    return True


class Bench:
    """A network namespace, a bundle and the rows of what was measured."""

    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.hook = options.hook
        self.quick = options.quick
        self.name = f"bench{os.getpid()}"
        self.net = f"--net=/run/netns/{self.name}"
        self.rows = []

    def tool(self, name):
        """One of the programs that are built beside this file."""
        return os.path.join(self.options.build, "tests/bench", name)

    def start(self):
        """Makes the namespace, the bundle, and an administrator's directory that is this process's alone."""
        quiet("ip", "netns", "add", self.name)
        self.bundle("bundle", self.name)
        os.makedirs(f"{self.work}/upper/oci-iptables/profiles")
        os.makedirs(f"{self.work}/workdir")
        quiet("mount", "-t", "overlay", "overlay", "-o",
              f"lowerdir=/etc,upperdir={self.work}/upper,workdir={self.work}/workdir", "/etc")
        os.chmod("/etc/oci-iptables", 0o755)
        # Like /run: making and removing files costs several times as much on a disk's file system.
        os.makedirs(f"{self.work}/run")
        quiet("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", f"{self.work}/run")
        write("/etc/oci-iptables/config.json", json.dumps({
            "state_directory": f"{self.work}/run/state", "log": {"syslog": False}, "lock_timeout_seconds": 8}))

    def stop(self):
        """Takes the namespace away; the mount over /etc goes with this process."""
        subprocess.run(["umount", "--lazy", f"{self.work}/run"], check=False, stderr=subprocess.DEVNULL)
        if os.path.exists(f"/run/netns/{self.name}"):
            subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def bundle(self, name, namespace):
        """A bundle whose container joins a namespace."""
        os.makedirs(f"{self.work}/{name}")
        write(f"{self.work}/{name}/config.json", json.dumps({
            "ociVersion": "1.0.2", "process": {"args": ["true"], "capabilities": {"bounding": []}},
            "linux": {"namespaces": [{"type": "network", "path": f"/run/netns/{namespace}"}, {"type": "pid"},
                                     {"type": "mount"}]}}))

    def state(self, annotations, container="benchmark", bundle="bundle"):
        """The state JSON of a container with these annotations; its path."""
        path = f"{self.work}/state-{container}.json"
        write(path, json.dumps({"ociVersion": "1.0.2", "id": container, "status": "created",
                                "bundle": f"{self.work}/{bundle}", "annotations": annotations}))
        return path

    @staticmethod
    def profile(name, text):
        """Puts a profile where the administrator's are."""
        write(f"/etc/oci-iptables/profiles/{name}", text)

    @staticmethod
    def run(command, source="/dev/null"):
        """Runs a command; milliseconds of wall and processor time, its children's included."""
        with open(source, encoding="ascii") as stdin:
            begin = time.perf_counter()
            process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            message = process.stderr.read()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begin
        process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        if status != 0:
            raise RuntimeError(f"{command}: {message.decode()}")
        return {"ms": wall * 1000, "user_ms": usage.ru_utime * 1000, "system_ms": usage.ru_stime * 1000}

    def run_all(self, *commands):
        """Runs one (command, stdin) after the other; the sums."""
        rows = [self.run(command, source) for command, source in commands]
        return {key: sum(row[key] for row in rows) for key in rows[0]}

    def restore(self, document):
        """What people use in the hook's place: two programs, one per family."""
        return self.run_all(*((["nsenter", self.net, program], document)
                              for program in ("iptables-legacy-restore", "ip6tables-legacy-restore")))

    def measure(self, case, variants, rounds, seconds=15.0):
        """
        Runs the variants in turn, each (name, measured, clean-up), at least twice and for so many rounds or seconds;
        remembers each row, prints medians and the ratio to the hook.
        """
        rounds = 2 if self.quick else rounds
        end = time.monotonic() + (5 if self.quick else seconds)
        first = len(self.rows)
        for number in range(rounds):
            if number >= 2 and time.monotonic() > end:
                break
            # Nobody always follows the same one.
            for name, variant, clean in variants[number % len(variants):] + variants[:number % len(variants)]:
                self.rows.append({"case": case, "variant": name, **variant()})
                if clean is not None:
                    clean()
        rows = self.rows[first:]
        medians = {name: statistics.median(row["ms"] for row in rows if row["variant"] == name)
                   for name, _, _ in variants}
        base = medians.get(HOOK, medians[variants[0][0]])
        for name, milliseconds in medians.items():
            say(f"{case:<28} {name:<30} {milliseconds:10.2f} ms  x {milliseconds / base:.2f}")

    def memory(self, case, variant, command, source):
        """KiB of the largest process, and of all of its private pages; in a run of its own, because it slows."""
        program = shutil.which(command[0])
        with open(source, encoding="ascii") as stdin:
            done = subprocess.run([self.tool("memory"), program, *command[1:]], stdin=stdin, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stderr}")
        # The program's own output comes before the lines with figures.
        lines = [line.split(" ", 3) for line in done.stdout.splitlines()]
        high, private, share = (max(int(line[i]) for line in lines if len(line) == 4 and line[0].isdigit())
                                for i in range(3))
        self.rows.append({"case": case, "variant": variant, "hwm_kib": high, "private_kib": private, "pss_kib": share})
        say(f"{case:<28} {variant:<30} {high / 1024:10.2f} MiB, private {private / 1024:.2f}, by share"
            f" {share / 1024:.2f}: the largest process")

    def instructions(self, case, variant, command, source):
        """Instructions in user space, all processes together."""
        # A parser is forked by a process that has given up root, and opens its log itself.
        directory = tempfile.mkdtemp(prefix="oci-iptables-bench.callgrind.")
        os.chmod(directory, 0o777)
        with open(source, encoding="ascii") as stdin:
            done = subprocess.run([self.tool("unconfined"), shutil.which("valgrind"), "--tool=callgrind",
                                   "--trace-children=yes", "--vgdb=no", "--callgrind-out-file=/dev/null",
                                   f"--log-file={directory}/%p", *command], stdin=stdin, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command} under callgrind: {done.stderr}")
        total = 0
        for name in os.listdir(directory):
            with open(f"{directory}/{name}", encoding="ascii", errors="replace") as file:
                total += sum(int(line.split(":")[1]) for line in file if "Collected :" in line)
        shutil.rmtree(directory, ignore_errors=True)
        self.rows.append({"case": case, "variant": variant, "instructions": total})
        say(f"{case:<28} {variant:<30} {total / 1e6:10.2f} million instructions in user space")


def fail(text):
    """Ends the program."""
    sys.exit(f"tests/bench/run: {text}")
