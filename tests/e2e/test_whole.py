"""A campaign from file to reports, and what the other verbs say about it."""
import csv
import io
import json
import os
import re
import struct
import subprocess

import e2e


class Whole(e2e.Case):
    def sweep(self):
        return self.campaign(
            [{"count": [1, 4], "value": 100, "deviation": 0.01, "runs": 2},
             {"seconds": "10ms", "targets": ["fake"]}],
            targets=["fake", {"target": "fake", "name": "other", "emulated": True}],
            placements=["1x1", "1x2"], resources={"cpus": 2, "memory": "512M"}, blocks=3)

    def planned(self):
        return sorted((target, placement, parameters, block, number)
                      for block in range(3) for placement in ("1x1", "1x2")
                      for target, parameters, runs in (
                          ("fake", "count=1", 2), ("fake", "count=4", 2), ("other", "count=1", 2),
                          ("other", "count=4", 2), ("fake", "seconds=10ms", 1))
                      for number in range(runs))

    def test_store_holds_every_planned_run(self):
        self.run_campaign(self.sweep(), "--seed", "7")
        with e2e.Store(self.out) as store:
            rows = store.rows(
                "SELECT target.name, cell.placement, cell.parameters, block.number, run.number"
                " FROM run JOIN cell ON cell.id = run.cell_id"
                " JOIN target ON target.id = cell.target_id"
                " JOIN block ON block.id = run.block_id AND block.placement = cell.placement")
            found = sorted((target, placement, self.essence(parameters), block, number)
                           for target, placement, parameters, block, number in rows)
            self.assertEqual(self.planned(), found)
            self.assertEqual(len(found), store.value("SELECT count(*) FROM run"))
            self.check_samples(store)
            self.check_records(store)
            campaign_id = store.campaign_id()
        self.nothing_left(campaign_id)

    def test_raw_output_is_shown(self):
        self.run_campaign(self.sweep(), "--seed", "7")
        runs = self.tare("report", self.out, "--raw").stdout.splitlines()[1:]
        self.assertEqual(len(self.planned()), len(runs))
        with e2e.Store(self.out) as store:
            written = store.value("SELECT sum(raw_bytes) FROM output WHERE stream = 'output'")
        self.assertEqual(written, sum(int(line.split()[3]) for line in runs))
        shown = self.tare("report", self.out, "--raw", "other.1x2", "--block", "1").stdout
        self.assertEqual(4, shown.count("==> other.1x2.null "))
        self.assertEqual(4, shown.count("\ntare-null 1\n"))
        self.assertNotIn("==> fake", shown)
        self.refused(
            self.tare("report", self.out, "--raw", "other.1x", expect=e2e.USAGE), "other.1x")
        self.refused(self.tare("report", self.out, "--block", "1", expect=e2e.USAGE), "--raw")
        self.refused(
            self.tare("report", self.out, "--raw", "--output", "x", expect=e2e.USAGE), "--output")

    @staticmethod
    def essence(parameters):
        """The one parameter that tells this test's cells apart."""
        if "seconds" in parameters:
            return "seconds=10ms"
        return "count=4" if "count=4" in parameters else "count=1"

    def check_samples(self, store):
        rows = store.rows(
            "SELECT cell.parameters, metric.name, metric.unit, series.samples FROM series"
            " JOIN run ON run.id = series.run_id JOIN cell ON cell.id = run.cell_id"
            " JOIN metric ON metric.id = series.metric_id")
        self.assertEqual(3 * len(self.planned()), len(rows))
        for parameters, metric, unit, blob in rows:
            values = struct.unpack(f"<{len(blob) // 8}d", blob)
            if metric == "elapsed":
                self.assertEqual(("s", 1), (unit, len(values)))
                self.assertGreaterEqual(values[0], 0.01 if "seconds" in parameters else 0)
                continue
            if metric == "host_cpus":
                self.assertEqual(("CPUs", 1), (unit, len(values)))
                self.assertGreaterEqual(values[0], 0)
                continue
            self.assertEqual(("value", "1"), (metric, unit))
            self.assertEqual(4 if "count=4" in parameters else 1, len(values))
            mean = 100 if "value" in parameters else 1
            for value in values:
                self.assertLessEqual(abs(value - mean), 0.01 * mean * 1.0001)

    def check_records(self, store):
        self.assertEqual([("7", "fake")], store.rows("SELECT seed, baseline FROM campaign"))
        self.assertEqual(0, store.value("SELECT count(*) FROM run WHERE failure IS NOT NULL"))
        self.assertEqual(0, store.value(
            "SELECT count(*) FROM run WHERE started_ns > ended_ns OR exit_status <> 0"
            " OR host_s IS NULL OR command NOT LIKE '%tare-null%'"))
        # Three blocks × two targets × (one machine + two machines).
        self.assertEqual(18, store.value("SELECT count(*) FROM machine WHERE start_s > 0"))
        self.assertEqual([("fake", 0), ("other", 1)], store.rows(
            "SELECT DISTINCT target.name, emulated FROM machine"
            " JOIN target ON target.id = machine.target_id ORDER BY 1"))
        for facts, in store.rows("SELECT facts_json FROM machine"):
            self.assertIn("kernel", json.loads(facts))
        kinds = [kind for kind, in store.rows(
            "SELECT kind FROM event"
            " WHERE kind NOT IN ('prepared', 'machines', 'stopped') ORDER BY id")]
        self.assertEqual(("started", "finished"), (kinds[0], kinds[-1]))

    def test_every_format(self):
        self.run_campaign(self.sweep())
        for form in ("text", "md", "csv", "json", "html"):
            text = self.tare("report", self.out, "--format", form).stdout
            with self.subTest(form=form):
                self.assertIn("other", text)
                self.assertRegex(text, "emulated")
        report = self.report_json()
        self.assertEqual("tare-report", report["schema"])
        keys = [(r["target"], r["placement"], r["benchmark"], r["parameters"], r["metric"], r["x"])
                for r in report["results"]]
        self.assertEqual(len(keys), len(set(keys)), "one object per cell and metric")
        measured = [r for r in report["results"] if r["status"] == "measured"]
        # (2 targets × 2 sweeps + 1) × 2 placements × 3 metrics.
        self.assertEqual(30, len(measured))
        for result in measured:
            self.assertEqual(3, result["blocks"])
            self.assertEqual(result["target"] == "other", result["emulated"])
            if result["metric"] == "value" and "count=4" in result["parameters"]:
                self.assertEqual(24, result["samples"])
        rows = list(csv.reader(io.StringIO(
            self.tare("report", self.out, "--format", "csv").stdout)))
        self.assertEqual({len(rows[0])}, {len(row) for row in rows})
        samples = list(csv.DictReader(io.StringIO(
            self.tare("report", self.out, "--format", "samples").stdout)))
        self.assertGreater(len(samples), len(self.planned()))

    def test_report_into_a_file(self):
        self.run_campaign(self.campaign())
        shown = self.tare("report", self.out, "--format", "md").stdout
        self.tare("report", self.out, "--format", "md", "--output", self.path("report.md"))
        with open(self.path("report.md"), encoding="utf-8") as file:
            self.assertEqual(shown, file.read())
        self.assertEqual("", self.tare("report", self.path("none"), expect=e2e.USAGE).stdout)
        self.tare("report", self.out, "--format", "pdf", expect=e2e.USAGE)

    def test_run_again_measures_nothing_again(self):
        campaign = self.campaign(blocks=2)
        self.run_campaign(campaign)
        with e2e.Store(self.out) as store:
            before = store.everything()
        self.run_campaign(campaign)
        with e2e.Store(self.out) as store:
            self.assertEqual(before, store.everything())

    def test_the_seed_decides_the_order(self):
        orders = []
        for number, seed in enumerate(("11", "11", "12")):
            out = self.path(f"out-{number}")
            self.run_campaign(self.sweep(), "--seed", seed, out=out)
            with e2e.Store(out) as store:
                orders.append(store.runs())
        self.assertEqual(orders[0], orders[1])
        self.assertNotEqual(orders[0], orders[2])

    def test_plan_counts_and_runs_nothing(self):
        plan = self.tare("plan", self.sweep(), "--out", self.out).stdout
        self.assertIn("3 blocks", plan)
        self.assertIn("10 cells, 0 of them skipped; 18 machine starts", plan)
        self.assertFalse(os.path.exists(self.out))


