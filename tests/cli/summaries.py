#!/usr/bin/env python3
"""What compare, gate and history say first and how much of it: one scale, marks, the worst and what
changed first, bounded. The first argument is the program."""
import re
import shutil
import unittest
import xml.etree.ElementTree as xml

from cli import Case, tare

COLUMNS = "target,placement,benchmark,parameters,metric,unit,better,scale,x,block,run,value"
COMMENT_CHARACTERS = 65536  # of a merge request


class Stores(Case):
    def store(self, name, rows, blocks=5, date="2026-01-01"):
        """rows: of keys of COLUMNS that differ from the usual, and "values": one per block."""
        usual = {"target": "native", "placement": "1x1", "benchmark": "bm", "parameters": "",
                 "metric": "rate", "unit": "MB/s", "better": "higher", "scale": "ratio", "x": "",
                 "run": 0}
        lines = [COLUMNS]
        for row in rows:
            for block in range(blocks):
                cells = {**usual, **row, "block": block, "value": row["values"](block)}
                lines.append(",".join(str(cells[key]) for key in COLUMNS.split(",")))
        return self.make_store(name, lines, date)


def about(value, spread=0.001):
    return lambda block: value * (1 + spread * (block % 3 - 1))


class Summary(Stores):
    def gate(self, count, name="m{}", **keys):
        """The summary of a gate with so many regressions, the later the worse, and as many that
        are undecided before each."""
        rows = []
        for i in range(count):
            metric = {"metric": name.format(i), **keys}
            open_metric = {"metric": "open" + name.format(i), **keys}
            rows += [{**metric, "target": "old", "values": about(100)},
                     {**open_metric, "target": "old", "values": about(100)},
                     {**metric, "target": "new", "values": about(90 - 40 * i / count)},
                     {**open_metric, "target": "new", "values": about(100.5, 0.2)}]
        self.store("both", rows)
        status, out, said = tare("gate", "both:old", "both:new", "--summary", "s.md", "-q")
        self.assertEqual(status, 1, said)
        with open("s.md", encoding="utf-8") as file:
            return file.read(), out

    def rows(self, summary):
        return [line for line in summary.splitlines() if line.startswith("| old → new")]

    def test_worst_first(self):
        summary, out = self.gate(4)
        verdicts = [re.search("REGRESSION|INCONCLUSIVE", row).group(0)
                    for row in self.rows(summary)]
        self.assertEqual(verdicts, ["REGRESSION"] * 4 + ["INCONCLUSIVE"] * 4)
        self.assertIn("| m3 ", self.rows(summary)[0])
        self.assertNotIn("more that", summary)
        reasons = [line.split(":")[0] for line in out.splitlines() if ": new" in line]
        self.assertEqual(reasons, verdicts)

    def test_bounded(self):
        summary, _ = self.gate(1000)
        rows = self.rows(summary)
        self.assertLess(len(summary), COMMENT_CHARACTERS)
        self.assertIn("| m999 ", rows[0])
        self.assertLess(len(rows), 200)
        more = int(re.search(r"… and (\d+) more that are not green: tare compare both:old both:new",
                             summary).group(1))
        self.assertEqual(more + len(rows), 2000)

    def test_bounded_with_long_names(self):
        summary, _ = self.gate(200, name="m{}" + "_long" * 40, parameters="p=" + "x" * 900)
        self.assertLess(len(summary.encode()), COMMENT_CHARACTERS)
        rows = self.rows(summary)
        self.assertGreater(len(rows), 5)
        more = int(re.search(r"… and (\d+) more that", summary).group(1))
        self.assertEqual(more + len(rows), 400)


class Places(Stores):
    def test_different_places_have_different_names(self):
        """A curve whose points lie close together: JUnit, the log and the summary tell them
        apart."""
        points = (1048576, 1048577, 1700000000.5, 1700000001)
        self.store("both", [{"target": target, "x": x, "metric": f"m{i // 2}",
                             "values": about(100 * slow)}
                            for target, slow in (("old", 1), ("new", 0.8))
                            for i, x in enumerate(points)])
        out = tare("gate", "both:old", "both:new", "--junit", "j.xml", "--summary", "s.md")[1]
        names = [case.get("name") for case in xml.parse("j.xml").iter("testcase")]
        self.assertEqual(sorted(names), ["m0 @ 1048576", "m0 @ 1048577", "m1 @ 1700000000.5",
                                         "m1 @ 1700000001"])
        with open("s.md", encoding="utf-8") as file:
            summary = file.read()
        for name in names:
            found = re.findall(rf"(?m)^REGRESSION: .* {re.escape(name)}: \+25.0 %$", out)
            self.assertEqual(len(found), 1)
            self.assertEqual(summary.count(name + " ↑"), 1, summary)


