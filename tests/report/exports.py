#!/usr/bin/env python3
"""Every export is what its readers take (docs/exports.md), and says what the store and the report
do.

    exports.py TARE MAKE_STORE SOURCE_DIR

OpenMetrics is read by the Prometheus client's strict parser (and promtool, where it is installed),
Data Packages by the specification's own JSON Schema, the others by schemas written here from the
documents of their readers."""
import array
import csv
import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import jsonschema
from prometheus_client.openmetrics.parser import text_string_to_metric_families

# From https://bencher.dev/docs/reference/bencher-metric-format: benchmark → measure → metric.
BENCHER = {"type": "object", "minProperties": 1, "additionalProperties": {
    "type": "object", "minProperties": 1, "additionalProperties": {
        "type": "object", "required": ["value"], "additionalProperties": False,
        "properties": {"value": {"type": "number"}, "lower_value": {"type": "number"},
                       "upper_value": {"type": "number"}}}},
    "propertyNames": {"minLength": 1, "maxLength": 1024}}
# From the README of github-action-benchmark: customBiggerIsBetter, customSmallerIsBetter.
ACTION = {"type": "array", "items": {
    "type": "object", "required": ["name", "unit", "value"], "additionalProperties": False,
    "properties": {"name": {"type": "string", "minLength": 1}, "unit": {"type": "string"},
                   "value": {"type": "number"}, "range": {"type": "string"},
                   "extra": {"type": "string"}}}}
TABLES = ["samples", "runs", "cells", "metrics"]


