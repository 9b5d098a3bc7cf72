# SPDX-License-Identifier: GPL-2.0-or-later
"""Tables and plots out of rows."""

import importlib.util
import json
import os
import platform
import re
import statistics
import subprocess

from bench import HOOK, RESTORE, say
from containers import NO_HOOK, PODMAN, RUNC
from dataplane import ESTABLISHED, IPSET, LAST, LINEAR, NO_RULES, SPREAD, TRACKED, TREE, WALKS, packet_case, walk_case
from parallel import ONE, OWN
from starts import FLOOR, NFT, NFT_RESTORE, NFT_SET, PYTHON, TRUE, policy_case, rules_case

BEGIN = "<!-- figures: written by tests/bench/run --report; what is changed here by hand is lost -->"
END = "<!-- end of figures -->"
COUNTS = (1, 12, 100, 1000, 10000, 65536)
POLICIES = (1, 10, 100, 1000, 10000)
PACKETS = (10, 100, 1000, 10000)
COLOURS = {HOOK: "#0b6e4f", TREE: "#0b6e4f", FLOOR: "#7f7f7f", RESTORE: "#c1440e", LINEAR: "#c1440e",
           NFT_RESTORE: "#e0a526", NFT: "#3465a4", NFT_SET: "#3465a4", IPSET: "#3465a4", TRACKED: "#7f7f7f",
           NO_RULES: "#bbbbbb"}


def can_plot():
    """Whether matplotlib is there; it is not imported until the measuring is over."""
    return importlib.util.find_spec("matplotlib") is not None


def version(*command):
    """The first number with a dot in what a program says about itself."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError:
        return "none"
    found = re.search(r"\d+\.\d[\w.]*", done.stdout)
    return found.group() if found else "unknown"


def machine():
    """What the figures were measured on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "")
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return (f"{os.cpu_count()} processors ({model or platform.machine()}), {system}, "
            f"Linux {version('uname', '-r')}, "
            f"iptables {version('iptables', '--version')}, nft {version('nft', '--version')}, "
            f"runc {version('runc', '--version')}, podman {version('podman', '--version')}")


def pack(rows, where):
    """Rows as text: the figures of a case and variant together, in the order of their rounds."""
    groups = {}
    for row in rows:
        group = groups.setdefault((row["case"], row["variant"]), {})
        for key, value in row.items():
            if key not in ("case", "variant"):
                group.setdefault(key, []).append(round(value, 3) if isinstance(value, float) else value)
    lines = [json.dumps({"case": case, "variant": variant, **group}) for (case, variant), group in groups.items()]
    return f'{{"machine": {json.dumps(where)},\n"rows": [\n' + ",\n".join(lines) + "\n]}\n"


def unpack(packed):
    """What pack() was given, from its text read as JSON."""
    rows = []
    for group in packed["rows"]:
        for key, values in group.items():
            if isinstance(values, list):
                rows.extend({"case": group["case"], "variant": group["variant"], key: value} for value in values)
    return rows, packed["machine"]


class Figures:
    """Medians of rows."""

    def __init__(self, rows):
        self.values = {}
        for row in rows:
            for key, value in row.items():
                if key not in ("case", "variant"):
                    self.values.setdefault((row["case"], row["variant"], key), []).append(value)

    def cases(self):
        """Names of the cases, in the order in which they were measured."""
        return list(dict.fromkeys(case for case, _, _ in self.values))

    def variants(self, case):
        """Names of a case's variants."""
        return list(dict.fromkeys(variant for one, variant, _ in self.values if one == case))

    def get(self, case, variant, key="ms"):
        """A median, or None where nothing was measured."""
        found = self.values.get((case, variant, key))
        return statistics.median(found) if found else None

    def mean(self, case, variant, key):
        """A mean, for figures that the kernel rounds to its ticks."""
        found = self.values.get((case, variant, key))
        return statistics.fmean(found) if found else None

    def ratio(self, case, variant, to, key="ms", to_case=None):
        """One median over another."""
        one, other = self.get(case, variant, key), self.get(to_case or case, to, key)
        return one / other if one is not None and other else None


def number(value, digits=None):
    """A figure as one reads it."""
    if value is None:
        return ""
    if digits is None:
        digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"


