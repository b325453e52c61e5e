"""One campaign that is disturbed at random points, and what must hold after each (torture.py)."""
import contextlib
import glob
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import typing

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
import e2e  # noqa: E402
import surroundings  # noqa: E402

PATIENCE_S = 300  # a disturbed tare that has not ended by then hangs
MOST_FAULTS = 3  # of one campaign
LONG_FREEZE_S = 30
GUEST_DYING_S = 120  # a tare-host that lost its orchestrator while a guest was starting
GUEST = {"target": "kvm-virtio"}


class Kind(typing.NamedTuple):
    """A kind of campaign. share: of all campaigns that are tortured."""

    targets: list
    blocks: int
    share: float
    reach: object = "local"
    guests: bool = False
    image: bool = False
    daemon: bool = False
    runs: int = 3


KINDS = {
    "fake": Kind(["fake", {"target": "fake", "name": "late", "start_delay": "10ms"}], 2, 70),
    "far": Kind(["fake", {"target": "fake", "name": "other"}], 2, 30, reach=["env"]),
    "container": Kind(["container"], 1, 10, image=True),
    "guest": Kind([GUEST], 1, 1, guests=True, image=True, runs=2),
    "daemon": Kind([GUEST], 1, 1, guests=True, image=True, runs=2, daemon=True),
}


def is_running(pid, program):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith(program)
    except OSError:
        return False


