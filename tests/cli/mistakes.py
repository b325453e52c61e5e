#!/usr/bin/env python3
"""Mistyped names get a hint, and values that cannot be meant are refused with the reason: options,
margins, dates, names in imported files. The first argument is the program."""
import datetime
import os
import sqlite3
import unittest

from cli import COLUMNS, Case, tare


class Stores(Case):
    def store(self, name, change=1.0, scale="ratio", date="2026-01-01"):
        """A store of two targets and 6 blocks, in which kvm is slower by the factor."""
        lines = [COLUMNS + ",scale"]
        for block in range(6):
            for target, value in (("native", 100), ("kvm", 100 / change)):
                lines.append(f"{target},disk,bandwidth,MB/s,higher,{block},0,"
                             f"{value + block % 3 * 0.1},{scale}")
        return self.make_store(name, lines, date)


class Hints(Stores):
    def test_options(self):
        for words, near in (
            (("report", "d", "--fromat", "md"), "--format"),
            (("report", "d", "--fromat=md"), "--format"),
            (("report", "--out", "--putput", "d", "--confidnce", "9"), "--confidence"),
            (("gate", "-qd", "--detla", "--junti", "x"), "--junit"),
            (("run", "--hlep"), "--help"),
        ):
            with self.subTest(words=words):
                self.refused(words, f'did you mean "{near}"?')
        # What is an option's argument, or comes after "--", is not an option.
        for words in (("report", "--output", "--fromat", "nowhere"), ("report", "--", "--fromat"),
                      ("report", "-o", "--fromat", "nowhere"), ("report", "-o--fromat", "nowhere")):
            with self.subTest(words=words):
                self.refused(words, "no campaign here")
        # Abbreviations that are unique are accepted.
        self.assertEqual(tare("list", "--form", "md", "site")[0], 0)

    def test_names(self):
        self.refused(("list", "benchmark"), 'did you mean "benchmarks"?')
        self.refused(("list", "targets", "kvm"), '"kvm-virtio" or "kvm-emulated"?')
        self.refused(("list", "benchmarks", "dsik"), 'did you mean "disk"?')
        self.refused(("list", "metrics", "bandwith"), 'did you mean "bandwidth"')
        self.refused(("list", "--format", "mdd"), 'did you mean "md"?')
        self.store("a")
        self.refused(("report", "a", "--format", "josn"), 'did you mean "json"?')
        self.refused(("compare", "a", "a", "--format", "htlm"), 'did you mean "html"?')

    def test_what_is_listed_elsewhere(self):
        self.refused(("list", "disk"), 'did you mean "benchmarks disk"?')
        self.refused(("list", "kvm-virtio"), 'did you mean "targets kvm-virtio"?')

    def test_campaigns(self):
        os.mkdir("results")
        self.store("results/quick")
        self.store("night")
        for words, near in ((("report", "quick"), "results/quick"),
                            (("report", "quikc"), "results/quick"),
                            (("report", "results/quik"), "results/quick"),
                            (("report", "./nigth"), "./night"),
                            (("report", "nihgt", "--raw"), "night"),
                            (("compare", "nigt:kvm", "night:native"), "night"),
                            (("history", "night", "qick"), "results/quick"),
                            (("report", "felter"), "felter-2014"),
                            (("report", "night", "--beside", "nusbaum-2009"), "nussbaum-2009")):
            with self.subTest(words=words):
                self.refused(words, f'did you mean "{near}"?')
        # What has no meaning there is no hint.
        self.assertNotIn("did you mean", tare("compare", "felter-201", "night")[2])
        self.assertNotIn("did you mean", tare("report", "night", "--beside", "nigth")[2])

    def test_cells_of_raw_output(self):
        self.store("a")
        for cell, near in (("naitve", "native"), ("native.1x2", "native.1x1"),
                           ("native.1x1.dsik", "native.1x1.disk")):
            with self.subTest(cell=cell):
                self.refused(("report", "a", "--raw", cell), f'did you mean "{near}"?')
        for cell in ("native.1x1.disk", "native"):
            self.refused(("report", "a", "--raw", cell, "--block", "9"),
                         f'"{cell}" has no run in block 9', "in blocks 0, 1, 2, 3, 4, 5")
        self.refused(("report", "a", "--raw", "native.1x1.dis", "--block", "9"),
                     'did you mean "native.1x1.disk"?')
        self.assertIn("up to a dot or a blank", " ".join(tare("report", "--help")[1].split()))
        self.refused(("report", "a", "--raw", "disk"), '"kvm.1x1.disk" or "native.1x1.disk"?')

    def test_targets_of_campaigns(self):
        self.write("c.yaml", ["campaign: c", "targets: [kvm]", "benchmarks: [cpu]"])
        status, _, said = tare("plan", "c.yaml", "--no-probe")
        self.assertEqual(status, 2)
        self.assertIn('did you mean "kvm-virtio" or "kvm-emulated"?', said)

    def test_filters_of_history(self):
        self.store("a")
        self.store("b", date="2026-01-02", change=1.01)
        for words, part in (
            (("-m", "bandwith"), 'no metric "bandwith"; did you mean "bandwidth"?'),
            (("-b", "dsik"), 'no benchmark "dsik"; did you mean "disk"?'),
            (("-t", "kmv"), 'no target "kmv"; did you mean "kvm"?'),
            (("-m", "zzz"), 'no metric "zzz"'),
            (("-f", "cvs"), 'did you mean "csv"?'),
        ):
            with self.subTest(words=words):
                self.refused(("history", "a", "b", *words), part)