def table(head, rows):
    """A table of Markdown; rows without figures are left out."""
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows if any(row[1:])]
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def targets(figures):
    """What was asked for beside what it is; each (what, at most or at least, is)."""
    twelve = rules_case(12)
    private = figures.get(twelve, HOOK, "private_kib")
    high = figures.get(twelve, HOOK, "hwm_kib")
    rows = [("12 rules, wall time to the two legacy restores", "at most 0.5", figures.ratio(twelve, HOOK, RESTORE)),
            ("12 rules, to a dynamic /bin/true", "at most 3.5", figures.ratio(twelve, HOOK, TRUE)),
            ("12 rules, a Python hook with nft to this one", "at least 10",
             figures.ratio(twelve + ", slow peers", PYTHON, HOOK)),
            ("12 rules, largest process, MiB of private pages", "under 4", private / 1024 if private else None),
            ("the same with file pages that all processes share, MiB", "under 4", high / 1024 if high else None)]
    for count in COUNTS[3:]:
        rows.append((f"{count:,} rules, to the two legacy restores", "at most 0.8",
                     figures.ratio(rules_case(count), HOOK, RESTORE)))
        rows.append((f"{count:,} rules, largest process to theirs", "under 1.2",
                     figures.ratio(rules_case(count), HOOK, RESTORE, "hwm_kib")))
    rows.append(("10th container of a namespace to the 1st", "at most 1.3",
                 figures.ratio("joining a namespace", "10th container", "1st container")))
    for mode in (LAST, SPREAD):
        rows.append((f"{mode}: 10,000 prefixes to 10", "at most 2",
                     figures.ratio(packet_case(10000, mode), HOOK, HOOK, "ns", packet_case(10, mode))))
    rows.append(("runc run with the hook to without", "at most 1.10", figures.ratio(RUNC, HOOK, NO_HOOK)))
    return table(("target", "asked", "is", ""),
                 [(what, limit, number(value, 2), judge(limit, value)) for what, limit, value in rows
                  if value is not None])


def judge(limit, value):
    """Whether a figure is what was asked for."""
    wanted = float(limit.rsplit(" ", 1)[1])
    return "reached" if (value >= wanted if "least" in limit else value <= wanted) else "missed"


def start_tables(figures):
    """Times of processes."""
    parts = []
    variants = list(dict.fromkeys(variant for count in COUNTS for case in (rules_case(count),
                                                                           rules_case(count) + ", slow peers")
                                  for variant in figures.variants(case)))
    rows = []
    for variant in variants:
        row = [variant]
        for count in COUNTS:
            case = next((case for case in (rules_case(count), rules_case(count) + ", slow peers")
                         if figures.get(case, variant) is not None), rules_case(count))
            ratio = figures.ratio(case, variant, HOOK)
            row.append(number(figures.get(case, variant)) + (f" ({ratio:.2f})" if ratio and variant != HOOK else ""))
        rows.append(row)
    parts.append(("Starts: milliseconds from exec to exit by number of rules, and as a ratio to the hook",
                  table(["", *(f"{count:,}" for count in COUNTS)], rows)))
    rows = []
    for variant in variants:
        row = [variant]
        for count in (12, 1000, 10000):
            row += [number(figures.mean(rules_case(count), variant, key)) for key in ("user_ms", "system_ms")]
        rows.append(row)
    parts.append(("Processor time: all processes together, milliseconds in user and in kernel mode (means)",
                  table(["", *(f"{count:,}: {word}" for count in (12, 1000, 10000) for word in ("user", "kernel"))],
                        rows)))
    rows = []
    for variant in variants:
        row = [variant]
        for count in (12, 1000, 10000, 65536):
            found = [figures.get(rules_case(count), variant, key) for key in ("hwm_kib", "private_kib", "pss_kib")]
            row.append(" / ".join(number(value / 1024, 1) for value in found if value is not None))
        rows.append(row)
    parts.append(("Memory: the largest process, MiB with shared file pages (VmHWM) / private pages / by share (Pss)",
                  table(["", "12", "1,000", "10,000", "65,536"], rows)))
    rows = [[variant, *(number(value / 1e6) if value else "" for value in
                        (figures.get(rules_case(count), variant, "instructions") for count in (12, 1000)))]
            for variant in variants]
    parts.append(("Instructions: millions in user space, all processes together",
                  table(["", "12", "1,000"], rows)))
    return parts


