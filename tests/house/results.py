#!/usr/bin/env python3
"""What a run of the tests says: how many passed, failed and were skipped, and why. A test that was
skipped without standing in tests/skips for this kind of machine fails, and so does one that should
be registered (tests/expected) and was not run.

    results.py [--left-out GROUP,...] [--steps "NAME..."] SOURCE_DIR
               --main JUNIT.xml... [--sanitized JUNIT.xml...]

--left-out: groups of tests/expected that were not to run. --steps: what else failed before. The
files are what `ctest --output-junit` wrote of the main build and of the one with sanitizers, with
whole outputs (--test-output-size-passed). Parts that a test skips within itself (cmocka's skip(),
unittest's) count as well.
"""
import argparse
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

CAP_SYS_RESOURCE = 24
CMOCKA = re.compile(r"^\[  SKIPPED \] (\w+)$", re.M)
# Between the name and the reason may stand the first line of the test's description.
UNITTEST = re.compile(r"^(\w+) \([\w.]+\)(?:\n.*)? \.\.\. skipped (.*)$", re.M)
UNITTEST_COUNT = re.compile(r"^(?:OK|FAILED) \(.*\bskipped=(\d+)", re.M)
# Lines that say what is wrong: a log may be read from its end, where a test is only named.
TELLING = re.compile(r"\b(?:ERROR|\w*Error|Failure!|FAIL|failed|fatal|cannot)\b")
TELLING_MOST = 12
TELLING_CHARACTERS = 300
WHOLE = re.compile(r"^(?:skipped|needs):? (.*)$", re.M)


def huge_pages():
    """How many huge pages of 2 MiB are free."""
    try:
        path = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"
        with open(path, encoding="ascii") as file:
            return int(file.read())
    except OSError:
        return 0


def status(key):
    """A line of this process's status."""
    with open("/proc/self/status", encoding="utf-8") as file:
        return next(line.split()[1] for line in file if line.startswith(key + ":"))


def user_namespaces_forbidden():
    """Whether a uid without rights cannot make one; why is what the skipped test prints."""
    words = ["setpriv", "--reuid=61947", "--regid=61947", "--clear-groups", "--", "unshare",
             "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--mount-proc",
             "true"]
    return subprocess.run(words, stderr=subprocess.DEVNULL, check=False).returncode != 0


def kinds():
    """What this machine is, as the column "where" of tests/skips has it."""
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    facts = {
        "xen": os.path.exists("/sys/hypervisor/type"),
        "no-numa": not os.path.exists("/proc/self/numa_maps"),
        "no-systemd": not os.path.isdir("/run/systemd/system"),
        "no-huge-pages": huge_pages() < 128 or not os.path.isdir("/dev/hugepages"),
        "no-locking": not int(status("CapEff"), 16) & 1 << CAP_SYS_RESOURCE,
        "no-ksm": not os.path.exists("/sys/kernel/mm/ksm/run"),
        "no-thp": not os.access("/sys/kernel/mm/transparent_hugepage/enabled", os.W_OK),
        "no-userns": user_namespaces_forbidden(),
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


def output_of(case):
    return "".join(node.text or "" for node in case.iter("system-out"))


def skips_of(case):
    """(part, reason) of everything that a test case skipped; part "all" is the test itself."""
    output = output_of(case)
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


def cases_of(paths, problems):
    cases = []
    for path in paths:
        try:
            cases += ElementTree.parse(path).getroot().iter("testcase")
        except (OSError, ElementTree.ParseError) as error:
            problems.append(f"{path}: no results: {error}")
    return cases


def differences(build, expected, cases):
    """What is expected of a build and was not run, or the other way round."""
    seen = {case.get("name") for case in cases}
    for name in sorted(expected - seen):
        yield f"{name} was not run in the {build} build: tests/expected lists it"
    for name in sorted(seen - expected):
        yield f"{name} of the {build} build is not in tests/expected: add it"


def all_differences(top, left_out, main, sanitized):
    rows = read_table(os.path.join(top, "tests", "expected"), 3)
    rows = [row for row in rows if row[1] not in left_out]
    yield from differences("main", {name for name, _, _ in rows}, main)
    if sanitized:
        yield from differences(
            "sanitized", {name for name, _, kind in rows if kind == "sanitized"}, sanitized)


class Judge:
    """Counts cases, and prints a line for each that did not pass."""

    def __init__(self, top):
        self.allowed = {(test, part): (where, reason) for test, part, where, reason in
                        read_table(os.path.join(top, "tests", "skips"), 4)}
        self.here = kinds()
        self.passed = self.failed = self.skipped = 0
        self.problems = []

    def skip(self, name, part, why):
        where, reason = self.allowed.get((name, part), (None, None))
        self.skipped += 1
        print(f"skipped: {name} {part}: {reason or why}")
        if where not in self.here:
            self.problems.append(f"{name} {part} may not be skipped on this machine "
                                 f"({', '.join(sorted(self.here))}): {why}")

    def fail(self, name, output=""):
        self.failed += 1
        print(f"failed: {name}")
        telling = [line.strip() for line in output.splitlines() if TELLING.search(line)]
        for line in telling[:TELLING_MOST]:
            print(f"        {line[:TELLING_CHARACTERS]}")

    def case(self, case):
        skips = list(skips_of(case))
        for part, why in skips:
            self.skip(case.get("name"), part, why)
        if is_failed(case):
            self.fail(case.get("name"), output_of(case))
        elif "all" not in [part for part, _ in skips]:
            self.passed += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("top")
    parser.add_argument("--left-out", default="")
    parser.add_argument("--steps", default="")
    parser.add_argument("--main", nargs="+", required=True)
    parser.add_argument("--sanitized", nargs="*", default=[])
    options = parser.parse_args()
    judge = Judge(options.top)
    left_out = options.left_out.split(",") if options.left_out else []

    cases = cases_of(options.main, judge.problems)
    sanitized = cases_of(options.sanitized, judge.problems)
    for case in cases + sanitized:
        judge.case(case)
    for step in options.steps.split():
        judge.fail(step)
    judge.problems += all_differences(options.top, left_out, cases, sanitized)
    for problem in judge.problems:
        print(f"problem: {problem}")
    if left_out:
        print(f"left out: the tests of {', '.join(left_out)} (tests/expected)")
    failed = judge.failed + len(judge.problems)
    print(f"{judge.passed} passed, {failed} failed, {judge.skipped} skipped")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
