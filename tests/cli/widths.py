#!/usr/bin/env python3
"""No line of a table is wider than the terminal from 60 columns on, whatever the names; three
targets stand beside each other at 80; the quick campaign's report fits two screens. The first
argument is the program."""
import lzma
import os
import pty
import subprocess
import sys
import tempfile
import unicodedata
import unittest

TARE = os.path.abspath(sys.argv.pop(1))
HERE = os.path.dirname(os.path.abspath(__file__))
WIDTHS = (60, 72, 80, 100)
# The quick campaign on a machine without KVM, with what its runs were disturbed by.
QUICK = os.path.join(HERE, "..", "golden", "report", "quick.sqlite.xz")
SCREEN = 46  # lines
COLUMNS = "target,placement,benchmark,parameters,metric,unit,better,scale,x,block,run,value"
LONG = "kvm-virtio-with-huge-pages-and-pinned-threads"
TARGETS = ("native", "container", LONG)
CAMPAIGN = f"""campaign: names
baseline: native
targets:
  - native
  - {{target: native, name: a-copy-with-a-rather-long-name-of-its-own}}
  - {{target: native, name: {LONG}}}
placements: [1x1, 1x2]
blocks: 3
benchmarks:
  - benchmark: cpu
  - benchmark: disk
    pattern: [randread, seqwrite]
    block_sizes: [4K, 64K]
  - benchmark: mpi-pingpong
"""


def width(line):
    return sum(0 if unicodedata.combining(c) else
               2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in line)


def tare(columns, *words):
    done = subprocess.run([TARE, *words], capture_output=True, text=True, timeout=100, check=False,
                          env={**os.environ, "COLUMNS": str(columns)})
    return done.returncode, done.stdout, done.stderr


def rows():
    for target in TARGETS:
        cost = 1 + TARGETS.index(target)
        for placement in ("1x1", "1x2"):
            for metric, unit, value, xs in (
                    ("a_rate_whose_name_is_longer_than_most_columns", "B/s", 5.1e9, [""]),
                    ("bandwidth", "frames/s", 23456789.5, ["4096", "1048576"]),
                    ("latency_p99", "us", 0.000021, [""])):
                for x in xs:
                    for block in range(5):
                        noise = 1 + 0.01 * (block % 3 - 1)
                        yield [target, placement, "a-benchmark-from-elsewhere",
                               "pattern=randread block_sizes=4K network=none", metric, unit,
                               "higher" if "rate" in metric else "lower", "ratio", x, block, 0,
                               value * noise * cost]


class Widths(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="tare-test-widths-")
        os.chdir(cls.folder.name)
        with open("names.csv", "w", encoding="utf-8") as file:
            file.write(COLUMNS + "\n")
            file.writelines(",".join(map(str, row)) + "\n" for row in rows())
        for name, day in (("one", "2026-01-01"), ("two", "2026-01-02"), ("three", "2026-01-03")):
            # Campaigns with the same content are the same.
            with open("names.csv", "a", encoding="utf-8") as file:
                file.write(f"{LONG},1x1,other,,{name},s,lower,ratio,,0,0,1\n")
            status, _, said = tare(100, "import", "names.csv", "--out", name, "--date", day)
            assert status == 0, said
        with open("names.yaml", "w", encoding="utf-8") as file:
            file.write(CAMPAIGN)

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        cls.folder.cleanup()

    def check(self, text, columns, words):
        self.assertGreater(len(text), 100, words)
        for line in text.splitlines():
            self.assertLessEqual(width(line), columns, f"{words}: {line}")

    def test_tables(self):
        for words in (["report", "one"], ["report", "one", "--all"],
                      ["report", "felter-2014", "--all"],
                      ["compare", "one:native", f"one:{LONG}", "--all"],
                      ["compare", "one:native", f"two:{LONG}"],
                      ["history", "one", "two", "three"], ["plan", "names.yaml"], ["list"],
                      ["list", "targets"], ["list", "benchmarks", "disk", "--all"],
                      ["list", "metrics"], ["list", "campaign"], ["list", "site"]):
            for columns in WIDTHS:
                status, text, said = tare(columns, *words)
                self.assertIn(status, (0, 1, 4), said)
                self.check(text, columns, words)
                self.assertNotRegex(text, r"\d\.\d+e[+-]?\d")

    def test_quick_fits_two_screens(self):
        """Below 80 columns each of its three targets is a block of its own: three and a half."""
        os.makedirs("quick")
        with lzma.open(QUICK) as packed, open("quick/campaign.sqlite", "wb") as file:
            file.write(packed.read())
        for columns, most in ((60, 3.5 * SCREEN), (80, 2 * SCREEN), (100, 2 * SCREEN)):
            text = tare(columns, "report", "quick")[1]
            self.check(text, columns, "quick")
            self.assertLessEqual(len(text.splitlines()), most, text)
            # All of it is there.
            at = 0
            for part in ("Answer", "Slowdown against native", "Caveats", "Trust",
                         "Trust: what disturbed", "Machines: what differs", "Record of", "--all"):
                self.assertIn(part, text[at:])
                at = text.index(part, at)
            for headline in ("integer rate", "floating rate", "gflops", "randread", "seqwrite",
                             "throughput", "round trip", "0 B"):
                self.assertIn(headline, text)

    def test_three_targets_at_80_columns(self):
        text = tare(80, "report", "one")[1]
        overview = text[text.index("Slowdown against"):].split("\n\n")[0]
        for name in ("native", "container", "threads"):
            self.assertEqual(overview.count(name), 1 + (name == "native"), overview)

    def gate_at(self, columns):
        """What the gate prints on a terminal."""
        ours, theirs = pty.openpty()
        subprocess.run(["stty", "cols", str(columns)], stdin=theirs, check=True)
        gate = subprocess.Popen([TARE, "gate", "one:native", f"one:{LONG}"], stdout=theirs,
                                stderr=subprocess.DEVNULL, env={**os.environ, "TERM": "dumb"})
        os.close(theirs)
        text = b""
        try:
            while part := os.read(ours, 65536):
                text += part
        except OSError:  # no more
            pass
        os.close(ours)
        self.assertEqual(gate.wait(timeout=100), 1)
        return text.decode().replace("\r", "")

    def test_gate(self):
        """Its lines are wrapped on a terminal; in a log each reason is one line."""
        for columns in WIDTHS:
            self.check(self.gate_at(columns), columns, "gate")
        log = tare(60, "gate", "one:native", f"one:{LONG}", "--quiet")[1]
        self.assertGreater(max(map(width, log.splitlines())), 100)


if __name__ == "__main__":
    unittest.main()