def life_tables(figures):
    """Policies, joining, poststop, containers, many at once."""
    rows = [[variant, *(number(figures.get(policy_case(count), variant)) for count in POLICIES)]
            for variant in (HOOK, RESTORE, NFT_SET)]
    parts = [("Applying a policy: milliseconds by number of prefixes, half of them IPv6; beside it one list and a set",
              table(["", *(f"{count:,}" for count in POLICIES)], rows))]
    rows = []
    for case in ("12 rules, fresh namespace", "poststop, 12 rules", "joining a namespace"):
        base = (figures.variants(case) or [""])[0]
        for variant in figures.variants(case):
            rows.append([f"{case}: {variant}", number(figures.get(case, variant)),
                         number(figures.ratio(case, variant, base), 2)])
    parts.append(("A container's life: milliseconds, and the ratio to the first of each case",
                  table(["", "ms", "ratio"], rows)))
    rows = []
    for case in (RUNC, PODMAN):
        base = figures.get(case, NO_HOOK)
        for variant in figures.variants(case):
            value = figures.get(case, variant)
            rows.append([f"{case}, {variant}", number(value), number(value - base, 2) if base else "",
                         number(value / base, 2) if base else ""])
    parts.append(("Whole containers of /bin/true, 12 rules: milliseconds, what the hook adds, the ratio to none",
                  table(["", "ms", "added", "ratio"], rows)))
    rows = []
    for pattern in (OWN, ONE):
        for case in figures.cases():
            if case in (pattern.format(count) for count in (20, 200)):
                rows += [[f"{case}: {variant}", number(figures.get(case, variant, "per_second")),
                          number(figures.get(case, variant)), number(figures.mean(case, variant, "failed"), 0)]
                         for variant in figures.variants(case)]
    parts.append(("Many at once, 12 rules each: starts a second, and milliseconds until the slowest has ended",
                  table(["", "a second", "slowest, ms", "gave up"], rows)))
    return parts


def packet_tables(figures):
    """The data plane."""
    rows = []
    for mode in (LAST, SPREAD, ESTABLISHED):
        for variant in (NO_RULES, TRACKED):
            value = figures.get(packet_case(10, mode), variant, "ns")
            rows.append([f"{mode}: {variant}", f"{number(1e9 / value)} ({value:,.0f} ns)" if value else "", "", "", ""])
        for variant in (HOOK, LINEAR, IPSET):
            row = [f"{mode}: {variant}"]
            for count in PACKETS:
                value = figures.get(packet_case(count, mode), variant, "ns")
                row.append(f"{number(1e9 / value)} ({value:,.0f} ns)" if value else "")
            rows.append(row)
    parts = [("Packets: how many a second through so many prefixes, and nanoseconds of one packet from end to end",
              table(["", *(f"{count:,}" for count in PACKETS)], rows))]
    counts = walk_counts(figures)
    rows = [[f"{variant}, {mode}", *(number(figures.get(walk_case(count, mode), variant, "ns"), 0)
                                     for count in counts)]
            for mode in (LAST, SPREAD) for variant in (LINEAR, TREE)]
    parts.append(("One chain or a tree: nanoseconds of the walk alone by number of prefixes",
                  table(["", *(f"{count:,}" for count in counts)], rows)))
    return parts


def walk_counts(figures):
    """Lengths for which chain and tree were measured."""
    return [count for count in WALKS if figures.get(walk_case(count, LAST), TREE, "ns") is not None]


