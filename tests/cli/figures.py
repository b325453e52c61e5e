#!/usr/bin/env python3
"""Which figures a campaign has, and what is drawn in them: curves in panels by what was varied,
stages of a start one after the other, headlines as they were measured. The first argument is the
program; skipped where there is no gnuplot."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TARE = os.path.abspath(sys.argv.pop(1))
COLUMNS = "target,placement,benchmark,parameters,metric,unit,better,scale,x,block,run,value"
TARGETS = {"native": 1, "kvm-virtio": 3}
STAGES = {"native": {"ready": 0.01, "first_job": 0.02, "stop": 0.01},
          "kvm-virtio": {"ready": 3.0, "started": 0.4, "loader": 0.8, "kernel": 1.5,
                         "userspace": 0.7, "first_job": 0.25, "stop": 0.5}}


def rows():
    for target, cost in TARGETS.items():
        for block in range(3):
            noise = 1 + 0.01 * block
            for metric, value in STAGES[target].items():
                yield target, "1x1", "boot", "", metric, "s", "lower", "", block, value
            for pattern in ("randread", "seqwrite"):
                for x in (4096, 65536):
                    yield (target, "1x1", "disk", "pattern=" + pattern, "bandwidth", "B/s",
                           "higher", x, block, x * 1e3 * noise / cost)
                    yield (target, "1x1", "disk", "pattern=" + pattern, "latency_p99", "us",
                           "lower", x, block, x / 10 * noise * cost)
            for placement in ("1x1", "1x2"):
                for x in (1, 1024):
                    yield (target, placement, "mpi-pingpong", "", "latency", "us", "lower", x,
                           block, (1 + x / 1000) * noise * cost)
            yield (target, "1x1", "cpu", "", "integer_rate", "Mop/s", "higher", "", block,
                   5000 * noise / cost)


@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is missing")
class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="tare-test-figures-")
        os.chdir(cls.folder.name)
        with open("all.csv", "w", encoding="utf-8") as file:
            file.write(COLUMNS + "\n")
            for target, placement, benchmark, parameters, metric, unit, better, x, block, value \
                    in rows():
                file.write(f"{target},{placement},{benchmark},{parameters},{metric},{unit},"
                           f"{better},ratio,{x},{block},0,{value}\n")
        for words in (["import", "all.csv", "--out", "all"],
                      ["report", "all", "--figures", "drawn", "--format", "html", "--output",
                       "all.html"]):
            subprocess.run([TARE, *words], check=True, capture_output=True, timeout=200)

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        cls.folder.cleanup()

    def read(self, name, suffix):
        paths = glob.glob(f"drawn/*{name}*.{suffix}")
        self.assertEqual(len(paths), 1, f"{name}: {os.listdir('drawn')}")
        with open(paths[0], encoding="utf-8") as file:
            return file.read()

    def test_in_a_document(self):
        """TeX finds them from the document's directory; the widest take the page's width."""
        for words, name in ((("--format", "latex", "--output", "paper/all.tex"), "all"),
                            (("--format", "json,latex", "--output", "paper"), "report")):
            os.makedirs("paper", exist_ok=True)
            subprocess.run([TARE, "report", "all", "--figures", "paper/figures", *words],
                           check=True, capture_output=True, timeout=200)
            with open(f"paper/{name}.tex", encoding="utf-8") as file:
                text = file.read()
            found = re.findall(r"includegraphics\[width=(\S+)\]\{(.*)\}", text)
            self.assertEqual(("\\textwidth", "figures/01-headlines__slowdown_against_native.pdf"),
                             found[0])
            self.assertIn("85mm", [width for width, _ in found])
            for _, path in found:
                self.assertTrue(os.path.exists("paper/" + path), path)

    def test_which(self):
        names = sorted(re.sub(r"^\d+-|\.svg$", "", name) for name in os.listdir("drawn")
                       if name.endswith(".svg"))
        self.assertEqual(names, ["CPU__headlines_as_measured", "Lifecycle__headlines_as_measured",
                                 "boot_1x1__times", "disk_1x1__bandwidth__latency_p99",
                                 "headlines__slowdown_against_native", "mpi-pingpong__latency"])

    def test_stages_follow_each_other(self):
        """Each begins where the one before it ends; a start that was not taken apart is one."""
        data = self.read("boot_1x1__times", "dat")
        bars = {}
        for name, lane, start, end in re.findall(
                r"^# target \d+, (.*)\n(\d+) (\S+) (\S+)$", data, re.M):
            bars.setdefault(int(lane), []).append((name, float(start), float(end)))
        self.assertEqual([name for name, *_ in bars[0]], ["ready, in one", "first job"])
        self.assertEqual([name for name, *_ in bars[1]],
                         ["loader", "kernel", "userspace", "first job"])
        self.assertEqual(bars[1][0][1], 0)
        for before, after in zip(bars[1], bars[1][1:]):
            self.assertEqual(before[2], after[1])
        self.assertAlmostEqual(bars[1][-1][2], 3.25)

    def test_panels(self):
        """Columns are what was varied, rows are metrics."""
        for name, labels in (("disk_1x1", ["randread", "seqwrite"] * 2),
                             ("mpi-pingpong", ["1x1", "1x2"])):
            script = self.read(name, "gp").split("set terminal pngcairo")[0]
            panels = []
            for name, value in re.findall(r"set ([lt]margin at screen|label 1) '?([^'\n]*)",
                                          script):
                if name.startswith("l") and name != "label 1":
                    left = float(value)
                elif name.startswith("t"):
                    top = float(value)
                elif value:
                    panels.append((value, left, -top))
            self.assertEqual([label for label, *_ in panels], labels)
            self.assertEqual(panels, sorted(panels, key=lambda panel: panel[2:0:-1]))
            self.assertEqual(len({left for _, left, _ in panels}), 2)

    def test_ticks(self):
        for path in glob.glob("drawn/*.svg"):
            with open(path, encoding="utf-8") as file:
                self.assertNotRegex(file.read(), r"<text>[^<]*\de[+-]\d", path)

    def test_blocks_are_seen(self):
        data = self.read("CPU__headlines", "dat")
        self.assertEqual(len(re.findall(r"^\S+ [01]$", data, re.M)), 6)
        self.assertEqual(len(re.findall(r"^\S+ [01] \S+ \S+$", data, re.M)), 2)

    def test_page(self):
        with open("all.html", encoding="utf-8") as file:
            page = file.read()
        self.assertLess(len(page), 1 << 20)
        self.assertEqual(page.count('<svg role="img"'), 6)
        names = re.findall(r""" id=["']([^"']+)["']""", page)
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
