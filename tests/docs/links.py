#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what the Markdown files name and the repository does not have: links, anchors, and paths in backticks."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a path in backticks or a code block begins with when it means a file of the repository.
FOLDERS = ("src/", "tests/", "contrib/", "schemas/", "doc/", "hooks.d/", ".ci/")


def anchors(path):
    """GitHub's names of the headings of a Markdown file."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.S | re.M)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(document):
    text = document.read_text(encoding="utf-8")
    seen = 0
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+://", target):
            continue
        seen += 1
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists():
            yield f"{document.relative_to(ROOT)}: link to {target}"
        elif anchor and anchor not in anchors(path):
            yield f"{document.relative_to(ROOT)}: no heading for {target}"
    for word in re.findall(r"(?<![\w./-])((?:" + "|".join(map(re.escape, FOLDERS)) + r")[\w./-]*)", text):
        seen += 1
        path = word.rstrip(".")
        # Places for what a reader is to make: src/cli/VERB.c
        if not (ROOT / path).exists() and not (document.parent / path).exists() and path.upper().find("VERB") < 0:
            yield f"{document.relative_to(ROOT)}: path {path}"
    if seen == 0 and document.parent == ROOT and document.name not in ("NEWS.md",):
        yield f"{document.relative_to(ROOT)}: no link and no path found"


documents = [path for path in ROOT.rglob("*.md") if not path.relative_to(ROOT).parts[0].startswith("build")]
if len(documents) < 4:
    sys.exit("Markdown files are missing")
lines = [line for document in sorted(documents) for line in broken(document)]
print("\n".join(lines), end="\n" if lines else "")
