#!/usr/bin/env python3
"""What a Debian package is built with (debian/control) is what scripts/packages installs to build, so
that a library which comes to the build does not wait for the next package to be missed.

    packages.py SOURCE_DIR
"""
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


def check(scripts, control):
    for name in sorted(build_group(scripts) - build_depends(control) - ASSUMED):
        yield f"debian/control: Build-Depends lacks {name} of scripts/packages"
    for name in sorted(build_depends(control) - build_group(scripts) - ASSUMED):
        yield f"scripts/packages: the group build lacks {name} of debian/control"


def main():
    texts = []
    for name in ("scripts/packages", "debian/control"):
        with open(os.path.join(sys.argv[1], name), encoding="utf-8") as file:
            texts.append(file.read())
    problems = list(check(*texts))
    print("\n".join(problems))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
