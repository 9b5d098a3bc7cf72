# SPDX-License-Identifier: GPL-2.0-or-later
"""What a packet pays: pairs of namespaces, a policy in one, and bounded floods of UDP from it to the other."""

import json
import math
import statistics
import subprocess
import time

from bench import HOOK, available, quiet, say, write

NO_RULES = "no rules"
TRACKED = "connection tracking alone"
LINEAR = "one chain"
IPSET = "ipset"
TREE = "tree of chains"
LAST, SPREAD, ESTABLISHED = "new flow, last prefix", "new flow, any prefix", "established flow"
# How often a packet walks a list where only the walk is measured, and lists that are.
WALKED = 20
WALKS = (8, 16, 24, 32, 48, 64, 96, 128, 256, 1000, 10000)
PASSED = "-A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n-A OUTPUT -m addrtype --dst-type LOCAL -j ACCEPT\n"


def packet_case(count, mode):
    """The name of a case."""
    return f"packets, {count:,} prefixes, {mode}"


def walk_case(count, mode):
    """The name of a case of walks alone."""
    return f"walk, {count:,} prefixes, {mode}"


def address(number, host):
    """An address in a numbered prefix; packets.c knows the distance of 512."""
    value = (10 << 24) + number * 512 + host
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def listed(count):
    """So many IPv4 prefixes, none beside another: the family in which all of them are in one list."""
    return [f"{address(i, 0)}/24" for i in range(count)]


def linear(count, chain="OUTPUT", verdict="ACCEPT"):
    """The list in one chain."""
    return "".join(f"-A {chain} -d {one} -j {verdict}\n" for one in listed(count))


def tree_chains(count):
    """How many prefixes a chain of the tree holds, and the first prefix of each."""
    size = 1
    while size * size < count:
        size *= 2
    return size, range(0, count, size)


def walks(count, split):
    """
    Text that walks a list WALKED times for each packet, and no further match: what a walk costs is then more than
    what everything else about a packet varies by. The list is one chain, or split as the policy compiler splits it,
    also where the compiler would not.
    """
    size, first = tree_chains(count)
    text = "*filter\n:list - [0:0]\n" + "-A OUTPUT -j list\n" * WALKED
    if not split:
        return f"{text}{linear(count, 'list', 'RETURN')}COMMIT\n"
    bits = 23 - int(math.log2(size))
    text += "".join(f":b{i} - [0:0]\n" for i in first)
    text += "".join(f"-A list -d {address(i, 0)}/{bits} -g b{i}\n" for i in first)
    for i in first:
        text += "".join(f"-A b{i} -d {one} -j RETURN\n" for one in listed(count)[i:i + size])
    return text + "COMMIT\n"


class Pair:
    """A namespace with rules and its peer at the other end of a veth pair."""

    def __init__(self, bench, number, count):
        self.bench = bench
        self.count = count
        self.box, self.peer = f"{bench.name}b{number}", f"{bench.name}p{number}"
        for name in (self.box, self.peer):
            quiet("ip", "netns", "add", name)
        quiet("ip", "-n", self.box, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.peer)
        for name, own, other in ((self.box, 2, 1), (self.peer, 1, 2)):
            quiet("ip", "-n", name, "-batch", "-", text=f"link set lo up\naddr add 172.31.0.{own}/30 dev eth0\n"
                  f"link set eth0 up\nroute add default via 172.31.0.{other}\n")
        # Nobody asks for addresses while packets are counted.
        found = json.loads(quiet("ip", "-n", self.peer, "-json", "link", "show", "dev", "eth0"))[0]["address"]
        quiet("ip", "-n", self.box, "neigh", "replace", "172.31.0.1", "lladdr", found, "dev", "eth0", "nud",
              "permanent")
        # Only this one is somebody: flows to it can be answered.
        quiet("ip", "-n", self.peer, "addr", "add", f"{address(count - 1, 1)}/32", "dev", "eth0")

    def stop(self):
        """Takes both away."""
        for name in (self.box, self.peer):
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)

    def load(self, text):
        """Rules text of IPv4."""
        path = f"{self.bench.work}/packets.rules"
        write(path, text)
        self.bench.run(["nsenter", f"--net=/run/netns/{self.box}", "iptables-legacy-restore"], path)

    def received(self):
        """Packets that came through."""
        return json.loads(quiet("ip", "-n", self.peer, "-s", "-json", "link", "show", "dev", "eth0"))[0][
            "stats64"]["rx"]["packets"]

    def send(self, mode, count):
        """Nanoseconds that each of so many packets took; fails when the rules stopped any."""
        tool, box = self.bench.tool("packets"), f"/run/netns/{self.box}"
        before = self.received()
        if mode == ESTABLISHED:
            words = ["established", box, address(self.count - 1, 1), str(count), f"/run/netns/{self.peer}"]
        elif mode == LAST:
            words = ["new", box, address(self.count - 1, 2), "1", str(count)]
        else:
            words = ["new", box, address(0, 2), str(self.count), str(count)]
        sent, taken = map(int, quiet(tool, *words).split())
        # Two more belong to the flow's first packet and its answer, and neighbour discovery sends some.
        if self.received() - before < sent:
            raise RuntimeError(f"{mode}: of {sent} packets {self.received() - before} arrived")
        return taken / sent


