"""One benchmark in every machine of a placement at once, on fake machines: all of them measure, at
the same time, each for itself."""
import collections
import os

import e2e

SHARED = {"per": "machine", "overcommit": True, "cpus": 1, "memory": "256M"}

# Notes where it runs, waits until as many do as the test says, and then is tare-null. Those that do
# not come together within the run's limit fail it.
MEETING = """#!/bin/sh
echo "$PWD" >>{directory}/where
if [ {expected} -gt 0 ]; then
	touch {directory}/here-$$
	until [ $(ls {directory} | grep -c '^here-') -ge {expected} ]; do sleep 0.02; done
fi
{more}
exec {null} "$@"
"""


class Machines(e2e.Case):
    def program(self, expected=0, more=""):
        path = self.write("program", MEETING.format(
            directory=self.directory, expected=expected, more=more, null=self.null))
        os.chmod(path, 0o755)
        return path

    def machines(self):
        """(placement, parameters) → the machines that its runs have samples of."""
        found = collections.defaultdict(list)
        with e2e.Store(self.out) as store:
            for placement, parameters, machine in store.rows(
                    "SELECT DISTINCT placement, parameters, machine FROM series"
                    " JOIN run ON run.id = run_id JOIN cell ON cell.id = cell_id"
                    " ORDER BY machine"):
                mode = "all" if "machines=all" in parameters else "one"
                found[placement, mode].append(machine)
        return found

    def test_samples_of_every_machine(self):
        campaign = self.campaign(
            [{"machines": ["one", "all"], "count": 4}], placements=["1x1", "1x3"],
            resources=SHARED, blocks=2)
        self.run_campaign(campaign)
        self.assertEqual(
            {("1x1", "one"): [0], ("1x1", "all"): [0], ("1x3", "one"): [0],
             ("1x3", "all"): [0, 1, 2]}, self.machines())
        with e2e.Store(self.out) as store:
            # Every one of 2 × (1 + 1 + 1 + 3) machines of a run has its four values.
            self.assertEqual([(12, 4, 4)], store.rows(
                "SELECT count(*), min(length(samples)) / 8, max(length(samples)) / 8 FROM series"
                " JOIN metric ON metric.id = metric_id WHERE metric.name = 'value'"))
            self.nothing_left(store.campaign_id())
        fair = self.report_json()["fairness"]
        self.assertEqual({("1x3", 3)}, {(f["placement"], len(f["shares"])) for f in fair})

    def test_at_once_and_each_in_a_directory_of_its_own(self):
        campaign = self.campaign(
            [{"machines": "all", "program": self.program(expected=3)}], placements=["1x3"],
            resources=SHARED, limits={"run": "60s"})
        self.run_campaign(campaign)
        self.assertEqual({("1x3", "all"): [0, 1, 2]}, self.machines())
        with open(self.path("where"), encoding="utf-8") as file:
            places = file.read().split()
        self.assertEqual(3, len(places))
        self.assertEqual(3, len(set(places)), places)
        with e2e.Store(self.out) as store:
            command = store.value("SELECT command FROM run")
            for machine in ("fake-1", "fake-2", "fake-3"):
                self.assertIn(f"{machine}: {self.path('program')}", command)

    def test_two_campaigns_at_once_in_machines_of_one_file_system(self):
        campaign = self.campaign(
            [{"program": self.program(expected=2)}], limits={"run": "60s"},
            targets=[{"target": "command", "reach": f"{self.build}/agent/tare-agent"}])
        processes = []
        for number in (1, 2):
            self.site = self.write(f"site-{number}.yaml", {
                "site": "test", "work_dir": self.path(f"work-{number}"), "reach": "local",
                "hosts": [{"host": "here"}]})
            processes.append(self.start(campaign, out=self.path(f"out-{number}")))
        for process in processes:
            self.assertEqual(e2e.ALL_MEASURED, process.wait(e2e.PATIENCE_S), self.log_text())
        with open(self.path("where"), encoding="utf-8") as file:
            self.assertEqual(2, len(set(file.read().split())))

    def test_one_that_fails_fails_the_run_by_its_name(self):
        campaign = self.campaign(
            [{"machines": "all", "program": self.program(
                more='case "$PWD" in *-1) echo no luck >&2; exit 5;; esac')}],
            placements=["1x3"], resources=SHARED)
        self.run_campaign(campaign, expect=e2e.SOME_FAILED)
        with e2e.Store(self.out) as store:
            failure, status = store.rows("SELECT failure, exit_status FROM run")[0]
            self.assertRegex(failure, "^in fake-2: exited with status 5.*no luck")
            self.assertEqual(5, status)
            self.assertEqual(0, store.value("SELECT count(*) FROM series"))
            self.nothing_left(store.campaign_id())


if __name__ == "__main__":
    e2e.main()
