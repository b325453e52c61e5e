"""Campaigns in Slurm, of a user without root: a controller and two nodes of a throw-away user, on
which jobs are cut off by their time, requeued, moved to other nodes and killed. Nothing may be
lost, and nothing measured twice."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import e2e
import rootless

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
RUN_DIRECTORY = f"/tmp/tare-{rootless.UID}"
CLUSTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "slurm", "cluster.sh")
# What tare-host waits for the orchestrator (PULSE_SILENCE_S) and for its machines.
SILENCE_S = 60


def output(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


class Slurm(e2e.Case):
    def setUp(self):
        super().setUp()
        self.environment.pop("XDG_RUNTIME_DIR", None)
        self.environment["TARE_CACHE"] = self.path("cache")
        # A batch job has the environment of its sbatch.
        self.environment["TMPDIR"] = self.path()
        self.addCleanup(self.nodes_back)

    def nodes_back(self):
        subprocess.run(["scancel", "--full", "--user=tareuser"], check=False)
        self.wait_until(lambda: not output("squeue", "-h"), "the end of every job")
        for node in ("node1", "node2"):
            if "drain" in output("sinfo", "-h", "-n", node, "-o", "%T"):
                subprocess.run(["scontrol", "update", f"nodename={node}", "state=resume"],
                               check=False)
        self.wait_until(lambda: output("sinfo", "-h", "-t", "idle", "-o", "%D") == "2",
                        "both nodes")

    def argv(self, verb, *arguments):
        return [os.path.join(self.build, "cli", "tare"), verb, *arguments]

    def in_allocation(self, *words, nodes=2, minutes=10, expect=0):
        result = subprocess.run(
            ["salloc", "-Q", f"--nodes={nodes}", "--exclusive", f"--time={minutes}", *words],
            cwd=self.directory, env=self.environment, capture_output=True, text=True, check=False)
        self.assertEqual(expect, result.returncode, result.stdout + result.stderr)
        return result

    def submit(self, campaign, *options):
        self.tare("slurm", campaign, "--out", self.out, "--submit", "--",
                  f"--output={self.path('log')}", *options)
        return output("squeue", "-h", "-o", "%A")

    def runs_stored(self):
        try:
            with e2e.Store(self.out) as store:
                return store.value("SELECT count(*) FROM run")
        except Exception:  # pylint: disable=broad-except # there is no table yet
            return 0

    def everything(self):
        with e2e.Store(self.out) as store:
            return store.everything()

    def node(self):
        return output("squeue", "-h", "-o", "%N")

    def await_end(self):
        try:
            self.wait_until(lambda: not output("squeue", "-h"), "the end of the job")
        except AssertionError as error:
            raise AssertionError(self.log_text()[-4000:] + output("squeue")) from error

    def complete(self, runs, kept=None):
        """All runs are there, each once and none failed, and those of before as they were."""
        with e2e.Store(self.out) as store:
            rows = store.rows("SELECT cell_id, block_id, number, failure FROM run")
            everything = store.everything()
        self.assertEqual([], [row for row in rows if row[3]])
        self.assertEqual(runs, len(rows))
        self.assertEqual(runs, len({row[:3] for row in rows}))
        for key, row in (kept or {}).items():
            self.assertEqual(row, everything[key])

    def events(self, kind):
        with e2e.Store(self.out) as store:
            return [row[0] for row in store.rows(
                "SELECT text FROM event WHERE kind = ? ORDER BY time_ns", kind)]

    def programs_there(self):
        """What tare's reach has started on the nodes."""
        return [text for text in self.processes() if "tare-host" in text or "tare-attach" in text]

    def nothing_left_of_user(self):
        deadline = time.monotonic() + SILENCE_S
        while time.monotonic() < deadline and (
                os.listdir(RUN_DIRECTORY) != ["lock"] or
                self.programs_there()):
            time.sleep(0.1)
        self.assertEqual(["lock"], os.listdir(RUN_DIRECTORY))
        self.assertEqual([], self.programs_there())


