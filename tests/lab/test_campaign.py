"""A short campaign over two hosts that are booted into Linux and into Xen: every target on one
host, network and MPI between two."""
import json

import lab
from lab import e2e

TARGETS = ["native", "kvm-virtio", "dom0", "xen-pv", "xen-pvh", "xen-hvm"]
ACROSS = ["native", "kvm-virtio"]


class Campaign(lab.Case):
    def test_every_target_and_two_hosts(self):
        campaign = self.campaign([
            {"benchmark": "null", "placements": ["1x1"]},
            {"benchmark": "cpu", "work": 1, "placements": ["1x1"]},
            {"benchmark": "net", "seconds": 2, "placements": ["2x1"], "targets": ACROSS},
            {"benchmark": "latency", "placements": ["2x1"], "targets": ACROSS},
            {"benchmark": "mpi-pingpong", "sizes": [8], "seconds": 1, "placements": ["2x1"],
             "targets": ACROSS},
        ], targets=TARGETS, placements=["1x1", "2x1"])
        self.run_to_end(campaign)
        with e2e.Store(self.out) as store:
            runs = store.runs()
            self.assertEqual(2 * len(TARGETS) + 3 * len(ACROSS), len(runs))
            self.assertEqual([], [row for row in runs if row[5]])
            entered = [json.loads(row[0]) for row in store.rows(
                "SELECT text FROM event WHERE kind = 'environment'")]
            self.assertIn("xen", [row["environment"] for row in entered])
            self.assertEqual([], [row for row in entered if row["failure"]])
            kernels = store.rows(
                "SELECT target.name, driver_json FROM machine JOIN target"
                " ON target.id = target_id")
            hypervisors = {name: json.loads(text).get("hypervisor") for name, text in kernels}
            self.assertEqual("Xen", hypervisors["xen-pvh"])
            self.assertEqual("QEMU", hypervisors["kvm-virtio"])
            self.assertEqual(0, store.value("SELECT count(*) FROM machine WHERE NOT emulated"))
        self.assertEqual({"node1", "node2"}, self.hosts_of("kvm-virtio"))
        self.assertEqual({"node1"}, self.hosts_of("xen-pv"))
        report = self.tare("report", self.out).stdout
        self.assertIn("emulated", report)
        print(self.tare("report", self.out, "--timing").stdout)
        self.nothing_left_on(*lab.NODES)


if __name__ == "__main__":
    lab.main()
