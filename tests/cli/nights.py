#!/usr/bin/env python3
"""What runs every night: baseline stores, expectations, and histories that decide. The first
argument is the program. Campaigns are imports."""
import datetime
import glob
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree as xml

TARE = os.path.abspath(sys.argv.pop(1))
COLUMNS = "target,benchmark,metric,unit,better,block,run,value"
PASSED, RED, REFUSED, OPEN = 0, 1, 2, 4


def tare(*words):
    done = subprocess.run([TARE, *words], capture_output=True, text=True, timeout=100, check=False)
    return done.returncode, done.stdout, done.stderr


class Case(unittest.TestCase):
    def setUp(self):
        # In memory: thousands of durable transactions are not what is tested here.
        folder = tempfile.TemporaryDirectory(prefix="tare-test-nights-", dir="/dev/shm")
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        self.addCleanup(os.chdir, "/")
        self.random = random.Random(4)

    def write(self, name, text):
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(name, encoding="utf-8") as file:
            return file.read()

    def campaign(self, name, shift=None, blocks=20, metrics=3, day=0, noise=.002, night=0,
                 targets=("native", "kvm"), called="nightly", benchmark="bm"):
        """shift: {(target, metric): change of its logarithm}; night: the sd of what differs from
        campaign to campaign; odd metrics are better when higher."""
        lines = [COLUMNS]
        nights = {(target, metric): self.random.gauss(0, night)
                  for target in targets for metric in range(metrics)}
        for block in range(blocks):
            for metric in range(metrics):
                for target in targets:
                    change = (shift or {}).get((target, metric), 0) + nights[target, metric]
                    value = 100 * math.exp(change + self.random.gauss(0, noise))
                    better = "higher" if metric % 2 else "lower"
                    lines.append(f"{target},{benchmark},m{metric},s,{better},{block},0,{value!r}")
        self.write(name + ".csv", "\n".join(lines) + "\n")
        date = datetime.date(2026, 1, 1) + datetime.timedelta(days=day)
        status, _, said = tare("import", name + ".csv", "--out", name, "--date", str(date),
                               "--name", called)
        self.assertEqual(status, 0, said)

    def sql(self, name, *statements):
        with sqlite3.connect(name + "/campaign.sqlite") as base:
            for statement in statements:
                base.execute(statement)

    def said(self, expected, *words):
        status, out, said = tare(*words)
        self.assertEqual(status, expected, out + said)
        if expected == REFUSED:
            self.assertEqual(said.count("\n"), 1, said)
        return out + said


