#!/usr/bin/env python3
"""Kills, freezes and breaks campaigns at random points. A point is one disturbance of one campaign.
After each: the store is sound, every run that was reported as stored or was seen there is there bit
by bit, and `tare clean` leaves nothing but what is somebody else's. After a few points the campaign
is continued undisturbed: it then has the cells and runs of one that never was disturbed.

    torture.py BUILD_DIR [--points N] [--seconds S] [--seed X] [--only KIND,...] [--jobs N]

scripts/torture builds what this needs. Exit code: 0 nothing found, 1 something was, and its
directory is kept."""
import argparse
import glob
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
import e2e  # noqa: E402

PATIENCE_S = 300  # a disturbed tare that has not ended by then hangs
MOST_FAULTS = 3  # of one campaign
CAMPAIGNS = {
    # site, targets, blocks, share
    "fake": ("local", ["fake", {"target": "fake", "name": "late", "start_delay": "10ms"}], 2, 7),
    "far": (["env"], ["fake", {"target": "fake", "name": "other"}], 2, 3),
    "container": ("local", ["container"], 1, 1),
}


class Torture(e2e.Case):
    """One campaign and its disturbances."""

    kind = "fake"
    tree = None  # copies of tare's programs, in the places where they look for each other
    faults_library = None
    spans = {}  # kind → (writing calls, those to the store, clock readings, seconds) undisturbed
    expected = {}  # kind → the runs of an undisturbed campaign

    def runTest(self):
        """Not run by unittest."""

    def setUp(self):
        self.build = self.tree
        super().setUp()
        reach, targets, blocks, _ = CAMPAIGNS[self.kind]
        far = reach != "local"
        host = {"host": "far1", "cpus": "0", "memory": "1G"} if far else {"host": "here"}
        self.write("site.yaml", {"site": "torture", "work_dir": self.work, "reach": reach,
                                 "hosts": [host]})
        program = {} if self.kind == "container" else {"program": self.null}
        if self.kind == "container":
            program = {"program": "/usr/lib/tare/kernels/tare-null"}
        self.file = self.campaign(
            [{"seconds": "5ms", "runs": 3, "count": 3, **program}], targets=targets,
            blocks=blocks, limits={"run": "5s", "boot": "20s"})
        self.machines_disturbed = False
        self.history = []

    # --- what is somebody else's --------------------------------------------------------------

    def fill_with_others(self):
        """Other people's files beside and below what tare makes, some named like its own."""
        self.others = {
            self.path("out", "notes.txt"): b"mine",
            self.path("out", "plots", "a.svg"): b"<svg/>",
            self.path("work", "deadbeef", "thesis.tex"): b"years of work",
            self.path("work", "0123456789ab", "data.csv"): b"1,2\n",
            self.path("work", "notes"): b"mine",
        }
        for path, content in self.others.items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)

    def check_others(self):
        for path, content in self.others.items():
            with open(path, "rb") as file:
                self.assertEqual(content, file.read(), path)

    def left(self, campaign_id):
        mine = {os.path.join(self.work, name) for name in ("deadbeef", "0123456789ab", "notes")}
        return [what for what in super().left(campaign_id) if what not in mine]

    # --- running ------------------------------------------------------------------------------

    def launch(self, settings=None, limits=None):
        """tare run with faults in its environment and limits on its resources."""
        environment = dict(self.environment, **(settings or {}))
        if settings:
            environment["LD_PRELOAD"] = self.faults_library
        log = open(self.path("log"), "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            self.argv("run", self.file, "--out", self.out), cwd=self.directory, env=environment,
            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            preexec_fn=lambda: [resource.setrlimit(*limit) for limit in limits or []])
        self.addCleanup(self.end, process)
        return process

    def await_end(self, process, *also):
        try:
            status = process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.fail("it hangs; its processes: " + "\n".join(self.processes()))
        allowed = (0, 1, 2, 3, -signal.SIGKILL, *also)
        self.assertIn(status, allowed, f"ended with {status}")
        return status

    def pids(self):
        return [int(entry) for entry in os.listdir("/proc")
                if entry.isdigit() and int(entry) != os.getpid() and self.belongs(entry)]

    # --- disturbances -------------------------------------------------------------------------

    def disturb_call(self, rng, program, path, action):
        """Breaks one of the writing calls of a program."""
        calls, store_calls, _, _ = self.spans[self.kind]
        most = {"tare": store_calls if path == "campaign.sqlite" else calls,
                "tare-host": 60}.get(program, 40)
        number = rng.randint(1, most + 1)
        self.machines_disturbed |= program != "tare" or path == "-" and "kill" not in action
        return self.await_end(self.launch(
            {"TARE_FAULT": f"{program} {path} {number} {action}"}))

    def disturb_time(self, rng, number):
        """Kills or stops whichever process, tare itself most often, at some time."""
        process = self.launch()
        time.sleep(rng.uniform(0, self.spans[self.kind][3]))
        victim = process.pid if rng.random() < 0.5 else rng.choice(self.pids() or [process.pid])
        self.machines_disturbed |= victim != process.pid
        try:
            os.kill(victim, number)
            if number == signal.SIGSTOP:
                time.sleep(rng.uniform(0.1, 3))
                os.kill(victim, signal.SIGCONT)
        except ProcessLookupError:
            pass
        return self.await_end(process)

    def disturb_clock(self, rng):
        number = rng.randint(1, self.spans[self.kind][2] + 1)
        step = rng.choice((-86400, -3600, -1, 1, 3600, 86400, 40 * 365 * 86400))
        return self.await_end(self.launch({"TARE_CLOCK": f"tare {number} {step}"}))

    def disturb_descriptors(self, rng):
        limit = rng.randint(4, 60)
        self.machines_disturbed = True
        return self.await_end(self.launch(limits=[(resource.RLIMIT_NOFILE, (limit, limit))]))

    def disturb_memory(self, rng):
        limit = rng.randint(20, 400) << 20
        self.machines_disturbed = True
        # 127: not even its libraries found room.
        return self.await_end(self.launch(limits=[(resource.RLIMIT_AS, (limit, limit))]), 127)

    def disturb_space(self, rng):
        """The campaign's directory is on a file system that becomes full."""
        kept = self.path("kept")
        size = rng.randint(40, 500)
        shutil.copytree(self.out, kept)
        used = sum(os.path.getsize(path) for path in glob.glob(kept + "/**", recursive=True)) >> 10
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size + used}k", "torture", self.out],
                       check=True)
        try:
            shutil.copytree(kept, self.out, dirs_exist_ok=True)
            status = self.await_end(self.launch())
            shutil.rmtree(kept)
            shutil.copytree(self.out, kept)
        finally:
            subprocess.run(["umount", self.out], check=True)
        shutil.rmtree(self.out)
        os.rename(kept, self.out)
        return status

    def disturbances(self):
        """(name, weight, what to do)"""
        rows = [("time kill", 4, lambda rng: self.disturb_time(rng, signal.SIGKILL)),
                ("time freeze", 1, lambda rng: self.disturb_time(rng, signal.SIGSTOP)),
                ("clock", 1, self.disturb_clock),
                ("descriptors", 1, self.disturb_descriptors),
                ("memory", 1, self.disturb_memory),
                ("space", 1, self.disturb_space)]
        plan = [("tare", "-", "kill", 6), ("tare", "-", "kill-after", 3),
                ("tare", "campaign.sqlite", "kill", 4),
                ("tare", "campaign.sqlite", "kill-after", 2),
                ("tare-agent", "-", "kill", 2), ("tare-agent", "-", "EIO", 1),
                ("tare-agent", "-", "short", 1)]
        plan += [("tare", path, action, 1) for path in ("-", "campaign.sqlite")
                 for action in ("EIO", "EIO-once", "ENOSPC", "ENOSPC-once", "short")]
        if self.kind == "far":
            plan += [("tare-host", "-", "kill", 3), ("tare-host", "-", "EIO", 1),
                     ("tare-host", "-", "ENOSPC-once", 1), ("tare-host", "-", "short", 1)]
        if self.kind == "container":
            plan = [row for row in plan if row[0] == "tare"]
        for program, path, action, weight in plan:
            rows.append((f"{program} {path} {action}", weight,
                         lambda rng, p=program, f=path, a=action: self.disturb_call(rng, p, f, a)))
        return rows

    # --- checks -------------------------------------------------------------------------------

    def stored(self):
        if not os.path.exists(self.path("out", "campaign.sqlite")):
            return {}
        with e2e.Store(self.out) as store:
            if not store.rows("SELECT 1 FROM sqlite_schema WHERE name = 'series'"):
                return {}
            self.assertEqual("ok", store.value("PRAGMA integrity_check"))
            self.assertEqual([], store.rows("PRAGMA foreign_key_check"))
            self.campaign_ids |= {row[0] for row in store.rows("SELECT campaign_id FROM campaign")}
            return store.everything()

    def check_kept(self, before, begin):
        after = self.stored()
        for key, row in before.items():
            self.assertEqual(row, after.get(key), key)
        told = re.findall(r"(?m)^\S+ \[(\d+)/", self.log_text(begin))
        runs = sum(1 for key in after if key[0] == "run")
        self.assertGreaterEqual(runs, int(told[-1]) if told else 0, "what was reported is stored")
        return after

    def check_clean(self):
        self.tare("clean", "--work-dir", self.work)
        for campaign_id in self.campaign_ids or {"no campaign yet"}:
            self.nothing_left(campaign_id)
        self.check_others()

    def check_whole(self):
        with e2e.Store(self.out) as store:
            runs = store.runs()
            self.assertEqual(self.expected[self.kind], self.comparable(runs))
            failed = [row for row in runs if row[5] is not None]
            if not self.machines_disturbed:
                self.assertEqual([], failed)
            self.assertEqual(0, store.value("SELECT count(*) FROM block WHERE ended_ns IS NULL"))
            self.assertEqual(len(runs) - len(failed), store.value(
                "SELECT count(DISTINCT run_id) FROM series"))

    def torture(self, rng):
        """A few points and the end of the campaign; returns how many points there were."""
        self.campaign_ids = set()
        self.fill_with_others()
        before, points = {}, rng.randint(1, MOST_FAULTS)
        for _ in range(points):
            rows = self.disturbances()
            name, _, disturb = rng.choices(rows, [row[1] for row in rows])[0]
            begin = self.log_size()
            self.history.append(name)
            self.history[-1] += f" → {disturb(rng)}"
            before = self.check_kept(before, begin)
            self.check_clean()
        begin = self.log_size()
        self.history.append("continued")
        self.assertIn(self.await_end(self.launch()), (0, 1))
        self.check_kept(before, begin)
        self.check_whole()
        self.check_clean()
        return points

    def run_undisturbed(self, settings=None):
        status = self.await_end(self.launch(settings))
        self.assertEqual(0, status, f"kind {self.kind}; end of the log:\n{self.log_text()[-3000:]}")

    def measure(self):
        """An undisturbed campaign: what it writes, how long it takes, which runs it has."""
        self.others, self.campaign_ids = {}, set()
        started = time.monotonic()
        self.run_undisturbed()
        seconds = time.monotonic() - started
        counts = []
        for path in ("-", "campaign.sqlite"):
            shutil.rmtree(self.out)
            self.run_undisturbed({"TARE_FAULT": f"tare {path} 1 count", "TARE_CLOCK": "tare 1 0",
                                  "TARE_COUNT": self.path("count")})
            with open(self.path("count"), encoding="utf-8") as file:
                counts.append([int(word) for word in file.read().split()])
        self.spans[self.kind] = (counts[0][0], counts[1][0], counts[0][1], seconds)
        with e2e.Store(self.out) as store:
            self.expected[self.kind] = self.comparable(store.runs())

    def comparable(self, runs):
        """Which runs there are; they name the program by its path, which is each test's own."""
        return sorted((target, benchmark, parameters.replace(self.directory, "DIR"), block, number)
                      for target, benchmark, parameters, block, number, _ in runs)