class Exports(unittest.TestCase):
    tare = make_store = source = None

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="tare-exports-")
        cls.store = os.path.join(cls.directory, "store")
        subprocess.run([cls.make_store, cls.store], check=True)
        cls.report = json.loads(cls.run_tare("--format", "json"))
        cls.measured = [row for row in cls.report["results"] if row["status"] == "measured"]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    @classmethod
    def run_tare(cls, *arguments):
        return subprocess.run([cls.tare, "report", cls.store, *arguments], check=True,
                              capture_output=True).stdout.decode()

    def into(self, form):
        path = os.path.join(self.directory, form)
        self.run_tare("--format", form, "--output", path)
        return path

    def load(self, *names):
        with open(os.path.join(*names), encoding="utf-8") as file:
            return json.load(file)

    # --- OpenMetrics ------------------------------------------------------------------------------

    def samples(self, text):
        """(family, labels) → value; the parser refuses what OpenMetrics does."""
        found = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                self.assertNotIn(key, found)
                found[key] = sample.value
        return found

    def test_openmetrics(self):
        text = self.run_tare("--format", "openmetrics")
        self.assertTrue(text.endswith("\n# EOF\n"))
        self.assertIn("# UNIT tare_mpi_pingpong_bandwidth_MB_per_s MB_per_s\n", text)
        values = {}
        for (name, labels), value in self.samples(text).items():
            labels = dict(labels)
            if "metric" not in labels:
                continue
            part = ("slowdown" if name.startswith("tare_slowdown") else
                    "decided" if name == "tare_decided" else "value")
            part += next((end for end in ("_low", "_high")
                          if end + "_" in name or name.endswith(end)), "")
            key = (part, labels["target"], labels["placement"], labels["benchmark"],
                   labels["parameters"], labels["metric"], labels.get("x"))
            values[key] = (value, labels["emulated"])
        self.assertGreater(len(self.measured), 50)
        for row in self.measured:
            x = None if row["x"] is None else format(row["x"], ".17g")
            key = (row["target"], row["placement"], row["benchmark"], row["parameters"],
                   row["metric"], x)
            for end in ("", "_low", "_high"):
                found = values.get(("value" + end, *key), (None, None))
                self.assertEqual(row["value" + end], found[0], key)
            self.assertEqual(str(row["emulated"]).lower(), values[("value", *key)][1])
            slowdown = values.get(("slowdown", *key))
            if row["ratio"] is None:
                self.assertIsNone(slowdown)
            else:
                self.assertTrue(math.isclose(1 + row["cost"], slowdown[0], rel_tol=1e-9))
            if row["decided"] is not None:
                self.assertEqual(row["decided"], values[("decided", *key)][0])

    def test_openmetrics_by_promtool(self):
        promtool = shutil.which("promtool")
        text = self.run_tare("--format", "openmetrics")
        self.assertRaises(ValueError, self.samples, text.replace("# EOF\n", ""))
        if not promtool:
            return  # its package would start a server; the other parser is the stricter one
        # What the older format does not have: a type "info".
        text = text.replace("# TYPE tare_campaign info\n", "")
        done = subprocess.run([promtool, "check", "metrics"], input=text.encode(),
                              capture_output=True, check=False)
        # 3: it reads it, and would name units in another way.
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertNotIn(b"error while linting", done.stderr)

    # --- services of CI ---------------------------------------------------------------------------

    def headlines(self):
        return [row for row in self.measured if row["headline"]]

    def test_bencher(self):
        found = json.loads(self.run_tare("--format", "bencher"))
        jsonschema.validate(found, BENCHER)
        values = sorted(metric["value"] for name in found.values() for metric in name.values())
        self.assertEqual(sorted(row["value"] for row in self.headlines()), values)
        self.assertTrue(any("(emulated)" in name for name in found))
        rows = {(row["target"], row["placement"]): row for row in self.headlines()
                if row["benchmark"] == "cpu"}
        rate = found["native/1x1/cpu"]["rate (op/s)"]
        row = rows["native", "1x1"]
        self.assertEqual((row["value_low"], row["value_high"]),
                         (rate["lower_value"], rate["upper_value"]))
        # Two blocks have no interval.
        self.assertEqual({"value"}, set(found["native/1x2/cpu"]["rate (op/s)"]))

    def test_benchmark_action(self):
        path = self.into("benchmark-action")
        self.assertEqual(["bigger-is-better.json", "smaller-is-better.json"],
                         sorted(os.listdir(path)))
        for name, better in (("bigger", "higher"), ("smaller", "lower")):
            found = self.load(path, name + "-is-better.json")
            jsonschema.validate(found, ACTION)
            rows = [row for row in self.headlines() if row["better"] == better]
            self.assertEqual([row["value"] for row in rows], [item["value"] for item in found])
            self.assertEqual([row["unit"] for row in rows], [item["unit"] for item in found])
            for row, item in zip(rows, found):
                self.assertEqual(row["value_low"] is not None, "range" in item)
                self.assertEqual(row["emulated"], "emulated CPU" in item["extra"])
            self.assertEqual(len(found), len({item["name"] for item in found}))

    # --- LaTeX ------------------------------------------------------------------------------------

    def test_pgfplots(self):
        path = self.into("pgfplots")
        names = sorted(name[:-4] for name in os.listdir(path) if name.endswith(".dat"))
        self.assertGreater(len(names), 3)
        points = []
        for name in names:
            with open(os.path.join(path, name + ".tex"), encoding="ascii") as file:
                self.assertIn("{" + name + ".dat}", file.read())
            with open(os.path.join(path, name + ".dat"), encoding="utf-8") as file:
                lines = file.read().splitlines()
            self.assertEqual("series x y minus plus", lines[1])
            rows = [[float(word) for word in line.split()] for line in lines[2:]]
            self.assertTrue(all(len(row) == 5 for row in rows))
            points += [row[2] for row in rows] if name.startswith("02") else []
        curve = [row["value"] for row in self.measured if row["benchmark"] == "linpack"]
        self.assertEqual(sorted(curve), sorted(points))
        with open(os.path.join(path, "figures.tex"), encoding="ascii") as file:
            inputs = file.read()
        self.assertTrue(all("\\input{" + name + "}" in inputs for name in names))

    # --- tidy -------------------------------------------------------------------------------------

    def test_tidy(self):
        path = self.into("tidy")
        self.assertEqual(sorted([name + ".csv" for name in TABLES] + ["datapackage.json"]),
                         sorted(os.listdir(path)))
        package = self.load(path, "datapackage.json")
        schema = self.load(self.source, "tests/profiles/datapackage-2.0.json")
        jsonschema.Draft7Validator(schema).validate(package)
        broken = dict(package, resources=[{"name": "x"}])
        self.assertFalse(jsonschema.Draft7Validator(schema).is_valid(broken))
        self.assertEqual(TABLES, [resource["name"] for resource in package["resources"]])
        rows = {resource["name"]: self.check_table(path, resource)
                for resource in package["resources"]}
        with sqlite3.connect(os.path.join(self.store, "campaign.sqlite")) as db:
            blobs = db.execute("SELECT samples FROM series ORDER BY run_id, metric_id, machine, x")
            kept = [value for blob, in blobs for value in array.array("d", blob)]
            runs, = db.execute("SELECT count(*) FROM run").fetchone()
            self.assertEqual(runs, len(rows["runs"]))
        self.assertEqual(kept, [float(row["value"]) for row in rows["samples"]])
        self.assertEqual({"measured", "failed", "skipped", "not measured"},
                         {row["status"] for row in rows["cells"]} | {"not measured"})
        self.assertIn("failed", {row["status"] for row in rows["runs"]})
        metrics = {(row["benchmark"], row["metric"]): row["unit"] for row in rows["metrics"]}
        for row in rows["samples"]:
            self.assertEqual(metrics[row["benchmark"], row["metric"]], row["unit"])

    def check_table(self, path, resource):
        """Its columns are those of its schema, its values of their types, its keys unique."""
        fields = resource["schema"]["fields"]
        with open(os.path.join(path, resource["path"]), encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
        self.assertEqual([field["name"] for field in fields], reader.fieldnames)
        self.assertTrue(rows)
        check = {"integer": int, "number": float, "string": str, "datetime": str,
                 "boolean": ["true", "false"].index}
        for row in rows:
            self.assertNotIn(None, row)
            for field in fields:
                self.assertGreater(len(field["description"]), 5)
                if row[field["name"]] != "":
                    check[field["type"]](row[field["name"]])
        for key in resource["schema"]["uniqueKeys"]:
            self.assertEqual(len(rows), len({tuple(row[name] for name in key) for row in rows}))
        return rows

    # --- the command line -------------------------------------------------------------------------

    def test_directories_are_named(self):
        for form in ("tidy", "pgfplots", "benchmark-action"):
            done = subprocess.run([self.tare, "report", self.store, "--format", form],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(2, done.returncode)
            self.assertIn("--output DIR", done.stderr)

    def test_several_at_once(self):
        files = {"text": "report.txt", "md": "report.md", "csv": "report.csv",
                 "counters": "counters.csv", "json": "report.json", "html": "report.html",
                 "latex": "report.tex", "samples": "samples.csv", "openmetrics": "metrics.txt",
                 "bencher": "bencher.json", "benchmark-action": "benchmark-action",
                 "pgfplots": "pgfplots", "tidy": "tidy"}
        together = os.path.join(self.directory, "together")
        alone = os.path.join(self.directory, "alone")
        os.mkdir(alone)
        self.run_tare("--format", ",".join(files), "--output", together)
        for form, name in files.items():
            self.run_tare("--format", form, "--output", os.path.join(alone, name))
        self.assertEqual("", subprocess.run(["diff", "-r", alone, together], check=False,
                                            stdout=subprocess.PIPE, text=True).stdout)
        self.assertLess(len(files), len(os.listdir(together))) # LaTeX is several

    def test_mistakes_in_several(self):
        nowhere = os.path.join(self.directory, "nowhere")
        for forms, output, message in (
                ("html,json", (), "--format names 2 formats: name their directory"),
                ("html,json,html", (nowhere,), "--format names html twice"),
                ("html,josn", (nowhere,), 'did you mean "json"?'),
                ("html,", (nowhere,), 'there is no format ""')):
            with self.subTest(forms=forms):
                done = subprocess.run([self.tare, "report", self.store, "--format", forms,
                                       *(word for path in output for word in ("--output", path))],
                                      capture_output=True, text=True, check=False)
                self.assertEqual((2, ""), (done.returncode, done.stdout))
                self.assertIn(message, done.stderr)
                self.assertFalse(os.path.exists(nowhere))

    def test_single_file(self):
        path = os.path.join(self.directory, "metrics.txt")
        self.run_tare("--format", "openmetrics", "--output", path)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(self.run_tare("--format", "openmetrics"), file.read())


if __name__ == "__main__":
    Exports.tare, Exports.make_store, Exports.source = map(os.path.abspath, sys.argv[1:4])
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
