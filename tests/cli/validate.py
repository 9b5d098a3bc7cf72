#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Says whether JSON files match a JSON Schema 2020-12: validate.py SCHEMA FILE..."""
import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
bad = False
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        value = json.load(file)
    for error in Draft202012Validator(schema).iter_errors(value):
        print(f"{name}: {error.json_path}: {error.message}", file=sys.stderr)
        bad = True
sys.exit(1 if bad else 0)
