"""Exits of a nested KVM guest, whose number is known: what the host's KVM counts of them, and how
much of a slowdown that is made of nothing else the report explains."""
import json

import lab
from lab import e2e

KNOWN = 100000
TOLERANCE = 0.01
# So many that the program's start is a small part of the run.
MIXTURE = 100000
# The lab's host is emulated and not alone: what an exit costs differs from one minute to the next.
BLOCKS = 6
EXPLAINED = (0.9, 1.1)
GROWTH = ("SELECT reading.at_end - reading.at_start FROM counter_reading AS reading"
          " JOIN counter ON counter.id = reading.counter_id JOIN run ON run.id = reading.run_id"
          " JOIN cell ON cell.id = run.cell_id JOIN target ON target.id = cell.target_id"
          " WHERE target.name = 'kvm-virtio' AND cell.parameters LIKE '%operations=cpuid %'"
          " AND counter.source = ? AND counter.name = ?")


class Exits(lab.Case):
    HOSTS = 1

    def site_file(self, *replacements):
        node2 = "  - host: node2\n    address: 198.18.0.12\n    cpus: \"0\"\n    memory: 2GiB\n"
        return super().site_file((node2, ""), *replacements)

    def test_counts_and_attribution(self):
        campaign = self.campaign(
            [{"benchmark": "exits", "operations": "cpuid", "count": KNOWN},
             {"benchmark": "exits", "operations": "cpuid_work", "count": MIXTURE}],
            targets=["native", "kvm-virtio"], placements=["1x1"], blocks=BLOCKS, exit_reasons=True)
        self.run_to_end(campaign)
        with e2e.Store(self.out) as store:
            counted = [row[0] for row in store.rows(GROWTH, "exit_reasons", "cpuid")]
            exits = [row[0] for row in store.rows(GROWTH, "kvm", "exits")]
        print(f"of {KNOWN} known exits by cpuid counted: {counted}; exits of all kinds: {exits}")
        self.assertEqual(BLOCKS, len(counted))
        for count in counted:
            self.assertLessEqual(abs(count / KNOWN - 1), TOLERANCE)
        report = json.loads(self.tare("report", self.out, "--format", "json").stdout)
        parts = [row for row in report["attributions"] if row["metric"] == "cpuid_work"]
        print("attribution:", json.dumps(parts))
        self.assertEqual(1, len(parts))
        self.assertTrue(EXPLAINED[0] <= parts[0]["part"] <= EXPLAINED[1], parts)
        self.nothing_left_on("node1")


if __name__ == "__main__":
    lab.main()
