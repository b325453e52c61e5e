"""Runs during which others used the CPUs are marked, and others are not: real CPU time of real
processes on this machine."""
import csv
import io
import math
import os
import subprocess
import sys

import e2e

# A run takes so long: long enough for what the kernel samples.
RUN_S = 0.5
RUNS = 6


def cpu_times():
    """CPU time of every process of this machine but this one, with its ended children's, by its
    number and start; and that of this one's ended children."""
    times, tick = {}, os.sysconf("SC_CLK_TCK")
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                words = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        times[(entry, words[19])] = sum(map(int, words[11:15])) / tick
    return times


class Busy(e2e.Case):
    def short_runs(self):
        return self.campaign([{"seconds": f"{int(RUN_S * 1000)}ms", "runs": RUNS}])

    def burner(self):
        """A process that uses the first CPU until the test ends, and nothing of the campaign's."""
        code = ("import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
                "while True: pass")
        process = subprocess.Popen([sys.executable, "-c", code])
        self.addCleanup(self.end, process)

    def growths(self):
        """By run, in the order of their numbers: {source.name: growth, or the value of a level}."""
        with e2e.Store(self.out) as store:
            rows = store.rows(
                "SELECT number, source || '.' || name, kind, at_start, at_end FROM counter_reading"
                " JOIN counter ON counter.id = counter_id JOIN run ON run.id = run_id"
                " WHERE at_end IS NOT NULL")
        runs = {}
        for run, name, kind, start, end in rows:
            runs.setdefault(run, {})[name] = end if kind == "level" else end - start
        return [runs[run] for run in sorted(runs)]

    @staticmethod
    def others(run):
        return max(0, run["cpu.busy"] - run["processes.own"] - run["processes.kernel_threads"]) \
            + run["cpu.steal"]

    def flags(self):
        text = self.tare("report", self.out, "--format", "samples").stdout
        by_run = {row["run"]: row["flags"].split() for row in csv.DictReader(io.StringIO(text))}
        return [by_run[str(number)] for number in range(RUNS)]

    def check_marks(self):
        """Every run is marked by what the store holds, and by nothing else. Returns how many
        are."""
        runs = self.growths()
        self.assertEqual(RUNS, len(runs))
        for run, flags in zip(runs, self.flags()):
            bound = (0.05 * run["cpu.clock"] + 0.02) * math.sqrt(run["cpu.watched"])
            self.assertEqual(self.others(run) > bound, "bsy" in flags, (run, flags))
        honesty = self.report_json()["honesty"][0]
        marked = sum("bsy" in flags for flags in self.flags())
        self.assertEqual((RUNS, marked), (honesty["watched_runs"], honesty["busy_runs"]))
        return marked

    def test_a_burner_marks_every_run(self):
        self.burner()
        self.run_campaign(self.short_runs())
        self.assertEqual(RUNS, self.check_marks())
        for run in self.growths():
            self.assertGreater(self.others(run), 0.3 * RUN_S)
        result = self.report_json()["results"][0]
        self.assertIn("busy", result["disturbed"])
        self.assertIn("busy: others used the CPUs", self.tare("report", self.out).stdout)

    def test_without_one_only_what_is_there_is_seen(self):
        """What the runs say of others is not more than all others on this machine had."""
        before = cpu_times()
        self.run_campaign(self.short_runs())
        after = cpu_times()
        everyone = sum(time - before.get(key, 0) for key, time in after.items())
        growths = self.growths()
        seen = sum(map(self.others, growths)) - sum(run["cpu.steal"] for run in growths)
        self.assertLessEqual(seen, 1.2 * everyone + 0.2)
        marked = self.check_marks()
        # On a machine that does nothing else, that is: no mark.
        if everyone < 0.02 * RUNS * RUN_S:
            self.assertEqual(0, marked)


if __name__ == "__main__":
    e2e.main()
