#!/usr/bin/python3
"""Fails unless every line of a file follows a JSON schema: check_records.py SCHEMA FILE"""
import json
import sys

from jsonschema import Draft202012Validator


def main(schema, records):
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    with open(records, encoding="utf-8") as file:
        lines = list(file)
    if not lines:
        sys.exit("there is no line")
    for number, line in enumerate(lines, 1):
        for error in validator.iter_errors(json.loads(line)):
            causes = "; ".join(cause.message[:300] for cause in error.context)
            sys.exit(f"line {number}: {error.message[:300]} ({causes})")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
