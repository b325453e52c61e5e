"""What the end-to-end tests share: a directory of their own, campaigns as dicts, the built tare,
the store's rows, and what a campaign may have left on the host.

Each test program is run as: test_X.py BUILD_DIR [unittest arguments]. It knows tare by its command
line, its exit codes, its files and its store only.
"""
import glob
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

SKIPPED = 77
# Far beyond anything on a loaded machine: these end a test that hangs, and measure nothing.
PATIENCE_S = 120
DYING_S = 15

ALL_MEASURED, SOME_FAILED, USAGE, INTERRUPTED = 0, 1, 2, 3


class Store:
    """A copy of a campaign's store, read by Python's own SQLite."""

    def __init__(self, directory):
        self.copy = tempfile.mkdtemp(prefix="tare-e2e-store-")
        while not self.copied(directory):
            pass
        self.db = sqlite3.connect(os.path.join(self.copy, "campaign.sqlite"))

    def copied(self, directory):
        """False: the campaign has ended meanwhile, and what its log held is in the database now."""
        for path in glob.glob(os.path.join(directory, "campaign.sqlite*")):
            if path.endswith("-shm"):
                continue
            try:
                shutil.copy(path, self.copy)
            except FileNotFoundError:
                return False
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.db.close()
        shutil.rmtree(self.copy)

    def rows(self, sql, *values):
        return self.db.execute(sql, values).fetchall()

    def value(self, sql, *values):
        return self.rows(sql, *values)[0][0]

    def runs(self):
        """(target, benchmark, parameters, block, number, failure) as executed."""
        return self.rows(
            "SELECT target.name, cell.benchmark, cell.parameters, block.number, run.number,"
            " run.failure FROM run JOIN cell ON cell.id = run.cell_id"
            " JOIN target ON target.id = cell.target_id JOIN block ON block.id = run.block_id"
            " ORDER BY run.order_number")

    def everything(self):
        """Every stored row of every run, by run, exact to the last bit."""
        kept = {}
        for row in self.rows("SELECT * FROM run"):
            kept[("run", row[0])] = row
        for row in self.rows("SELECT * FROM series"):
            kept[("series",) + row[:4]] = row
        for row in self.rows("SELECT * FROM output"):
            kept[("output",) + row[:2]] = row
        return kept

    def campaign_id(self):
        return self.value("SELECT campaign_id FROM campaign")

    def campaign_ids(self):
        """The one of the campaign; none before it has begun."""
        if not self.rows("SELECT 1 FROM sqlite_schema WHERE name = 'campaign'"):
            return set()
        return {row[0] for row in self.rows("SELECT campaign_id FROM campaign")}