class Jobs(Slurm):
    def test_site_is_the_allocation(self):
        file = self.campaign(placements=["1x1", "2x1", "2x2"],
                             resources={"cpus": 2, "memory": "512M"})
        self.in_allocation(*self.argv("run", file, "--site", "slurm", "--out", self.out))
        self.complete(3)
        self.assertEqual(["node1 node2"], self.events("hosts"))
        with e2e.Store(self.out) as store:
            self.assertEqual([("node1",), ("node2",)], store.rows(
                "SELECT DISTINCT host FROM machine ORDER BY host"))
        self.nothing_left_of_user()

    def test_site_file(self):
        site = self.write("site.yaml", "site: here\nhosts: slurm\n")
        self.in_allocation(*self.argv("run", self.campaign(), "--site", site, "--out", self.out),
                           nodes=1)
        self.complete(1)

    def test_memory_of_the_allocation(self):
        file = self.campaign(placements=["1x1"], resources={"cpus": 1, "memory": "512M"})
        result = subprocess.run(
            ["salloc", "-Q", "-N1", "--mem=300", "-t", "5",
             *self.argv("plan", file, "--site", "slurm")],
            cwd=self.directory, env=self.environment, capture_output=True, text=True, check=False)
        self.assertEqual(e2e.USAGE, result.returncode)
        self.assertIn("300 MiB", result.stderr)

    def test_outside_of_an_allocation(self):
        result = self.tare("run", self.campaign(), "--site", "slurm", expect=e2e.USAGE)
        self.assertIn("not inside an allocation of Slurm: SLURM_JOB_ID is not set", result.stderr)
        self.assertFalse(os.path.exists(self.out))

    def test_block_longer_than_the_allocation(self):
        file = self.campaign([{"seconds": "290s"}])
        result = self.in_allocation(
            *self.argv("run", file, "--site", "slurm", "--out", self.out), nodes=1, minutes=4,
            expect=e2e.USAGE)
        self.assertIn("ask for more time", result.stderr)
        self.assertEqual(0, self.runs_stored())

    def test_interrupted_job_is_requeued(self):
        file = self.campaign([{"seconds": "300ms", "runs": 10}], blocks=3)
        job = self.submit(file, "--nodes=1", "--time=10")
        self.wait_until(lambda: self.runs_stored() > 3, "some runs")
        subprocess.run(["scancel", "--batch", "--signal=TERM", job], check=True)
        self.wait_until(lambda: "Requeue" in output("scontrol", "show", "job", job) and
                        "Restarts=1" in output("scontrol", "show", "job", job), "the requeue")
        kept = self.everything()
        self.await_end()
        self.complete(30, kept)
        self.assertEqual(["interrupted", "finished"], [
            kind for kind in ("interrupted", "finished") for _ in self.events(kind)])
        with open(os.path.join(self.out, "job.sh"), encoding="utf-8") as script:
            self.assertIn("scontrol requeue", script.read())

    def own_children(self, pid):
        return [int(child) for child in output("ps", "-o", "pid=", "--ppid", str(pid)).split()]

    def kill_orchestrator(self, reaches_too):
        """Starts a campaign on both nodes and kills it in the middle."""
        file = self.campaign([{"seconds": "100ms", "runs": 400}], placements=["2x1"])
        process = subprocess.Popen(
            ["salloc", "-Q", "-N2", "--exclusive", "-t", "10", "sh", "-c",
             '"$@" & echo $! >pid; wait; sleep 120', "sh",
             *self.argv("run", file, "--site", "slurm", "--out", self.out)],
            cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL)
        self.addCleanup(self.end, process)
        self.wait_until(lambda: self.runs_stored() > 1, "some runs")
        with open(self.path("pid"), encoding="utf-8") as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGSTOP)
        groups = self.own_children(pid) if reaches_too else []
        self.assertTrue(groups or not reaches_too)
        for group in groups:
            os.killpg(group, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)
        return process

    def test_orchestrator_killed(self):
        """srun dies with it and has Slurm kill its step: the next campaign cleans the nodes."""
        process = self.kill_orchestrator(False)
        self.wait_until(lambda: not self.programs_there(), "the end of every service")
        process.kill()
        process.wait()
        self.nodes_back()
        shutil.rmtree(self.out)
        self.in_allocation(*self.argv("run", self.campaign(placements=["2x1"]), "--site", "slurm",
                                      "--out", self.out))
        self.nothing_left_of_user()

    def test_orchestrator_and_reaches_killed(self):
        """Nothing ends the steps of their job, which lives on: they notice the silence."""
        process = self.kill_orchestrator(True)
        self.assertTrue(self.programs_there())
        self.nothing_left_of_user()
        self.assertIsNone(process.poll())


