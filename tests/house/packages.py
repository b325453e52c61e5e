#!/usr/bin/env python3
"""The Debian packages have what the build has: Build-Depends (debian/control) is what
scripts/packages installs to build, and the programs that CMake installs are in debian/*.install.

    packages.py SOURCE_DIR
"""
import glob
import os
import re
import sys

# Of every Debian package's build, or another name of the same.
ASSUMED = {"build-essential", "ninja-build", "debhelper-compat"}
NAMES = {"pkgconf": "pkg-config"}


def build_group(text):
    return set(re.search(r"\[build\]=\"(.*?)\"", text, re.S)[1].split())


def build_depends(text):
    field = re.search(r"^Build-Depends:(.*?)^\S", text, re.S | re.M)[1]
    names = (re.match(r"\s*(\S+)", part)[1] for part in field.split(","))
    return {NAMES.get(name, name) for name in names}


def installed_programs(cmake):
    """usr/lib/tare/NAME of the targets that CMake installs there by name."""
    for names in re.findall(r"install\(TARGETS ([^$)]*?)\s+DESTINATION lib/tare[\s)]", cmake):
        yield from ("usr/lib/tare/" + name for name in names.split())


def check_programs(cmake, install):
    for path in sorted(set(installed_programs(cmake)) - set(install.split())):
        yield f"debian/*.install: {path} is in no package"


def check(scripts, control):
    for name in sorted(build_group(scripts) - build_depends(control) - ASSUMED):
        yield f"debian/control: Build-Depends lacks {name} of scripts/packages"
    for name in sorted(build_depends(control) - build_group(scripts) - ASSUMED):
        yield f"scripts/packages: the group build lacks {name} of debian/control"


def content(*patterns):
    """Of all files of these names, one after the other."""
    text = ""
    for pattern in patterns:
        for path in sorted(glob.glob(os.path.join(sys.argv[1], pattern))):
            with open(path, encoding="utf-8") as file:
                text += file.read()
    return text


def main():
    problems = list(check(content("scripts/packages"), content("debian/control")))
    cmake = content("*/CMakeLists.txt")
    if len(list(installed_programs(cmake))) < 4:
        problems.append("fewer than 4 programs are installed: are they still found?")
    problems += check_programs(cmake, content("debian/*.install"))
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