class Verbs(e2e.Case):
    def verbs(self):
        text = subprocess.run([self.argv("list")[0], "--help"], capture_output=True, text=True,
                              check=True).stdout
        return re.findall(r"^  ([a-z]+)  +\S", text, re.MULTILINE)

    def test_help(self):
        verbs = self.verbs()
        for verb in ("doctor", "plan", "run", "report", "list", "clean"):
            self.assertIn(verb, verbs)
        for verb in verbs:
            with self.subTest(verb=verb):
                text = subprocess.run([self.argv(verb)[0], verb, "--help"], capture_output=True,
                                      text=True, check=True).stdout
                self.assertTrue(text.startswith("Usage: tare " + verb), text)
                self.assertIn("Example", text)

    def test_version_and_mistakes(self):
        program = self.argv("list")[0]
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
        self.assertRegex(version.stdout, r"^tare \d+\.\d+")
        for words, text in (([], "Usage"), (["rum"], 'did you mean "run"'), (["run"], "CAMPAIGN"),
                            (["run", "--nonsense"], "nonsense"), (["list", "colours"], "colours")):
            result = subprocess.run([program, *words], capture_output=True, text=True, check=False)
            self.assertEqual(e2e.USAGE, result.returncode, words)
            self.assertIn(text, result.stderr)

    def test_list_tells_units_and_sources(self):
        text = self.tare("list", "benchmarks").stdout
        for name in ("cpu", "disk", "net", "hpcc", "mpi-pingpong"):
            self.assertRegex(text, rf"(?m)^{name}: ")
        self.assertGreater(text.count("source:"), 7)
        self.assertIn("fake", self.tare("list", "targets").stdout)
        self.assertIn("elapsed", self.tare("list", "metrics", "null").stdout)

    def test_man_page(self):
        page = subprocess.run([self.argv("list")[0], "--man"], capture_output=True, check=True)
        for verb in self.verbs():
            self.assertIn(b"tare\\-" + verb.encode(), page.stdout)
        for argv in (["mandoc", "-Tlint", "-Wwarning"], ["groff", "-man", "-Tutf8", "-ww", "-z"]):
            result = subprocess.run(argv, input=page.stdout, capture_output=True, check=False)
            self.assertEqual(b"", result.stderr)

    def test_doctor_and_clean(self):
        result = self.tare("doctor", expect=None)
        text = result.stdout
        last = re.match(r"(not )?ready: .+; (\d+) warnings?$", text.splitlines()[-1])
        self.assertTrue(last, text)
        self.assertEqual(e2e.SOME_FAILED if last.group(1) else 0, result.returncode)
        self.assertEqual(int(last.group(2)), len(re.findall(r"(?m)^- ", text)))
        for word in ("targets:", "tools:", "topology:", "fake", "governor"):
            self.assertIn(word, text)
        self.tare("clean")


if __name__ == "__main__":
    e2e.main()
