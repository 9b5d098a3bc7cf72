#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the same facts as the code has them and as the documents tell them, one per line, for docs tests to compare.

    facts.py code SUBJECT      facts.py docs SUBJECT      facts.py subjects

A subject whose pattern finds nothing on either side is an error: a comparison of nothing with nothing proves nothing.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAN = ROOT / "doc/man"
ANNOTATIONS = "oci-iptables-annotations.7.scd"
POLICY = "oci-iptables-policy.5.scd"
CONFIG = "oci-iptables-config.5.scd"
HOOK = "oci-iptables-hook.8.scd"


def source(path):
    return (ROOT / "src" / path).read_text(encoding="utf-8")


def strings(text):
    return re.findall(r'"((?:[^"\\]|\\.)*)"', text)


def array(path, name):
    """The strings of a C array of strings."""
    found = re.search(r"\b" + name + r"\[[^\]]*\]\s*=\s*\{(.*?)\};", source(path), re.S)
    return strings(found.group(1)) if found else []


def schema(name):
    return json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def page(name):
    """A manual page's source without scdoc's escapes."""
    return (MAN / name).read_text(encoding="utf-8").replace("\\_", "_").replace("\\*", "*")


def section(name, title):
    """The text of a section, up to the next heading of the same depth."""
    found = re.search(r"^# " + re.escape(title) + r"\n(.*?)(?=^# |\Z)", page(name), re.S | re.M)
    return found.group(1) if found else ""


def terms(text):
    """The bold words of the lines that a definition begins with."""
    words = []
    for line, _ in re.findall(r"^(\*\S.*)\n(\t)", text, re.M):
        words += re.findall(r"\*([^*]+)\*", line)
    return words


# Annotations.


def code_annotations():
    words = array("policy/annotations.c", "kind_names")
    text = source("policy/annotations.c")
    words += [word.rstrip(".") for word in re.findall(r'text_has_prefix\(key, "(var\.)"\)', text)]
    return words + re.findall(r'strcmp\(key, "(host-rules)"\)', text)


def docs_annotations():
    words = terms(section(ANNOTATIONS, "ANNOTATIONS"))
    return [word.removeprefix("io.oci-iptables.").rstrip(".") for word in words]