class Scale(Stores):
    def test_one_scale(self):
        pairs = (("a", 100, 78, "+28.2 %"), ("b", 100, 104, "-3.85 %"), ("c", 100, 43, "×2.33"),
                 ("d", 1000, 9.4, "×106"), ("e", 156000, 100, "×1,560"), ("f", 100, 400, "×0.25"))
        rows = [{"target": target, "metric": metric, "values": about(value, 1e-5)}
                for metric, base, new, _ in pairs for target, value in (("native", base),
                                                                        ("kvm", new))]
        self.store("a", rows)
        status, out, said = tare("compare", "a:native", "a:kvm", columns=200)
        self.assertEqual(status, 0, said)
        for metric, _, _, slowdown in pairs:
            self.assertRegex(out, rf"(?m)^{metric} ↑ .*  {re.escape(slowdown)} ")
        self.assertNotRegex(out[out.index("\n\n"):], r"\de[+-]?\d")
        self.assertNotIn("% ~", out)

    def test_undecided_is_marked(self):
        self.store("a", [{"target": "native", "values": about(100, 0.2)},
                         {"target": "kvm", "values": lambda block: 100 + 9 * (-1) ** block}])
        out = tare("compare", "a:native", "a:kvm", columns=200)[1]
        self.assertRegex(out, r"(?m)^rate ↑ .* % ~ .*INCONCLUSIVE")

    def test_p_values_have_no_exponent(self):
        self.store("a", [{"target": target, "metric": "n", "better": "none",
                          "values": about(value, 1e-6)}
                         for target, value in (("native", 100), ("kvm", 200))])
        out = tare("compare", "a:native", "a:kvm", "--all", columns=200)[1]
        self.assertIn("p < 0.0001 (BH)", out)
        self.assertNotRegex(out[out.index("\n\n"):], r"\de[+-]?\d")


class Network(Stores):
    def machines(self, counts):
        """So many machines a block for each target."""
        self.store("a", [
            {"target": target, "placement": "1x2", "benchmark": benchmark, "metric": "time",
             "unit": "us", "better": "lower", "values": about(value)}
            for target, value in (("native", 1), ("kvm", 10), ("other", 11))
            for benchmark in ("mpi-pingpong", "cpu")])
        self.sql("a", "DELETE FROM machine", *(
            "INSERT INTO machine (block_id, target_id, name, cpus, memory_bytes, emulated)"
            " SELECT block.id, target.id, 'm' || number.i, 1, 1, 0 FROM block, target,"
            " (SELECT 1 AS i UNION ALL SELECT 2) AS number"
            f" WHERE target.name = '{target}' AND number.i <= {count} ORDER BY block.id"
            for target, count in counts.items()))

    def compare(self, base, new):
        return tare("compare", f"a:{base}", f"a:{new}", columns=200)[1]

    def test_unlike_transport_is_marked(self):
        self.machines({"native": 1, "kvm": 2, "other": 2})
        for base, new in (("native", "kvm"), ("kvm", "native")):
            out = self.compare(base, new)
            marked = [line for line in out.splitlines() if re.search(r"\bnet\b", line)]
            self.assertIn("net: in 1x2 the machines of kvm talk over a network, native", out)
            self.assertEqual(len([line for line in marked if "time" in line]), 1, out)
            table = out[out.index("mpi-pingpong\n"):]
            self.assertRegex(table, r"(?m)^time ↓ .* (REGRESSION|IMPROVEMENT) net")
        self.assertNotRegex(self.compare("kvm", "other"), r"\bnet\b")

    def test_data_formats_say_it(self):
        self.machines({"native": 1, "kvm": 2})
        tare("compare", "a:native", "a:kvm", "--format", "csv", "--output", "c.csv")
        with open("c.csv", encoding="utf-8") as file:
            lines = [line.rstrip("\n").split(",") for line in file]
        column, benchmark = lines[0].index("network_differs"), lines[0].index("benchmark")
        said = {line[benchmark]: line[column] for line in lines[1:]}
        self.assertEqual(said, {"mpi-pingpong": "yes", "cpu": "no"})


