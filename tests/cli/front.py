#!/usr/bin/env python3
"""What the verbs before a campaign show: plan as a matrix, list and doctor, at every width. The
first argument is the program."""
import json
import re
import unittest

from cli import Case, on_terminal, tare


class Screens(Case):
    def fits(self, text, columns):
        for line in text.splitlines():
            self.assertLessEqual(len(line), columns, line)

    def shown(self, *words, columns):
        """What stands on a terminal of that width."""
        code, written = on_terminal(*words, columns=columns, TERM="xterm")
        text = written.decode().replace("\r\n", "\n")
        return code, re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


class Plan(Screens):
    def campaign(self, **keys):
        """Three targets; 100 s a block each for "null", in 4 blocks."""
        with open("c.yaml", "w", encoding="utf-8") as file:
            json.dump({"campaign": "c", "targets": [
                "fake", {"target": "fake", "name": "other"}, {"target": "fake", "name": "third"}],
                "resources": {"cpus": 1, "memory": "256M"}, "blocks": 4, "benchmarks": [
                    {"benchmark": "null", "program": "/p", "seconds": 10, "runs": 10},
                    {"benchmark": "disk", "pattern": ["seqread", "randwrite"], "seconds": 3}],
                **keys}, file)

    def plan(self, *words, status=0, **keys):
        code, text, said = tare("plan", "--no-probe", "c.yaml", *words, **keys)
        self.assertEqual(code, status, said)
        return text

    def rows(self, text):
        """Label → the cells beside it, over all parts of the matrix."""
        rows = {}
        for line in text.splitlines():
            cells = re.split(r"  +", line.strip())
            if cells[0] == "1x1" and len(cells) > 2:
                del cells[0]
            rows.setdefault(cells[0], []).extend(cells[1:])
        return rows

    def test_matrix(self):
        self.campaign()
        text = self.plan()
        rows = self.rows(text)
        self.assertEqual(rows["one run"], ["fake", "other", "third"])
        self.assertEqual(len(set(rows["null, 10 runs"])), 1)
        self.assertEqual(len(rows["disk randwrite"]), 3)
        self.assertIn("disk seqread", rows)
        self.assertEqual(len(rows["4 blocks"]), 3)
        self.assertNotIn("warning", text)

    def test_one_reason_is_said_once(self):
        self.campaign(benchmarks=[{"benchmark": "null", "program": "/p"}, {"benchmark": "net"},
                                  {"benchmark": "latency"}])
        text = self.plan()
        rows = self.rows(text)
        self.assertEqual(rows["net"], ["–¹"] * 3)
        self.assertEqual(rows["latency"], ["–¹"] * 3)
        self.assertEqual(text.count("needs 2 machines"), 1, text)
        self.assertRegex(text, "(?m)^¹ .*needs 2 machines")
        self.assertIn("9 cells, 6 of them skipped", text)

    def test_narrow(self):
        self.campaign(targets=["fake"] + [{"target": "fake", "name": f"a-longer-name-{i}"}
                                          for i in range(6)])
        for columns in (60, 80, 120):
            code, text = self.shown("plan", "--no-probe", "c.yaml", columns=columns)
            self.assertEqual(code, 0)
            self.fits(text, columns)
            self.fits(self.plan(columns=columns), columns)
            self.assertEqual(len(self.rows(text)["null, 10 runs"]), 7, text)

    def test_longer_than_its_limit(self):
        self.campaign()
        whole = self.plan("--set", "limits.time=10h")
        minutes = re.search(r"expected time (\d+) min", whole)
        self.assertTrue(minutes, whole)
        limit = int(minutes.group(1)) * 3 // 4 + 1
        text = self.plan("--set", f"limits.time={limit}m", status=1, columns=200)
        last = text.splitlines()[-1]
        self.assertTrue(last.startswith("warning: "), text)
        self.assertIn("--set blocks=3 fits,", last)
        self.assertIn("--set limits.time=1h does, too", last)
        self.assertNotIn("warning", self.plan("--set", f"limits.time={limit}m blocks=3"))
        few = self.plan("--set", f"limits.time={limit // 3 + 1}m", status=1, columns=200)
        self.assertIn("--set blocks=1 fits (fewer than 3 have no intervals)", few)
        none = self.plan("--set", "limits.time=1s", status=1, columns=200)
        self.assertNotIn("blocks=", none.splitlines()[-1])
        self.assertIn("--set limits.time=1h is enough", none)


class Options(unittest.TestCase):
    def test_letters_are_used_once(self):
        verbs = re.findall(r"^  ([a-z]+)  +[a-z]", tare("--help")[1], re.M)
        self.assertGreater(len(verbs), 12)
        for verb in verbs:
            letters = re.findall(r"^ +(-.), --", tare(verb, "--help")[1], re.M)
            self.assertEqual(sorted(set(letters)), sorted(letters), verb)


class List(Screens):
    def test_targets_in_a_table(self):
        code, text, _ = tare("list", "targets", columns=120)
        self.assertEqual(code, 0)
        self.assertRegex(text, r"(?m)^target +driver +sets +needs$")
        self.assertRegex(text, r"(?m)^kvm-emulated +libvirt +hypervisor=kvm, devices=emulated +"
                               r"image, linux host$")
        # Options stand once, however many targets and drivers have them.
        self.assertEqual(len(re.findall(r"(?m)^device_overwrite +false", text)), 1)
        one = tare("list", "targets", "container")[1]
        self.assertTrue(one.startswith("container: "), one)
        self.assertIn("driver oci", one)
        self.assertNotIn("libvirt", one)

    def test_headlines_first(self):
        text = tare("list", "benchmarks", "disk")[1]
        self.assertRegex(text, r"(?m)^bandwidth +MB/s +higher")
        self.assertNotRegex(text, r"(?m)^iops ")
        self.assertIn("6 other metrics: --all", text)
        every = tare("list", "benchmarks", "disk", "--all")[1]
        self.assertRegex(every, r"(?m)^iops +1/s")
        self.assertLess(every.index("latency_p99 "), every.index("latency_mean "))
        self.assertNotIn("other metrics", every)

    def test_narrow(self):
        for words in (("targets",), ("benchmarks",), ("benchmarks", "--all"), ("metrics",),
                      ("campaign",), ("site",), ()):
            for columns in (60, 80, 120):
                with self.subTest(words=words, columns=columns):
                    self.fits(tare("list", *words, columns=columns)[1], columns)
                    self.fits(self.shown("list", *words, columns=columns)[1], columns)


class Doctor(Screens):
    def test_verdict_last(self):
        code, text, _ = tare("doctor", columns=80)
        self.fits(text, 80)
        last = text[text.rindex("ready: "):]
        warnings = int(re.search(r";\s(\d+)\swarnings?\n$", last).group(1))
        self.assertEqual(warnings, len(re.findall("(?m)^- ", text)))
        self.assertEqual(code, 1 if "not ready" in text else 0)
        for name in re.findall(r"(?m)^([a-z-]+) +yes", text):
            if name not in ("fake", "command"):
                self.assertIn(name, last)


if __name__ == "__main__":
    unittest.main()
