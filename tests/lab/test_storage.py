"""The back ends of a Xen guest's scratch disk, and what the host's and Xen's counters say of its
writes."""
import json

import lab
from lab import e2e

BACK_ENDS = {"raw-file": "raw file", "qcow2": "qcow2 file", "block-device": "a loop device",
             "partition": "partition at byte 1048576"}


class Storage(lab.Case):
    def test_xen(self):
        targets = [{"target": "xen-pvh", "name": storage, "storage": storage,
                    **({"partition_offset": "1M"} if storage == "partition" else {})}
                   for storage in BACK_ENDS]
        campaign = self.campaign(
            [{"benchmark": "disk", "pattern": "randread", "block_sizes": ["4K"], "size": "8M",
              "seconds": 1},
             {"benchmark": "flush"}],
            targets=targets, placements=["1x1"], baseline="raw-file",
            resources={"cpus": 1, "memory": "256M", "scratch": "64M"})
        self.run_to_end(campaign)
        with e2e.Store(self.out) as store:
            # A back end without counters would have been skipped.
            self.assertEqual(2 * len(BACK_ENDS), len(store.runs()))
            self.assertEqual([], [row for row in store.runs() if row[5]])
            # libvirt counts what Xen's own back end was given, not what QEMU was.
            counted = {name for (name,) in store.rows(
                "SELECT DISTINCT target.name FROM series JOIN run ON run.id = run_id"
                " JOIN cell ON cell.id = run.cell_id JOIN target ON target.id = target_id"
                " JOIN metric ON metric.id = metric_id WHERE metric.name = 'machine_flushes'")}
            facts = {name: json.loads(text) for name, text in store.rows(
                "SELECT target.name, driver_json FROM machine JOIN target"
                " ON target.id = target_id")}
        self.assertEqual(set(BACK_ENDS) - {"qcow2"}, counted)
        self.assertEqual(set(BACK_ENDS), set(facts))
        for name, words in BACK_ENDS.items():
            self.assertTrue(facts[name]["storage"].startswith(words), facts[name])
        self.nothing_left_on(*lab.NODES)


if __name__ == "__main__":
    lab.main()
