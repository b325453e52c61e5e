"""The targets of Linux hosts that no other test in the lab starts: containers, User-mode Linux, a
guest with emulated devices, and one that a target row puts into an environment by name."""
import lab
from lab import e2e

ALONE = ["container", "lxc", "uml", "kvm-emulated"]
ACROSS = ["container", "kvm-emulated"]


class Targets(lab.Case):
    def test_linux_hosts(self):
        campaign = self.campaign(
            [{"benchmark": "null", "placements": ["1x1"]},
             {"benchmark": "latency", "placements": ["2x1"], "targets": ACROSS}],
            targets=ALONE, placements=["1x1", "2x1"], baseline="container")
        self.run_to_end(campaign)
        with e2e.Store(self.out) as store:
            runs = store.runs()
            self.assertEqual([], [row for row in runs if row[5]])
            self.assertEqual(len(ALONE) + len(ACROSS), len(runs))
        self.assertEqual({"node1", "node2"}, self.hosts_of("kvm-emulated"))
        self.nothing_left_on(*lab.NODES)

    def test_environment_of_a_target(self):
        """The same target under two kernels, which only the campaign file tells apart."""
        campaign = self.campaign(
            targets=[{"target": "container", "name": "on-linux", "environment": "linux"},
                     {"target": "container", "name": "on-xen", "environment": "xen"}],
            placements=["1x1"], baseline="on-linux")
        self.run_to_end(campaign)
        with e2e.Store(self.out) as store:
            self.assertEqual([None, None], [row[5] for row in store.runs()])
            self.assertEqual({"linux", "xen"}, {name for (name,) in store.rows(
                "SELECT json_extract(text, '$.environment') FROM event"
                " WHERE kind = 'environment'")})
        self.nothing_left_on(*lab.NODES)


if __name__ == "__main__":
    lab.main()
