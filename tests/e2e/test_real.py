"""A small campaign on this machine's own: native, container and two kinds of guests, with whatever
accelerator works. Needs the image."""
import glob
import os
import re
import signal
import subprocess
import time

import e2e

TARGETS = ["native", "container", "kvm-virtio", "kvm-emulated"]
BENCHMARKS = [
    {"benchmark": "null", "program": "/usr/lib/tare/kernels/tare-null", "value": 5,
     "placements": ["1x1"]},
    {"benchmark": "cpu", "iterations": 2, "work": 5, "placements": ["1x1"]},
    {"benchmark": "disk", "pattern": "seqread", "block_sizes": ["64K"], "size": "8M",
     "seconds": 1, "placements": ["1x1"]},
    {"benchmark": "mpi-pingpong", "sizes": [0, "1K"], "iterations": 20, "seconds": 1,
     "launcher": ["hydra", "openmpi"], "placements": ["1x2"]},
    {"benchmark": "net", "seconds": 1, "placements": ["1x2"]},
    {"benchmark": "disk", "pattern": "seqread", "block_sizes": ["64K"], "size": "8M",
     "seconds": 1, "machines": "all", "placements": ["1x2"]},
]


class Real(e2e.Case):
    def setUp(self):
        super().setUp()
        self.file = self.campaign(
            BENCHMARKS, targets=TARGETS, placements=["1x1", "1x2"],
            resources={"cpus": 2, "memory": "1G", "scratch": "64M"}, limits={"boot": "170s"})

    def ours_left(self, campaign_id):
        left = self.left(campaign_id)
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    text = file.read().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if campaign_id in text and int(pid) != os.getpid():
                left.append(text[:300])
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True)
        return left + [line for line in links.stdout.splitlines() if campaign_id in line]

    def nothing_of(self, campaign_id):
        deadline = time.monotonic() + e2e.DYING_S
        while self.ours_left(campaign_id) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual([], self.ours_left(campaign_id))

    def test_everything_is_measured_and_said(self):
        self.run_campaign(self.file)
        with e2e.Store(self.out) as store:
            runs = store.runs()
            self.assertEqual(4 * (len(BENCHMARKS) + 1), len(runs))  # one of them over two launchers
            self.assertEqual([], [row for row in runs if row[5] is not None])
            self.assertEqual(
                [], store.rows("SELECT * FROM cell WHERE skip_reason IS NOT NULL"))
            self.assertEqual(0, store.value(
                "SELECT count(*) FROM run WHERE id NOT IN (SELECT run_id FROM series)"))
            # Two guests, and two seats of the one native machine.
            self.assertEqual([(2,)] * 4, store.rows(
                "SELECT count(DISTINCT machine) FROM series JOIN run ON run.id = run_id"
                " JOIN cell ON cell.id = cell_id WHERE parameters LIKE '%machines=all%'"
                " GROUP BY target_id"))
            # Whether one host or two guests: a placement has the same CPUs on every target.
            self.assertEqual({2}, {cpus for cpus, in store.rows(
                "SELECT sum(cpus) FROM machine GROUP BY block_id, target_id")})
            self.assertEqual(1, store.value(
                "SELECT count(DISTINCT memory) FROM (SELECT sum(memory_bytes) AS memory"
                " FROM machine GROUP BY block_id, target_id)"))
            emulated = {name for name, in store.rows(
                "SELECT DISTINCT target.name FROM machine JOIN target ON target.id = target_id"
                " WHERE emulated")}
            accelerators = [name for name, in store.rows(
                "SELECT DISTINCT json_extract(driver_json, '$.accelerator') FROM machine"
                " WHERE json_extract(driver_json, '$.accelerator') IS NOT NULL")]
            campaign_id = store.campaign_id()
        self.assertIn(accelerators, (["kvm"], ["tcg"]))
        self.assertEqual(
            {"kvm-virtio", "kvm-emulated"} if accelerators == ["tcg"] else set(), emulated)
        self.check_reports(emulated)
        self.nothing_of(campaign_id)

    def check_reports(self, emulated):
        for form in ("text", "md", "csv", "html"):
            text = self.tare("report", self.out, "--format", form).stdout
            for target in TARGETS:
                self.assertIn(target, text)
            if emulated:
                with self.subTest(form=form):
                    self.assertIn("emulated", text.replace("kvm-emulated", ""))
        for result in self.report_json()["results"]:
            self.assertEqual("measured", result["status"])
            self.assertEqual(result["target"] in emulated, result["emulated"])
        self.tare("report", self.out, "--figures", self.path("figures"))
        figures = glob.glob(self.path("figures", "*.svg"))
        self.assertNotEqual([], figures)
        if emulated:
            for path in figures:
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                if "kvm" in text:
                    self.assertIn("emulated", text.replace("kvm-emulated", ""), path)

    def test_kill_in_the_middle_and_clean(self):
        process = self.start(self.file, "--seed", "1")
        self.wait_until(lambda: process.poll() is not None or
                        re.search(r"\] block 1/1 kvm-\S+( \(emulated\))? \S+ ", self.log_text()),
                        "a guest's first run")
        self.assertIsNone(process.poll(), self.log_text())
        process.send_signal(signal.SIGKILL)
        process.wait()
        with e2e.Store(self.out) as store:
            campaign_id = store.campaign_id()
            self.assertGreater(len(store.runs()), 0)
        self.tare("clean", "--work-dir", self.work)
        self.nothing_of(campaign_id)


if __name__ == "__main__":
    e2e.skip_without_image()
    e2e.main()