class Disturbed(e2e.Case):
    """One campaign and its disturbances."""

    kind = "fake"
    tree = None  # copies of tare's programs, in the places where they look for each other
    faults_library = None
    spans = {}  # kind → (writing calls, those to the store, clock readings, seconds) undisturbed
    expected = {}  # kind → the runs of an undisturbed campaign
    long = False  # whether there is time for what takes long
    only_fault = ""  # a part of the names of the disturbances that are made
    why_no_memory_group = None
    daemon_host = None

    def runTest(self):
        """Not run by unittest."""

    def setUp(self):
        self.build = self.tree
        super().setUp()
        self.row = KINDS[self.kind]
        if self.row.guests:
            self.dying_s = GUEST_DYING_S
        self.write_site()
        self.write_campaign()
        self.machines_disturbed = False
        self.history = []
        self.launched = []
        self.others, self.campaign_ids = {}, set()

    def write_site(self):
        keys = {"site": "torture", "work_dir": self.work, "reach": self.row.reach,
                "hosts": [{"host": "here"}]}
        if self.row.reach != "local":
            keys["hosts"] = [{"host": "far1", "cpus": "0", "memory": "1G"}]
        if self.row.daemon:
            self.daemon_host = surroundings.DaemonHost()
            self.addCleanup(self.daemon_host.end)
            keys.update(reach=self.daemon_host.enter, data=self.daemon_host.DATA, hosts=[
                {"host": "far1", "cpus": "0", "memory": "1G",
                 "address": self.daemon_host.ADDRESS}])
        self.write("site.yaml", keys)

    def write_campaign(self):
        row, own = self.row, {"program": self.null}
        if row.image:
            own = {"program": "/usr/lib/tare/kernels/tare-null"}
        limits = {"run": "5s", "boot": "20s"}
        if row.guests:
            limits = {"run": "30s", "boot": "120s"}
        self.file = self.campaign(
            [{"seconds": "5ms", "runs": row.runs, "count": 3, **own}], targets=row.targets,
            blocks=row.blocks, limits=limits,
            resources={"cpus": 1, "memory": "256M", "scratch": "16M"})

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
        left = [what for what in super().left(campaign_id) if what not in mine]
        for process in self.launched:
            left += self.left_by_probes(process.pid)
        if self.daemon_host:
            left += self.daemon_host.shell(
                f"ls -d /run/tare/{campaign_id}* /run/netns/tare-{campaign_id}* 2>/dev/null"
            ).splitlines()
        return left

    @staticmethod
    def left_by_probes(pid):
        """What tare makes to find out what this host can do is named by its process."""
        left = []
        for name in (f"probe{pid}", f"embed{pid}"):
            left += glob.glob(f"/run/tare/{name}") + glob.glob(f"/run/netns/tare-{name}-*")
            left += glob.glob(f"/sys/fs/cgroup/tare-{name}-*")
            left += glob.glob(f"/sys/fs/cgroup/*/tare-{name}-*")
        return left

    # --- running ------------------------------------------------------------------------------

    def launch(self, settings=None, limits=(), group=None):
        """tare run with faults in its environment and limits on its resources."""
        environment = dict(self.environment, **(settings or {}))
        if settings:
            environment["LD_PRELOAD"] = self.faults_library
        log = open(self.path("log"), "ab")
        self.addCleanup(log.close)

        def prepare():
            for limit in limits:
                resource.setrlimit(*limit)
            if group:
                group.join()

        process = subprocess.Popen(
            self.argv("run", self.file, "--out", self.out), cwd=self.directory, env=environment,
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=prepare)
        self.addCleanup(self.end, process)
        self.launched.append(process)
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

    @staticmethod
    def kill_or_freeze(victim, number, freeze_s):
        """Kills a process, or stops it and lets it go on."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, number)
            try:
                time.sleep(freeze_s if number == signal.SIGSTOP else 0)
            finally:
                os.kill(victim, signal.SIGCONT)

    def disturb_time(self, rng, number, freeze_s=None):
        """Kills or stops whichever process, tare itself most often, at some time."""
        process = self.launch()
        time.sleep(rng.uniform(0, self.spans[self.kind][3]))
        victim = process.pid if rng.random() < 0.5 else rng.choice(self.pids() or [process.pid])
        self.machines_disturbed |= victim != process.pid
        self.kill_or_freeze(victim, number, freeze_s or rng.uniform(0.1, 3))
        return self.await_end(process)

    def disturb_guest(self, rng, number):
        """Kills or stops QEMU, at some time of its life."""
        process = self.launch()
        time.sleep(rng.uniform(0, self.spans[self.kind][3]))
        self.machines_disturbed = True
        while process.poll() is None:
            guests = [pid for pid in self.pids() if is_running(pid, "qemu-system")]
            if guests:
                self.kill_or_freeze(rng.choice(guests), number, rng.uniform(0.1, 3))
                break
            time.sleep(0.01)
        return self.await_end(process)

    def disturb_daemon(self, rng, number):
        """Kills or stops libvirtd, which then comes back."""
        process = self.launch()
        time.sleep(rng.uniform(0, self.spans[self.kind][3]))
        self.machines_disturbed = True
        self.kill_or_freeze(self.daemon_host.daemon(), number, rng.uniform(0.1, 3))
        if number == signal.SIGKILL:
            time.sleep(rng.uniform(0, 3))
            self.daemon_host.restart()
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
        # 127: not even its libraries found room. With guests libvirt is a part of this process:
        # GLib ends one that lacks memory for a thread, and libvirt does not look whether libxml2
        # got some.
        also = (127, -signal.SIGTRAP, -signal.SIGSEGV) if self.row.guests else (127,)
        return self.await_end(self.launch(limits=[(resource.RLIMIT_AS, (limit, limit))]), *also)

    def disturb_memory_of_all(self, rng):
        """tare and all that it starts have little memory together: the kernel kills one of them."""
        group = surroundings.MemoryGroup(int(2 ** rng.uniform(1, 8) * (1 << 20)))
        self.addCleanup(group.remove)
        self.machines_disturbed = True
        return self.await_end(self.launch(group=group), 127)

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
        if not self.why_no_memory_group:
            rows.append(("memory of all", 1, self.disturb_memory_of_all))
        if self.long:
            rows.append(("long freeze", 0.05, lambda rng: self.disturb_time(
                rng, signal.SIGSTOP, LONG_FREEZE_S)))
        for number, word, weight in ((signal.SIGKILL, "kill", 8), (signal.SIGSTOP, "freeze", 2)):
            if self.row.guests:
                rows.append((f"QEMU {word}", weight,
                             lambda rng, n=number: self.disturb_guest(rng, n)))
            if self.row.daemon:
                rows.append((f"libvirtd {word}", weight,
                             lambda rng, n=number: self.disturb_daemon(rng, n)))
        rows += self.call_disturbances()
        return [row for row in rows if self.only_fault in row[0]]

    def call_disturbances(self):
        plan = [("tare", "-", "kill", 6), ("tare", "-", "kill-after", 3),
                ("tare", "campaign.sqlite", "kill", 4),
                ("tare", "campaign.sqlite", "kill-after", 2),
                ("tare-agent", "-", "kill", 2), ("tare-agent", "-", "EIO", 1),
                ("tare-agent", "-", "short", 1)]
        plan += [("tare", path, action, 1) for path in ("-", "campaign.sqlite")
                 for action in ("EIO", "EIO-once", "ENOSPC", "ENOSPC-once", "short")]
        if self.row.reach != "local" or self.row.daemon:
            plan += [("tare-host", "-", "kill", 3), ("tare-host", "-", "EIO", 1),
                     ("tare-host", "-", "ENOSPC-once", 1), ("tare-host", "-", "short", 1),
                     ("tare-attach", "-", "kill", 1), ("tare-attach", "-", "EIO", 1),
                     ("tare-attach", "-", "short", 1)]
        if self.row.image:  # whose agent cannot be preloaded
            plan = [row for row in plan if row[0] != "tare-agent"]
        return [(f"{program} {path} {action}", weight,
                 lambda rng, p=program, f=path, a=action: self.disturb_call(rng, p, f, a))
                for program, path, action, weight in plan]

    # --- checks -------------------------------------------------------------------------------

    def stored(self):
        with e2e.Store(self.out) as store:
            self.campaign_ids |= store.campaign_ids()
        return super().stored()

    def check_kept(self, before, begin):
        after = self.stored()
        for key, row in before.items():
            self.assertEqual(row, after.get(key), key)
        told = re.findall(r"(?m)^\S+ \[(\d+)/", self.log_text(begin))
        runs = sum(1 for key in after if key[0] == "run")
        self.assertGreaterEqual(runs, int(told[-1]) if told else 0, "what was reported is stored")
        return after

    def clean(self):
        """tare clean, where the machines were."""
        argv = self.argv("clean", "--work-dir", self.work)
        if self.daemon_host:
            argv = self.daemon_host.enter + argv
        result = subprocess.run(argv, cwd="/", capture_output=True, text=True, timeout=PATIENCE_S,
                                stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)

    def end_early(self):
        """Ends what is under way, unjudged."""
        for process in self.launched:
            self.end(process)
        self.clean()
        self.doCleanups()

    def check_clean(self):
        self.clean()
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
        self.fill_with_others()
        before, points = {}, rng.randint(1, MOST_FAULTS)
        for _ in range(points):
            rows = self.disturbances()
            self.assertTrue(rows, f"kind {self.kind} has no fault \"{self.only_fault}\"")
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
        counts = []
        for path in ("-", "campaign.sqlite"):
            shutil.rmtree(self.out, ignore_errors=True)
            started = time.monotonic()
            self.run_undisturbed({"TARE_FAULT": f"tare {path} 1 count", "TARE_CLOCK": "tare 1 0",
                                  "TARE_COUNT": self.path("count")})
            seconds = time.monotonic() - started
            with open(self.path("count"), encoding="utf-8") as file:
                counts.append([int(word) for word in file.read().split()])
        self.spans[self.kind] = (counts[0][0], counts[1][0], counts[0][1], seconds)
        with e2e.Store(self.out) as store:
            self.expected[self.kind] = self.comparable(store.runs())

    def comparable(self, runs):
        """Which runs there are; they name the program by its path, which is each test's own."""
        return sorted((target, benchmark, parameters.replace(self.directory, "DIR"), block, number)
                      for target, benchmark, parameters, block, number, _ in runs)
