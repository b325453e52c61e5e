"""A machine moves between two hosts with hypervisors of their own, KVM and Xen. Not a PV guest:
Debian's Xen has no shadow paging, without which the memory of one cannot be followed."""
import lab
from lab import e2e

TARGETS = ["kvm-virtio", "xen-pvh"]


class Migrate(lab.Case):
    def test_kvm_and_xen(self):
        campaign = self.campaign(
            # A thousand echoes a second are more than an emulated dom0 has time for.
            [{"benchmark": "migrate", "memory": "16M", "period": "20ms", "before": "3s"}],
            targets=TARGETS, placements=["2x1"], baseline="kvm-virtio",
            resources={"cpus": 1, "memory": "256M"})
        self.run_to_end(campaign)
        with e2e.Store(self.out) as store:
            self.assertEqual([(target, None) for target in TARGETS],
                             sorted((row[0], row[5]) for row in store.runs()))
        self.nothing_left_on(*lab.NODES)


if __name__ == "__main__":
    lab.main()
