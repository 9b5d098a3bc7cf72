# SPDX-License-Identifier: GPL-2.0-or-later
"""The hook as a process, from exec to exit, beside what people use in its place."""

import json
import os
import shlex
import subprocess

from bench import (HERE, HOOK, RESTORE, TWELVE_NFT, available, nft_table, numbered_nft, prefixes, quiet, rules_of,
                   write)

TRUE = "/bin/true"
FLOOR = "libiptc alone (floor)"
NFT_RESTORE = "2 x nsenter nft-restore"
NFT = "nsenter nft -f"
SINGLES = "iptables-legacy -A, each alone"
SHELL = "shell hook, iptables-legacy"
SHELL_NFT = "shell hook, iptables-nft"
PYTHON = "Python hook, nft"
NFT_SET = "nsenter nft -f, a set"


def rules_case(count):
    """The name of a case."""
    return f"{count:,} rules"


def policy_case(count):
    """The name of a case."""
    return f"policy, {count:,} prefixes"


class Starts:
    """Cases that share a namespace and the files of their rules."""

    def __init__(self, bench):
        self.bench = bench
        self.document = f"{bench.work}/document"
        self.body = f"{bench.work}/body"
        self.empty = f"{bench.work}/empty"
        self.table = f"{bench.work}/table"
        self.entries = [f"{bench.work}/entries{family}" for family in (4, 6)]
        write(self.empty, "*filter\nCOMMIT\n")

    def prepare(self, count):
        """Writes the rules of a case in every form; the state for the hook."""
        bench = self.bench
        body = rules_of(count)
        text = f"*filter\n{body}COMMIT\n"
        write(self.document, text)
        write(self.body, body)
        write(self.table, nft_table(TWELVE_NFT if count == 12 else numbered_nft(count)))
        bench.restore(self.document)
        quiet(bench.tool("floor"), "save", f"/run/netns/{bench.name}", *self.entries)
        self.clean_legacy()
        if count > 2000:
            # A profile may be as long as this, an annotation not; ACCEPT is not for profiles.
            bench.profile("large.rules", text)
            return bench.state({"io.oci-iptables.profile": "large"})
        return bench.state({"io.oci-iptables.rules": text})

    def clean_legacy(self):
        """Empties the legacy tables."""
        self.bench.restore(self.empty)

    def clean_nft(self):
        """Empties everything of nf_tables."""
        self.bench.run(["nsenter", self.bench.net, "nft", "flush", "ruleset"])

    def hook(self, state):
        """The hook itself."""
        bench = self.bench
        return (HOOK, lambda: bench.run([bench.hook, "createRuntime"], state),
                lambda: bench.run([bench.hook, "poststop"], state))

    def floor(self):
        """Entries that are appended and committed, and nothing else."""
        command = [self.bench.tool("floor"), "apply", f"/run/netns/{self.bench.name}", *self.entries]
        return (FLOOR, lambda: self.bench.run(command), self.clean_legacy)

    def fast_peers(self):
        """What takes a whole text."""
        bench = self.bench
        peers = [(RESTORE, lambda: bench.restore(self.document), self.clean_legacy)]
        if available("iptables-nft-restore", "nft"):
            peers.append((NFT_RESTORE, lambda: bench.run_all(
                *((["nsenter", bench.net, program], self.document)
                  for program in ("iptables-nft-restore", "ip6tables-nft-restore"))), self.clean_nft))
            peers.append((NFT, lambda: bench.run(["nsenter", bench.net, "nft", "-f", self.table]), self.clean_nft))
        return peers

    def slow_peers(self, state, shells=True):
        """What takes one rule at a time, and what begins with an interpreter."""
        bench = self.bench
        with open(self.body, encoding="ascii") as file:
            rules = [shlex.split(line) for line in file]
        singles = [(["nsenter", bench.net, program, *rule], "/dev/null") for rule in rules
                   for program in ("iptables-legacy", "ip6tables-legacy")]
        peers = [(SINGLES, lambda: bench.run_all(*singles), self.clean_legacy)]
        shell = f"{HERE}/peer-shell"
        namespace = f"/run/netns/{bench.name}"
        if shells:
            peers.append((SHELL, lambda: bench.run([shell, "legacy", self.body, namespace], state), self.clean_legacy))
        if available("nft"):
            if shells:
                peers.append((SHELL_NFT, lambda: bench.run([shell, "nft", self.body, namespace], state),
                              self.clean_nft))
            peers.append((PYTHON, lambda: bench.run([f"{HERE}/peer-python", self.table], state), self.clean_nft))
        return peers

    def rules(self, count, rounds, seconds, slow_seconds=0.0):
        """The hook with rules of both families beside everything else that takes them."""
        bench = self.bench
        state = self.prepare(count)
        variants = [self.hook(state), self.floor(), *self.fast_peers()]
        if count <= 12:
            variants.append((TRUE, lambda: bench.run(["/bin/true"]), None))
        bench.measure(rules_case(count), variants, rounds, seconds)
        if slow_seconds > 0:
            bench.measure(rules_case(count) + ", slow peers", [self.hook(state), *self.slow_peers(state, count <= 12)],
                          rounds, slow_seconds)

    def memory(self, count):
        """The largest process of each."""
        bench = self.bench
        state = self.prepare(count)
        case = rules_case(count)
        bench.memory(case, HOOK, [bench.hook, "createRuntime"], state)
        bench.run([bench.hook, "poststop"], state)
        bench.memory(case, FLOOR, [bench.tool("floor"), "apply", f"/run/netns/{bench.name}", *self.entries], self.empty)
        self.clean_legacy()
        bench.memory(case, RESTORE, ["nsenter", bench.net, "iptables-legacy-restore"], self.document)
        self.clean_legacy()
        if available("nft", "iptables-nft-restore"):
            bench.memory(case, NFT_RESTORE, ["nsenter", bench.net, "iptables-nft-restore"], self.document)
            self.clean_nft()
            bench.memory(case, NFT, ["nsenter", bench.net, "nft", "-f", self.table], self.empty)
            self.clean_nft()

    def instructions(self, count):
        """Instructions in user space, for what changes less than time does."""
        bench = self.bench
        if not available("valgrind"):
            return
        state = self.prepare(count)
        case = rules_case(count)
        bench.instructions(case, HOOK, [bench.hook, "createRuntime"], state)
        bench.run([bench.hook, "poststop"], state)
        bench.instructions(case, FLOOR, [bench.tool("floor"), "apply", f"/run/netns/{bench.name}", *self.entries],
                           self.empty)
        self.clean_legacy()
        script = f"nsenter {bench.net} iptables-legacy-restore {self.document} && " \
                 f"exec nsenter {bench.net} ip6tables-legacy-restore {self.document}"
        bench.instructions(case, RESTORE, ["/bin/sh", "-c", script], self.empty)
        self.clean_legacy()
        bench.instructions(case, TRUE, ["/bin/true"], self.empty)

    def policy(self, count, rounds, seconds):
        """A policy that allows so many prefixes, beside what somebody would write by hand."""
        bench = self.bench
        listed = prefixes(count)
        bench.profile("many.json", json.dumps({"version": 1, "egress": {"default": "reject", "rules": [
            {"action": "allow", "to": listed, "protocol": "tcp", "ports": [443]}]}}))
        families = [[one for one in listed if (":" in one) == six] for six in (False, True)]
        documents = []
        for family, program in zip(families, ("iptables-legacy-restore", "ip6tables-legacy-restore")):
            documents.append((["nsenter", bench.net, program], f"{bench.work}/{program}"))
            write(documents[-1][1], "*filter\n" + "".join(
                f"-A OUTPUT -d {one} -p tcp -m tcp --dport 443 -j ACCEPT\n" for one in family)
                + "-A OUTPUT -j REJECT\nCOMMIT\n")
        variants = [self.hook(bench.state({"io.oci-iptables.profile": "many"}, "many")),
                    (RESTORE, lambda: bench.run_all(*documents), self.clean_legacy)]
        if available("nft"):
            body = "".join(f"{word} daddr {{ {', '.join(family)} }} tcp dport 443 accept\n"
                           for word, family in zip(("ip", "ip6"), families) if family) + "reject\n"
            write(self.table, nft_table(body))
            variants.append((NFT_SET, lambda: bench.run(["nsenter", bench.net, "nft", "-f", self.table]),
                             self.clean_nft))
        bench.measure(policy_case(count), variants, rounds, seconds)

    def fresh(self, rounds, seconds):
        """Twelve rules into a namespace that never had a table, as every container's is."""
        bench = self.bench
        self.prepare(12)
        name = f"{bench.name}f"
        path = f"/run/netns/{name}"
        bench.bundle("fresh", name)
        with open(self.document, encoding="ascii") as file:
            state = bench.state({"io.oci-iptables.rules": file.read()}, "fresh", "fresh")

        def fresh(command):
            quiet("ip", "netns", "add", name)
            try:
                return command()
            finally:
                subprocess.run(["ip", "netns", "delete", name], check=True)

        def apply():
            row = bench.run([bench.hook, "createRuntime"], state)
            bench.run([bench.hook, "poststop"], state)
            return row

        bench.measure("12 rules, fresh namespace", [
            (HOOK, lambda: fresh(apply), None),
            (FLOOR, lambda: fresh(lambda: bench.run([bench.tool("floor"), "apply", path, *self.entries])), None),
            (RESTORE, lambda: fresh(lambda: bench.run_all(
                *((["nsenter", f"--net={path}", program], self.document)
                  for program in ("iptables-legacy-restore", "ip6tables-legacy-restore")))), None)], rounds, seconds)

    def poststop(self, rounds, seconds):
        """Taking twelve rules of both families away again."""
        bench = self.bench
        state = self.prepare(12)

        def remove():
            bench.run([bench.hook, "createRuntime"], state)
            return bench.run([bench.hook, "poststop"], state)

        def empty():
            bench.restore(self.document)
            return bench.restore(self.empty)

        bench.measure("poststop, 12 rules", [(HOOK, remove, None), (RESTORE, empty, None),
                                             (TRUE, lambda: bench.run(["/bin/true"]), None)], rounds, seconds)

    def joiners(self, rounds, seconds):
        """The second and the tenth container of a namespace beside the first; all have the same layers."""
        bench = self.bench
        rules = {"io.oci-iptables.egress": "443@10.96.0.0/16 443@2001:db8::/32"}
        states = [bench.state(rules, f"pod{i}") for i in range(10)]

        def join(number):
            for state in states[:number]:
                bench.run([bench.hook, "createRuntime"], state)
            row = bench.run([bench.hook, "createRuntime"], states[number])
            for state in states[:number + 1]:
                bench.run([bench.hook, "poststop"], state)
            return row

        bench.measure("joining a namespace", [("1st container", lambda: join(0), None),
                                              ("2nd container", lambda: join(1), None),
                                              ("10th container", lambda: join(9), None)], rounds, seconds)

    def remove_files(self):
        """Documents of the largest case are megabytes."""
        for path in (self.document, self.body, self.table, *self.entries):
            if os.path.exists(path):
                os.remove(path)