def make_tree(build):
    """Copies of tare's programs in a place of their own, with the agent that faults can be put
    in."""
    tree = tempfile.mkdtemp(prefix="tare-torture-")
    os.chmod(tree, 0o755)
    for source, target in (("cli/tare", None), ("hosts/tare-host", None),
                           ("drivers/tare-enter", None), ("drivers/tare-room", None),
                           ("drivers/tare-fake", None),
                           ("kernels/tare-null", None),
                           ("tests/torture/torture-agent", "agent/tare-agent")):
        path = os.path.join(tree, target or source)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(os.path.join(build, source), path)
    Torture.tree = tree
    Torture.faults_library = os.path.join(tree, "faults.so")
    shutil.copy(os.path.join(build, "tests/torture/libtorture-faults.so"), Torture.faults_library)
    return tree


def make_case(kind):
    """What is torn at in memory is not slowed down by a disk; containers need a real one."""
    tempfile.tempdir = "/dev/shm" if kind != "container" and os.path.isdir("/dev/shm") else None
    case = Torture()
    case.kind = kind
    case.setUp()
    return case


def torture_once(kind, seed):
    """Returns the number of points, and what was found or None."""
    case = make_case(kind)
    try:
        points = case.torture(random.Random(seed))
    except BaseException as error:  # whatever it is, it is shown with what led to it
        kept = case.path("found")
        case.log_note = case.log_text()[-1500:]
        text = (f"seed {seed}, kind {kind}: {type(error).__name__}: {error}\n"
                f"history: {', '.join(case.history)}\nend of the log:\n{case.log_note}")
        case._cleanups = [entry for entry in case._cleanups if entry[0] is not shutil.rmtree]
        case.doCleanups()
        return len(case.history), f"{text}\nkept: {os.path.dirname(kept)}"
    case.doCleanups()
    return points, None


