# SPDX-License-Identifier: GPL-2.0-or-later
"""Many containers that start at the same moment."""

import subprocess

from bench import HOOK, TWELVE, TWELVE_NFT, available, nft_table, quiet, say, write

RESTORE_WAIT = "2 x legacy-restore -w"
NFT = "nft -f"
OWN = "{} at once, own namespaces"
ONE = "{} at once, one namespace"


class Parallel:
    """So many bundles, states and namespaces."""

    def __init__(self, bench, count):
        self.bench = bench
        self.count = count
        self.names = [f"{bench.name}-{i}" for i in range(count)]

    def start(self):
        """Makes what the containers need."""
        bench = self.bench
        quiet("ip", "-batch", "-", text="".join(f"netns add {name}\n" for name in self.names))
        rules = {"io.oci-iptables.rules": f"*filter\n{TWELVE}COMMIT\n"}
        for i, name in enumerate(self.names):
            bench.bundle(f"bundle-{i}", name)
            bench.state(rules, f"own-{i}", f"bundle-{i}")
            bench.state(rules, f"one-{i}", "bundle")
            # In a namespace that others share, each has a chain of its own, as the hook's containers do.
            chain = TWELVE.replace("-A OUTPUT", f"-A c{i}")
            write(f"{bench.work}/one-{i}.rules", f"*filter\n:c{i} - [0:0]\n-A OUTPUT -j c{i}\n{chain}COMMIT\n")
            write(f"{bench.work}/one-{i}.nft", nft_table(f"jump c{i}\n").replace(
                "chain output", f"chain c{i} {{\n{TWELVE_NFT}}}\nchain output"))
        write(f"{bench.work}/own.rules", f"*filter\n{TWELVE}COMMIT\n")
        write(f"{bench.work}/own.nft", nft_table(TWELVE_NFT))

    def stop(self):
        """Takes the namespaces away."""
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)

    def at_once(self, source, *command):
        """
        Runs a command in all of them; when the last ended, and how many a second did their work. Giving up is what a
        hook does that would wait too long, so it is counted and no reason to end.
        """
        lines = quiet(self.bench.tool("parallel"), str(self.count), source, *command).splitlines()
        slowest = max(int(line.split()[0]) for line in lines) / 1e6
        failed = sum(line.endswith(" failed") for line in lines)
        if failed == self.count:
            raise RuntimeError(f"{' '.join(command)}: failed in all of {self.count} processes")
        return {"ms": slowest, "per_second": (self.count - failed) / slowest * 1000, "failed": failed}

    def clean(self, namespace, program):
        """Empties the tables of one or all namespaces; % is the number."""
        command = ["/usr/bin/nsenter", f"--net=/run/netns/{namespace}", "/bin/sh", "-c",
                   "nft flush ruleset" if program == NFT else f"iptables-legacy-restore -w 60 {self.bench.work}/empty; "
                   f"ip6tables-legacy-restore -w 60 {self.bench.work}/empty"]
        if "%" in namespace:
            self.at_once("/dev/null", *command)
        else:
            quiet(*command)

    def variants(self, kind, namespace, suffix, flags):
        """The hook, the two restores and nft."""
        bench = self.bench
        state = f"{bench.work}/state-{kind}-%.json"
        restore = f"iptables-legacy-restore {flags} {bench.work}/{kind}{suffix}.rules && " \
                  f"exec ip6tables-legacy-restore {flags} {bench.work}/{kind}{suffix}.rules"
        enter = ["/usr/bin/nsenter", f"--net=/run/netns/{namespace}"]
        found = [(HOOK, lambda: self.at_once(state, bench.hook, "createRuntime"),
                  lambda: self.at_once(state, bench.hook, "poststop")),
                 (RESTORE_WAIT, lambda: self.at_once("/dev/null", *enter, "/bin/sh", "-c", restore),
                  lambda: self.clean(namespace, RESTORE_WAIT))]
        if available("nft"):
            found.append((NFT, lambda: self.at_once("/dev/null", *enter, "nft", "-f",
                                                    f"{bench.work}/{kind}{suffix}.nft"),
                          lambda: self.clean(namespace, NFT)))
        return found

    def run(self, rounds, seconds):
        """Both cases."""
        bench = self.bench
        write(f"{bench.work}/empty", "*filter\nCOMMIT\n")
        try:
            self.start()
            bench.measure(OWN.format(self.count), self.variants("own", f"{bench.name}-%", "", "-w 60"), rounds, seconds)
            bench.measure(ONE.format(self.count), self.variants("one", bench.name, "-%", "-w 60 --noflush"), rounds,
                          seconds)
        finally:
            self.stop()
        say(f"{'':<28} processes a second: " + ", ".join(
            f"{row['variant']} {row['per_second']:.0f}" for row in bench.rows[-3:]))
