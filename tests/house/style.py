#!/usr/bin/env python3
"""One style: what clang-format does not see, over all files of the program that git knows.

    style.py SOURCE_DIR
"""
import os
import re
import subprocess
import sys

ROOMS = ("agent", "base", "bench", "bisect", "campaign", "cli", "counters", "drivers", "hosts",
         "publish", "report", "stats", "store")
MOST_COLUMNS, TAB, MOST_LINES = 100, 8, 60
PAGES = ["*.md", ":!tests/golden"]
OTHERS = ["*.py", "*.sh", "*.sql", "*CMakeLists.txt", "scripts/*", ".ci/*", "configs/*.yaml",
          "tests/expected", "tests/skips"]
# A row a line: what cannot be broken.
TABLES = ("scripts/perf.d/rows", "tests/expected", "tests/skips")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# Words that the project has plainer ones for.
RETIRED = re.compile(r"\b(mend(s|ed|ing)?|nobody|whoever|errand|doom(ed)?|furnish(es|ed)?|"
                     r"lend(s|ing)?|lent|said aloud|gone on with|is told)\b|[«»]", re.I)
NO_COMMENT = "begins without a comment that says what the file is for"
# What a file of any other kind begins with: after the line that names its interpreter.
FIRST_COMMENT = re.compile(r'(#!.*\n)?(# shellcheck .*\n)?(# \S|#\n# \S|r?"""\S|/\* \S|-- \S)')
FUNCTION = re.compile(r"^[a-z][^;{}#]*\)\n\{\n(.*?)^\}\n", re.S | re.M)


def files(top, *endings):
    names = subprocess.run(["git", "-C", top, "ls-files", *endings], check=True,
                           capture_output=True, text=True).stdout.split("\n")
    return [name for name in names if name and os.path.exists(os.path.join(top, name))]


def columns(line):
    return len(line.expandtabs(TAB))


def check_columns(name, text, is_exempt=lambda line: False):
    for number, line in enumerate(text.split("\n"), 1):
        if columns(line) > MOST_COLUMNS and not is_exempt(line):
            yield f"{name}:{number}: {columns(line)} columns, not {MOST_COLUMNS}"


def check_c(name, text):
    if not text.startswith("/*"):
        yield f"{name}:1: {NO_COMMENT}"
    yield from check_columns(name, text)
    for number, line in enumerate(text.split("\n"), 1):
        if "!strcmp(" in line:
            yield f"{name}:{number}: !strcmp, not strcmp(…) == 0"
        for string in STRING.findall(line):
            if RETIRED.search(string):
                yield f"{name}:{number}: {string}"
        found = RETIRED.search(STRING.sub("", line))
        if found:
            yield f"{name}:{number}: \"{found[0]}\""
    for function in FUNCTION.finditer(text):
        lines = function[1].count("\n")
        if lines > MOST_LINES and not name.startswith("tests/"):
            number = text.count("\n", 0, function.start()) + 1
            yield f"{name}:{number}: a function of {lines} lines, not {MOST_LINES}"


def check_other(name, text):
    """Scripts, Python, CMake, SQL and the shipped campaigns."""
    if not FIRST_COMMENT.match(text):
        yield f"{name}:1: {NO_COMMENT}"
    if name not in TABLES:
        yield from check_columns(name, text)


def check_page(name, text):
    # Rows of tables and pictures cannot be broken into lines.
    yield from check_columns(name, text, lambda line: line.startswith(("|", "![")))
    for number, line in enumerate(text.split("\n"), 1):
        found = RETIRED.search(line)
        if found:
            yield f"{name}:{number}: \"{found[0]}\""


def main():
    top, problems, count = sys.argv[1], [], 0
    for name in files(top, "*.c", "*.h", *PAGES, *OTHERS):
        with open(os.path.join(top, name), encoding="utf-8") as file:
            text = file.read()
        if name.endswith(".md"):
            count += 1
            problems += check_page(name, text)
        elif not name.endswith((".c", ".h")):
            count += 1
            problems += check_other(name, text)
        elif name.split("/")[0] in ROOMS or name.startswith("tests/"):
            count += 1
            problems += check_c(name, text)
    print("\n".join(problems))
    if count < 500:
        sys.exit(f"only {count} files were found")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
