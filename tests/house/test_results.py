#!/usr/bin/env python3
"""results.py on made results: an unexpected skip, a vanished test and a new one are failures."""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CASE = '<testcase name="{name}" status="{status}">{inside}<system-out>{output}</system-out></testcase>'


def case(name, status="run", output="", inside=""):
    return CASE.format(name=name, status=status, output=output, inside=inside)


class Results(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.TemporaryDirectory()
        self.addCleanup(self.top.cleanup)
        os.mkdir(self.path("tests"))
        self.write("tests/skips", "one all anywhere needs a guest\ntwo part anywhere needs a disk\n"
                                  "three all never needs a unicorn\n")
        self.write("tests/expected", "one\ntwo\nthree\n")

    def path(self, *names):
        return os.path.join(self.top.name, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def run_on(self, *cases, more=()):
        self.write("junit.xml", f"<testsuite>{''.join(cases)}</testsuite>")
        result = subprocess.run([sys.executable, os.path.join(HERE, "results.py"), self.top.name,
                                 self.path("junit.xml"), *map(self.path, more)],
                                capture_output=True, text=True, check=False)
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
        code, lines = self.run_on(case("one"), case("two"), case("three", "notrun", inside="<skipped/>"))
        self.assertEqual(1, code)
        self.assertTrue(lines[-2].startswith("problem: three all may not be skipped"))

    def test_a_failure_counts(self):
        code, lines = self.run_on(case("one", "fail", inside="<failure/>"), case("two"), case("three"))
        self.assertEqual((1, "2 passed, 1 failed, 0 skipped"), (code, lines[-1]))

    def test_skips_with_names_are_counted_once(self):
        code, lines = self.run_on(
            case("one"), case("three"),
            case("two", output="part (a.B.part) ... skipped 'no disk'\n\nOK (skipped=1)\n"))
        self.assertEqual((0, "3 passed, 0 failed, 1 skipped"), (code, lines[-1]))

    def test_a_second_build_does_not_stand_in_for_the_first(self):
        self.write("other.xml", f"<testsuite>{case('three')}</testsuite>")
        code, lines = self.run_on(case("one"), case("two"), more=["other.xml"])
        self.assertEqual(1, code)
        self.assertEqual("problem: three was not run: tests/expected lists it", lines[-2])

    def test_missing_results_fail(self):
        self.assertNotEqual(0, self.run_on(case("one"), case("two"), case("three"),
                                           more=["nowhere.xml"])[0])

    def test_vanished_and_new_tests_fail(self):
        self.assertEqual(1, self.run_on(case("one"), case("two"))[0])
        self.assertEqual(1, self.run_on(case("one"), case("two"), case("three"), case("four"))[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