class Case(unittest.TestCase):
    """A test with a directory of its own, which is also the site's directory for scratch files."""

    maxDiff = 4000
    build = None
    dying_s = DYING_S

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="tare-e2e-")
        os.chmod(self.directory, 0o755)
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.out = self.path("out")
        # A copy, so that what runs here differs in name from the same program under another test.
        self.null = shutil.copy(os.path.join(self.build, "kernels", "tare-null"), self.directory)
        self.work = self.path("work")
        self.site = self.write("site.yaml", {
            "site": "test", "work_dir": self.work, "reach": "local",
            "hosts": [{"host": "here"}]})
        self.environment = dict(os.environ, TARE_E2E=self.directory)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, content):
        """A file; anything but text as JSON, which is YAML as well."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content, indent=1))
        return self.path(name)

    def campaign(self, benchmarks=None, name="campaign.yaml", **keys):
        """A campaign file of fake machines; a benchmark without a name is null."""
        rows = []
        for benchmark in benchmarks or [{}]:
            row = {"benchmark": "null", **benchmark}
            if row["benchmark"] == "null":
                row.setdefault("program", self.null)
            rows.append(row)
        return self.write(name, {"campaign": "e2e", "targets": ["fake"],
                                 "resources": {"cpus": 1, "memory": "256M"}, "blocks": 1,
                                 "benchmarks": rows, **keys})

    def argv(self, verb, *arguments):
        site = ["--site", self.site] if verb in ("run", "plan") else []
        return [os.path.join(self.build, "cli", "tare"), verb, *arguments, *site]

    def start(self, campaign, *arguments, out=None):
        """tare run in the background, its messages in a file."""
        log = open(self.path("log"), "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            self.argv("run", campaign, "--out", out or self.out, *arguments), cwd=self.directory,
            env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def tare(self, verb, *arguments, expect=ALL_MEASURED):
        """Runs a verb to its end; its exit code must be what is expected."""
        result = subprocess.run(
            self.argv(verb, *arguments), cwd=self.directory, env=self.environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=PATIENCE_S * 5, check=False)
        if expect is not None:
            self.assertEqual(expect, result.returncode, result.stdout + result.stderr)
        return result

    def run_campaign(self, campaign, *arguments, out=None, expect=ALL_MEASURED):
        return self.tare("run", campaign, "--out", out or self.out, *arguments, expect=expect)

    def refused(self, result, *texts):
        """It ended with one line that holds these texts."""
        lines = result.stderr.strip().splitlines()
        self.assertEqual(1, len(lines), result.stderr)
        for text in texts:
            self.assertIn(text, lines[0])

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "waited in vain for " + what)
            time.sleep(0.005)

    def log_size(self):
        try:
            return os.path.getsize(self.path("log"))
        except OSError:
            return 0

    def log_text(self, start=0):
        with open(self.path("log"), encoding="utf-8", errors="replace") as file:
            file.seek(start)
            return file.read()

    def report_json(self, out=None):
        return json.loads(self.tare("report", out or self.out, "--format", "json").stdout)

    def processes(self):
        """Command lines of what runs for this test: by its directory in the command line, the
        working directory, the program or the environment. This process itself is not counted."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            if self.belongs(entry):
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    found.append(file.read().replace(b"\0", b" ").decode(errors="replace"))
        return [text for text in found if text]

    def belongs(self, pid):
        mark = self.directory.encode()
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    if mark in file.read():
                        return True
            except OSError:
                pass
        try:
            return os.readlink(f"/proc/{pid}/cwd").startswith(self.directory + "/")
        except OSError:
            return False

    def left(self, campaign_id):
        """What is left of a campaign on this host."""
        left = self.processes()
        left += glob.glob(f"/run/netns/tare-{campaign_id}*")
        left += glob.glob(f"/run/tare/{campaign_id}*")
        left += glob.glob(os.path.join(self.work, "*"))
        left += glob.glob(f"/sys/fs/cgroup/*{campaign_id}*")
        left += glob.glob(f"/sys/fs/cgroup/*/*{campaign_id}*")
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            left += [line for line in file if campaign_id in line]
        return left

    def nothing_left(self, campaign_id):
        deadline = time.monotonic() + self.dying_s
        while self.left(campaign_id) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual([], self.left(campaign_id))

    def stored(self):
        """Store.everything of the campaign, whose store is whole; {} before it has one."""
        if not os.path.exists(self.path("out", "campaign.sqlite")):
            return {}
        with Store(self.out) as store:
            if not store.rows("SELECT 1 FROM sqlite_schema WHERE name = 'series'"):
                return {}
            self.assertEqual("ok", store.value("PRAGMA integrity_check"))
            self.assertEqual([], store.rows("PRAGMA foreign_key_check"))
            return store.everything()

    def interrupt(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        return process.wait(PATIENCE_S)


def skip(reason):
    """Ends the whole test as skipped."""
    print(reason)
    sys.exit(SKIPPED)


def skip_without_image():
    if not os.path.exists(os.path.join(
            os.environ.get("TARE_CACHE") or "/var/cache/tare", "images", "current")):
        skip("needs the image; scripts/image builds it")


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: test_X.py BUILD_DIR [unittest arguments]")
    if os.geteuid() != 0:
        skip("needs root")
    Case.build = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__", verbosity=2)