class DataPlane:
    """Packets through policies, chains and sets."""

    def __init__(self, bench):
        self.bench = bench
        self.pairs = []

    def pair(self, count):
        """A new pair of namespaces, taken away at the end."""
        self.pairs.append(Pair(self.bench, len(self.pairs), count))
        return self.pairs[-1]

    def stop(self):
        """Takes all pairs away."""
        for pair in self.pairs:
            pair.stop()
        self.pairs = []

    def policy(self, count):
        """The hook's policy."""
        bench, pair = self.bench, self.pair(count)
        name = f"packets-{count}"
        bench.profile(f"{name}.json", json.dumps({"version": 1, "egress": {"default": "reject", "rules": [
            {"action": "allow", "to": listed(count)}]}}))
        bench.bundle(name, pair.box)
        bench.run([bench.hook, "createRuntime"], bench.state({"io.oci-iptables.profile": name}, name, name))
        return pair

    def text(self, count, text):
        """A pair with rules from iptables-legacy-restore."""
        pair = self.pair(count)
        if text:
            pair.load(text)
        return pair

    def ipset(self, count):
        """A pair with one rule and a set of prefixes."""
        pair = self.pair(count)
        quiet("nsenter", f"--net=/run/netns/{pair.box}", "ipset", "restore",
              text="create list hash:net maxelem 100000\n" + "".join(f"add list {one}\n" for one in listed(count)))
        pair.load(f"*filter\n{PASSED}-A OUTPUT -m set --match-set list dst -j ACCEPT\n-A OUTPUT -j REJECT\nCOMMIT\n")
        return pair

    def median(self, first, case, variant):
        """Of the nanoseconds in the rows from @first on."""
        return statistics.median(row["ns"] for row in self.bench.rows[first:]
                                 if row["variant"] == variant and row["case"] == case)

    def measure(self, variants, modes, seconds):
        """Sends through (name, prefixes, pair) in turn; remembers nanoseconds of a packet and packets a second."""
        bench = self.bench
        end = time.monotonic() + (3 if bench.quick else seconds)
        first = len(bench.rows)
        for number in range(1000):
            if number >= (1 if bench.quick else 3) and time.monotonic() > end:
                break
            for name, count, pair in variants[number % len(variants):] + variants[:number % len(variants)]:
                for mode in modes:
                    # A long walk is measured with fewer packets, not for longer.
                    packets = 500 if name == LINEAR and count > 2000 else 4000
                    nanoseconds = pair.send(mode, packets)
                    bench.rows.append({"case": packet_case(count, mode), "variant": name, "ns": nanoseconds,
                                       "per_second": 1e9 / nanoseconds})
        for name, count, _ in variants:
            for mode in modes:
                middle = self.median(first, packet_case(count, mode), name)
                say(f"{packet_case(count, mode):<45} {name:<26} {middle:8.0f} ns  {1e9 / middle:10,.0f} a second")

    def run(self, counts, seconds):
        """Policies, chains and sets of several lengths."""
        try:
            end = "-A OUTPUT -j REJECT\nCOMMIT\n"
            variants = [(NO_RULES, 10, self.text(10, "")), (TRACKED, 10, self.text(10, f"*filter\n{PASSED}COMMIT\n"))]
            for count in counts:
                variants.append((HOOK, count, self.policy(count)))
                variants.append((LINEAR, count, self.text(count, f"*filter\n{PASSED}{linear(count)}{end}")))
            if available("ipset"):
                variants.extend((IPSET, count, self.ipset(count)) for count in counts)
            self.measure(variants, (LAST, SPREAD, ESTABLISHED), seconds)
        finally:
            self.stop()

    def walks(self, counts, seconds):
        """What the walk through a list costs alone, as one chain and as a tree."""
        bench = self.bench
        try:
            bare = self.text(10, "*filter\n:list - [0:0]\n" + "-A OUTPUT -j list\n" * WALKED + "COMMIT\n")
            variants = [(name, count, self.text(count, walks(count, name == TREE)))
                        for count in counts for name in (LINEAR, TREE)]
            end = time.monotonic() + (3 if bench.quick else seconds)
            first = len(bench.rows)
            for number in range(1000):
                if number >= (1 if bench.quick else 3) and time.monotonic() > end:
                    break
                for name, count, pair in variants[number % len(variants):] + variants[:number % len(variants)]:
                    for mode in (LAST, SPREAD):
                        packets = 1000 if count <= 256 or name == TREE else 100
                        bench.rows.append({"case": walk_case(count, mode), "variant": name,
                                           "bare_ns": bare.send(mode, 1000), "walked_ns": pair.send(mode, packets)})
            rows = bench.rows[first:]
            for name, count, _ in variants:
                for mode in (LAST, SPREAD):
                    case = walk_case(count, mode)
                    # What disturbs a run only makes it longer, and a difference has the disturbances of both.
                    own = [row for row in rows if row["case"] == case and row["variant"] == name]
                    bare_ns, walked_ns = (min(row[key] for row in own) for key in ("bare_ns", "walked_ns"))
                    found = max(walked_ns - bare_ns, 0.0) / WALKED
                    bench.rows.append({"case": case, "variant": name, "ns": found})
                    say(f"{case:<45} {name:<26} {found:8.0f} ns")
        finally:
            self.stop()
