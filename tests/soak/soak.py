#!/usr/bin/env python3
"""Campaigns in a loop, on fake machines, containers and guests by turns, for hours: whether tare's
memory, descriptors or threads grow while a campaign runs, and whether anything is left after it.

    soak.py BUILD_DIR [--seconds S] [--campaign-seconds C] [--targets NAME,...]

Each campaign runs C seconds and is ended by SIGTERM; the next one is a new one. Growth is looked
for between the second and the last quarter of a campaign: in the first one caches fill.
scripts/soak builds what this needs. Exit code: 0 nothing grew and nothing was left, 1 something did
or was, or a run failed; that campaign's store and log are kept."""
import argparse
import contextlib
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import e2e  # noqa: E402  pylint: disable=wrong-import-position

EIGHT_HOURS_S = 8 * 3600
SAMPLE_S = 0.5
TARGETS = ("fake", "container", "kvm-virtio")
MOST_BLOCKS = 2000
# What may be kept of a run until its campaign ends.
MOST_BYTES_A_RUN = 1024
# Blocks of the allocator come and go.
MEMORY_NOISE_BYTES = 1 << 20
MEAN_NOISE = 0.5
# Of fewer a quarter has only one or two teams, of which one may have more machines than the other.
LEAST_RUNS = 50


def children_of(pid):
    """How many processes it has started that have not ended: its machines, for the most part."""
    count = 0
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with contextlib.suppress(OSError):  # the thread has ended
            with open(path, encoding="utf-8") as file:
                count += len(file.read().split())
    return count


def status_of(pid):
    """(anonymous memory in bytes, threads, descriptors, children) of a process."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        fields = dict(line.split(":", 1) for line in file)
    return (int(fields["RssAnon"].split()[0]) * 1024, int(fields["Threads"]),
            len(os.listdir(f"/proc/{pid}/fd")), children_of(pid))


def quarters(column):
    """The second and the last."""
    quarter = len(column) // 4
    return column[quarter:2 * quarter], column[-quarter:]


def least_by_children(values, children):
    """The least value of the samples with each number of children."""
    least = {}
    for value, count in zip(values, children):
        least[count] = min(value, least.get(count, value))
    return least


def growth(column, children):
    """By how much the least has grown, above which machines come and go, or the mean, whichever is
    less: the least may be a rare sight, and the mean has the machines in it. The least is that of
    samples with as many children, of the number with which it has grown least."""
    before, after = (least_by_children(*pair)
                     for pair in zip(quarters(column), quarters(children)))
    least = [after[count] - before[count] for count in before.keys() & after.keys()]
    means = [sum(values) / len(values) for values in quarters(column)]
    return min(least + [means[1] - means[0]])


class Campaign(e2e.Case):
    """One campaign of the loop."""

    target = ""
    seconds = 0

    def runTest(self):
        """For unittest, which never calls it here."""

    def write_campaign(self):
        rows = [{"benchmark": "null", "runs": 5}]
        if self.target == "fake":  # it runs on this host, where the image's programs are not
            rows[0]["program"] = self.null
        else:
            rows.append({"benchmark": "cpu", "seconds": "100ms"})
        return self.write("campaign.yaml", {
            "campaign": "soak", "benchmarks": rows, "targets": [self.target],
            "placements": ["1x1", "1x2"], "blocks": MOST_BLOCKS,
            "resources": {"cpus": 1, "per": "machine", "memory": "256M", "scratch": "32M",
                          "overcommit": True},
            "limits": {"blocks": MOST_BLOCKS, "time": "1000h", "boot": "5m"}})

    def watch(self, process):
        """Samples of status_of until the campaign's time is up, or it has ended."""
        samples, end = [], time.monotonic() + self.seconds
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError, KeyError):  # it has ended
                samples.append(status_of(process.pid))
            time.sleep(SAMPLE_S)
        return samples

    def left_of(self, campaign_id):
        """Besides what every test looks for: guests, links and what is in memory."""
        left = self.left(campaign_id)
        left += subprocess.run(["pgrep", "-af", campaign_id], capture_output=True, text=True,
                               check=False).stdout.splitlines()
        links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True,
                               check=False).stdout.splitlines()
        left += [line for line in links if campaign_id in line]
        left += [name for name in os.listdir("/dev/shm") if campaign_id in name]
        return left

    def wait_clean(self, campaign_id):
        deadline = time.monotonic() + self.dying_s
        while self.left_of(campaign_id) and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.left_of(campaign_id)

    @staticmethod
    def grown(samples, runs):
        """Texts that say what grew; the figures."""
        memory, threads, descriptors, children = zip(*samples)
        found, more_bytes = [], growth(memory, children)
        if more_bytes > MEMORY_NOISE_BYTES + runs * MOST_BYTES_A_RUN:
            found.append(f"memory grew by {more_bytes:.0f} bytes in {runs} runs")
        for name, column in (("threads", threads), ("descriptors", descriptors)):
            if growth(column, children) > MEAN_NOISE:
                found.append(f"{name} grew by {growth(column, children):.1f}")
        least = [min(quarters(column)[1]) for column in (memory, threads, descriptors)]
        return found, (f"memory {least[0] / 1048576:.1f} MiB ({more_bytes / 1024:+.0f} KiB), "
                       f"threads {least[1]}, descriptors {least[2]}")

    def soak(self, number):
        """Runs it. Returns what was found, and prints a line."""
        process = self.start(self.write_campaign())
        try:
            samples = self.watch(process)
        except SystemExit:
            self.interrupt(process)
            raise
        found = []
        if process.poll() is None:
            code = self.interrupt(process)
            if code != e2e.INTERRUPTED:
                found.append(f"exit code {code}")
        else:
            found.append(f"ended by itself: exit code {process.returncode}")
        with e2e.Store(self.out) as store:
            runs = len(store.runs())
            failed = [row for row in store.runs() if row[5]]
            campaign_id = store.campaign_id()
        found += [f"{len(failed)} failed runs: {failed[0]}"] if failed else []
        found += [f"left: {line}" for line in self.wait_clean(campaign_id)]
        text = f"{len(samples)} samples"
        if runs < LEAST_RUNS:
            text += ", too few runs to judge growth"
        elif len(samples) >= 8:
            grown, text = self.grown(samples, runs)
            found += grown
        print(f"campaign {number}, {self.target}: {runs} runs, {text}: "
              f"{'; '.join(found) or 'nothing found'}", flush=True)
        return found


