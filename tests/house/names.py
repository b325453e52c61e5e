#!/usr/bin/env python3
"""A function that other files can call begins with the name of its file (or the first words of it),
of its room, or of a type that its folder uses, so that a reader knows where to look for it.

    names.py SOURCE_DIR BUILD_DIR
"""
import glob
import os
import re
import sys

import circles

TYPE = re.compile(r"\b(?:struct|enum|union) (\w+)")
# Files whose functions are named after what they work on.
OTHERS = {
    "agent/protocol.c": ["pack", "payload"],
    "agent/workdir.c": ["file"],
    "base/array.c": ["mem", "str"],
    "base/files.c": ["dir"],
    "base/units.c": ["duration", "fraction", "size", "value"],
    "drivers/programs.c": ["process", "processes"],
    "hosts/wire.c": ["facts"],
    "stats/interval.c": ["difference", "ratio"],
}


def types_of(folder):
    found = set()
    for path in glob.glob(os.path.join(folder, "*.[ch]")):
        with open(path, encoding="utf-8") as file:
            found.update(TYPE.findall(file.read()))
    return found


def prefixes(source, types):
    """What functions of a file may begin with, in the singular."""
    folder, name = os.path.split(source)
    words = name[:-2].split("_")
    found = {"_".join(words[:count]) for count in range(1, len(words) + 1)}
    found.update(folder.split("/"), types, OTHERS.get(source, ()))
    return {prefix.rstrip("s") for prefix in found}


def begins_well(function, allowed):
    words = function.split("_")
    return any("_".join(words[:count]).rstrip("s") in allowed for count in range(1, len(words) + 1))


def check(top, build):
    types, count = {}, 0
    for source, kinds in circles.symbols(circles.program_objects(top, build)).items():
        folder = os.path.join(top, os.path.dirname(source))
        if folder not in types:
            types[folder] = types_of(folder)
        allowed = prefixes(source, types[folder])
        for function in sorted(name for name, kind in kinds.items() if kind == "T"):
            if function == "main":
                continue
            count += 1
            if not begins_well(function, allowed):
                yield (f"{source}: {function}() does not begin with "
                       "the name of its file, room or type")
    if count < 500:
        yield f"only {count} functions in {build}: is it built?"
    for source in OTHERS:
        if not os.path.exists(os.path.join(top, source)):
            yield f"{source} of tests/house/names.py is gone"


def main():
    problems = list(check(*sys.argv[1:3]))
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
