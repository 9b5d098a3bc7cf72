# SPDX-License-Identifier: GPL-2.0-or-later
"""What iptables-legacy-save prints, and whether the chains of the hook hold what the reference holds."""

import re

DISPATCHER = "oci-iptables-"
OWN = "oi-"
JUMP = re.compile(r"(.*?)-([jg]) (\S+)$", re.DOTALL)


class Tables:
    """The tables of one save: self.rules[table][chain] is a list of "[n:n] RULE"."""

    def __init__(self, saved):
        self.rules = {}
        self.policies = {}
        table = None
        for line in saved.splitlines():
            if line.startswith("*"):
                table = line[1:]
                self.rules[table] = {}
                self.policies[table] = {}
            elif line.startswith(":"):
                chain, policy = line[1:].split(" ")[:2]
                self.rules[table][chain] = []
                self.policies[table][chain] = policy
            elif line.startswith("["):
                counters, _, chain, rule = (line + " ").split(" ", 3)
                self.rules[table][chain].append(f"{counters} {rule.rstrip(' ')}".rstrip(" "))

    def built_in(self, table):
        """Names of the table's built-in chains."""
        return [chain for chain, policy in self.policies.get(table, {}).items() if policy != "-"]

    def without(self, base):
        """Takes the rules away that stood there before."""
        for table, chains in base.rules.items():
            for chain, rules in chains.items():
                for rule in rules:
                    if rule in self.rules.get(table, {}).get(chain, []):
                        self.rules[table][chain].remove(rule)
        return self


def without_counters(rule):
    """The rule behind "[n:n]"."""
    return rule.partition("] ")[2]


def reference_chains(tables, table):
    """Chain name -> rules. A policy other than ACCEPT is what the hook's own chain must end with."""
    chains = {name: list(rules) for name, rules in tables.rules.get(table, {}).items()}
    for name in tables.built_in(table):
        if tables.policies[table][name] != "ACCEPT":
            chains[name].append(f"[0:0] -j {tables.policies[table][name]}")
    return chains


def hook_chains(tables, table):
    """Chain name -> rules, with the hook's chain for a built-in one under the built-in's name.

    Returns (chains, complaint): the built-in chain must begin with one jump to its dispatcher and that with one jump
    to one chain, because nothing else was applied in this namespace.
    """
    chains = {}
    saved = tables.rules.get(table, {})
    seen = set()
    for name in tables.built_in(table):
        chains[name] = []
        jumps = [rule for rule in saved[name] if rule.endswith(f"-j {DISPATCHER}{name}")]
        if not jumps:
            continue
        if len(jumps) != 1 or saved[name][0] != jumps[0]:
            return {}, f"{name} does not begin with its only jump to the dispatcher: {saved[name]}"
        dispatched = [match.group(3) for rule in saved[DISPATCHER + name] if (match := JUMP.match(rule))]
        if len(dispatched) != 1 or not dispatched[0].startswith(OWN):
            return {}, f"{DISPATCHER}{name} is not one jump: {saved[DISPATCHER + name]}"
        chains[name] = saved[dispatched[0]]
        seen.add(dispatched[0])
    for name, rules in saved.items():
        if name.startswith(OWN) and name not in seen:
            chains[name] = rules
    return chains, None


def same_chain(left, right, left_chains, right_chains, names):
    """Whether two chains hold the same rules, chain names that users made mapped one to one through names."""
    if len(left) != len(right):
        return False
    for one, other in zip(left, right):
        if one == other:
            continue
        one_jump, other_jump = JUMP.match(one), JUMP.match(other)
        if not one_jump or not other_jump or one_jump.group(1, 2) != other_jump.group(1, 2):
            return False
        target, other_target = one_jump.group(3), other_jump.group(3)
        if target not in left_chains or other_target not in right_chains:
            return False
        if target in names or other_target in names.values():
            if names.get(target) != other_target:
                return False
            continue
        names[target] = other_target
        if not same_chain(left_chains[target], right_chains[other_target], left_chains, right_chains, names):
            return False
    return True


def same_table(reference, hook, table):
    """Compares one table. Returns None, or what differs."""
    left = reference_chains(reference, table)
    right, complaint = hook_chains(hook, table)
    if complaint:
        return complaint
    names = {}
    built_in = set(reference.built_in(table)) | set(hook.built_in(table))
    for chain in sorted(built_in):
        if not same_chain(left.get(chain, []), right.get(chain, []), left, right, names):
            return f"chain {chain} differs"
    rest = sorted(name for name in left if name not in built_in and name not in names)
    other_rest = sorted(name for name in right if name not in built_in and name not in names.values())
    # Nobody jumps to these, so only their contents can say which is which.
    for name in rest:
        match = next((other for other in other_rest
                      if same_chain(left[name], right[other], left, right, dict(names))), None)
        if match is None:
            return f"chain {name} has no counterpart"
        other_rest.remove(match)
    return f"chains without a counterpart: {' '.join(other_rest)}" if other_rest else None


def same(reference, hook, tables):
    """Compares the tables. Returns None, or what differs."""
    for table in tables:
        difference = same_table(reference, hook, table)
        if difference:
            return f"table {table}: {difference}"
    return None


def rules_of(chains, chain):
    """The rules of one chain without counters."""
    return [without_counters(rule) for rule in chains.get(chain, [])]


def all_rules(tables, names):
    """Every rule of the tables as "-A CHAIN RULE", without counters."""
    found = []
    for table in names:
        for chain, rules in reference_chains(tables, table).items():
            found += [f"-A {chain} {without_counters(rule)}".rstrip() for rule in rules]
    return found


def show(tables, names):
    """The rules of the tables for a message."""
    lines = []
    for table in names:
        for chain, rules in tables.rules.get(table, {}).items():
            lines += [f"*{table} -A {chain} {rule}" for rule in rules]
    return lines or ["(no rule)"]
