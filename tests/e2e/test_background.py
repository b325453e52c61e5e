"""Background load, on fake machines: it runs for as long as the benchmark does, and nothing of it
is left."""
import re
import shutil

import e2e

SHARED = {"per": "machine", "overcommit": True, "cpus": 1, "memory": "256M", "scratch": "64M"}


class Background(e2e.Case):
    def setUp(self):
        super().setUp()
        self.load = shutil.copy(self.null, self.path("load"))

    def background(self, **options):
        return {"benchmark": "null", "program": self.load, **options}

    def commands(self):
        """Background → (command, failure), of the one run of each cell."""
        with e2e.Store(self.out) as store:
            return {re.search("background=([^ (]*)", parameters)[1]: (command, failure)
                    for parameters, command, failure in store.rows(
                        "SELECT parameters, command, failure FROM run"
                        " JOIN cell ON cell.id = cell_id")}

    def test_load_runs_again_until_the_benchmark_ends(self):
        campaign = self.campaign(
            [{"seconds": 1.5, "background": ["none", self.background(seconds=0.2)]}],
            placements=["1x1", "1x3"], resources=SHARED)
        self.run_campaign(campaign)
        commands = self.commands()
        self.assertEqual({"none", "null"}, set(commands))
        self.assertNotIn("background", commands["none"][0])
        text = commands["null"][0]
        restarts = int(re.search(r"in the background \(restarts: (\d+)\):", text)[1])
        self.assertGreaterEqual(restarts, 2 * 3)
        for machine in ("fake-2", "fake-3"):
            self.assertIn(f"{machine}: {self.load}", text)
        with e2e.Store(self.out) as store:
            self.assertEqual(
                [("1x1",), ("1x1",)],
                store.rows("SELECT placement FROM cell WHERE skip_reason LIKE '%background%'"))
            # Its samples are the measured machine's alone.
            self.assertEqual([(0,)], store.rows("SELECT DISTINCT machine FROM series"))
            self.nothing_left(store.campaign_id())

    def test_load_that_would_never_end_is_killed(self):
        campaign = self.campaign(
            [{"seconds": 0.5, "background": self.background(fault="hang")}], blocks=2,
            placements=["1x2"], resources=SHARED)
        process = self.start(campaign)
        self.wait_until(lambda: any(self.load in text for text in self.processes()), "the load")
        self.assertEqual(e2e.ALL_MEASURED, process.wait(e2e.PATIENCE_S), self.log_text())
        with e2e.Store(self.out) as store:
            self.assertEqual([None, None], [row[5] for row in store.runs()])
            self.nothing_left(store.campaign_id())

    def test_load_that_fails_fails_the_run(self):
        for number, (options, reason) in enumerate([
                ({"fault": "exit"}, "exited with status 1"),
                ({"program": self.path("nowhere")}, "cannot be executed"),
                ({"fault": "signal"}, "signal|SIG|Segmentation")]):
            with self.subTest(options=options):
                out = self.path(f"out-{number}")
                campaign = self.campaign(
                    [{"seconds": 0.2, "background": self.background(**options)}, {"value": 3}],
                    placements=["1x2"], resources=SHARED)
                self.run_campaign(campaign, out=out, expect=e2e.SOME_FAILED)
                with e2e.Store(out) as store:
                    failures = {row[2]: row[5] for row in store.runs()}
                    self.nothing_left(store.campaign_id())
                failed = [text for key, text in failures.items() if "background" in key]
                alone = [text for key, text in failures.items() if "background" not in key]
                self.assertRegex(
                    failed[0], r"^the background \(null\) in fake-2: .*(" + reason + ")")
                self.assertEqual([None], alone)

    def test_an_interrupt_ends_both(self):
        campaign = self.campaign(
            [{"seconds": 60, "background": self.background(seconds=0.1)}], placements=["1x2"],
            resources=SHARED)
        process = self.start(campaign)
        self.wait_until(lambda: any(self.load in text for text in self.processes()), "the load")
        self.assertEqual(e2e.INTERRUPTED, self.interrupt(process), self.log_text())
        with e2e.Store(self.out) as store:
            self.assertEqual([], store.runs())
            self.nothing_left(store.campaign_id())


if __name__ == "__main__":
    e2e.main()
