#!/usr/bin/env python3
"""docs/architecture.md describes the rooms as the build has them: the table of rooms and what each
links, and the picture. Also: the headers of a library are included only where it is linked, rooms
form no circle, and every folder of the program with C files is a room or one of its programs.

    layers.py SOURCE_DIR
"""
import os
import re
import sys

# Libraries by the name that the table has: what CMake calls them, and whose headers they are.
LIBRARIES = {
    "libyaml": ("PkgConfig::YAML", "yaml.h"),
    "jansson": ("PkgConfig::JANSSON", "jansson.h"),
    "SQLite": ("PkgConfig::SQLITE", "sqlite3.h"),
    "zlib": ("PkgConfig::ZLIB", "zlib.h"),
    "libvirt": ("PkgConfig::LIBVIRT", "libvirt/"),
    "libxml2": ("PkgConfig::XML2", "libxml/"),
    "libxslt": ("PkgConfig::XSLT", "libxslt/"),
    "libarchive": ("PkgConfig::ARCHIVE", "archive.h"),
    "libmd": ("PkgConfig::MD", "sha2.h"),
    "hwloc": ("PkgConfig::HWLOC", "hwloc.h"),
    "libRmath": ("${RMATH_LIBRARY}", "Rmath.h"),
}
IGNORED = {"tare_flags", "m", "Threads::Threads", "${CMAKE_DL_LIBS}", "${Z_STATIC}", "PRIVATE",
           "PUBLIC"}
FOLDERS = ("agent", "base", "bench", "bisect", "campaign", "cli", "counters", "drivers", "hosts",
           "publish", "report", "stats", "store")


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def folders(top):
    for first in FOLDERS:
        for folder, _, names in os.walk(os.path.join(top, first)):
            if any(name.endswith(".c") for name in names):
                yield os.path.relpath(folder, top)


def rooms(top):
    """Folder → words that its target links, from the CMakeLists.txt; and target → folder."""
    links, targets = {}, {}
    for folder in folders(top):
        text = read(top, folder, "CMakeLists.txt") if folder != "bench/kernels" else ""
        text = re.sub(r"#.*", "", text)
        room = re.search(r"\broom\((\w+)\s+SOURCES[^)]*?\bLINK\s+([^)]*)\)", text)
        if folder == "cli":
            room = re.search(r"target_link_libraries\((tare) ([^)]*)\)", text)
        if room:
            targets[room[1]] = folder
            links[folder] = [word for word in room[2].split()
                             if word not in IGNORED and not word.endswith("_headers")]
    return links, targets


def table(document):
    """Folder → set of words of the column "links" in the table of rooms."""
    found = {}
    for line in document.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 and cells[0].endswith("/"):
            words = (word.strip() for word in cells[2].split(","))
            found[cells[0].strip("/")] = {word for word in words if word}
    return found


def picture(document):
    """Pairs (folder, folder) of the picture's arrows."""
    dot = re.search(r"```dot\n(.*?)```", document, re.S)
    if not dot:
        sys.exit("docs/architecture.md has no picture (a block of ```dot)")
    pairs = set()
    for line in dot[1].splitlines():
        arrow = re.match(r'\s*"([^"]+)" -> ({[^}]*}|"[^"]+")', line)
        if arrow:
            pairs |= {(arrow[1], used) for used in re.findall(r'"([^"]+)"', arrow[2])}
    return pairs


def reduced(pairs):
    """Without the arrows that a longer way implies."""
    edges = {}
    for user, used in pairs:
        edges.setdefault(user, set()).add(used)

    def reached(node, skip):
        todo, seen = [n for n in edges.get(node, ()) if n != skip], set()
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo += edges.get(at, ())
        return seen

    for user in edges:
        if user in reached(user, None):
            sys.exit(f"{user} links itself through others")
    return {(user, used) for user, used in pairs if used not in reached(user, used)}


def check(top):
    links, targets = rooms(top)
    names = {target: name for name, (target, _) in LIBRARIES.items()}
    document = read(top, "docs", "architecture.md")
    said = table(document)
    built = {folder: {targets.get(word, names.get(word, word)) for word in words}
             for folder, words in links.items()}
    for folder in sorted(set(built) | set(said)):
        if folder not in said:
            yield f"{folder}/ is no line of the table in docs/architecture.md"
        elif folder not in built:
            yield f"{folder}/ of docs/architecture.md is no room of the build"
        elif said[folder] != built[folder]:
            yield (f"{folder}/: docs/architecture.md links {', '.join(sorted(said[folder]))}, "
                   f"CMake {', '.join(sorted(built[folder]))}")
    arrows = {(user, used)
              for user, all_used in built.items() for used in all_used if used in built}
    for user, used in sorted(reduced(arrows) ^ picture(document)):
        where = "picture" if (user, used) not in picture(document) else "build"
        yield f"the {where} lacks {user} -> {used}"
    for folder in folders(top):
        if folder == "bench/kernels":
            continue
        if folder not in built:
            yield f"{folder}/ is no room"
            continue
        for name in os.listdir(os.path.join(top, folder)):
            if not name.endswith((".c", ".h")):
                continue
            text = read(top, folder, name)
            for library, (_, header) in LIBRARIES.items():
                if f"#include <{header}" in text and library not in built[folder]:
                    yield (f"{folder}/{name} includes {header} of {library}, "
                           f"which {folder}/ does not link")


def main():
    problems = list(check(sys.argv[1]))
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
