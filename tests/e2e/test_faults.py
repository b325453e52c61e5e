"""Benchmarks and machines that misbehave: recorded as failed with the reason, and the rest of the
block is measured."""
import e2e

# Every way in which tare-null misbehaves, and what the failure must say.
FAULTS = {"exit": "exit", "signal": "signal|SIG|Segmentation", "hang": "time|limit",
          "garbage": "output", "nan": "output", "truncated": "output", "silent": "output|sample",
          "flood": "output|limit|bytes|time"}


class Faults(e2e.Case):
    def test_every_fault_of_a_benchmark(self):
        campaign = self.campaign(
            [{"fault": ["none", *FAULTS], "value": 42}], blocks=2, limits={"run": "3s"},
            targets=["fake", {"target": "fake", "name": "other"}])
        result = self.run_campaign(campaign, expect=e2e.SOME_FAILED)
        self.assertIn("FAILED", result.stderr)
        with e2e.Store(self.out) as store:
            runs = store.runs()
            self.assertEqual(2 * 2 * 9, len(runs))
            for target, _, parameters, _, _, failure in runs:
                fault = self.fault_of(parameters)
                with self.subTest(fault=fault, target=target):
                    if fault == "none":
                        self.assertIsNone(failure)
                    else:
                        self.assertRegex(failure, FAULTS[fault])
                        self.assertNotIn("\n", failure)
            self.assertEqual(0, store.value(
                "SELECT count(*) FROM series JOIN run ON run.id = series.run_id"
                " WHERE failure IS NOT NULL"))
            self.check_outputs(store)
            campaign_id = store.campaign_id()
        self.check_reports()
        self.nothing_left(campaign_id)

    @staticmethod
    def fault_of(parameters):
        for word in parameters.split():
            if word.startswith("fault="):
                return word[len("fault="):]
        return "none"

    def check_outputs(self, store):
        """What it printed is there to be read: bounded, whatever it was."""
        kept = dict(store.rows(
            "SELECT cell.parameters, max(raw_bytes) FROM output JOIN run ON run.id = run_id"
            " JOIN cell ON cell.id = run.cell_id WHERE stream = 'output' GROUP BY 1"))
        kept = {self.fault_of(parameters): count for parameters, count in kept.items()}
        self.assertEqual(4096, kept["garbage"])
        self.assertLessEqual(kept["flood"], 64 << 20)
        self.assertGreater(kept["flood"], 1 << 20)
        errors = store.rows(
            "SELECT count(*) FROM output JOIN run ON run.id = run_id JOIN cell ON"
            " cell.id = run.cell_id WHERE stream = 'errors' AND parameters LIKE '%fault=exit%'")
        self.assertEqual(4, errors[0][0])

    def check_reports(self):
        for form in ("text", "md", "html"):
            text = self.tare("report", self.out, "--format", form).stdout
            with self.subTest(form=form):
                self.assertIn("failed", text)
        results = self.report_json()["results"]
        for result in results:
            fault = self.fault_of(result["parameters"])
            status = "measured" if fault == "none" else "failed"
            self.assertEqual(status, result["status"], fault)
            if fault != "none":
                self.assertRegex(result["reason"], FAULTS[fault])
                self.assertIsNone(result["value"])
        values = [r["value"] for r in results if r["metric"] == "value" and
                  r["status"] == "measured"]
        self.assertEqual([42, 42], values)

    def test_missing_program(self):
        campaign = self.campaign([{}, {"program": self.path("none"), "value": 2}])
        self.run_campaign(campaign, expect=e2e.SOME_FAILED)
        with e2e.Store(self.out) as store:
            self.assertEqual([1], [count for count, in store.rows(
                "SELECT count(*) FROM run WHERE failure LIKE '%none%'")])
            self.assertEqual(1, store.value("SELECT count(*) FROM run WHERE failure IS NULL"))

    def test_a_failed_campaign_stays_failed_and_is_not_run_again(self):
        campaign = self.campaign([{"fault": "exit"}])
        self.run_campaign(campaign, expect=e2e.SOME_FAILED)
        with e2e.Store(self.out) as store:
            before = store.everything()
        self.run_campaign(campaign, expect=e2e.SOME_FAILED)
        with e2e.Store(self.out) as store:
            self.assertEqual(before, store.everything())


