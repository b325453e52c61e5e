"""On this machine's own: all pairs at once, background load, conditions of the network. Needs the
image."""
import statistics
import struct

import e2e

SHARED = {"per": "machine", "overcommit": True, "cpus": 1, "memory": "256M", "scratch": "64M"}


class Real(e2e.Case):
    def test_pairs_and_background_and_no_link(self):
        campaign = self.campaign([
            {"benchmark": "latency", "count": 500, "pairs": "all", "placements": ["1x4"]},
            {"benchmark": "latency", "count": 500, "pairs": "all", "path": "machine-to-host",
             "placements": ["1x4"]},
            {"benchmark": "latency", "count": 500, "placements": ["1x4"]},
            {"benchmark": "cpu", "work": 20, "background": ["none", "cpu"],
             "placements": ["1x2"]},
            {"benchmark": "net", "seconds": 1, "network": {"delay": "10ms"},
             "placements": ["1x2"]},
        ], targets=["native", "container"], placements=["1x2", "1x4"], resources=SHARED)
        self.run_campaign(campaign)
        with e2e.Store(self.out) as store:
            machines = {(placement, parameters): count for placement, parameters, count in
                        store.rows(
                            "SELECT placement, parameters, count(DISTINCT machine) FROM series"
                            " JOIN run ON run.id = run_id JOIN cell ON cell.id = cell_id"
                            " WHERE benchmark = 'latency' GROUP BY placement, parameters")}
            self.assertEqual({("1x4", "pairs=all count=500"): 2,
                              ("1x4", "path=machine-to-host pairs=all count=500"): 4,
                              ("1x4", "count=500"): 1}, machines)
            skipped = store.rows("SELECT benchmark, skip_reason FROM cell"
                                 " WHERE skip_reason IS NOT NULL")
            self.assertEqual(["net", "net"], [name for name, _ in skipped])
            self.assertIn("a link of its own", skipped[0][1])
            for command, in store.rows("SELECT command FROM run JOIN cell ON cell.id = cell_id"
                                       " WHERE parameters LIKE '%background=cpu'"):
                self.assertIn("in the background (restarts: ", command)
            campaign_id = store.campaign_id()
        self.nothing_left(campaign_id)

    def test_a_delay_is_there_each_way_and_gone_afterwards(self):
        campaign = self.campaign(
            [{"benchmark": "latency", "count": 15, "warmup": 2,
              "network": ["none", {"delay": "50ms"}], "runs": 3}],
            targets=["kvm-virtio"], placements=["1x2"],
            resources={"cpus": 2, "memory": "512M", "scratch": "64M"}, limits={"boot": "170s"})
        self.run_campaign(campaign)
        with e2e.Store(self.out) as store:
            trips = {}
            for parameters, metric, values in store.rows(
                    "SELECT parameters, metric.name, samples FROM series"
                    " JOIN metric ON metric.id = metric_id JOIN run ON run.id = run_id"
                    " JOIN cell ON cell.id = cell_id WHERE metric.name = 'round_trip'"):
                doubles = struct.unpack(f"<{len(values) // 8}d", values)
                trips.setdefault(parameters.split("network=")[1], []).append(
                    statistics.median(doubles))
            for command, in store.rows("SELECT command FROM run JOIN cell ON cell.id = cell_id"
                                       " WHERE parameters LIKE '%delay%'"):
                self.assertEqual(2, command.count("root netem limit"), command)
        self.assertEqual(3, len(trips["none"]), trips)
        # Emulated guests may answer late, never early; what lasted would be in the others.
        for late, usual in zip(sorted(trips["delay 50ms"]), sorted(trips["none"])):
            self.assertGreater(late, 100e3)
            self.assertLess(usual, 50e3)


if __name__ == "__main__":
    e2e.skip_without_image()
    e2e.main()
