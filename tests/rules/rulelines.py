# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of rule lines: reading them into cases. README.md describes the format."""

import dataclasses
import os
import re

FAMILIES = ("4", "6")
BUILT_IN = {
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "raw": ("PREROUTING", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}
MARKERS = ("needs", "refused", "accepted")

# A line that begins like this is a statement of its own; anything else is the rest of "-A CHAIN".
STATEMENT = re.compile(
    r"(\[[^]]*\] *)?(-[46] )?(-[A-Z]|--(append|insert|policy|new-chain|delete|replace|flush|zero|rename-chain"
    r"|delete-chain|list|list-rules|check|modprobe)\b)|[:*\[]|COMMIT|#"
)
# Statements that take -4 or -6. A chain is made in both families.
FAMILY_STATEMENT = re.compile(r"(\[[^]]*\] *)?(-[AIP]\b|--(?:append|insert|policy)\b)")


class FormatError(Exception):
    """A line that is not in the format."""


@dataclasses.dataclass
class Case:
    """One line in one chain of one family."""

    path: str
    line: int
    family: str
    table: str
    chain: str
    input: str
    statements: list  # of the text, without *table and COMMIT; None for a raw document
    document: str  # raw document, or None
    expected: list  # rules behind "-A CHAIN " (raw: whole rules); None: whatever the reference makes of it
    accepted: bool  # what the reference is expected to say
    marker: str = ""
    reason: str = ""
    needs: str = ""  # what the kernel may lack
    commands: tuple = ()  # shell commands that must have run in the namespace before

    def place(self):
        """The case for a message."""
        chain = "" if self.document is not None else f" {self.chain}"
        return f"{self.path}:{self.line} [IPv{self.family} {self.table}{chain}] {self.input}"

    def tables(self):
        """The tables that the text names."""
        if self.document is None:
            return [self.table]
        return re.findall(r"^\*(\w+)", self.document, re.MULTILINE) or [self.table]

    def reference_text(self):
        """The text for iptables-legacy-restore."""
        if self.document is not None:
            return self.document
        return "\n".join([f"*{self.table}", *self.statements, "COMMIT", ""])

    def has_counters(self):
        """Whether the text gives a rule counters in front, which restore sets with --counters only."""
        return any(statement.startswith("[") for statement in self.statements or [])

    def hook_text(self):
        """The text for the annotation: the family before each rule, dollars doubled."""
        if self.document is not None:
            return self.document.replace("$", "$$")
        flagged = [FAMILY_STATEMENT.sub(self._with_family, statement, count=1) for statement in self.statements]
        return "\n".join([f"*{self.table}", *flagged, "COMMIT", ""]).replace("$", "$$")

    def _with_family(self, match):
        return f"{match.group(1) or ''}-{self.family} {match.group(2)}"


def split_fields(text):
    """Splits at semicolons; \\; is a semicolon, \\n a newline, \\r a carriage return."""
    fields = re.split(r"(?<!\\);", text)
    return [field.replace("\\;", ";").replace("\\n", "\n").replace("\\r", "\r") for field in fields]


def families_of_file(path):
    """The families that a file's place or name says."""
    folder = os.path.basename(os.path.dirname(os.path.abspath(path)))
    name = os.path.basename(path)
    if folder == "ipv4" or name.startswith("libipt_"):
        return ("4",)
    if folder == "ipv6" or name.startswith("libip6t_"):
        return ("6",)
    return FAMILIES


def parse_marker(field, where):
    """Reads "needs: xt_ipvs" and the like."""
    marker, colon, reason = field.partition(":")
    if marker not in MARKERS or colon == "" or reason.strip() == "":
        raise FormatError(f"{where}: the marker is none of {', '.join(MARKERS)} with a reason: {field}")
    return marker, reason.strip()


def parse_markers(fields, where):
    """Returns what a line needs, and its other marker with the reason; each may be empty."""
    markers = dict(parse_marker(field, where) for field in fields if field != "")
    needs = markers.pop("needs", "")
    if len(markers) > 1:
        raise FormatError(f"{where}: only \"needs\" goes with another marker: {', '.join(markers)}")
    return needs, *next(iter(markers.items()), ("", ""))


class OwnFile:
    """A file of this project's lines."""

    def __init__(self, path):
        self.path = path
        self.chains = []
        self.table = "filter"
        self.before = []
        self.cases = []

    def read(self):
        """Returns the cases of the file."""
        with open(self.path, encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                self._line(number, text.rstrip("\n"))
        return self.cases

    def _line(self, number, text):
        if text == "" or text.startswith("#"):
            return
        if text.startswith(":") and ";" not in text:
            self.chains = text[1:].split(",")
            self.before = []
        elif text.startswith("*") and ";" not in text:
            self.table = text[1:]
            self.before = []
        elif text == "+":
            self.before = []
        elif text.startswith("+"):
            self.before.append(text[1:].replace("\\;", ";"))
        else:
            self._rule(number, text)

    def _rule(self, number, text):
        where = f"{self.path}:{number}"
        fields = split_fields(text)
        if len(fields) not in (3, 4, 5) or fields[2] not in ("OK", "FAIL"):
            raise FormatError(f"{where}: not \"input;expected;OK|FAIL[;marker: reason]\": {text}")
        markers = parse_markers(fields[3:], where)
        families = families_of_file(self.path)
        rule = fields[0]
        if rule.startswith(("-4 ", "-6 ")):
            families = (rule[1],)
            rule = rule[3:]
        if not self.chains and not rule.startswith("raw:"):
            raise FormatError(f"{where}: no \":CHAIN\" line before it")
        for family in families:
            for chain in [""] if rule.startswith("raw:") else self.chains:
                self._case(number, family, chain, rule, fields, markers)

    def _case(self, number, family, chain, rule, fields, markers):
        needs, marker, reason = markers
        document = None
        statements = None
        if rule.startswith("raw:"):
            document = rule[4:]
        else:
            rule = rule.replace("{chain}", chain)
            whole = rule if STATEMENT.match(rule) else f"-A {chain} {rule}".rstrip()
            statements = [text.replace("{chain}", chain) for text in self.before] + whole.split("\n")
        self.cases.append(
            Case(
                path=os.path.relpath(self.path),
                line=number,
                family=family,
                table=self.table,
                chain=chain,
                input=rule.replace("\n", "\\n"),
                statements=statements,
                document=document,
                expected=self._expected(rule, fields[1].replace("{chain}", chain), fields[2], marker),
                accepted=fields[2] == "OK",
                marker=marker,
                needs=needs,
                reason=reason,
            )
        )

    @staticmethod
    def _expected(rule, field, verdict, marker):
        if (verdict != "OK" and marker != "accepted") or field == "?":
            return None
        if field == "=":
            return [rule]
        return ["" if rule == "*" else rule for rule in field.split("\n")] if field != "" else []


def read_own(path):
    """Returns the cases of a file of this project."""
    return OwnFile(path).read()


def read_corpus(path):
    """Returns the cases of a file in the form of iptables' own extension tests."""
    cases = []
    chains, table, commands = [], "filter", []
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        for number, text in enumerate(file, 1):
            text = text.rstrip("\n")
            if text.strip() == "" or text.startswith("#"):
                continue
            if text.startswith(":"):
                chains = text[1:].strip().split(",")
            elif text.startswith("*"):
                table = text[1:].strip()
            elif text.startswith(("@", "%")):
                commands.append(text[1:].strip())
            else:
                cases += corpus_cases(path, number, text, chains, table, tuple(commands))
    return cases


def corpus_cases(path, number, text, chains, table, commands):
    """One line of such a file. A fourth field LEGACY or NFT names the variant whose verdict the third is."""
    if not chains:
        raise FormatError(f"{path}:{number}: no \":CHAIN\" line before it")
    # A line without a verdict still has a rule that both sides can be asked about.
    fields = (text + ";;").split(";")
    accepted = fields[2].strip() == "OK" and fields[3].strip() != "NFT"
    cases = []
    for family in families_of_file(path):
        for chain in chains:
            expected = None
            if accepted:
                expected = [fields[0] if fields[1] in ("", "=") else fields[1]]
            cases.append(
                Case(path, number, family, table, chain, fields[0], [f"-A {chain} {fields[0]}".rstrip()], None,
                     expected, accepted, commands=commands)
            )
    return cases