class Hopeless(e2e.Case):
    """Where every run of the first block fails in the same way, the others are not tried."""

    def blocks(self, benchmarks, expect=e2e.SOME_FAILED, **keys):
        result = self.run_campaign(self.campaign(benchmarks, blocks=3, **keys), expect=expect)
        with e2e.Store(self.out) as store:
            return store.value("SELECT count(DISTINCT block_id) FROM run"), result.stderr

    def test_stops_and_says_so(self):
        count, said = self.blocks([{"fault": "exit"}, {"fault": "exit", "value": 2}],
                                  placements=["1x1", "1x2"],
                                  resources={"cpus": 2, "memory": "256M"})
        self.assertEqual(2, count)
        self.assertEqual(1, said.count("every run of the first block failed in the same way"))
        self.assertIn("are not tried: exited with status 1; ", said)
        # It does.
        self.run_campaign(self.path("campaign.yaml"), expect=e2e.SOME_FAILED)
        with e2e.Store(self.out) as store:
            self.assertEqual(6, store.value("SELECT count(DISTINCT block_id) FROM run"))

    def test_goes_on_otherwise(self):
        for number, benchmarks in enumerate((
                [{"fault": "exit"}, {}], [{"fault": "exit"}, {"fault": "signal"}],
                [{"fault": "exit"}])):
            with self.subTest(benchmarks=benchmarks):
                self.out = self.path(f"out-{number}")
                count, said = self.blocks(benchmarks)
                self.assertEqual(3, count)
                self.assertNotIn("in the same way", said)


class Machines(e2e.Case):
    def measure(self, options, benchmarks=None, **keys):
        """A campaign of a sound target and a bad one; returns the bad one's failures, by run."""
        campaign = self.campaign(
            benchmarks or [{"runs": 3}], blocks=2,
            targets=["fake", {"target": "fake", "name": "bad", **options}], **keys)
        self.run_campaign(campaign, expect=None)
        with e2e.Store(self.out) as store:
            runs = store.runs()
            self.machines = store.rows(
                "SELECT machine.failure FROM machine JOIN target ON target.id = target_id"
                " WHERE target.name = 'bad'")
            campaign_id = store.campaign_id()
        sound = [row[5] for row in runs if row[0] == "fake"]
        bad = [row[5] for row in runs if row[0] == "bad"]
        self.assertEqual([None] * len(bad), sound, "the sound target is measured")
        self.assertEqual(6, len(bad), "every run of the bad target is recorded")
        self.nothing_left(campaign_id)
        return bad

    def test_that_never_start(self):
        for failure in self.measure({"fail_nth": 1}):
            self.assertIn("start", failure)
        self.assertEqual(2, len(self.machines))
        self.assertNotIn((None,), self.machines)
        status = {r["target"]: r["status"] for r in self.report_json()["results"]}
        self.assertEqual({"fake": "measured", "bad": "failed"}, status)

    def test_that_never_answer(self):
        for failure in self.measure({"hang": True}, limits={"boot": "1s"}):
            self.assertRegex(failure, "answer|time")
        self.assertNotIn((None,), self.machines)

    def test_that_die_in_every_run(self):
        failures = self.measure({"crash_after": "500ms"}, [{"seconds": "1.5s", "runs": 3}])
        self.assertNotIn(None, failures)
        # A machine is started anew for the next run, each time.
        self.assertEqual(6, len(self.machines))

    def test_that_answer_late(self):
        self.assertEqual([None] * 6, self.measure({"start_delay": "300ms"}))

    def test_whose_stream_carries_a_kernels_messages(self):
        failures = self.measure({"noise": 0.3, "seed": 5}, [{"count": 2000, "runs": 3}])
        # The protocol finds its way through lines that are not its own.
        self.assertIn(None, failures)
        with e2e.Store(self.out) as store:
            for blob, in store.rows("SELECT samples FROM series JOIN metric ON metric.id ="
                                    " metric_id WHERE metric.name = 'value'"):
                self.assertEqual(8 * 2000, len(blob))


if __name__ == "__main__":
    e2e.main()
