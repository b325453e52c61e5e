#!/usr/bin/env python3
"""Whether tests/expected lists what is registered: in seconds, where scripts/check would say so at
its end. results.py judges what was really run.

    expected.py SOURCE_DIR BUILD_DIR
"""
import json
import os
import subprocess
import sys

from results import differences, read_table

NOT_CHECKED = {"sim", "long"} # scripts/check leaves these labels out
GROUPS = ("lab", "guest") # what stands first holds; without either: quick


def group_of(labels):
    return next((group for group in GROUPS if group in labels), "quick")


def registered(build):
    """(name, group) of every test that scripts/check would run."""
    words = ["ctest", "--test-dir", build, "--show-only=json-v1"]
    answer = subprocess.run(words, check=True, stdout=subprocess.PIPE, timeout=60).stdout
    for test in json.loads(answer)["tests"]:
        labels = {label for entry in test.get("properties", []) if entry["name"] == "LABELS"
                  for label in entry["value"]}
        if not labels & NOT_CHECKED:
            yield test["name"], group_of(labels)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    top, build = sys.argv[1:]
    rows = read_table(os.path.join(top, "tests", "expected"), 3)
    found = list(registered(build))
    problems = list(differences("main", {name for name, _, _ in rows},
                                [{"name": name} for name, _ in found]))
    groups = {name: group for name, group, _ in rows}
    problems += [f"{name} is a test of group {group}: tests/expected says {groups[name]}"
                 for name, group in found if groups.get(name, group) != group]
    print("\n".join(problems) or f"{len(found)} tests, all in tests/expected")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