class Shares(Stores):
    def test_margins(self):
        self.store("a")
        self.store("b", change=1.2)
        self.assertEqual(tare("gate", "a", "b", "--delta", "5%")[0], 1)
        self.assertEqual(tare("gate", "a", "b", "--delta", "bandwidth=30%,1%")[0], 0)
        for margin, parts in (
            ("5", ("--delta", "5%")),
            ("500%", ("--delta", "500%")),
            ("1,5%", ("two margins", "100%", "5%")),
            ("1%,5%", ("two margins", "1%", "5%")),
            ("bandwidth=5", ("bandwidth", "5%")),
            ("disk.bandwidth=101%", ("bandwidth", "101%")),
            ("bandwidth=1%,bandwidth=2%", ("two margins", "bandwidth")),
            ("bandwidth=1%,disk.bandwidth=2%", ("two margins", "bandwidth")),
        ):
            for verb in ("gate", "compare"):
                with self.subTest(margin=margin, verb=verb):
                    self.refused((verb, "a", "b", "--delta", margin), *parts)

    def test_margins_in_units(self):
        """The margin of a metric that may be 0 is in its unit, and no share."""
        self.store("a", scale="difference")
        self.store("b", scale="difference", change=1.2)
        self.assertEqual(tare("gate", "a", "b", "--delta", "bandwidth=20")[0], 0)
        self.assertEqual(tare("gate", "a", "b", "--delta", "bandwidth=2")[0], 1)

    def test_levels(self):
        self.store("a")
        self.store("b")
        self.refused(("compare", "a", "b", "--alpha", "5"), "--alpha", "5%")
        self.refused(("report", "a", "--confidence", "95"), "--confidence", "95%")
        self.refused(("report", "a", "--confidence", "0"), "--confidence")

    def test_precision(self):
        for value, refused in (("1", True), ("100%", True), ("150%", True), ("0", True),
                               ("5%", False), ("0.05", False)):
            with self.subTest(value=value):
                self.write("c.yaml", ["campaign: c", "targets: [native]", "benchmarks: [cpu]",
                                      f"precision: {value}"])
                status, _, said = tare("plan", "c.yaml", "--no-probe")
                self.assertEqual(status, 2 if refused else 0, said)
                if refused:
                    self.assertIn("c.yaml:4:12: precision", said)
                if value == "1":
                    self.assertIn("1%", said)