class Baselines(Case):
    def stored(self, store="store"):
        return sorted(glob.glob(store + "/*/*/*/*/campaign.sqlite"))

    def test_gate_picks_what_is_comparable(self):
        for day in range(7):
            self.campaign(f"n{day}", day=day)
        for day in range(6):
            self.said(0, "baseline", "add", "store", f"n{day}")
        # What is not comparable, each for its own reason.
        self.campaign("image", day=3)
        self.sql("image", "UPDATE campaign SET image_digest = 'sha256:0123456789abcdef'")
        self.campaign("other", day=3, called="weekly")
        self.campaign("later", day=9)
        self.campaign("host", day=3)
        self.sql("host", "INSERT INTO machine (block_id, target_id, name, host, cpus, memory_bytes,"
                 " emulated) VALUES (1, 1, 'm', 'node7', 1, 1, 0)")
        out = self.said(0, "baseline", "add", "store", "image", "other", "later", "host", "n6")
        self.assertIn("node7-", out)
        out = self.said(PASSED, "gate", "--baseline", "store", "n6", "--summary", "s.md",
                        "--format", "json", "--output", "o.json")
        out = " ".join(out.split())
        self.assertRegex(out, "baseline: store/.*20260106T.*, and 5 earlier campaigns; not "
                              "comparable: ")
        for reason in ("another image", "another host", "another campaign file",
                       "later than the campaign", "the campaign itself"):
            self.assertIn(reason + " (1)", out)
        self.assertIn("5 earlier campaigns", self.read("s.md"))
        self.assertIn("5 earlier campaigns", json.loads(self.read("o.json"))["notes"][0])
        self.assertNotIn("spread between campaigns is not known", out)
        out = self.said(0, "baseline", "pick", "store", "n6")
        comparable = [line for line in out.splitlines() if line.startswith("comparable ")]
        self.assertEqual(len(comparable), 6)
        self.assertEqual(len(out.splitlines()), 11)
        self.assertEqual(len(self.said(0, "baseline", "list", "store").splitlines()), 11)
        self.campaign("worse", {("kvm", 0): .05}, day=7)
        self.assertNotIn("a base should have",
                         self.said(RED, "gate", "--baseline", "store", "worse"))
        self.campaign("small", day=10, blocks=8)
        self.said(0, "baseline", "add", "store", "small")
        self.campaign("next", day=11)
        self.assertIn("it has 8 blocks, and a base should have 20", " ".join(
            self.said(PASSED, "gate", "--baseline", "store", "next").split()))
        # Nothing comparable is no pass.
        self.campaign("first", called="first")
        self.assertIn("nothing comparable", self.said(OPEN, "gate", "--baseline", "store", "first"))
        self.said(OPEN, "baseline", "pick", "store", "first")

    def test_usage(self):
        self.campaign("n0")
        self.said(REFUSED, "gate", "--baseline", "nowhere", "n0")
        self.assertIn("only NEW", self.said(REFUSED, "gate", "--baseline", "s", "n0", "n0"))
        self.assertIn('did you mean "list"', self.said(REFUSED, "baseline", "lits", "store"))
        self.assertIn("no campaign here", self.said(REFUSED, "baseline", "add", "store", "nowhere"))
        self.assertFalse(os.path.exists("store"))
        self.said(REFUSED, "baseline", "list", "store")
        self.said(REFUSED, "baseline", "add", "store")
        self.sql("n0", "DELETE FROM series", "DELETE FROM run")
        self.assertIn("no measured run", self.said(REFUSED, "baseline", "add", "store", "n0"))
        self.assertEqual(self.stored(), [])

    def test_add_again_and_prune(self):
        for day in range(5):
            self.campaign(f"n{day}", day=day)
        self.campaign("other", called="other")
        self.said(0, "baseline", "add", "store", *(f"n{day}" for day in range(5)), "other")
        # A campaign that went on replaces what was kept of it.
        self.sql("n2", "UPDATE campaign SET tare_version = 'later'")
        self.said(0, "baseline", "add", "store", "n2")
        self.assertEqual(len(self.stored()), 6)
        versions = []
        for path in self.stored():
            with sqlite3.connect(path) as base:
                versions += base.execute("SELECT tare_version FROM campaign").fetchall()
        self.assertEqual(versions.count(("later",)), 1)
        self.write("store/.new-123", "what a killed one left")
        out = self.said(0, "baseline", "prune", "store", "--keep", "2")
        self.assertIn("3 removed", out)
        self.assertEqual(os.listdir("store").count(".new-123"), 0)
        self.assertEqual([name.split("/")[-2][:8] for name in self.stored() if "nightly" in name],
                         ["20260104", "20260105"])
        self.assertEqual(len(self.stored()), 3)
        self.assertIn("0 removed", self.said(0, "baseline", "prune", "store", "--keep", "2"))
        self.said(REFUSED, "baseline", "prune", "store", "--keep", "0")

    def test_what_was_kept_is_whole(self):
        self.campaign("n0")
        path = self.said(0, "baseline", "add", "store", "n0").strip()
        before, after = (tare("report", name, "--format", "samples")[1] for name in ("n0", path))
        self.assertEqual(before, after)
        self.assertEqual(os.listdir(path), ["campaign.sqlite"])

    def test_killed_and_side_by_side(self):
        for day in range(4):
            self.campaign(f"n{day}", blocks=300, day=day)
        for delay in range(12):
            process = subprocess.Popen([TARE, "baseline", "add", "store", "n0"],
                                       stdout=subprocess.DEVNULL)
            time.sleep(.004 * delay)
            process.send_signal(signal.SIGKILL)
            process.wait()
            for path in self.stored():
                with sqlite3.connect(path) as base:
                    self.assertEqual(base.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        writers = [subprocess.Popen([TARE, "baseline", "add", "store", f"n{day}"],
                                    stdout=subprocess.PIPE) for day in (0, 1, 2, 3, 0, 1)]
        for writer in writers:
            out, _ = writer.communicate(timeout=100)
            self.assertEqual(writer.returncode, 0)
            self.assertTrue(os.path.exists(out.decode().strip() + "/campaign.sqlite"))
        self.assertEqual(len(self.stored()), 4)
        self.said(0, "baseline", "prune", "store")
        self.assertEqual([name for name in os.listdir("store") if name.startswith(".new")], [])

    def test_read_only_disk(self):
        for day in range(2):
            self.campaign(f"n{day}", day=day)
        self.said(0, "baseline", "add", "store", "n0")

        def on_read_only(*words):
            script = "mount --bind store store && mount -o remount,ro,bind store && exec \"$@\""
            rootless = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
            done = subprocess.run(["unshare", *rootless, "--mount", "sh", "-c", script, "sh", TARE,
                                   *words], capture_output=True, text=True, timeout=100,
                                  check=False)
            return done.returncode, done.stdout, done.stderr

        for words in (("add", "store", "n1"), ("add", "store", "n0"), ("prune", "store")):
            status, _, said = on_read_only("baseline", *words)
            self.assertEqual((status, said.count("\n")), (REFUSED, 1), said)
            self.assertIn("Read-only file system", said)
        status, out, said = on_read_only("gate", "--baseline", "store", "n1")
        self.assertEqual(status, PASSED, out + said)
        status, out, said = on_read_only("baseline", "list", "store")
        self.assertEqual(status, 0, said)
        self.assertIn("20260101", out)


class Expectations(Case):
    """Metric m0 of kvm is worse, m1 is too noisy to decide."""

    def setUp(self):
        super().setUp()
        self.campaign("base")
        self.campaign("new", {("kvm", 0): .05})
        self.day = datetime.date.today()

    def expect(self, *entries, name="noise.yaml"):
        lines = ["expectations:"]
        for entry in entries:
            days = entry.pop("days", 1)
            entry = {"reason": "it is known", "until": str(self.day + datetime.timedelta(days)),
                     **entry}
            lines += [f"{'- ' if i == 0 else '  '}{key}: {value}"
                      for i, (key, value) in enumerate(entry.items())]
        self.write(name, "\n".join(lines) + "\n")

    def gate(self, expected, *words):
        return self.said(expected, "gate", "base", "new", "--expect", "noise.yaml", *words)

    def test_known_noise_is_shown_and_not_red(self):
        self.said(RED, "gate", "base", "new")
        for entry in ({"metric": "m0"}, {"metric": "bm.m0"}, {"metric": "'m?'", "target": "kvm"},
                      {"metric": "m0", "benchmark": "bm", "placement": "1x1", "days": 0}):
            self.expect(dict(entry))
            out = self.gate(PASSED, "--junit", "j.xml", "--summary", "s.md", "--format", "json",
                            "--output", "o.json")
            self.assertIn("EXPECTED: kvm 1x1 bm m0", out)
            self.assertIn("1 known noise", out)
            skipped = [case for case in xml.parse("j.xml").getroot().iter("testcase")
                       if case.find("skipped") is not None]
            self.assertEqual([case.get("name") for case in skipped], ["m0"])
            self.assertIn("REGRESSION", skipped[0].find("skipped").text)
            summary, data = self.read("s.md"), json.loads(self.read("o.json"))
            for text in (out, summary, skipped[0].find("skipped").text):
                self.assertIn("it is known", text)
            self.assertIn("passed", summary)
            found = [item for item in data["items"] if item["gate"] == "expected"]
            self.assertEqual([item["metric"] for item in found], ["m0"])
            self.assertEqual(found[0]["expectation"]["reason"], "it is known")
            self.assertEqual((data["counts"]["expected"], data["counts"]["regression"]), (1, 0))

    def test_expired(self):
        self.expect({"metric": "m0", "days": -1})
        out = self.gate(RED, "--summary", "s.md", "--junit", "j.xml")
        for text in (out, self.read("s.md"), self.read("j.xml")):
            self.assertIn("EXPIRED", " ".join(text.split()))
        self.assertEqual(len(list(xml.parse("j.xml").getroot().iter("failure"))), 1)
        # One that holds counts beside one that has expired.
        self.expect({"metric": "m0", "days": -1}, {"metric": "'*'"})
        self.gate(PASSED)

    def test_only_what_is_declared(self):
        self.expect({"metric": "m0", "target": "native"}, {"metric": "m9"})
        out = " ".join(self.gate(RED).split())
        self.assertIn("not needed here", out)
        self.assertIn("m9 (it is known; noise.yaml:6): no metric is of this name", out)

    def test_failures_are_not_noise(self):
        self.expect({"metric": "'*'"})
        self.sql("new", "DELETE FROM series WHERE run_id = 2",
                 "UPDATE run SET failure = 'killed' WHERE id = 2")
        self.gate(OPEN)

    def test_nothing_but_noise_is_no_pass(self):
        self.campaign("one", metrics=1)
        self.campaign("two", {("kvm", 0): .05}, metrics=1)
        self.expect({"metric": "m0"})
        self.said(OPEN, "gate", "one", "two", "--expect", "noise.yaml")

    def test_bad_files(self):
        good = "- metric: m\n  reason: r\n  until: 2026-01-01\n"
        for text, parts in (
                (good.replace("2026-01-01", "2026-02-30"),
                 ("noise.yaml:4:10: until", "2026-02-30")),
                (good.replace("2026-01-01", "soon"), ("noise.yaml:4:10: until", )),
                (good.replace("  reason: r\n", ""), ("noise.yaml:2:3: reason: missing", )),
                (good.replace("reason: r", "reason: ''"), ("noise.yaml:3:11: reason", )),
                (good.replace("reason", "raeson"), ("noise.yaml:3:3: ", 'did you mean "reason"')),
                (good + "- m0\n", ("noise.yaml:5:3: ", )),
                (good.replace("m\n", "[a]\n"), ("noise.yaml:2:11: metric", ))):
            self.write("noise.yaml", "expectations:\n" + text)
            status, out, said = tare("gate", "base", "nowhere", "--expect", "noise.yaml")
            self.assertEqual((status, out), (REFUSED, ""), said)
            for part in parts:
                self.assertIn(part, said)
            self.assertNotIn("nowhere", said)
        for text in ("expectation: []\n", "[]\n", "expectations: 1\n", "expectations: [\n"):
            self.write("noise.yaml", text)
            self.assertIn("noise.yaml:", tare("gate", "base", "new", "--expect", "noise.yaml")[2])
        self.assertIn("nofile.yaml", tare("gate", "base", "new", "--expect", "nofile.yaml")[2])


class Remarks(Case):
    """What two targets of one campaign show, and decides nothing."""

    def notes(self, differences, last, drift=0):
        """new − old in per cent by block, the blocks in which new came last, and by how much the
        host slows both down per block."""
        lines = [COLUMNS]
        for block, difference in enumerate(differences):
            old = 100 * (1 + drift * block)
            lines += [f"old,bm,m,s,lower,{block},0,{old!r}",
                      f"new,bm,m,s,lower,{block},0,{old * math.exp(difference / 100)!r}"]
        name = f"c{len(glob.glob('c*.csv'))}"
        self.write(name + ".csv", "\n".join(lines) + "\n")
        self.said(0, "import", name + ".csv", "--out", name)
        run = ("UPDATE run SET order_number = 1000 + {}"
               " WHERE block_id = (SELECT id FROM block WHERE"
               " number = {}) AND cell_id = (SELECT cell.id FROM cell JOIN target ON target.id ="
               " target_id WHERE target.name = '{}')")
        for block in range(len(differences)):
            self.sql(name, run.format(2 * block + (block in last), block, "new"),
                     run.format(2 * block + (block not in last), block, "old"))
        status, _, said = tare("gate", f"{name}:old", f"{name}:new", "--format", "json", "--output",
                               "o.json", "--summary", "s.md")
        self.assertIn(status, (PASSED, RED, OPEN), said)
        self.assertIn("memory and link layout", self.read("s.md"))
        return "\n".join(json.loads(self.read("o.json"))["notes"])

    def test_order_effect(self):
        some = [.30, -.10, .55, .20, -.35, .40, .10, .05, -.20, .45]
        last = [0, 2, 5, 7, 9]
        self.assertNotIn("order", self.notes(some, last))  # p is .0129
        more = [value + (.1 if block in last else 0) for block, value in enumerate(some)]
        note = self.notes(more, last)
        self.assertIn("m is +0.52 % where new came last", note)
        self.assertIn("p 0.0043", note)
        fewer = [value if block in last else value + 1 for block, value in enumerate(some)]
        self.assertIn("m is -0.58 % where new came last", self.notes(fewer, last))

    def test_what_moved_on_the_host(self):
        some = [.30, -.10, .55, .20, -.35, .40, .10, .05, -.20, .45]
        self.assertNotIn("host:", self.notes(some, []))
        note = self.notes(some, [], drift=.01)
        self.assertIn("m of old itself moved by +4.90 % from the first to the second half", note)

    def test_blocks_far_out(self):
        some = [.30, -.10, .55, .20, -.35, .40, .10, .05, -.20, .45]
        self.assertIn("old 0 of 10, new 0 of 10", self.notes(some, []))
        self.assertIn("old 0 of 10, new 2 of 10", self.notes([20, *some[1:-1], 30], []))


class History(Case):
    """24 nights that differ by .3 %, and those that follow."""

    NIGHTS = 24

    def setUp(self):
        super().setUp()
        self.names = [f"n{day}" for day in range(self.NIGHTS)]
        for day, name in enumerate(self.names):
            self.night(name, day)

    def night(self, name, day, shift=None):
        self.campaign(name, shift, blocks=3, metrics=2, day=day, night=.003)

    def later(self, *shifts):
        """Nights that follow, kvm's m0 worse by so much; all names so far."""
        self.laters = getattr(self, "laters", 0) + 1
        names = [f"later{self.laters}-{i}" for i in range(len(shifts))]
        for i, name in enumerate(names):
            self.night(name, self.NIGHTS + i, {("kvm", 0): shifts[i]})
        return self.names + names

    def old_new(self, shift=0, name="ab", **keys):
        self.campaign(name, {("new", 0): shift}, blocks=12, metrics=2, called="ab",
                      targets=("old", "new"), **keys)

    def test_nights_alone(self):
        self.assertIn("gate passed", self.said(PASSED, "history", "--gate", *self.later(0, 0, 0)))
        # One night is no decision, two of three are, and the newest must be among them.
        out = self.said(OPEN, "history", "--gate", *self.later(0, 0, .05))
        self.assertIn("FLAGGED: kvm 1x1 bm m0", out)
        self.assertIn("gate inconclusive", out)
        out = self.said(RED, "history", "--gate", *self.later(.05, 0, .05))
        self.assertIn("REGRESSION: kvm 1x1 bm m0", out)
        self.assertRegex(out, r"against 2\d nights")
        self.said(PASSED, "history", "--gate", *self.later(.05, .05, 0))
        # Better is not worse, and less than delta is not enough.
        self.said(PASSED, "history", "--gate", *self.later(-.05, -.05, -.05))
        self.said(OPEN, "history", "--gate", "--delta", "10%", *self.later(.05, .05, .05))

    def test_old_against_new_decides(self):
        names = self.later(.05)
        self.old_new(.05)
        out = self.said(RED, "history", "--gate", "--ab", "ab:old", *names)
        self.assertRegex(out, "REGRESSION: kvm 1x1 bm m0: new against old")
        self.old_new(0, "same", day=1)
        out = self.said(PASSED, "history", "--gate", "--ab", "same:old", *names)
        self.assertRegex(out, "FLAGGED: kvm 1x1 bm m0(.|\n)*(EQUIVALENT|NOT WORSE): kvm 1x1 bm m0")
        self.old_new(.01, "close", day=2)
        self.said(OPEN, "history", "--gate", "--ab", "close:old", *names)
        self.old_new(0, "other", benchmark="others", day=3)
        self.assertIn("has no such metric",
                      self.said(OPEN, "history", "--gate", "--ab", "other:old", *names))
        # Where nothing is flagged, nothing else counts.
        self.said(PASSED, "history", "--gate", "--ab", "ab:old", *self.names)

    def test_known_noise(self):
        self.write("noise.yaml", "expectations:\n- metric: m0\n  reason: the fan\n"
                                 "  until: 2999-01-01\n")
        out = self.said(PASSED, "history", "--gate", "--expect", "noise.yaml",
                        *self.later(.05, .05, .05))
        self.assertIn("EXPECTED: kvm 1x1 bm m0", out)
        self.assertIn("the fan", out)
        self.write("noise.yaml", self.read("noise.yaml").replace("2999", "2020"))
        self.assertIn("was known noise until 2020", self.said(
            RED, "history", "--gate", "--expect", "noise.yaml", *self.later(.05, .05, .05)))

    def test_never_green_without_numbers(self):
        out = self.said(OPEN, "history", "--gate", *self.names[:10])
        self.assertIn("too few nights", out)
        self.campaign("gap", blocks=3, metrics=1, day=99)
        out = self.said(OPEN, "history", "--gate", *self.names, "gap")
        self.assertIn("NOT MEASURED: kvm 1x1 bm m1", out)

    def test_usage(self):
        some = self.names[:3]
        for words, part in ((("--ab", "n1:kvm"), "are for --gate"), (("--delta", "1%"), "--gate"),
                            (("--gate", "--delta", "1%,m0=2%"), "one margin"),
                            (("--gate", "--ab-out", "x"), "--ab")):
            self.assertIn(part, self.said(REFUSED, "history", *words, *some))
        names = self.later(.05)
        for ab, part in (("n1", "n1:OLD"), ("nowhere:old", "no campaign here"),
                         ("n1:odl", "odl")):
            self.assertIn(part, self.said(REFUSED, "history", "--gate", "--ab", ab, *names))
        self.assertIn("nowhere.yaml", tare("history", "--gate", "--ab", "nowhere.yaml", *names)[2])

    def files(self, expected, *words):
        """What a history with a gate writes: its suites of JUnit, its summary, its JSON."""
        self.said(expected, "history", "--gate", "--junit", "j.xml", "--summary", "s.md",
                  "--format", "json", "--output", "o.json", *words)
        suites = list(xml.parse("j.xml").getroot().iter("testsuite"))
        return suites, self.read("s.md"), json.loads(self.read("o.json"))

    @staticmethod
    def outcomes(suite):
        """Name of the case → its outcome, and the text with it."""
        return {case.get("classname") + " " + case.get("name"): (case[0].tag, case[0].text)
                for case in suite.iter("testcase")}

    def test_files_of_old_against_new(self):
        names = self.later(.05)
        self.old_new(.05)
        suites, summary, data = self.files(RED, "--ab", "ab:old", *names)
        root = xml.parse("j.xml").getroot()
        self.assertEqual((root.get("tests"), root.get("failures"), root.get("errors")),
                         ("3", "1", "0"))
        self.assertEqual([suite.get("name") for suite in suites],
                         ["tare history later1-0", "tare gate ab ab"])
        # What is flagged is decided below, once.
        nights = self.outcomes(suites[0])
        self.assertEqual({"kvm.1x1.bm m0", "kvm.1x1.bm m1"}, set(nights))
        self.assertEqual({"system-out"}, {outcome for outcome, _ in nights.values()})
        self.assertRegex(nights["kvm.1x1.bm m0"][1],
                         r"FLAGGED: \+.* against 24 nights, p.*; old against new decides")
        decided = self.outcomes(suites[1])
        self.assertEqual(["old → new.1x1.bm m0"], list(decided))
        self.assertEqual("failure", decided["old → new.1x1.bm m0"][0])
        for text in ("## tare history: REGRESSION", "1 flagged", "## tare gate: REGRESSION",
                     "memory and link layout"):
            self.assertIn(text, summary)
        self.assertRegex(summary,
                         r"- FLAGGED: kvm 1x1 bm m0(.|\n)*- REGRESSION: kvm 1x1 bm m0: new")
        self.assertIn("| old → new  1x1  bm | m0", summary)
        gate = data["gate"]
        self.assertEqual((data["schema"], gate["gate_status"], gate["screen"], gate["delta"]),
                         ("tare-history", RED, True, .01))
        night = next(night for night in gate["nights"] if night["state"] == "flagged")
        series = data["series"][night["series"]]
        self.assertEqual((series["target"], series["metric"], night["nights"]), ("kvm", "m0", 24))
        self.assertLess(night["p"], .005)
        self.assertEqual({"flagged", "like"}, {night["state"] for night in gate["nights"]})
        compared, = gate["old_against_new"]
        self.assertEqual((compared["schema"], compared["gate_status"]), ("tare-compare", RED))
        self.assertEqual([("m0", "regression")],
                         [(item["metric"], item["gate"]) for item in compared["items"]])

    def test_files_of_a_false_alarm(self):
        names = self.later(.05)
        self.old_new(0)
        suites, summary, data = self.files(PASSED, "--ab", "ab:old", *names)
        for suite in suites:
            self.assertEqual((suite.get("failures"), suite.get("skipped")), ("0", "0"))
        self.assertIn("## tare history: passed", summary)
        self.assertRegex(summary, "- (EQUIVALENT|NOT WORSE): kvm 1x1 bm m0: new against old")
        self.assertEqual(data["gate"]["gate_status"], PASSED)
        # A campaign of old against new that lacks what is flagged leaves it open.
        self.old_new(0, "other", benchmark="others", day=3)
        suites, summary, data = self.files(OPEN, "--ab", "other:old", *names)
        outcome, text = self.outcomes(suites[0])["kvm.1x1.bm m0"]
        self.assertEqual(("skipped", True), (outcome, "has no such metric" in text))
        self.assertEqual((suites[1].get("tests"), data["gate"]["old_against_new"][0]["items"]),
                         ("0", []))
        self.assertIn("has no such metric", summary)

    def test_files_of_nights_alone(self):
        suites, summary, data = self.files(OPEN, *self.later(0, 0, .05))
        self.assertEqual("skipped", self.outcomes(suites[0])["kvm.1x1.bm m0"][0])
        self.assertIn("tare history: inconclusive", summary)
        suites, summary, data = self.files(RED, *self.later(.05, 0, .05))
        outcomes = self.outcomes(suites[0])
        self.assertEqual(["failure", "system-out"],
                         [outcomes["kvm.1x1.bm " + name][0] for name in ("m0", "m1")])
        self.assertIn("- REGRESSION: kvm 1x1 bm m0", summary)
        self.assertEqual((data["gate"]["screen"], data["gate"]["old_against_new"]), (False, []))
        self.write("noise.yaml", "expectations:\n- metric: m0\n  reason: the fan\n"
                                 "  until: 2999-01-01\n")
        suites, summary, data = self.files(PASSED, "--expect", "noise.yaml",
                                           *self.later(.05, .05, .05))
        outcome, text = self.outcomes(suites[0])["kvm.1x1.bm m0"]
        self.assertEqual(("skipped", True), (outcome, "the fan" in text))
        self.assertIn("the fan", summary)
        night = next(night for night in data["gate"]["nights"] if night["gate"] == "expected")
        self.assertEqual((night["state"], night["expectation"]["reason"]), ("expected", "the fan"))
        self.campaign("gap", blocks=3, metrics=1, day=99)
        suites, _, data = self.files(OPEN, *self.names, "gap")
        self.assertEqual("skipped", self.outcomes(suites[0])["kvm.1x1.bm m1"][0])
        self.assertIn("not measured", [night["state"] for night in data["gate"]["nights"]])

    def test_files_where_something_is_wrong(self):
        names = self.later(.05)
        for ab in ("n1:odl", "nowhere:old"):
            self.said(REFUSED, "history", "--gate", "--ab", ab, "--junit", "j.xml", "--summary",
                      "s.md", "--format", "json", "--output", "o.json", *names)
            for name in ("j.xml", "s.md", "o.json"):
                self.assertFalse(os.path.exists(name), name)
        # The verdict is printed, and the other files are written.
        status, out, said = tare("history", "--gate", "--junit", "nowhere/j.xml",
                                 "--summary", "s.md", *names)
        self.assertEqual((status, said.count("\n")), (REFUSED, 1), said)
        self.assertIn("gate inconclusive", out)
        self.assertIn("tare history: inconclusive", self.read("s.md"))
        self.assertIn("are for --gate", self.said(REFUSED, "history", "--junit", "x.xml", *names))

    def test_a_cell_is_worse_where_any_of_its_metrics_is(self):
        """Metric m1 was not flagged; that old against new finds it worse counts all the same."""
        names = self.later(.05)
        self.campaign("ab", {("new", 1): -.05}, blocks=12, metrics=2, called="ab",
                      targets=("old", "new"))
        out = self.said(RED, "history", "--gate", "--ab", "ab:old", "--junit", "j.xml", *names)
        self.assertRegex(out, r"REGRESSION: 1x1 bm m1: new against old \+5")
        failed = [case.get("name") for case in xml.parse("j.xml").getroot().iter("testcase")
                  if case.find("failure") is not None]
        self.assertEqual(["m1"], failed)

    def test_summary_is_bounded(self):
        names = []
        for day in range(8):
            lines = [COLUMNS]
            for metric in range(400):
                for block in range(3):
                    for target in ("native", "kvm"):
                        value = 100 + .1 * block + self.random.gauss(0, .1)
                        value *= 1.3 if day == 7 and target == "kvm" else 1
                        name = "long_" * 12 + str(metric)
                        lines.append(f"{target},bm,{name},s,lower,{block},0,{value}")
            self.write(f"many{day}.csv", "\n".join(lines) + "\n")
            names.append(f"many{day}")
            self.said(0, "import", names[-1] + ".csv", "--out", names[-1], "--date",
                      f"2026-01-0{day + 1}")
        self.said(RED, "history", "--gate", "--ab", "many7:native", "--summary", "s.md", *names)
        summary = self.read("s.md")
        self.assertLess(len(summary.encode()), 60000)
        self.assertRegex(summary, r"- … and \d+ more")
        self.assertRegex(summary, r"… and \d+ more that are not green")

    def test_machines_read_what_they_read(self):
        status, out, said = tare("history", "--gate", "--format", "json",
                                 *self.later(.05, .05, .05))
        self.assertEqual(status, RED)
        self.assertEqual(len(json.loads(out)["series"]), 4)
        self.assertIn("gate REGRESSION", said)


if __name__ == "__main__":
    unittest.main()