class Stale(Stores):
    """Measurements that came before do not pass as new ones, whatever they are called."""

    def setUp(self):
        super().setUp()
        rows = [{"target": target, "values": about(value)}
                for target, value in (("native", 100), ("kvm", 90))]
        for number in range(3):
            self.store(f"n{number}", rows, date=f"2026-01-0{number + 1}")
        self.store("other", [{**row, "values": about(95)} for row in rows], date="2026-01-02")

    def refused(self, *words):
        status, _, said = tare(*words)
        self.assertEqual(status, 2, said)
        self.assertIn("are the same campaign", said)

    def test_imported_again(self):
        self.refused("gate", "n0", "n1")
        self.refused("compare", "n0", "n1")
        self.refused("history", "n0", "other", "n2")
        # Two targets of it are compared block by block, wherever they are imported.
        status, out, said = tare("compare", "n0:native", "n1:kvm")
        self.assertEqual(status, 0, said)
        self.assertIn("Paired by block", out)

    def test_copied_and_renamed(self):
        shutil.copytree("other", "copy")
        self.sql("copy", "UPDATE campaign SET name = 'new'")
        self.refused("gate", "other", "copy")
        self.refused("history", "copy", "n0", "other")

    def test_new_ones_pass(self):
        """Over the native of its own campaign, kvm became faster."""
        status, out, _ = tare("gate", "n0", "other")
        self.assertEqual(status, 0, out)


class History(Stores):
    LEVELS = {"step": lambda i: 1 if i < 7 else 0.9, "late": lambda i: 0.9 if i == 11 else 1,
              "flat": lambda i: 1}

    def campaigns(self, count=12, metrics=("flat", "late", "step"), prefix="n"):
        """Metrics of target kvm by their kind; the first letter of a name says which."""
        kinds = {kind[0]: level for kind, level in self.LEVELS.items()}
        return [self.store(f"{prefix}{i:02}", [
            {"target": target, "metric": metric,
             "values": about(100 * (kinds[metric[0]](i) if target == "kvm" else 1)
                             * (1 + (i * 7 % 5) * 0.0004 + i * 1e-7))}
            for metric in metrics for target in ("native", "kvm")], date=f"2026-02-{i + 1:02}")
            for i in range(count)]

    def history(self, names, *words, columns=100):
        status, out, said = tare("history", *names, *words, columns=columns)
        self.assertEqual(status, 0, said)
        for line in out.splitlines():
            self.assertLessEqual(len(line), columns, line)
        return out

    def test_changes_first(self):
        out = self.history(self.campaigns(), "--target", "kvm")
        self.assertIn("3 series: 2 changed; the newest campaign is unlike those", out)
        changed = out[out.index("\nChanged\n"):out.index("\nNot changed\n")]
        self.assertLess(changed.index("bm late"), changed.index("bm step"))
        self.assertRegex(changed, r"bm late ↑ +[▁▂]{11}█ .*newest: WORSE \(\+11\.\d %, p [<0]")
        self.assertRegex(
            changed, r"bm step ↑ +[▁▂]{7}│[▇█]{5} .*\+11\.\d % since n07 \(2026-02-08\)")
        self.assertRegex(out[out.index("\nNot changed\n"):], r"bm flat ↑ +[▃▄▅▆]{12} ")

    def test_what_is_missing_has_a_place(self):
        names = self.campaigns(8, ("flat",))
        self.sql("n03", "DELETE FROM series", "DELETE FROM run")
        out = self.history(names, "--target", "kvm")
        self.assertRegex(out, r"bm flat ↑ +\S{3}·\S{4} ")
        self.assertRegex(out, r"(?m)^2026-02-04 00:00 +not measured +0 +n03$")

    def test_bounded(self):
        names = self.campaigns(28, ("flat", "step"))
        for columns in (60, 80, 120):
            out = self.history(names, columns=columns)
            bars = max(len(found) for found in re.findall(r"[▁-█│]+", out))
            self.assertLessEqual(bars, columns // 4 + 1)
        many = [f"flat{i}" for i in range(70)]
        out = self.history(self.campaigns(3, many, "many"), "--target", "kvm")
        self.assertIn("… and 20 more; csv and json have them", out)


if __name__ == "__main__":
    unittest.main()