def ready_targets(build, wanted):
    """Those of the targets that can run here; says which cannot."""
    text = subprocess.run([os.path.join(build, "cli", "tare"), "doctor"], check=False,
                          capture_output=True, text=True).stdout
    ready = [name for name in wanted
             if name == "fake" or re.search(rf"(?m)^\s*{name}\s+(yes|ok|can|ready)", text)]
    for name in set(wanted) - set(ready):
        print(f"left out: {name} cannot run here; tare doctor says why")
    return ready


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=EIGHT_HOURS_S)
    parser.add_argument("--campaign-seconds", type=float, default=600)
    parser.add_argument("--targets", default=",".join(TARGETS))
    return parser.parse_args()


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("soak: ended by SIGTERM"))
    e2e.Case.build = os.path.abspath(options.build)
    targets = ready_targets(e2e.Case.build, options.targets.split(","))
    if not targets:
        sys.exit("soak: none of the targets can run here")
    Campaign.seconds = options.campaign_seconds
    end, number, found = time.monotonic() + options.seconds, 0, []
    while time.monotonic() < end:
        number += 1
        Campaign.target = targets[(number - 1) % len(targets)]
        case = Campaign()
        case.setUp()
        try:
            now = case.soak(number)
            if now:
                kept = f"/tmp/tare-soak-{os.getpid()}-{number}"
                shutil.copytree(case.path("out"), kept)
                shutil.copy(case.path("log"), os.path.join(kept, "log"))
                print(f"its store, with the machines' consoles, and its log: {kept}", flush=True)
            found += now
        finally:
            case.doCleanups()
    print(f"{number} campaigns: {len(found) or 'nothing'} found")
    return 1 if found else 0


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("soak: must be root")
    sys.exit(main())
