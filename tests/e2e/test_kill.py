"""A campaign that is killed or interrupted, at any point, and then continued: no stored run is
lost, none is there twice, and nothing is left on the host."""
import os
import random
import re
import signal
import time

import e2e

KILLS = 12


class Killed(e2e.Case):
    def setUp(self):
        super().setUp()
        # About 5 s when nothing disturbs it: longer than the waits before all kills together.
        self.file = self.campaign(
            [{"seconds": "30ms", "runs": 10, "count": 3}, {"seconds": "20ms", "runs": 5}],
            targets=["fake", {"target": "fake", "name": "other", "start_delay": "50ms"}],
            blocks=4)
        self.total = 4 * 2 * 15

    def kill_once(self, generator, number):
        """Kills it somewhere between its first instruction and its work; returns how many runs it
        had reported as stored."""
        begin = self.log_size()
        process = self.start(self.file)
        if number % 2:
            self.wait_until(lambda: process.poll() is not None or
                            re.search(r"(?m)^\S+ \[\d+/", self.log_text(begin)), "a first run")
        time.sleep(generator.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        self.assertEqual(-signal.SIGKILL, process.wait(), self.log_text(begin))
        told = re.findall(r"(?m)^\S+ \[(\d+)/", self.log_text(begin))
        return int(told[-1]) if told else 0

    def check_kept(self, before, told):
        after = self.stored()
        for key, row in before.items():
            self.assertEqual(row, after.get(key), key)
        runs = sum(1 for key in after if key[0] == "run")
        self.assertGreaterEqual(runs, told, "what it reported as stored is stored")
        return after

    def test_by_sigkill_again_and_again(self):
        seed = random.randrange(1 << 32)
        print(f"random seed {seed}", flush=True)
        generator = random.Random(seed)
        rows = {}
        for number in range(KILLS):
            rows = self.check_kept(rows, self.kill_once(generator, number))
        self.run_campaign(self.file)
        self.check_kept(rows, self.total)
        with e2e.Store(self.out) as store:
            self.check_whole(store)
            campaign_id = store.campaign_id()
        cleaned = self.tare("clean", "--work-dir", self.work).stdout
        self.assertNotIn(campaign_id, cleaned)
        self.nothing_left(campaign_id)

    def check_whole(self, store):
        """Every planned run is there once, measured."""
        self.assertEqual("ok", store.value("PRAGMA integrity_check"))
        self.assertEqual([], store.rows("PRAGMA foreign_key_check"))
        runs = store.runs()
        self.assertEqual(self.total, len(runs))
        self.assertEqual(self.total, len({row[:5] for row in runs}))
        self.assertEqual({None}, {row[5] for row in runs})
        self.assertEqual(self.total, store.value("SELECT count(DISTINCT order_number) FROM run"))
        self.assertEqual(3 * self.total, store.value("SELECT count(*) FROM series"))
        self.assertEqual(0, store.value("SELECT count(*) FROM block WHERE ended_ns IS NULL"))
        self.assertEqual(1, store.value("SELECT count(*) FROM event WHERE kind = 'finished'"))

    def test_clean_removes_what_is_left(self):
        process = self.start(self.file)
        self.wait_until(lambda: "[3/" in self.log_text(), "three runs")
        process.kill()
        process.wait()
        with e2e.Store(self.out) as store:
            campaign_id = store.campaign_id()
        self.assertNotEqual([], self.left(campaign_id), "a killed campaign leaves something")
        self.tare("clean", "--work-dir", self.work)
        self.nothing_left(campaign_id)


class Interrupted(e2e.Case):
    def interrupt_with(self, number):
        campaign = self.campaign([{"seconds": "20ms", "runs": 8}, {"seconds": "700ms"}], blocks=3)
        process = self.start(campaign)
        self.wait_until(lambda: "[2/" in self.log_text(), "two runs")
        self.assertEqual(e2e.INTERRUPTED, self.interrupt(process, number), self.log_text())
        self.assertIn("interrupted; the same command continues", self.log_text())
        with e2e.Store(self.out) as store:
            before = store.everything()
            self.assertGreaterEqual(len(store.runs()), 2)
            self.assertLess(len(store.runs()), 27)
            self.assertEqual(0, store.value("SELECT count(*) FROM run WHERE failure IS NOT NULL"))
            campaign_id = store.campaign_id()
        self.nothing_left(campaign_id)
        self.run_campaign(campaign)
        with e2e.Store(self.out) as store:
            after = store.everything()
            self.assertEqual(27, len(store.runs()))
            self.assertEqual(before, {key: after.get(key) for key in before})
            # The signal may come between two runs.
            kinds = [kind for kind, in store.rows(
                "SELECT kind FROM event WHERE kind NOT IN ('prepared', 'machines', 'stopped',"
                " 'interrupted run') ORDER BY id")]
            self.assertLessEqual(store.value(
                "SELECT count(*) FROM event WHERE kind = 'interrupted run'"), 1)
        self.assertEqual(["started", "interrupted", "continued", "finished"], kinds)

    def test_by_sigint(self):
        self.interrupt_with(signal.SIGINT)

    def test_by_sigterm(self):
        self.interrupt_with(signal.SIGTERM)

    def test_while_a_machine_starts(self):
        campaign = self.campaign(targets=[{"target": "fake", "hang": True}])
        process = self.start(campaign)
        self.wait_until(lambda: os.path.isdir(self.work) and os.listdir(self.work), "a start")
        self.assertEqual(e2e.INTERRUPTED, self.interrupt(process), self.log_text())
        with e2e.Store(self.out) as store:
            self.assertEqual([], store.runs())
            self.nothing_left(store.campaign_id())


class Ignored(e2e.Case):
    """A signal that is ignored when tare starts, as by nohup, stays ignored by it and all that it
    runs; the others still interrupt it."""

    def start_ignoring(self, campaign, *numbers):
        old = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
        try:
            return self.start(campaign)
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)

    def test_hangup_as_by_nohup(self):
        campaign = self.campaign([{"seconds": "20ms", "runs": 8}], blocks=2)
        process = self.start_ignoring(campaign, signal.SIGHUP)
        self.wait_until(lambda: "[2/" in self.log_text(), "two runs")
        self.assertEqual(e2e.ALL_MEASURED, self.interrupt(process, signal.SIGHUP), self.log_text())
        with e2e.Store(self.out) as store:
            self.assertEqual([None] * 16, [row[5] for row in store.runs()])

    def test_others_still_interrupt(self):
        for ignored, sent in ((signal.SIGHUP, signal.SIGTERM), (signal.SIGINT, signal.SIGHUP)):
            with self.subTest(ignored=ignored, sent=sent):
                campaign = self.campaign([{"seconds": "60s"}], name=f"{sent.name}.yaml")
                self.out = self.path(sent.name)
                begin = self.log_size()
                process = self.start_ignoring(campaign, ignored)
                self.wait_until(lambda begin=begin: "started" in self.log_text(begin), "its start")
                process.send_signal(ignored)
                time.sleep(0.3)
                self.assertIsNone(process.poll(), self.log_text(begin))
                self.assertEqual(e2e.INTERRUPTED, self.interrupt(process, sent))


if __name__ == "__main__":
    e2e.main()