class Time(Slurm):
    def test_time_is_over(self):
        """The campaign ends by itself before its job does, and the job begins again."""
        file = self.campaign([{"seconds": "1s", "runs": 5}], blocks=9)
        job = self.submit(file, "--nodes=1", "--time=1", "--signal=B:TERM@1")
        self.wait_until(lambda: self.events("allocation ends") if self.runs_stored() else [],
                        "the end of the allocation")
        kept = self.everything()
        with e2e.Store(self.out) as store:
            self.assertEqual(0, store.value(
                "SELECT count(*) FROM (SELECT count(*) AS n FROM run GROUP BY block_id) "
                "WHERE n < 5"), "a block that did not fit was begun")
        self.await_end()
        self.complete(45, kept)
        self.assertRegex(output("scontrol", "show", "job", job), "Restarts=[1-9]")


class Limit(Slurm):
    def test_killed_by_its_limit_and_moved(self):
        """The limit is shortened after tare has asked for it, so that the job is cut off."""
        file = self.campaign([{"seconds": "2s", "runs": 5}], blocks=10)
        job = self.submit(file, "--nodes=1", "--time=30")
        self.wait_until(lambda: self.runs_stored() > 1, "some runs")
        subprocess.run(["scontrol", "update", f"jobid={job}", "timelimit=1"], check=True)
        first = self.node()
        self.wait_until(lambda: output("squeue", "-h", "-o", "%T") != "RUNNING",
                        "the end of the job")
        subprocess.run(["scontrol", "update", f"nodename={first}", "state=drain", "reason=test"],
                       check=True)
        kept = self.everything()
        self.assertLess(self.runs_stored(), 50)
        self.wait_until(lambda: output("squeue", "-h", "-o", "%T") == "PENDING", "the requeue")
        subprocess.run(["scontrol", "update", f"jobid={job}", "timelimit=30"], check=True)
        self.wait_until(self.node, "the job to begin again")
        second = self.node()
        self.await_end()
        self.complete(50, kept)
        self.assertNotEqual(first, second)
        self.assertEqual([first, second], self.events("hosts"))
        self.assertEqual([f"the hosts were {first}, and are {second} now"], self.events("moved"))
        self.assertIn("the campaign was continued on other hosts",
                      " ".join(self.tare("report", self.out).stdout.split()))


class Tutorial(Slurm):
    @unittest.skipUnless(os.path.exists(rootless.IMAGE), "no image; scripts/image builds it")
    @unittest.skipUnless(shutil.which("bwrap"), "not installed: bubblewrap")
    def test_tutorial(self):
        """Every command of the chapter, in its order, as it stands there."""
        with open(os.path.join(SOURCE, "docs", "tutorial.md"), encoding="utf-8") as page:
            chapter = page.read().partition("## 6 On a cluster, without root\n")[2]
        blocks = re.findall(r"(?s)```(sh|yaml)\n(.*?)```", chapter.partition("\n## ")[0])
        self.assertGreater(len(blocks), 5)
        os.mkdir(self.path("build"))
        os.symlink(os.path.join(self.build, "cli"), self.path("build", "cli"))
        for kind, text in blocks:
            if kind == "yaml":
                self.write(re.match(r"# (\S+)\n", text)[1], text)
                continue
            for line in text.splitlines():
                result = subprocess.run(
                    line, shell=True, cwd=self.directory, env=self.environment, check=False,
                    capture_output=True, text=True, stdin=subprocess.DEVNULL)
                self.assertEqual(0, result.returncode, line + "\n" + result.stdout + result.stderr)
                self.await_end()
        self.assertIn("Nodes, boots and runs", self.tare("report", "results/cluster",
                                                         "--nodes").stdout)
        self.out = self.path("results", "long")
        self.complete(24)
        self.nothing_left_of_user()


def inside():
    e2e.Case.build = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__", verbosity=2)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: test_slurm.py BUILD_DIR [unittest arguments]")
    if "TARE_SLURM" in os.environ:
        inside()
    why_not = rootless.namespaces_refused() if os.geteuid() == 0 else "not root"
    if why_not:
        e2e.skip("skipped: " + why_not)
    work = tempfile.mkdtemp(prefix="tare-slurm-")
    try:
        result = subprocess.run(
            [CLUSTER, work, str(rootless.UID), sys.executable, "-B", os.path.abspath(__file__),
             os.path.abspath(sys.argv[1]), *sys.argv[2:]],
            env={**os.environ, "TARE_SLURM": "inside"}, check=False)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(result.returncode)


if __name__ == "__main__":
    main()