class Dates(Stores):
    def test_accepted_dates_come_back(self):
        self.write("n.csv", [COLUMNS, "native,stream,triad,GB/s,higher,0,0,40"])
        for date in ("1971-01-01", "2026-11-04", "2024-02-29T23:59:59", "2026-11-04T12:30",
                     "2000-02-29", "2261-12-31T23:59:01Z"):
            with self.subTest(date=date):
                status, _, said = tare("import", "n.csv", "--out", date, "--date", date)
                self.assertEqual(status, 0, said)
                given = date.removesuffix("Z").replace("T", " ")
                self.assertIn(given[:16], tare("report", date)[1])
                with sqlite3.connect(date + "/campaign.sqlite") as base:
                    started = base.execute("SELECT started_ns FROM campaign").fetchone()[0]
                whole = datetime.timedelta(seconds=started // 10**9)
                self.assertTrue(str(datetime.datetime(1970, 1, 1) + whole).startswith(given))

    def test_others_are_refused(self):
        self.write("n.csv", [COLUMNS, "native,stream,triad,GB/s,higher,0,0,40"])
        for date in ("2026-02-31", "2025-02-29", "2026-04-31T10:00", "2026-13-01", "2026-00-01",
                     "2026-01-01T24:00", "2026-01-01T23:60", "2026-01-01T23:59:60", "26-11-04",
                     "2262-04-12", "1970-12-31", "1900-02-29", "9999-01-01", "12026-11-04",
                     "2026-1-1", " 2026-01-01", "2026-01-01 ", "2026-01-01T10",
                     "2026-01-01+01:00", "", "Z"):
            with self.subTest(date=date):
                self.refused(("import", "n.csv", "--out", "d", "--date", date), "--date")
                self.assertFalse(os.path.exists("d"))
        self.refused(("import", "n.csv", "--out", "d", "--date", "2026-02-31"), "28 days")
        self.refused(("import", "n.csv", "--out", "d", "--date", "2024-02-30"), "29 days")
        self.refused(("import", "n.csv", "--out", "d", "--date", "2262-04-12"), "1971 to 2261")

    def test_the_time_of_the_file(self):
        self.write("n.csv", [COLUMNS, "native,stream,triad,GB/s,higher,0,0,40"])
        os.utime("n.csv", (0, 20_000_000_000))
        self.refused(("import", "n.csv", "--out", "d"), "n.csv", "--date")
        os.utime("n.csv", (0, -100))
        self.refused(("import", "n.csv", "--out", "d"), "n.csv", "--date")


class Emulation(Stores):
    def rows(self, native, kvm):
        return [f"{target},disk,bandwidth,MB/s,higher,{block},0,{100 + block},{placement},"
                f"{emulated}"
                for target, emulated in (("native", native), ("kvm", kvm))
                for placement in ("1x1", "1x2") for block in range(3)]

    def emulated(self, name, native, kvm):
        """What the store has of both targets: None is unknown."""
        self.write("n.csv", [COLUMNS + ",placement,emulated", *self.rows(native, kvm)])
        status, _, said = tare("import", "n.csv", "--out", name)
        self.assertEqual(status, 0, said)
        with sqlite3.connect(name + "/campaign.sqlite") as base:
            return [[value for value, in base.execute(
                "SELECT machine.emulated FROM machine JOIN target ON target.id = target_id"
                " WHERE target.name = ?", (target,))] for target in ("native", "kvm")]

    def test_is_stored_of_every_block(self):
        self.assertEqual(self.emulated("known", "no", "yes"), [[0] * 6, [1] * 6])
        self.assertEqual(self.emulated("unknown", "", ""), [[], []])
        self.assertEqual(self.emulated("partly", "", "yes"), [[], [1] * 6])
        self.assertIn("Emulated CPU", " ".join(tare("report", "known")[1].split()))
        unknown = tare("report", "unknown")[1]
        self.assertIn("not known whether the CPU is emulated", unknown)
        self.assertNotIn(" real ", unknown)
        self.assertNotIn(" same", unknown)
        self.assertIn('"emulated": null', tare("report", "unknown", "--format", "json")[1])
        self.refused(("compare", "known:native", "known:kvm"), "kvm in known is emulated")

    def test_a_group_alone_and_latex_in_files(self):
        self.emulated("known", "no", "yes")
        self.refused(("report", "known", "--group", "nothing"), "the groups are Disk")
        self.assertIn("Disk 1x2, all metrics", tare("report", "known", "--group", "DISK")[1])
        self.assertEqual(tare("report", "known", "--format", "latex", "--output", "r.tex")[0], 0)
        with open("r.tex", encoding="utf-8") as document:
            text = document.read()
        for name in ("r-disk-1x1", "r-disk-1x2", "r-appendix"):
            self.assertIn("\\input{" + name + "}", text)
            with open(name + ".tex", encoding="utf-8") as part:
                self.assertIn("bandwidth", part.read())

    def test_lines_are_as_wide_as_columns_says(self):
        self.emulated("known", "no", "yes")
        for width in (60, 100):
            text = tare("report", "known", columns=width)[1]
            longest = max(len(line) for line in text.splitlines())
            self.assertTrue(width - 15 < longest <= width, longest)

    def test_the_column_alone_changes_no_id(self):
        self.emulated("empty", "", "")
        lines = [row.rpartition(",")[0] for row in self.rows("", "")]
        self.write("n.csv", [COLUMNS + ",placement", *lines])
        self.assertEqual(tare("import", "n.csv", "--out", "without")[0], 0)
        ids = set()
        for name in ("empty", "without"):
            with sqlite3.connect(name + "/campaign.sqlite") as base:
                ids |= set(base.execute("SELECT campaign_id, yaml_digest FROM campaign"))
        self.assertEqual(len(ids), 1)

    def test_mistakes(self):
        header = COLUMNS + ",placement,emulated"
        for change, part in (("maybe", "n.csv:3: emulated: expected yes or no"),
                             ("yes", 'n.csv:3: emulated of native 1x1 is "yes" here and "no"'),
                             ("", 'n.csv:3: emulated of native 1x1 is "" here and "no"')):
            with self.subTest(change=change):
                rows = self.rows("no", "yes")
                rows[1] = rows[1].rpartition(",")[0] + "," + change
                self.write("n.csv", [header, *rows])
                status, _, said = tare("import", "n.csv", "--out", "d")
                self.assertEqual(status, 2)
                self.assertIn(part, said)
                self.assertIn("1 mistake;", said)

    def test_many_are_counted(self):
        self.write("n.csv", [COLUMNS, *["x"] * 1000])
        status, _, said = tare("import", "n.csv", "--out", "d")
        self.assertEqual(status, 2)
        lines = said.splitlines()
        self.assertEqual(len(lines), 22)
        self.assertEqual(lines[-2:], ["… and 980 more", "tare: 1000 mistakes; nothing was written"])
        self.assertFalse(os.path.exists("d"))


class Stored(Case):
    def test_what_makes_a_self_test(self):
        self.refused(("selftest", "--report", "--out", "nowhere"), "`tare selftest` makes one",
                     "nowhere")

    def test_a_reader_writes_nothing(self):
        os.mkdir("d")
        self.write("d/campaign.sqlite", ["no database, but a text that is long enough "] * 20)
        for words in (("report", "d"), ("report", "d", "--raw"), ("compare", "d", "d")):
            with self.subTest(words=words):
                self.refused(words, "it is not an SQLite database")
                self.assertNotIn("output directory", tare(*words)[2])

    def test_files_in_no_directory(self):
        lines = [COLUMNS] + [f"{target},disk,bandwidth,MB/s,higher,{block},0,{value}"
                             for block in range(3)
                             for target, value in (("native", 100), ("kvm", 90 + block))]
        self.make_store("a", lines)
        self.make_store("b", lines[:-1] + ["kvm,disk,bandwidth,MB/s,higher,2,0,91"], "2026-01-02")
        for words in (("report", "a", "--output"), ("gate", "a", "b", "--junit")):
            with self.subTest(words=words):
                said = tare(*words, "/nonexist/x.md")[2]
                self.assertIn("cannot create /nonexist/x.md: there is no directory /nonexist",
                              said)


class Plans(Case):
    def test_machines_of_skipped_cells_are_not_started(self):
        # Two ends are not in one machine.
        for placements, starts, status in (("[1x1]", 0, 2), ("[1x1, 1x2]", 4, 0)):
            with self.subTest(placements=placements):
                self.write("c.yaml", ["campaign: c", "targets: [fake]", "blocks: 2",
                                      f"placements: {placements}", "benchmarks: [net]"])
                code, text, said = tare("plan", "c.yaml")
                self.assertEqual((code, said), (status, ""))
                self.assertIn(f" {starts} machine starts;", text)
                self.assertEqual("Nothing of it can run here" in text, status == 2)


class Names(Stores):
    def test_blanks_around_names_of_targets(self):
        for name, accepted in (("a b", True), ("native ", False), (" native", False)):
            with self.subTest(name=name):
                self.write("c.yaml", ["campaign: c", "benchmarks: [cpu]", "targets:", "  - native",
                                      f"  - {{target: native, name: '{name}'}}"])
                status, _, said = tare("plan", "c.yaml", "--no-probe")
                self.assertEqual(status, 0 if accepted else 2, said)
                if not accepted:
                    self.assertIn("c.yaml:5:", said)
                    self.assertIn("begins or ends with a blank", said)

    def test_blanks_around_names(self):
        row = ["native", "stream", "triad", "GB/s", "higher", "0", "0", "40", "1x1", "n=1"]
        for place, column in ((0, "target"), (1, "benchmark"), (2, "metric"), (3, "unit"),
                              (8, "placement"), (9, "parameters")):
            for text in (row[place] + " ", " " + row[place], row[place] + "\t"):
                with self.subTest(column=column, text=text):
                    changed = row[:place] + [text] + row[place + 1:]
                    self.write("n.csv", [COLUMNS + ",placement,parameters", ",".join(row),
                                         ",".join(changed)])
                    status, _, said = tare("import", "n.csv", "--out", "d")
                    self.assertEqual(status, 2)
                    self.assertIn("n.csv:3: " + column, said)
                    self.assertIn("blank", said)
                    self.assertFalse(os.path.exists("d"))


if __name__ == "__main__":
    unittest.main()