class Plots:
    """SVG files, the same for the same rows."""

    def __init__(self, figures, directory):
        # pylint: disable=import-outside-toplevel
        import matplotlib
        matplotlib.use("svg")
        matplotlib.rcParams.update({"svg.hashsalt": "oci-iptables", "svg.fonttype": "none", "font.size": 9,
                                    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
                                    "axes.axisbelow": True,
                                    "grid.alpha": 0.3, "legend.frameon": False})
        from matplotlib import pyplot
        self.pyplot = pyplot
        self.figures = figures
        self.directory = directory
        self.written = []

    def save(self, name, title):
        """Writes one plot."""
        self.pyplot.title(title, loc="left", fontsize=10)
        self.pyplot.tight_layout()
        self.pyplot.savefig(f"{self.directory}/{name}.svg", metadata={"Date": None})
        self.pyplot.close()
        self.written.append((name, title))

    def lines(self, name, title, axes, series):
        """Curves; each series (label, [(x, y)])."""
        self.pyplot.figure(figsize=(7, 3.6))
        drawn = False
        for label, points in series:
            # What is below the clock's grain has no place on a logarithmic axis.
            points = [(x, y) for x, y in points if y is not None and y > 0]
            if points:
                drawn = True
                self.pyplot.plot(*zip(*points), marker="o", markersize=3, label=label,
                                 color=COLOURS.get(label), linestyle="-" if len(points) > 1 else "none")
        if not drawn:
            self.pyplot.close()
            return
        self.pyplot.xscale("log")
        self.pyplot.yscale("log")
        for axis in (self.pyplot.gca().xaxis, self.pyplot.gca().yaxis):
            axis.set_major_formatter(lambda value, position: f"{value:,.10g}")
            axis.set_minor_formatter(lambda value, position: "")
        self.pyplot.xlabel(axes[0])
        self.pyplot.ylabel(axes[1])
        self.pyplot.legend(fontsize=8)
        self.save(name, title)

    def bars(self, name, title, axis, values):
        """Horizontal bars; each (label, value, whether it is the hook's)."""
        values = [one for one in values if one[1] is not None]
        if not values:
            return
        self.pyplot.figure(figsize=(7, 0.9 + 0.28 * len(values)))
        labels = [label for label, _, _ in values][::-1]
        found = [value for _, value, _ in values][::-1]
        colours = [COLOURS[HOOK] if own else "#9aa5b1" for _, _, own in values][::-1]
        drawn = self.pyplot.barh(labels, found, color=colours)
        self.pyplot.bar_label(drawn, [number(value) for value in found], padding=3, fontsize=8)
        self.pyplot.margins(x=0.12)
        self.pyplot.xlabel(axis)
        self.save(name, title)

    def draw(self):
        """All of them."""
        figures = self.figures
        self.lines("rules", "Rules text of both families, from exec to exit", ("rules", "ms"),
                   [(variant, [(count, figures.get(rules_case(count), variant)) for count in COUNTS])
                    for variant in (HOOK, FLOOR, RESTORE, NFT, NFT_RESTORE)])
        cases = (rules_case(12), rules_case(12) + ", slow peers")
        found = {variant: figures.get(case, variant) for case in cases[::-1] for variant in figures.variants(case)}
        self.bars("twelve-rules", "12 rules of mixed matches, both families", "ms",
                  [(variant, value, variant == HOOK) for variant, value in
                   sorted(found.items(), key=lambda item: item[1] or 0)])
        self.lines("policies", "Applying a policy", ("prefixes", "ms"),
                   [(variant, [(count, figures.get(policy_case(count), variant)) for count in POLICIES])
                    for variant in (HOOK, RESTORE, NFT_SET)])
        for case in (RUNC, PODMAN):
            base = figures.get(case, NO_HOOK)
            self.bars(case.replace(" ", "-"), f"{case} of /bin/true: added by a hook ({number(base)} ms without)", "ms",
                      [(variant, figures.get(case, variant) - base, variant == HOOK)
                       for variant in figures.variants(case) if variant != NO_HOOK] if base else [])
        for name, mode in (("packets-last", LAST), ("packets-any", SPREAD), ("packets-established", ESTABLISHED)):
            self.lines(name, f"One packet: {mode}", ("prefixes", "ns"),
                       [(variant, [(count, figures.get(packet_case(count, mode), variant, "ns")) for count in PACKETS])
                        for variant in (HOOK, LINEAR, IPSET)]
                       + [(variant, [(count, figures.get(packet_case(10, mode), variant, "ns")) for count in PACKETS])
                          for variant in (TRACKED, NO_RULES)])
        self.lines("walks", "One chain or a tree of chains: the walk alone, to any prefix", ("prefixes", "ns"),
                   [(variant, [(count, figures.get(walk_case(count, SPREAD), variant, "ns"))
                               for count in walk_counts(figures)]) for variant in (LINEAR, TREE)])
        return self.written


def write_report(rows, where, directory):
    """Raw rows and plots into a directory, tables into the marked block of the text beside it."""
    directory = directory.rstrip("/")
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/rows.json", "w", encoding="ascii") as file:
        file.write(pack(rows, where))
    figures = Figures(rows)
    plots = Plots(figures, directory).draw() if can_plot() else []
    text = [BEGIN, "", f"Measured on {where}.", "", targets(figures)]
    for title, body in start_tables(figures) + life_tables(figures) + packet_tables(figures):
        if body:
            heading, _, words = title.partition(": ")
            text += [f"### {heading}", ""] + ([f"{words[0].upper()}{words[1:]}.", ""] if words else []) + [body]
    text += [f"![{title}]({os.path.basename(directory)}/{name}.svg)\n" for name, title in plots] + [END]
    path = f"{directory}.md"
    with open(path, encoding="utf-8") as file:
        old = file.read()
    before, rest = old.split(BEGIN, 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + "\n".join(text) + rest.split(END, 1)[1])
    say(f"written: {path}, {directory}/rows.json and {len(plots)} plots")
