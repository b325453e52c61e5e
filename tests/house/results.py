#!/usr/bin/env python3
"""What a run of the tests says: how many passed, failed and were skipped, and why. A test that was
skipped without standing in tests/skips for this kind of machine fails, and so does one that should
be registered (tests/expected) and was not run.

    results.py SOURCE_DIR JUNIT.xml...

JUNIT.xml: what `ctest --output-junit` wrote, with whole outputs (--test-output-size-passed). The
first one holds the tests of the main build, which are all that tests/expected lists. Parts that a
test skips within itself (cmocka's skip(), unittest's) count as well.
"""
import os
import re
import sys
import xml.etree.ElementTree as ElementTree

CMOCKA = re.compile(r"^\[  SKIPPED \] (\w+)$", re.M)
# Between the name and the reason may stand the first line of the test's description.
UNITTEST = re.compile(r"^(\w+) \([\w.]+\)(?:\n.*)? \.\.\. skipped (.*)$", re.M)
UNITTEST_COUNT = re.compile(r"^(?:OK|FAILED) \(.*\bskipped=(\d+)", re.M)
WHOLE = re.compile(r"^(?:skipped|needs):? (.*)$", re.M)


def kinds():
    """What this machine is, as the column "where" of tests/skips has it."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    facts = {
        "xen": os.path.exists("/sys/hypervisor/type"),
        "no-numa": not os.path.exists("/proc/self/numa_maps"),
        "no-systemd": not os.path.isdir("/run/systemd/system"),
        "one-cpu": os.cpu_count() < 2,
        "small": os.cpu_count() < 2 or pages < 5 << 30,
    }
    return {"anywhere"} | {kind for kind, holds in facts.items() if holds}


def read_table(path, columns):
    rows = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            words = line.split("#")[0].split(None, columns - 1)
            if words and len(words) < columns:
                sys.exit(f"{path}:{number}: expected {columns} columns")
            if words:
                rows.append([word.strip() for word in words])
    return rows


def skips_of(case):
    """(part, reason) of everything that a test case skipped; part "all" is the test itself."""
    output = "".join(node.text or "" for node in case.iter("system-out"))
    if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
        why = WHOLE.search(output)
        yield "all", why[1] if why else "exit code 77 or not run"
        return
    for part in dict.fromkeys(CMOCKA.findall(output)):
        yield part, "skip()"
    named = UNITTEST.findall(output)
    for part, reason in named:
        yield part, reason.strip("'")
    if sum(map(int, UNITTEST_COUNT.findall(output))) > len(named):
        yield "unnamed", "more was skipped than the output names"


def is_failed(case):
    return case.find("failure") is not None or case.get("status") == "fail"


def check(top, paths):
    allowed = {(test, part): (where, reason)
               for test, part, where, reason in read_table(os.path.join(top, "tests", "skips"), 4)}
    here = kinds()
    passed, failed, skipped, problems, seen, main_build = 0, 0, 0, [], set(), set()
    for path in paths:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name = case.get("name")
            seen.add(name)
            if path == paths[0]:
                main_build.add(name)
            whole = False
            for part, said in skips_of(case):
                where, reason = allowed.get((name, part), (None, None))
                skipped += 1
                whole = whole or part == "all"
                print(f"skipped: {name} {part}: {reason or said}")
                if where not in here:
                    problems.append(f"{name} {part} may not be skipped on this machine "
                                    f"({', '.join(sorted(here))}): {said}")
            if is_failed(case):
                failed += 1
                print(f"failed: {name}")
            elif not whole:
                passed += 1
    expected = {row[0] for row in read_table(os.path.join(top, "tests", "expected"), 1)}
    problems += [f"{name} was not run: tests/expected lists it"
                 for name in sorted(expected - main_build)]
    problems += [f"{name} is not in tests/expected: add it" for name in sorted(seen - expected)]
    for problem in problems:
        print(f"problem: {problem}")
    print(f"{passed} passed, {failed + len(problems)} failed, {skipped} skipped")
    return failed + len(problems)


if __name__ == "__main__":
    sys.exit(1 if check(sys.argv[1], sys.argv[2:]) else 0)
