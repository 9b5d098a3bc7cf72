#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Feeds every example of schemas/ to a JSON Schema validator and to the program; both must agree.

Examples in valid/ are accepted by both, in invalid/ refused by both, in semantic/ refused by the program for reasons
that a schema cannot say. The shipped profiles are examples too. Needs OCI_IPTABLES_BUILD.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOL = pathlib.Path(os.environ["OCI_IPTABLES_BUILD"]) / "tests/unit/policy-tool"
PROFILES = ROOT / "contrib/profiles"
KINDS = ("policy", "config", "annotations")
# The shipped profiles leave these to the administrator.
PROFILE_VARIABLES = ["var.store=10.0.0.1", "var.release-store=10.0.0.2"]


def ask_schema(validator, path):
    return validator.is_valid(json.loads(path.read_text(encoding="utf-8")))


def copy_profiles(directory):
    """A clone may be writable by its group, which the program refuses."""
    directory.chmod(0o755)
    for path in PROFILES.glob("*.json"):
        shutil.copyfile(path, directory / path.name)
        (directory / path.name).chmod(0o644)
    return directory


def ask_program(kind, path, profiles):
    environment = {"POLICY_TOOL_PROFILES": str(profiles)}
    run = subprocess.run([TOOL, "check", kind, path], capture_output=True, text=True, env=environment, check=False)
    if run.returncode not in (0, 1):
        raise RuntimeError("%s: status %d: %s" % (path, run.returncode, run.stderr))
    if run.returncode == 1 and (not run.stderr.strip() or run.stderr.count("\n") != 1):
        raise RuntimeError("%s: a refusal is one line: %r" % (path, run.stderr))
    return run.returncode == 0, run.stderr.strip()


def examples(kind):
    for sort in ("valid", "invalid", "semantic"):
        found = sorted((ROOT / "schemas/examples" / kind / sort).glob("*.json"))
        if not found:
            raise RuntimeError("no %s examples of %s" % (sort, kind))
        for path in found:
            yield sort, path


def check(kind, validator, sort, path, profiles):
    program, reason = ask_program(kind, path, profiles)
    wrong = []
    if program != (sort == "valid"):
        wrong.append("the program says %s %s" % ("valid" if program else "invalid", reason))
    if sort != "semantic" and ask_schema(validator, path) != (sort == "valid"):
        wrong.append("the schema says %s" % ("invalid" if sort == "valid" else "valid"))
    return wrong


def main():
    with tempfile.TemporaryDirectory() as directory:
        sys.exit(run_all(copy_profiles(pathlib.Path(directory))))


def run_all(profiles):
    passed = failed = 0
    for kind in KINDS:
        schema = json.loads((ROOT / "schemas" / (kind + ".schema.json")).read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        cases = list(examples(kind))
        for sort, path in cases:
            wrong = check(kind, validator, sort, path, profiles)
            passed += not wrong
            failed += bool(wrong)
            print("%s %s%s" % ("not ok" if wrong else "ok", path.relative_to(ROOT),
                               " - " + "; ".join(wrong) if wrong else ""))
        if kind != "policy":
            continue
        for path in sorted(profiles.glob("*.json")):
            command = [TOOL, "print", "--profiles", profiles, "profile=" + path.stem] + PROFILE_VARIABLES
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            good = ask_schema(validator, path) and run.returncode == 0
            passed += good
            failed += not good
            print("%s %s %s" % ("ok" if good else "not ok", path.name, run.stderr.strip()))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


main()
