#!/usr/bin/env python3
"""tare compare, gate, history, import and selftest as a user calls them: what they print, write
and return. The first argument is the program. Stores are made by `tare import`; what an import
cannot hold (images, skipped cells, failed runs) is put into them with SQL."""
import csv
import glob
import json
import math
import os
import random
import shutil
import sqlite3
import subprocess
import unittest
import xml.etree.ElementTree as xml

from cli import COLUMNS, TARE, Case, tare


class Verdicts(Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(4)

    def rewrite(self, old, new, words):
        text = self.content(old)
        for word, other in words.items():
            text = text.replace(word, other)
        self.write(new, text.splitlines())

    def campaign(self, name, shift=None, blocks=12, metrics=4, date="2026-01-01", units="MB/s"):
        """A store of two targets; shift: {(target, metric): change of its logarithm}. Metrics
        with an odd number are better when higher."""
        lines = [COLUMNS]
        for block in range(blocks):
            for metric in range(metrics):
                for target in ("native", "kvm"):
                    change = (shift or {}).get((target, metric), 0)
                    value = 100 * math.exp(change + self.random.gauss(0, 0.002))
                    better = "higher" if metric % 2 else "lower"
                    lines.append(f"{target},bm,m{metric},{units},{better},{block},0,{value!r}")
        self.make_store(name, lines, date)

    # --- gate ----------------------------------------------------------------------------------

    def test_gate_passes(self):
        self.campaign("base")
        self.campaign("new")
        status, out, said = tare("gate", "base", "new", "--junit", "j.xml", "--summary", "s.md")
        self.assertEqual((status, said), (0, ""), out)
        self.assertIn("gate passed", out)
        suite = xml.parse("j.xml").getroot().find("testsuite")
        self.assertEqual(
            [suite.get(key) for key in ("tests", "failures", "errors", "skipped")],
            ["8", "0", "0", "0"])
        cases = {(case.get("classname"), case.get("name")) for case in suite.iter("testcase")}
        self.assertIn(("kvm.1x1.bm", "m3"), cases)
        self.assertEqual(len(cases), 8)
        with open("s.md", encoding="utf-8") as file:
            self.assertIn("tare gate: passed", file.read())

    def test_gate_writes_every_format(self):
        self.campaign("base")
        self.campaign("new")
        for name, begins in (("text", ""), ("md", ""), ("csv", ""), ("json", "{"),
                             ("html", "<!DOCTYPE html>"), ("latex", "%")):
            status, out, said = tare("gate", "base", "new", "-q", "--format", name, "--output", "o")
            self.assertEqual((status, said), (0, ""), name)
            self.assertIn("gate passed", out)
            _, compared, _ = tare("compare", "base", "new", "--format", name)
            with open("o", encoding="utf-8") as file:
                written = file.read()
            self.assertTrue(written.lower().startswith(begins.lower()), written[:60])
            self.assertIn("m3", written)
            self.assertIn("m3", compared)
        status, _, said = tare("gate", "base", "new", "--format", "html")
        self.assertEqual(status, 2)
        self.oneline(said, "--output")
        status, _, said = tare("compare", "base", "new", "--format", "pdf")
        self.assertEqual(status, 2)
        self.oneline(said, "pdf", "text, md, csv, json, html, latex")

    def test_gate_finds_a_regression(self):
        self.campaign("base")
        self.campaign("new", {("kvm", 0): 0.05, ("kvm", 1): 0.05})
        status, out, _ = tare("gate", "base", "new", "--junit", "j.xml", "--summary", "s.md", "-q")
        self.assertEqual(status, 1)
        self.assertIn("REGRESSION: kvm 1x1 bm m0", out)
        self.assertNotIn("m1", out)  # higher is better there
        failures = list(xml.parse("j.xml").getroot().iter("failure"))
        self.assertEqual([f.get("type") for f in failures], ["REGRESSION"])
        with open("s.md", encoding="utf-8") as file:
            summary = file.read()
        self.assertIn("**REGRESSION**", summary)
        self.assertNotIn("| m1", summary)

    def test_gate_is_inconclusive(self):
        self.campaign("base", blocks=4, metrics=1)
        self.campaign("new", {("kvm", 0): 0.01}, blocks=4, metrics=1)
        status, out, _ = tare("gate", "base", "new", "--target", "kvm", "--junit", "j.xml")
        self.assertEqual(status, 4)
        self.assertIn("gate inconclusive", out)
        self.assertIn("more block", out + "no number of blocks")
        self.assertEqual(len(list(xml.parse("j.xml").getroot().iter("skipped"))), 1)

    def test_gate_is_never_green_without_numbers(self):
        self.campaign("base")
        breaks = {
            "skipped": "UPDATE cell SET skip_reason = 'no KVM' WHERE id = 2",
            "failed": "UPDATE run SET failure = 'killed' WHERE cell_id = 2",
            "partly failed": "UPDATE run SET failure = 'killed' WHERE id = "
                             "(SELECT max(id) FROM run)",
            "not reached": "UPDATE cell SET planned_blocks = 99",
            "gone": "DELETE FROM metric WHERE name = 'm1'",
        }
        for side in ("base", "new"):
            for what, statement in breaks.items():
                with self.subTest(side=side, what=what):
                    if what == "gone" and side == "base":
                        continue  # then it is new
                    self.campaign("other")
                    if "failed" in what:
                        self.sql("other", "DELETE FROM series WHERE run_id IN (SELECT id FROM run"
                                 + statement[statement.index(" WHERE"):] + ")")
                    if what == "gone":
                        self.sql("other", "DELETE FROM series WHERE metric_id = 2")
                    if what == "skipped":
                        self.sql("other", "DELETE FROM series WHERE run_id IN "
                                          "(SELECT id FROM run WHERE cell_id = 2)")
                        self.sql("other", "DELETE FROM run WHERE cell_id = 2")
                    self.sql("other", statement)
                    pair = ("other", "base") if side == "base" else ("base", "other")
                    status, out, said = tare("gate", *pair, "--junit", "j.xml")
                    self.assertEqual(status, 4, out + said)
                    suite = xml.parse("j.xml").getroot().find("testsuite")
                    red = int(suite.get("errors")) + int(suite.get("skipped"))
                    self.assertGreater(red, 0)
                    self.assertEqual(bool(int(suite.get("errors"))), "failed" in what)
                    shutil.rmtree("other")

    def test_gate_under_git_bisect_run(self):
        """0 is good and 1 is bad; what is not decided is skipped; no answer at all ends it."""
        self.campaign("same")
        self.campaign("worse", {("kvm", 1): -.05})
        self.campaign("few", blocks=3)
        for base, expected in (("same", 0), ("worse", 1)):
            status, out, said = tare("gate", "--bisect-run", base + ":native", base + ":kvm")
            self.assertEqual(status, expected, out + said)
        self.assertEqual(tare("gate", "--bisect-run", "few:native", "few:kvm", "-d", ".1%")[0], 125)
        for words in (("nothing:native", "nothing:kvm"),
                      ("same",), ("same:native", "same:kvm", "--delta", "x"),
                      ("same:native", "same:kvm", "--no-such-option"),
                      ("same:native", "same:native"),
                      ("same:native", "same:kvm", "--summary", "no/such/place")):
            status, out, said = tare("gate", "--bisect-run", *words)
            self.assertEqual(status, 129, out + said)
            self.assertNotEqual(said, "")
        # As getopt takes abbreviations, too.
        self.assertEqual(tare("gate", "--bisect", "same")[0], 129)
        self.assertEqual(tare("gate", "same")[0], 2)
        full = subprocess.run(f"{TARE} gate --bisect-run same:native same:kvm >/dev/full",
                              shell=True, capture_output=True, check=False)
        self.assertEqual(full.returncode, 129)

    def test_gate_misses_a_target(self):
        self.campaign("base")
        self.rewrite("base.csv", "renamed.csv", {"kvm,": "qemu,"})
        self.assertEqual(tare("import", "renamed.csv", "--out", "renamed")[0], 0)
        status, out, _ = tare("gate", "base", "renamed")
        self.assertEqual(status, 4)
        self.assertIn("has no such target", out)
        status, _, said = tare("gate", "base", "renamed", "--target", "kwm")
        self.assertEqual(status, 2)
        self.oneline(said, 'did you mean "kvm"?')

    def test_usage(self):
        self.campaign("base")
        self.campaign("new")
        for words, part in (
            (("gate", "base"), "missing argument"),
            (("gate", "base", "nowhere"), "no campaign here"),
            (("gate", "base", "new", "--delta", "x"), "--delta"),
            (("gate", "base", "new", "--delta", "0%"), "above 0"),
            (("gate", "base", "new", "--delta", "m9=1%"), 'no metric "m9"'),
            (("gate", "base", "new", "--alpha", "2"), "--alpha"),
            (("gate", "base", "new", "--junit", "/nowhere/j.xml"), "/nowhere"),
            (("compare", "base", "new", "--format", "pdf"), "text, md, csv, json, html, latex"),
            (("compare", "base", "base"), "same campaign"),
            (("history", "base"), "at least two campaigns"),
            (("history", "base", "--gate"), "at least two campaigns"),
            (("history", "base", "--metric", "m1"), "at least two campaigns"),
            (("history",), "missing argument: DIR..."),
            (("compare", "base"), "two campaigns are needed"),
            (("compare",), "missing argument: DIR[:TARGET]"),
            (("history", "base", "base"), "same campaign"),
            (("history", "base", "new", "--metric", "none"), 'no metric "none"'),
            (("import", "base.csv"), "--out"),
            (("import", "base.csv", "--out", "base"), "base"),
        ):
            with self.subTest(words=words):
                status, _, said = tare(*words)
                self.assertEqual(status, 2, said)
                self.assertIn(part, said)

    # --- compare -------------------------------------------------------------------------------

    def test_formats_agree(self):
        self.campaign("base", {("kvm", 0): 0.03})
        words = ("compare", "base:native", "base:kvm")
        data = json.loads(tare(*words, "--format", "json")[1])
        rows = list(csv.DictReader(tare(*words, "--format", "csv")[1].splitlines()))
        self.assertEqual(data["schema"], "tare-compare")
        self.assertEqual([item["verdict"] for item in data["items"]],
                         [row["verdict"] for row in rows])
        self.assertEqual(rows[0]["verdict"], "REGRESSION")
        self.assertEqual(rows[0]["pairing"], "paired")
        self.assertAlmostEqual(float(rows[0]["change"]), data["items"][0]["change"], 9)
        self.assertAlmostEqual(math.log(float(rows[0]["change"])), 0.03, 2)
        for name in ("text", "md"):
            self.assertIn("REGRESSION", tare(*words, "--format", name)[1])

    def test_refusals(self):
        self.campaign("base")
        self.campaign("new")
        self.campaign("units", units="GB/s")
        self.sql("base", "UPDATE campaign SET image_digest = 'sha256:aa'")
        self.sql("new", "UPDATE campaign SET image_digest = 'sha256:bb'")
        for other, part in (("new", "different images"), ("units", "MB/s in base")):
            for verb in ("compare", "gate", "history"):
                with self.subTest(other=other, verb=verb):
                    status, out, said = tare(verb, "base", other)
                    self.assertEqual((status, out), (2, ""))
                    self.oneline(said, part)
                    if verb == "history" and other == "units":
                        continue
                    status, out, said = tare(verb, "base", other, "--force")
                    self.assertIn(status, (0, 4), said)
                    self.assertIn("because of --force", out)

    def test_own_margins(self):
        self.campaign("base")
        self.campaign("new", {("kvm", 0): 0.03})
        self.assertEqual(tare("gate", "base", "new", "-q")[0], 1)
        status, out, _ = tare("gate", "base", "new", "-q", "--delta", "1%,bm.m0=10%")
        self.assertEqual(status, 0, out)

    def test_directory_with_a_colon(self):
        self.campaign("a:b")
        self.assertEqual(tare("compare", "a:b:native", "a:b:kvm")[0], 0)

    # --- history -------------------------------------------------------------------------------

    def test_history(self):
        names = [f"h{i}" for i in range(9)]
        for i, name in enumerate(names):
            shift = {("kvm", 0): 0.05 if i >= 4 else 0, ("kvm", 1): -0.2 if i == 8 else 0}
            self.campaign(name, shift, blocks=4, metrics=3, date=f"2026-02-{i + 1:02}")
        status, out, said = tare("history", *reversed(names), "--target", "kvm", "--format", "json")
        self.assertEqual(status, 0, said)
        data = json.loads(out)
        self.assertEqual([c["label"] for c in data["campaigns"]], names)
        step, drop, flat = data["series"]
        self.assertEqual([change["campaign"] for change in step["changes"]], [4])
        self.assertEqual(step["newest"]["verdict"], "like")
        self.assertEqual(drop["newest"]["verdict"], "WORSE")  # m1: higher is better
        self.assertEqual(flat["changes"], [])
        self.assertEqual(step["kind"], "ratio")
        text = tare("history", *names, "--metric", "m0", "--target", "kvm")[1]
        self.assertIn("<- change", text)
        rows = list(csv.DictReader(tare("history", *names, "--format", "csv")[1].splitlines()))
        self.assertEqual(len(rows), 9 * 6)
        status, _, said = tare("history", *names, "--target", "kvm", "--figures", "drawn")
        self.assertEqual(status, 0, said)
        scripts = {}
        for number in (1, 2, 3):
            with open(f"drawn/history-{number:02}.gp", encoding="utf-8") as script:
                scripts[number] = script.read()
            self.assertGreater(os.path.getsize(f"drawn/history-{number:02}.svg"), 2000)
        self.assertIn("set arrow from 3.5,", scripts[1])  # the step, before the fifth campaign
        self.assertNotIn("set arrow", scripts[3])
        with open("drawn/history-02.dat", encoding="utf-8") as data:
            self.assertTrue(data.read().rstrip().endswith(" 1"))  # the newest is marked

    # --- nodes ---------------------------------------------------------------------------------

    def test_nodes_that_a_change_needs(self):
        self.campaign("base", metrics=1)
        with sqlite3.connect("base/campaign.sqlite") as base:
            base.execute("DELETE FROM machine")
            base.execute("INSERT INTO machine (block_id, target_id, name, host, cpus, memory_bytes,"
                         " emulated) SELECT b.id, t.id, t.name, 'node' || (b.number % 3), 1, 1, 0"
                         " FROM block b, target t")
        needed = {}
        for given in (None, "1%", "0.1%"):
            words = ["--delta", given] if given else []
            answer = json.loads(tare("report", "base", "--nodes", "--format", "json", *words)[1])
            needed[given] = [headline["nodes_needed"] for headline in answer["headlines"]]
            self.assertEqual(2, len(needed[given]))
            self.assertAlmostEqual(0.001 if given == "0.1%" else 0.01, answer["delta"])
        self.assertEqual(needed[None], needed["1%"])
        for few, many in zip(needed["1%"], needed["0.1%"]):
            self.assertGreater(many, few)
        self.assertIn("for 0.1 %", tare("report", "base", "--nodes", "--delta", "0.1%")[1])
        for words, message in ((["--delta", "1%"], "--delta needs --nodes"),
                               (["--nodes", "--delta", "m0=1%"], "one margin for all metrics"),
                               (["--nodes", "--delta", "0"], "above 0")):
            status, _, said = tare("report", "base", *words)
            self.assertEqual(2, status)
            self.assertIn(message, said)

    # --- import --------------------------------------------------------------------------------

    def test_import_is_all_or_nothing(self):
        self.campaign("base")
        os.mkdir("full")
        # The second campaign in one directory is refused, and the first stays.
        before = os.path.getsize("base/campaign.sqlite")
        status, _, said = tare("import", "base.csv", "--out", "base")
        self.assertEqual(status, 2)
        self.oneline(said, "base")
        self.assertEqual(os.path.getsize("base/campaign.sqlite"), before)
        # No room for the end of the file: nothing of its beginning is left.
        self.campaign("large", blocks=300)
        limit_kib = os.path.getsize("large/campaign.sqlite") // 2048
        done = subprocess.run(
            ["bash", "-c", f"ulimit -f {limit_kib}; trap '' XFSZ; exec \"$@\"", "bash", TARE,
             "import", "large.csv", "--out", "full"],
            capture_output=True, text=True, timeout=100, check=False)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.oneline(done.stderr, "full")
        self.assertEqual(os.listdir("full"), [])

    def test_import_shows_every_mistake_and_writes_nothing(self):
        row = "native,bm,m,s,lower,0,0,1.5"
        for lines, parts in (
            ([COLUMNS, row, "native,bm,m,ms,lower,1,0,1.5"], [':3: unit of bm m is "ms" here']),
            ([COLUMNS, "native,bm,m,s,lower,0,0,nan", "native,bm,m,s,up,0,0,inf"],
             [":2: value", ":3: better", ":3: value", "3 mistakes"]),
            ([COLUMNS, row.replace("1.5", "0")], ["no logarithm", "scale"]),
            ([COLUMNS, row.replace("1.5", "-2")], ["no logarithm"]),
            ([COLUMNS, row.replace("1.5", "1e999")], ["out of range"]),
            ([COLUMNS, row.replace("1.5", "0x10")], ["expected a number"]),
            ([COLUMNS, row.replace(",0,0,", ",-1,0.5,")], [":2: block", ":2: run"]),
            ([COLUMNS, row + ",9"], ["has 9 fields instead of 8"]),
            ([COLUMNS.replace("unit", "units"), row], ['did you mean "unit"?', "is missing"]),
            ([COLUMNS + ",value", row + ",1"], ["twice"]),
            ([COLUMNS], ["no measurements"]),
            ([COLUMNS, '"native,bm'], ["not closed"]),
            ([COLUMNS, row.replace("native", "")], ["target is empty"]),
            ([COLUMNS + ",x", row + ",1", row + ","], ["only some lines"]),
        ):
            with self.subTest(lines=lines):
                self.write("bad.csv", lines)
                status, _, said = tare("import", "bad.csv", "--out", "made")
                self.assertEqual(status, 2)
                for part in parts:
                    self.assertIn(part, said)
                self.assertIn("nothing was written", said)
                self.assertFalse(os.path.exists("made"))

    def test_import_reads_what_spreadsheets_write(self):
        with open("odd.csv", "wb") as file:
            file.write("\ufeffvalue,target,benchmark,metric,unit,better,block,run,scale\r\n"
                       '-1,"na""tive, x",bm,m,us,lower,0,0,difference\r\n\r\n'
                       '2,"na""tive, x",bm,m,us,lower,0,0,difference'.encode())
        status, _, said = tare("import", "odd.csv", "--out", "made", "--name", "odd one")
        self.assertEqual(status, 0, said)
        with sqlite3.connect("made/campaign.sqlite") as base:
            self.assertEqual(base.execute("SELECT name, driver FROM target").fetchall(),
                             [('na"tive, x', "imported")])
            self.assertEqual(base.execute("SELECT name, image_digest FROM campaign").fetchall(),
                             [("odd one", None)])
            self.assertEqual(base.execute("SELECT length(samples) FROM series").fetchall(),
                             [(16, )])
            self.assertEqual(base.execute("SELECT kind FROM event").fetchall(), [("imported", )])
        self.assertEqual(tare("report", "made")[0], 0)

    def test_import_without_a_header(self):
        self.write("plain.csv", ["a,bm,m,s,lower,0,0,1.5", "a,bm,m,s,lower,1,0,1.6"])
        self.assertEqual(tare("import", "plain.csv", "--out", "plain")[0], 0)
        self.write("short.csv", ["a,bm,m,s,lower,0,1.5"])
        status, _, said = tare("import", "short.csv", "--out", "short")
        self.assertEqual(status, 2)
        self.assertIn("no header", said)

    # --- selftest ------------------------------------------------------------------------------

    def selftest_store(self, name, blocks):
        self.campaign("plain-" + name, blocks=blocks, metrics=12)
        self.rewrite(f"plain-{name}.csv", name + ".csv", {"native,": "a,", "kvm,": "b,"})
        self.assertEqual(tare("import", name + ".csv", "--out", name)[0], 0)

    def test_selftest_reports(self):
        self.selftest_store("enough", 8)
        status, out, said = tare("selftest", "--report", "--out", "enough")
        self.assertEqual(status, 0, said)
        self.assertIn("12 metrics in 8 blocks", out)
        share = float(out.split("and in ")[1].split(" %")[0])
        self.assertTrue(2 <= share <= 8, out)
        overall = [line for line in out.splitlines() if line.startswith("  overall")][0]
        # Two targets with a block sd of .2 %: sd of differences .28 %, 8 blocks, power 90 %.
        self.assertTrue(0.2 <= float(overall.split()[1]) <= 0.6, overall)

    def test_selftest_says_when_it_cannot_tell(self):
        self.selftest_store("short", 2)
        status, out, _ = tare("selftest", "--report", "--out", "short")
        self.assertEqual(status, 4)
        self.assertIn("Too little was measured", out)
        self.campaign("other")
        status, _, said = tare("selftest", "--report", "--out", "other")
        self.assertEqual(status, 2)
        self.oneline(said, "no targets a and b")
        status, _, said = tare("selftest", "--out", "fresh", "--blocks", "2")
        self.assertEqual(status, 2)
        self.oneline(said, "--blocks")


if __name__ == "__main__":
    unittest.main()
