"""Benchmarks net and latency between KVM guests of two hosts, each of which has its host's e1000e
for itself: they measure, by these cards and nothing else, and the hosts get their cards back."""
import subprocess

import lab
from lab import e2e

CARD = "0000:02:00.0"
# What a run of net sends at least, even on a busy machine.
LEAST_BYTES = 1000000
# Neighbours are looked for on the hosts' own ports, too.
OTHER_PART = 0.01
MTU = 9000  # the cards take no more; the data network's is 32,000


def carried(port):
    """Bytes that a port of the lab's data bridge has moved in both directions."""
    text = subprocess.run(["ip", "netns", "exec", lab.NETNS, "cat", "/proc/net/dev"], check=True,
                          capture_output=True, text=True).stdout
    for line in text.splitlines():
        name, _, counts = line.partition(":")
        if name.strip() == port:
            return int(counts.split()[0]) + int(counts.split()[8])
    raise AssertionError(f"no port {port}:\n{text}")


class Cards(lab.Case):
    UP = ("--passthrough",)

    def test_net_and_latency(self):
        campaign = self.campaign(
            [{"benchmark": "net", "seconds": 2}, {"benchmark": "latency"}], placements=["2x1"],
            targets=[{"target": "kvm-virtio", "name": "card", "hostdev": CARD}])
        ports = [node + kind for node in lab.NODES for kind in "pd"]
        before = {port: carried(port) for port in ports}
        self.run_to_end(campaign)
        moved = {port: carried(port) - before[port] for port in ports}
        print("bytes by port:", moved)
        with e2e.Store(self.out) as store:
            self.assertEqual([None, None], [row[5] for row in store.runs()])
            mtus = store.rows("SELECT json_extract(facts_json, '$.mtu') FROM machine")
        self.assertEqual([MTU, MTU], [row[0] for row in mtus])
        for node in lab.NODES:
            self.assertGreater(moved[node + "p"], LEAST_BYTES)
            self.assertLess(moved[node + "d"], moved[node + "p"] * OTHER_PART)
            self.assertIn("e1000e", lab.on(node, f"readlink /sys/bus/pci/devices/{CARD}/driver"))
        self.nothing_left_on(*lab.NODES)


if __name__ == "__main__":
    lab.main()