def worker(number, jobs, options, queue):
    """Campaigns number, number + jobs, …, until the parent has enough points."""
    kinds = options.only.split(",") if options.only else list(CAMPAIGNS)
    while True:
        rng = random.Random(f"{options.seed} {number}")
        kind = rng.choices(kinds, [CAMPAIGNS[kind][3] for kind in kinds])[0]
        queue.put((kind, *torture_once(kind, f"{options.seed} {number} {kind}")))
        number += jobs


def has_image(build):
    text = subprocess.run([os.path.join(build, "cli", "tare"), "doctor"], check=False,
                          capture_output=True, text=True).stdout
    return re.search(r"(?m)^\s*container\s+(yes|ok|can|ready)", text) is not None


def collect(options, queue, started):
    """Counts points until there are enough; returns what was found, and the points of each kind."""
    found, points = [], dict.fromkeys(CAMPAIGNS, 0)
    while True:
        kind, count, text = queue.get()
        before = sum(points.values())
        points[kind] += count
        if before // 1000 != sum(points.values()) // 1000:
            print(f"{sum(points.values())} points", flush=True)
        if text:
            found.append(text)
            print(f"FOUND: {text}\n", flush=True)
        late = options.seconds and time.monotonic() - started >= options.seconds
        if late or sum(points.values()) >= options.points or len(found) >= 10:
            return found, points


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(1 << 32)))
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    unknown = set(filter(None, options.only.split(","))) - set(CAMPAIGNS)
    if unknown:
        parser.error(f"no such kind: {', '.join(unknown)}; kinds: {', '.join(CAMPAIGNS)}")
    return options


def main():
    options = read_options()
    tree = make_tree(os.path.abspath(options.build))
    print(f"seed {options.seed}", flush=True)
    if not options.only and not has_image(options.build):
        print("left out: container (there is no image, or no runc)")
        del CAMPAIGNS["container"]
    started = time.monotonic()
    for kind in options.only.split(",") if options.only else list(CAMPAIGNS):
        case = make_case(kind)
        case.measure()
        case.doCleanups()
    queue = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=worker, args=(n, options.jobs, options, queue))
               for n in range(options.jobs)]
    for process in workers:
        process.start()
    found, points = collect(options, queue, started)
    for process in workers:
        process.terminate()
        process.join()
    for kind in points:
        print(f"{points[kind]} points on {kind}")
    print(f"{sum(points.values())} points in {time.monotonic() - started:.0f} s: "
          f"{len(found) or 'nothing'} found")
    if not found:
        shutil.rmtree(tree)
    return 1 if found else 0


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("torture: must be root")
    sys.exit(main())
