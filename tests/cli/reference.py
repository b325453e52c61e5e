#!/usr/bin/env python3
"""The generated parts of the documentation are what the program says now.

    reference.py TARE DOCS [--write]

A part stands between "<!-- generated: COMMAND -->" and "<!-- end of generated -->". With --write it
is made anew, otherwise a part that is stale fails the test."""
import glob
import os
import re
import subprocess
import sys

PART = re.compile(r"(<!-- generated: tare (.*?) -->\n)(.*?)(<!-- end of generated -->)", re.S)


def main():
    tare, docs = sys.argv[1], sys.argv[2]
    stale, parts = [], 0

    def made(match):
        nonlocal parts
        parts += 1
        text = subprocess.run([tare, *match[2].split()], capture_output=True, text=True,
                              check=True, timeout=60).stdout
        return f"{match[1]}\n{text}\n{match[4]}"

    for path in sorted(glob.glob(os.path.join(docs, "*.md"))):
        with open(path, encoding="utf-8") as file:
            old = file.read()
        new = PART.sub(made, old)
        if new == old:
            continue
        stale.append(path)
        if "--write" in sys.argv:
            with open(path, "w", encoding="utf-8") as file:
                file.write(new)
    if "--write" in sys.argv:
        print("written:", *stale or ["nothing"])
        return 0
    for path in stale:
        print(f"{path} is stale; python3 {sys.argv[0]} {tare} {docs} --write makes it anew")
    if parts < 4:
        print(f"only {parts} generated parts were found")
    return 1 if stale or parts < 4 else 0


if __name__ == "__main__":
    sys.exit(main())
