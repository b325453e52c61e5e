#!/usr/bin/env python3
"""The scripts of docs/notebook.md run, and give the ratio that the report does.

    notebook.py TARE MAKE_STORE SOURCE_DIR"""
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

SKIPPED = 77
METRIC = "integer_rate"  # of benchmark cpu; the made store calls it otherwise
PROGRAMS = {"python": (["/usr/bin/python3", "-c"], ["/usr/bin/python3", "-c", "import pandas"]),
            "r": (["Rscript", "--vanilla", "-e"],
                  ["Rscript", "--vanilla", "-e", "library(RSQLite)"])}


def works(argv):
    try:
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def main():
    tare, make_store, source = map(os.path.abspath, sys.argv[1:4])
    for language, (_, probe) in PROGRAMS.items():
        if not works(probe):
            print(f"needs python3-pandas, r-base-core and r-cran-rsqlite: {language} lacks one")
            return SKIPPED
    with open(os.path.join(source, "docs", "notebook.md"), encoding="utf-8") as file:
        blocks = re.findall(r"^```(python|r)\n(.*?)^```$", file.read(), re.S | re.M)
    failures = len(blocks) != 4
    with tempfile.TemporaryDirectory(prefix="tare-notebook-") as folder:
        os.chdir(folder)
        os.mkdir("results")
        subprocess.run([make_store, "results/quick"], check=True)
        with contextlib.closing(sqlite3.connect("results/quick/campaign.sqlite")) as made, made:
            made.execute("UPDATE metric SET name = ? WHERE benchmark = 'cpu' AND name = 'rate'",
                         (METRIC,))
        subprocess.run(
            [tare, "report", "results/quick", "--format", "tidy", "--output", "data"], check=True)
        report = json.loads(subprocess.run([tare, "report", "results/quick", "--format", "json"],
                                           check=True, capture_output=True).stdout)
        expected = next(row["ratio"] for row in report["results"] if row["target"] == "container"
                        and row["benchmark"] == "cpu" and row["metric"] == METRIC
                        and row["placement"] == "1x1")
        for language, text in blocks:
            done = subprocess.run([*PROGRAMS[language][0], text], capture_output=True, text=True,
                                  errors="replace", check=False)
            found = re.search(r"^container +([0-9.]+)$", done.stdout, re.M)
            if not found or abs(float(found[1]) - expected) > 1e-6:
                failures += 1
                print(f"{language}: expected {expected} for container\n{text}\n"
                      f"{done.stdout}{done.stderr}")
            if len([line for line in text.splitlines() if line.strip()]) > 13:
                failures += 1
                print(f"{language}: not short\n{text}")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
