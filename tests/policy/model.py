#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares compiled policies with what the policy says.

Random policies go through `policy-tool print`; the rules text is then walked packet by packet the way the kernel walks
chains, and the verdict is compared with one that is computed from the JSON alone. Long lists make the compiler share
conditions and split lists into buckets, so both forms are held against the same reading.

usage: model.py POLICY-TOOL [ROUNDS [SEED]]
"""
import functools
import ipaddress
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132, "dccp": 33, "icmp": 1, "icmpv6": 58}
RESOLVERS = ["10.20.0.5", "fd00:88::35"]
LOCAL = ["127.0.0.1", "10.88.0.5", "::1", "fd00:88::5", "fe80::5"]
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "224.0.0.0/4",
           "255.255.255.255/32", "fe80::/10", "ff00::/8", "fc00::/7"]
PRIVATE += ["64:ff9b::%s/%d" % (net.split("/")[0], 96 + int(net.split("/")[1])) for net in PRIVATE[:7]]
METADATA = ["169.254.169.254", "169.254.169.253", "169.254.170.2", "169.254.170.23", "168.63.129.16",
            "100.100.100.200", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"]
WORDS = {"any": ["0.0.0.0/0", "::/0"], "private": PRIVATE, "metadata": METADATA,
         "gateway": ["10.88.0.1", "fd00:88::1"], "connected": ["10.88.0.0/16", "fd00:88::/64", "fe80::/64"],
         "none": [], "dns": []}


@functools.lru_cache(maxsize=None)
def span(item):
    if "-" in item:
        low, high = map(ipaddress.ip_address, item.split("-"))
        return low.version, int(low), int(high)
    network = ipaddress.ip_network(item, strict=False)
    return network.version, int(network.network_address), int(network.broadcast_address)


def inside(address, item):
    version, low, high = span(item)
    return version == address.version and low <= int(address) <= high


def member(address, items):
    for item in items:
        if any(inside(address, one) for one in WORDS.get(item, [item])):
            return True
    return False


# The policy, read as interface section 4 words it.

def is_resolver_packet(packet):
    return packet["protocol"] in (6, 17) and packet["dport"] == 53 and str(packet["dst"]) in RESOLVERS


def rule_matches(rule, packet, egress, output):
    peer = packet["dst"] if egress else packet["src"]
    named = rule.get("to" if egress else "from", ["any"])
    excepted = rule.get("except", [])
    if "interface" in rule:
        interface = packet["out" if egress else "in"]
        if not (egress and output and packet["dnat"]):
            if interface != rule["interface"]:
                return False
        elif rule["action"] == "allow":
            return False  # what OUTPUT calls the interface is not where it goes
    if member(peer, excepted) or ("dns" in excepted and is_resolver_packet(packet)):
        return False
    if "dns" in named and is_resolver_packet(packet):
        return True
    if not member(peer, named):
        return False
    protocol = rule.get("protocol")
    if protocol is None:
        return True
    if protocol == "icmp":
        if packet["protocol"] != (1 if peer.version == 4 else 58):
            return False
        return rule.get("icmp-type") in (None, packet["type"])
    number = PROTOCOLS.get(protocol, protocol)
    if packet["protocol"] != number:
        return False
    ports = rule.get("ports")
    if ports is None:
        return True
    for port in ports:
        low, _, high = str(port).partition("-")
        if int(low) <= packet["dport"] <= int(high or low):
            return True
    return False


def expected(policy, packet, direction):
    side = policy.get(direction)
    if side is None:
        return "allow"
    egress = direction == "egress"
    if egress and str(packet["dst"]) in LOCAL:
        return "allow"
    if not egress and packet["in"] == "lo":
        return "allow"
    for rule in side.get("rules", []):
        if rule_matches(rule, packet, egress, True):
            return rule["action"]
    return side["default"]


# The kernel, walking chains.

def parse_text(text, version):
    chains = {}
    table = None
    for line in text.splitlines():
        if not line or line[0] == "#":
            continue
        if line[0] == "*":
            table = line[1:]
            continue
        if line == "COMMIT" or table != "filter":
            continue
        if line[0] == ":":
            chains.setdefault(line[1:].split()[0], [])
            continue
        if line[:3] in ("-4 ", "-6 "):
            if int(line[1]) != version:
                continue
            line = line[3:]
        words = shlex.split(line)
        assert words[0] == "-A", line
        chains.setdefault(words[1], []).append(compile_rule(words[2:]))
    return chains


def compile_rule(words):
    tests, verdict, goto, i, negate = [], None, False, 0, False
    while i < len(words):
        word = words[i]
        value = words[i + 1] if i + 1 < len(words) else None
        i += 2
        if word == "!":
            negate, i = True, i - 1
            continue
        if word == "-m":
            continue
        if word in ("-j", "-g"):
            verdict, goto = value, word == "-g"
            if value in ("REJECT", "NFLOG"):
                break
            continue
        if word == "--tcp-flags":
            i += 1  # the only one here with two values
        test = make_test(word, value)
        tests.append((lambda inner: lambda packet: not inner(packet))(test) if negate else test)
        negate = False
    return tests, verdict, goto


def port_test(value, key):
    spans = []
    for part in value.split(","):
        low, _, high = part.partition(":")
        spans.append((int(low), int(high or low)))
    return lambda p: any(low <= p[key] <= high for low, high in spans)


def range_test(value, key):
    return lambda p: inside(p[key], value)


def make_test(word, value):
    if word == "-p":
        number = PROTOCOLS.get(value) or int(value)
        return lambda p: p["protocol"] == number
    if word in ("-d", "-s"):
        key = "dst" if word == "-d" else "src"
        return lambda p: inside(p[key], value)
    if word in ("--dst-range", "--src-range"):
        return range_test(value, word[2:5])
    if word in ("--dport", "--dports"):
        return port_test(value, "dport")
    if word == "--sport":
        return port_test(value, "sport")
    if word in ("-o", "-i"):
        return lambda p: p["out" if word == "-o" else "in"] == value
    if word == "--ctstate":
        return lambda p: value == "DNAT" and p["dnat"]  # packets here are NEW
    if word == "--dst-type":
        return lambda p: str(p["dst"]) in LOCAL
    if word in ("--icmp-type", "--icmpv6-type"):
        return lambda p: p["type"] == int(value)
    if word == "--hl-eq":
        return lambda p: p["hops"] == int(value)
    if word == "--tcp-flags":
        return lambda p: False
    if word in ("--limit", "--limit-burst"):
        return lambda p: True
    raise ValueError("match %s %s is not known to the model" % (word, value))


def walk(chains, chain, packet):
    stack, at = [], (chain, 0)
    while True:
        name, index = at
        rules = chains.get(name, [])
        if index >= len(rules):
            if not stack:
                return "allow"
            at = stack.pop()
            continue
        tests, verdict, goto = rules[index]
        if not all(test(packet) for test in tests) or verdict == "NFLOG":
            at = (name, index + 1)
        elif verdict == "RETURN":
            if not stack:
                return "allow"
            at = stack.pop()
        elif verdict in ("DROP", "REJECT"):
            return verdict.lower()
        else:
            if not goto:
                stack.append((name, index + 1))
            at = (verdict, 0)


# Random policies and packets that come near their edges.

def random_address(rng, version):
    if version == 4:
        base = rng.choice(["10.88.%d.%d", "10.96.%d.%d", "192.168.%d.%d", "100.64.%d.%d", "8.8.%d.%d"])
        return base % (rng.randrange(4), rng.randrange(256))
    return rng.choice(["2001:db8::%x:%x", "fd00:88::%x:%x", "64:ff9b::a00:%x%02x"]) % (rng.randrange(4),
                                                                                    rng.randrange(256))


def random_item(rng):
    version = rng.choice([4, 6])
    address = random_address(rng, version)
    kind = rng.randrange(10)
    if kind < 4:
        return address
    if kind < 7:
        return "%s/%d" % (address, rng.randrange(8, 33) if version == 4 else rng.randrange(16, 129))
    if kind < 9:
        low = ipaddress.ip_address(address)
        return "%s-%s" % (low, low + rng.randrange(300))
    return rng.choice(["any", "dns", "private", "metadata", "gateway", "connected"])


def random_long_list_item(rng):
    """Near and far from each other, and ranges across many prefixes: the trie that splits lists gets deep, uneven."""
    version = rng.choice([4, 6])
    bits = 32 if version == 4 else 128
    base = int(ipaddress.ip_address("10.96.7.200" if version == 4 else "2001:db8:7::c8"))
    number = base ^ rng.getrandbits(rng.randrange(1, bits // 2))
    kind = rng.randrange(8)
    if kind == 0:
        number, other = sorted((number, base ^ rng.getrandbits(rng.randrange(1, bits // 3))))
        return "%s-%s" % (ipaddress.ip_address(number), ipaddress.ip_address(min(other, number + 300)))
    length = rng.randrange(bits * 3 // 4, bits) if kind < 3 else bits
    return "%s/%d" % (ipaddress.ip_address(number), length)


def random_rule(rng, egress):
    rule = {"action": rng.choice(["allow", "allow", "drop", "reject"])}
    key = "to" if egress else "from"
    if rng.random() < 0.85:
        size = rng.choice([1, 2, 3, 8, 60, 400])
        long_item = rng.choice([random_long_list_item, lambda rng: random_address(rng, rng.choice([4, 6]))])
        rule[key] = [random_item(rng) if size < 60 else long_item(rng) for _ in range(size)]
        if size >= 60 and egress and rng.random() < 0.3:
            rule[key].append("dns")
    if rng.random() < 0.35:
        rule["except"] = [random_item(rng) for _ in range(rng.choice([1, 2, 6]))]
    if not egress:
        for member_name in (key, "except"):
            if member_name in rule:
                rule[member_name] = [item for item in rule[member_name] if item != "dns"] or ["10.1.2.3"]
    protocol = rng.choice([None, "tcp", "udp", "sctp", "icmp", 47, 58, 6])
    if protocol is not None:
        rule["protocol"] = protocol
    if protocol in ("tcp", "udp", "sctp", 6) and rng.random() < 0.7:
        count = rng.choice([1, 2, 5, 20, 40])
        rule["ports"] = [random_port(rng) for _ in range(count)]
    if protocol == "icmp" and rng.random() < 0.5:
        rule["icmp-type"] = rng.choice([0, 3, 8, 128, 129])
    if rng.random() < 0.1:
        rule["interface"] = rng.choice(["eth0", "eth1"])
    if rng.random() < 0.2:
        rule["log"] = rng.random() < 0.5
    return rule


def random_port(rng):
    port = rng.choice([rng.randrange(1, 200), rng.randrange(1, 65000)])
    return port if rng.random() < 0.7 else "%d-%d" % (port, port + rng.randrange(20))


def random_policy(rng):
    policy = {"version": 1}
    for direction in ("egress", "ingress"):
        if rng.random() < 0.8:
            policy[direction] = {"default": rng.choice(["allow", "drop", "reject", "reject"]),
                                 "rules": [random_rule(rng, direction == "egress")
                                           for _ in range(rng.randrange(6))]}
    if rng.random() < 0.3:
        policy["log"] = {"denied": rng.random() < 0.7, "rate": rng.choice(["10/second", "1/day"])}
    return policy


def interesting_addresses(policy, rng):
    found = RESOLVERS + ["10.88.0.1", "fd00:88::1", "169.254.169.254", "8.8.8.8", "2001:db8::9", "127.0.0.1"]
    for direction in ("egress", "ingress"):
        for rule in policy.get(direction, {}).get("rules", []):
            items = [one for key in ("to", "from", "except") for item in rule.get(key, [])
                     for one in WORDS.get(item, [item])]
            for item in rng.sample(items, min(len(items), 12)):
                if "-" in item:
                    low, high = map(ipaddress.ip_address, item.split("-"))
                else:
                    network = ipaddress.ip_network(item, strict=False)
                    low, high = network.network_address, network.broadcast_address
                for number in (int(low) - 1, int(low), int(high), int(high) + 1):
                    if 0 <= number < 1 << (32 if low.version == 4 else 128):
                        found.append(str(type(low)(number)))
    return found


def random_packet(rng, policy, addresses, direction):
    peer = ipaddress.ip_address(rng.choice(addresses))
    own = ipaddress.ip_address("10.88.0.5" if peer.version == 4 else "fd00:88::5")
    ports = [53, 80, 443]
    for rule in policy.get(direction, {}).get("rules", []):
        for port in rule.get("ports", [])[:10]:
            low, _, high = str(port).partition("-")
            ports += [int(low), int(high or low), int(low) - 1, int(high or low) + 1]
    protocol = rng.choice([6, 6, 6, 17, 17, 132, 1 if peer.version == 4 else 58, 47])
    egress = direction == "egress"
    return {"dst": peer if egress else own, "src": own if egress else peer, "protocol": protocol,
            "dport": max(0, min(65535, rng.choice(ports))) if protocol in (6, 17, 132) else -1,
            "sport": 40000 if protocol in (6, 17, 132) else -1, "type": rng.choice([0, 3, 8, 128, 129])
            if protocol in (1, 58) else -1, "hops": 64, "dnat": egress and rng.random() < 0.1,
            "out": rng.choice(["eth0", "eth1"]) if egress else "", "in": "" if egress else rng.choice(["eth0", "eth1"])}


def main():
    tool = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20240501
    rng = random.Random(seed)
    checked = bucketed = shared = failed = 0
    for number in range(rounds):
        policy = random_policy(rng)
        with tempfile.NamedTemporaryFile("w", suffix=".json", dir=os.environ.get("TMPDIR")) as file:
            json.dump(policy, file)
            file.flush()
            run = subprocess.run([tool, "print", "policy=@" + file.name], capture_output=True, text=True, check=False)
        if run.returncode != 0:
            print("not ok %d - refused: %s\n%s" % (number + 1, run.stderr.strip(), json.dumps(policy)))
            failed += 1
            continue
        shared += len(re.findall(r"^:(?:egress|ingress)-\d+ ", run.stdout, re.M)) > 0
        bucketed += len(re.findall(r"^:(?:egress|ingress)-\d+ ", run.stdout, re.M)) > 8
        chains = {version: parse_text(run.stdout, version) for version in (4, 6)}
        addresses = interesting_addresses(policy, rng)
        for direction in ("egress", "ingress"):
            for _ in range(250):
                packet = random_packet(rng, policy, addresses, direction)
                wanted = expected(policy, packet, direction)
                got = walk(chains[packet["dst"].version], "OUTPUT" if direction == "egress" else "INPUT", packet)
                checked += 1
                if got != wanted:
                    failed += 1
                    print("not ok %d - %s %s: policy says %s, rules say %s\n%s" %
                          (number + 1, direction, packet, wanted, got, json.dumps(policy)))
                    if failed > 5:
                        sys.exit(1)
    print("%d policies, %d packets, %d with shared conditions, %d with many chains" %
          (rounds, checked, shared, bucketed))
    print("%d passed, %d failed" % (checked - failed, failed))
    if failed or not bucketed or not shared:
        sys.exit(1)


main()
