#!/usr/bin/env python3
"""results.py on made results: an unexpected skip, a vanished test and a new one are failures."""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CASE = ('<testcase name="{name}" status="{status}">{inside}'
        '<system-out>{output}</system-out></testcase>')


def case(name, status="run", output="", inside=""):
    return CASE.format(name=name, status=status, output=output, inside=inside)


class Results(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.TemporaryDirectory()
        self.addCleanup(self.top.cleanup)
        os.mkdir(self.path("tests"))
        self.write("tests/skips", "one all anywhere needs a guest\ntwo part anywhere needs a disk\n"
                                  "three all never needs a unicorn\n")
        self.write("tests/expected", "one quick sanitized\ntwo quick -\nthree guest -\n")

    def path(self, *names):
        return os.path.join(self.top.name, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def run_on(self, *cases, options=()):
        """(exit code, lines printed) for the cases of the main build."""
        self.write("junit.xml", f"<testsuite>{''.join(cases)}</testsuite>")
        result = subprocess.run(
            [sys.executable, os.path.join(HERE, "results.py"), self.top.name, "--main",
             self.path("junit.xml"), *options], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout.splitlines()

    def test_all_passed(self):
        self.assertEqual((0, ["3 passed, 0 failed, 0 skipped"]),
                         self.run_on(case("one"), case("two"), case("three")))

    def test_allowed_skips_are_counted_and_explained(self):
        code, lines = self.run_on(
            case("one", "notrun", inside='<skipped message="SKIP_RETURN_CODE=77"/>'),
            case("two", output="[  SKIPPED ] part\n[  SKIPPED ] part\n"), case("three"))
        self.assertEqual(0, code)
        self.assertEqual(["skipped: one all: needs a guest", "skipped: two part: needs a disk",
                          "2 passed, 0 failed, 2 skipped"], lines)

    def test_a_skip_that_is_not_allowed_fails(self):
        for hidden in (case("two", output="[  SKIPPED ] other\n"),
                       case("two", output="test_x (a.B.test_x) ... skipped 'why not'\n"),
                       case("two", output="test_x (a.B.test_x)\nWhat it does. ... skipped 'no'\n"),
                       case("two", output="Ran 3 tests\n\nOK (skipped=1)\n"),
                       case("two", "disabled")):
            code, lines = self.run_on(case("one"), hidden, case("three"))
            self.assertEqual(1, code)
            self.assertIn("may not be skipped", lines[-2])

    def test_a_skip_on_the_wrong_machine_fails(self):
        code, lines = self.run_on(
            case("one"), case("two"), case("three", "notrun", inside="<skipped/>"))
        self.assertEqual(1, code)
        self.assertTrue(lines[-2].startswith("problem: three all may not be skipped"))

    def test_a_failure_counts_and_says_why(self):
        output = "boots\n  [  ERROR   ] --- 1 != 2\nAssertionError: cannot start guest\ndone"
        code, lines = self.run_on(
            case("one", "fail", output, "<failure/>"), case("two"), case("three"))
        self.assertEqual(1, code)
        self.assertEqual(["failed: one", "        [  ERROR   ] --- 1 != 2",
                          "        AssertionError: cannot start guest",
                          "2 passed, 1 failed, 0 skipped"], lines)

    def test_skips_with_names_are_counted_once(self):
        code, lines = self.run_on(
            case("one"), case("three"),
            case("two", output="part (a.B.part) ... skipped 'no disk'\n\nOK (skipped=1)\n"))
        self.assertEqual((0, "3 passed, 0 failed, 1 skipped"), (code, lines[-1]))

    def test_a_second_build_does_not_stand_in_for_the_first(self):
        self.write("other.xml", f"<testsuite>{case('one')}</testsuite>")
        code, lines = self.run_on(case("two"), case("three"),
                                  options=["--sanitized", self.path("other.xml")])
        self.assertEqual(1, code)
        self.assertEqual(["problem: one was not run in the main build: tests/expected lists it",
                          "3 passed, 1 failed, 0 skipped"], lines)

    def test_the_second_build_has_its_tests(self):
        self.write("other.xml", f"<testsuite>{case('two')}</testsuite>")
        code, lines = self.run_on(case("one"), case("two"), case("three"),
                                  options=["--sanitized", self.path("other.xml")])
        self.assertEqual((1, "4 passed, 2 failed, 0 skipped"), (code, lines[-1]))

    def test_missing_results_fail(self):
        for text in ("", "<testsuite>"):
            self.write("other.xml", text)
            code, lines = self.run_on(case("one"), case("two"), case("three"),
                                      options=["--sanitized", self.path("other.xml")])
            self.assertEqual((1, "3 passed, 1 failed, 0 skipped"), (code, lines[-1]))

    def test_steps_that_failed_count(self):
        code, lines = self.run_on(case("one"), case("two"), case("three"),
                                  options=["--steps", "formatting tidy"])
        self.assertEqual((1, ["failed: formatting", "failed: tidy",
                              "3 passed, 2 failed, 0 skipped"]), (code, lines))

    def test_groups_are_left_out_by_name_only(self):
        self.assertEqual(1, self.run_on(case("one"), case("two"))[0])
        code, lines = self.run_on(case("one"), case("two"), options=["--left-out", "guest"])
        self.assertEqual((0, ["left out: the tests of guest (tests/expected)",
                              "2 passed, 0 failed, 0 skipped"]), (code, lines))
        self.assertEqual(1, self.run_on(case("one"), options=["--left-out", "guest"])[0])

    def test_vanished_and_new_tests_fail(self):
        self.assertEqual(1, self.run_on(case("one"), case("two"))[0])
        self.assertEqual(1, self.run_on(case("one"), case("two"), case("three"), case("four"))[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