def docs_annotations_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `io\.oci-iptables\.([a-z]+)", text, re.M) + ["host-rules"]


# Words of endpoint lists.


def code_endpoint_words():
    return array("policy/endpoint.c", "words")


def docs_endpoint_words():
    return terms(section(ANNOTATIONS, "ENDPOINT LISTS"))


def code_endpoint_ranges():
    ranges = array("policy/endpoint.c", "private_ranges") + array("policy/endpoint.c", "metadata_addresses")
    return [item for item in ranges if not item.startswith("64:ff9b::")] + ["64:ff9b::/96"]


def docs_endpoint_ranges():
    text = section(ANNOTATIONS, "ENDPOINT LISTS").split("*private*")[1]
    return re.findall(r"(?<![\w.:])(?:\d+\.\d+\.\d+\.\d+(?:/\d+)?|[0-9a-f]+:[0-9a-f:]+(?:/\d+)?)", text)


def code_icmp_types():
    found = re.search(r"\} types\[\] = \{(.*?)\};", source("policy/endpoint.c"), re.S)
    return strings(found.group(1))


def docs_icmp_types():
    text = section(ANNOTATIONS, "ENDPOINT LISTS")
    found = re.search(r"icmp/_TYPE_, a number from 0 to 254 or one of (.*?)\.", text, re.S)
    return re.split(r",\s+", found.group(1))


def code_protocols():
    found = re.search(r"\} protocols\[\] = \{(.*?)\};", source("policy/endpoint.c"), re.S)
    return strings(found.group(1))


def docs_protocols():
    found = re.search(r"a protocol: (.*?), or a number", section(ANNOTATIONS, "ENDPOINT LISTS"))
    return found.group(1).split(", ")


def code_variables():
    return array("policy/variables.c", "known")


def docs_variables():
    words = re.findall(r"\$\{([a-z0-9]+(?::\*_NAME_\*)?)\}", section(ANNOTATIONS, "VARIABLES"))
    return [word.replace("*_NAME_*", "NAME") for word in words]


# Rules text.


def code_extensions():
    return array("policy/names.c", "default_extensions")


def docs_extensions():
    return re.findall(r"\S+", " ".join(re.findall(r"^\t(.*)", section(ANNOTATIONS, "RULES TEXT"), re.M)))


def code_tables():
    return [table for table in array("policy/config.c", "tables") if table != "*"]


def docs_tables():
    found = re.search(r"\*tables\* \((.*?),\s+or \"", section(CONFIG, "MEMBERS"), re.S)
    return re.split(r",\s+", found.group(1))


# Configuration and policy.


def code_configuration():
    found = re.search(r"\} top_members\[\] = \{(.*?)\};", source("policy/config.c"), re.S)
    return strings(found.group(1))


def schema_configuration():
    return list(schema("config")["properties"])


def docs_configuration():
    return [word for word in terms(section(CONFIG, "MEMBERS")) if word != "annotations.rules"]


def code_capabilities():
    return array("policy/config.c", "default_forbidden")


def docs_capabilities():
    return re.findall(r"CAP_[A-Z_]+", section(CONFIG, "MEMBERS"))


def docs_capabilities_hook():
    return re.findall(r"CAP_[A-Z_]+", section(HOOK, "REFUSALS"))


def code_policy():
    text = source("policy/document-read.c")
    names = set()
    for members in re.findall(r"static const char \*const (?:members|outward|inward)\[\] = \{(.*?)\};", text, re.S):
        names |= set(strings(members))
    for members in re.findall(r"members\[\] = \{(.*?)\};", source("policy/document-extras.c"), re.S):
        names |= set(strings(members))
    return names


def docs_policy():
    text = page(POLICY)
    names = set()
    for word in terms(section(POLICY, "MEMBERS")) + terms(section(POLICY, "LOG")):
        names.add(word.split(".")[-1])
    for block in re.findall(r"^```\n(.*?)^```", section(POLICY, "FORWARD") + section(POLICY, "REDIRECT"), re.S | re.M):
        names |= set(re.findall(r'"([a-z-]+)":', block))
    # Members that both directions share stand once with the direction in front.
    assert "*egress.rules*" in text and "*ingress.rules*" in text
    return names


def code_profiles():
    return [path.stem for path in (ROOT / "contrib/profiles").iterdir() if path.suffix in (".json", ".rules")]


def docs_profiles():
    return terms(section(POLICY, "PROFILES"))


def docs_profiles_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"\]\(contrib/profiles/([\w.-]+)\.json\)", text)


# The hook.

# Beginnings of messages that are no source of a failure line.
NO_SOURCES = {"SOURCE", "oci-iptables-hook", "Usage", "printer"}


def code_sources():
    """What failure lines begin with: literals in error_set() and its like, and the sources of layers."""
    words = set()
    for room in ("hook", "oci", "kernel", "state", "session", "policy", "base"):
        for path in (ROOT / "src" / room).rglob("*.c"):
            text = path.read_text(encoding="utf-8")
            words |= set(re.findall(r'"([a-z.]+): ', text))
            words |= set(re.findall(r'#define SOURCE "([^"]+)"', text))
    words |= {"annotation", "profile", "/etc/oci-iptables/config.json"}
    words |= {kind for kind in array("policy/annotations.c", "kind_names") if kind != "profile"}
    return words - NO_SOURCES


def docs_sources():
    text = section(HOOK, "WHERE A REFUSAL'S REASON IS FOUND")
    return terms(text)


def code_stages():
    return re.findall(r'strcmp\(argv\[1\], "([a-zA-Z]+)"\) == 0', source("hook/main.c"))


def docs_stages():
    return terms(section(HOOK, "STAGES"))


LIMITS = {
    "state JSON": ("OCI_STATE_LIMIT >> 20", "oci/container.h", "MiB"),
    "_config.json_ of a bundle": ("OCI_CONFIG_LIMIT >> 20", "oci/container.h", "MiB"),
    "profile, configuration": ("PROFILE_MAX_BYTES == CONFIG_MAX_BYTES ? PROFILE_MAX_BYTES >> 20 : 0",
                               "policy/profile.h", "MiB"),
    "depth of JSON": ("JSON_MAX_DEPTH", "base/json.h", ""),
    "layers of a container": ("POLICY_MAX_LAYERS", "policy/policy.h", ""),
    "rules of a container in the kernel's form": ("(WIRE_ENTRIES_BYTES + 65536 * WIRE_ENTRIES_BYTES_PER_RULE) >> 20",
                                                  "rules/wire.h", "MiB in each family"),
    "chains of a container": ("RULES_MAX_CHAINS", "rules/ruleset.h", "in each family"),
    "rules that a packet meets in a chain and those it jumps to": ("RULES_MAX_WALK", "rules/jumps.h",
                                                                    "with each four matches of a rule as another"),
    "uses of the match connlimit in annotations": ("PARSER_MAX_CONNLIMITS", "rules/parser.h", "in each family"),
    "name of a chain": ("RULES_CHAIN_NAME", "rules/ruleset.h", "characters"),
    "line of rules text": ("LINES_MAX_LENGTH", "rules/lines.h", "bytes"),
    "word of a line, words": ("LINES_MAX_WORD", "rules/lines.h", f"bytes, "),
    "time": ("HOOK_MILLISECONDS / 1000", "hook/hook.h", "seconds"),
}


def code_limits():
    """The numbers as the compiler sees them."""
    headers = sorted({header for _, header, _ in LIMITS.values()} | {"policy/config.h"})
    lines = ["#include <stdio.h>"] + [f'#include "{header}"' for header in headers] + ["int main(void)", "{"]
    lines += [f'\tprintf("%llu\\n", (unsigned long long)({value}));' for value, _, _ in LIMITS.values()]
    lines += ['\tprintf("%d\\n", LINES_MAX_WORDS);', "\treturn 0;", "}", ""]
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory)
        (path / "limits.c").write_text("\n".join(lines), encoding="utf-8")
        subprocess.run(["cc", "-D_GNU_SOURCE", "-I", ROOT / "src", "-o", path / "limits", path / "limits.c"],
                       check=True)
        values = subprocess.run([path / "limits"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    facts = []
    for (name, (_, _, unit)), value in zip(LIMITS.items(), values):
        if name == "word of a line, words":
            unit += values[-1]
        facts.append(f"{name}: {value} {unit}".rstrip())
    config = source("policy/config.c")
    facts.append("rules of a container: " + re.search(r"#define LIMIT_RULES (\d+)", config).group(1)
                 + " in each family")
    found = re.search(r"#define LIMIT_ANNOTATION_BYTES \(\(uint64_t\)(\d+) \* 1024\)", config)
    return facts + [f"annotation: {found.group(1)} KiB"]


def docs_limits():
    found = re.findall(r"^\|\[?\s+(.*)\n:\[?\s+(.*)", section(HOOK, "LIMITS"), re.M)
    return [f"{name}: {value}" for name, value in found]


def code_privileges():
    """PHASE: EFFECTIVE; KEPT"""
    facts = []
    for phase, entries in re.findall(r"\[PRIVILEGES_([A-Z]+)\] =\s*\{(.*?)\.count",
                                     source("kernel/privileges.c"), re.S):
        held = re.findall(r"\{\s*CAP_([A-Z_]+),\s*(true|false)\s*\}", re.sub(r"/\*.*?\*/", "", entries, flags=re.S))
        effective = sorted(name for name, now in held if now == "true")
        kept = sorted(name for name, now in held if now == "false")
        facts.append(f"{phase.lower()}: {' '.join(effective) or '-'}; {' '.join(kept) or '-'}")
    return facts


def docs_privileges():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    facts = []
    for row in re.findall(r"^\| `([a-z]+)` \| \w+ \| ([A-Z_ -]+) \| ([A-Z_ -]+) \|", text, re.M):
        effective, kept = (" ".join(sorted(cell.split())) for cell in row[1:])
        facts.append(f"{row[0]}: {effective}; {kept}")
    return facts


SUBJECTS = {
    "annotations": (code_annotations, [docs_annotations, docs_annotations_readme]),
    "endpoint-words": (code_endpoint_words, [docs_endpoint_words]),
    "endpoint-ranges": (code_endpoint_ranges, [docs_endpoint_ranges]),
    "icmp-types": (code_icmp_types, [docs_icmp_types]),
    "protocols": (code_protocols, [docs_protocols]),
    "variables": (code_variables, [docs_variables]),
    "extensions": (code_extensions, [docs_extensions]),
    "tables": (code_tables, [docs_tables]),
    "configuration": (code_configuration, [docs_configuration, schema_configuration]),
    "capabilities": (code_capabilities, [docs_capabilities, docs_capabilities_hook]),
    "policy": (code_policy, [docs_policy]),
    "profiles": (code_profiles, [docs_profiles, docs_profiles_readme]),
    "sources": (code_sources, [docs_sources]),
    "stages": (code_stages, [docs_stages]),
    "limits": (code_limits, [docs_limits]),
    "privileges": (code_privileges, [docs_privileges]),
}


def main():
    if sys.argv[1:] == ["subjects"]:
        print("\n".join(SUBJECTS))
        return 0
    side, subject = sys.argv[1:]
    code, docs = SUBJECTS[subject]
    wanted = [code] * len(docs) if side == "code" else docs
    for place in wanted:
        facts = sorted(set(place()))
        if not facts:
            print(f"{subject}: nothing found", file=sys.stderr)
            return 1
        print("\n".join(facts) + "\n--")
    return 0


sys.exit(main())
