#!/usr/bin/env python3
"""No two files of the program need each other: reads the includes of every file, and by nm the
calls between all objects of the build, and lists each circle.

    circles.py SOURCE_DIR BUILD_DIR
"""
import os
import re
import subprocess
import sys

ROOMS = ("agent", "base", "bench", "bisect", "campaign", "cli", "counters", "drivers", "hosts",
         "publish", "report", "stats", "store")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)


def sources(top):
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(top, room)):
            for name in names:
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), top)


def objects(build):
    """Source file → object file, the first one where several targets compile it."""
    found = {}
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(build, room)):
            target = re.search(r"CMakeFiles/[^/]+\.dir", folder)
            for name in names:
                if target and name.endswith(".c.o"):
                    place = os.path.relpath(folder, build).split("/CMakeFiles/")[0]
                    found.setdefault(os.path.join(place, name[:-2]), os.path.join(folder, name))
    return found


def program_objects(top, build):
    """The objects of the program itself: not of what runs in machines, nor of generated files."""
    return {source: path for source, path in objects(build).items()
            if not source.startswith("bench/kernels/")
            and os.path.exists(os.path.join(top, source))}


def symbols(found):
    """Source file → {global symbol: its kind, as nm calls it}, for what objects() found."""
    text = subprocess.run(["nm", "--extern-only", "--print-file-name", *found.values()],
                          check=True, capture_output=True, text=True)
    sources = {path: source for source, path in found.items()}
    kinds = {source: {} for source in found}
    for line in text.stdout.splitlines():
        path, rest = line.split(":", 1)
        kind, name = rest.split()[-2:]
        kinds[sources[path]][name] = kind
    return kinds


def calls(top, build):
    """Pairs (user, used) of source files."""
    kinds, owner = symbols(program_objects(top, build)), {}
    for source, names in kinds.items():
        for name, kind in names.items():
            if kind != "U":
                owner.setdefault(name, set()).add(source)
    return {(user, used) for user, names in kinds.items() for name, kind in names.items()
            if kind == "U" for used in owner.get(name, ())
            if len(owner[name]) == 1 and used != user}


def includes(top):
    """Pairs (user, used) of headers, and of a file and the headers that are not its own."""
    pairs = set()
    for path in sources(top):
        with open(os.path.join(top, path), encoding="utf-8") as file:
            for used in INCLUDE.findall(file.read()):
                if os.path.splitext(used)[0] != os.path.splitext(path)[0]:
                    pairs.add((path, used))
    return pairs


def circles(pairs):
    """Strongly connected components of more than one file (Tarjan 1972)."""
    edges, order, low, stack, found = {}, {}, {}, [], []
    for user, used in pairs:
        edges.setdefault(user, set()).add(used)

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for used in sorted(edges.get(node, ())):
            if used not in order:
                visit(used)
                low[node] = min(low[node], low[used])
            elif used in stack:
                low[node] = min(low[node], order[used])
        if low[node] == order[node]:
            part = []
            while not part or part[-1] != node:
                part.append(stack.pop())
            if len(part) > 1:
                found.append(sorted(part))

    sys.setrecursionlimit(10000)
    for node in sorted(edges):
        if node not in order:
            visit(node)
    return found


def main():
    top, build = sys.argv[1:3]
    called = calls(top, build)
    if len(called) < 500:
        sys.exit(f"only {len(called)} calls between files in {build}: is it built?")
    found = [("call", part) for part in circles(called)]
    found += [("include", part) for part in circles(includes(top))]
    for how, part in found:
        print(f"these need each other ({how}): {' '.join(part)}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
