"""What breaks on a cluster: power, connections, networks, memory, disks, daemons, guests. In each
case the reason is recorded, the other host's work goes on, the campaign ends or continues as
documented, nothing is left behind, and no stored sample is lost."""
import os
import re
import subprocess
import time

import lab
from lab import e2e



class Faults(lab.Case):
    def slow_campaign(self, targets, seconds=60, blocks=2, **keys):
        """One long run a block; with two blocks each host has one."""
        return self.campaign([{"benchmark": "null", "seconds": seconds}], targets=targets,
                             blocks=blocks, **keys)

    def wait_run(self, *nodes):
        """Until the long run is under way on these hosts themselves."""
        for node in nodes:
            self.wait_until(lambda node=node: lab.on(node, "pgrep tare-null", check=False),
                            f"a run on {node}\n" + self.log_text())

    def wait_guest(self, node, seconds=60):
        """Until a guest is there, and has had the time to boot."""
        self.wait_until(lambda: "tare-" in lab.on(node, "virsh -q list --name", check=False),
                        f"a guest on {node}\n" + self.log_text())
        time.sleep(seconds)

    def measured_on(self, node):
        with e2e.Store(self.out) as store:
            return store.value(
                "SELECT count(*) FROM run WHERE failure IS NULL AND block_id IN"
                " (SELECT block_id FROM machine WHERE host = ?)", node)

    def test_power_is_cut_in_a_run(self):
        process = self.start(self.slow_campaign(["native"]))
        self.wait_run("node1", "node2")
        lab.lab("off", "node2")
        self.assertEqual(e2e.SOME_FAILED, process.wait(lab.CAMPAIGN_PATIENCE_S))
        self.assertEqual(1, self.measured_on("node1"))
        failures = self.failures()
        self.assertEqual(1, len(failures))
        self.assertNotIn("\n", failures[0][5])
        self.nothing_left_on("node1")
        lab.lab("boot", "node2", "linux")
        self.nothing_left_on("node2")

    def test_host_never_comes_back(self):
        stays_off = self.write(
            "stays_off", f'#!/bin/sh\n[ $1 = node1 ] && exec {lab.LAB} boot "$@"\n'
                         f'exec {lab.LAB} off $1\n')
        os.chmod(stays_off, 0o755)
        self.site = self.site_file(
            (f'enter: ["{lab.LAB}", "boot", "{{host}}", "xen"]',
             f'enter: ["{stays_off}", "{{host}}", "xen"]'), ("limit: 10m", "limit: 90s"))
        self.run_to_end(self.campaign(targets=["native", "dom0"], blocks=6),
                        expect=e2e.SOME_FAILED)
        self.assertEqual(6, self.measured_on("node1"))
        failures = self.failures()
        self.assertEqual(2, len(failures))
        for row in failures:
            self.assertRegex(row[5], r"node2: .*did not come back from entering xen")
        self.assertIn("is given up for xen", self.log_text())
        # After the repair, the same command measures what is missing.
        self.site = self.site_file()
        self.run_to_end(self.path("campaign.yaml"), expect=e2e.SOME_FAILED)
        with e2e.Store(self.out) as store:
            self.assertEqual(12, len(store.runs()))
        self.nothing_left_on(*lab.NODES)

    def test_wrong_kernel_after_the_reboot(self):
        self.site = self.site_file(("hypervisor: xen", 'hypervisor: xen\n    kernel: "9.9"'),
                                   ("limit: 10m", "limit: 4m"))
        self.run_to_end(self.campaign(targets=["native", "dom0"]), expect=e2e.SOME_FAILED)
        (failure,) = self.failures()
        self.assertEqual("dom0", failure[0])
        self.assertRegex(failure[5], r"node1: entering xen did not help: it runs kernel 6\.")
        self.assertEqual(1, self.measured_on("node1"))

    def test_guest_is_destroyed_from_outside(self):
        process = self.start(self.slow_campaign(["kvm-virtio"], seconds=120))
        self.wait_guest("node1")
        lab.on("node1", "virsh destroy $(virsh -q list --name | grep tare- | head -1)")
        self.assertEqual(e2e.SOME_FAILED, process.wait(lab.CAMPAIGN_PATIENCE_S))
        self.assertEqual(1, self.measured_on("node2"))
        self.assertEqual(1, len(self.failures()))
        self.nothing_left_on(*lab.NODES)

    def test_connection_is_cut_in_a_run(self):
        process = self.start(self.slow_campaign(["native"]))
        self.wait_run("node1", "node2")
        subprocess.run(["ssh", "-F", os.path.join(lab.STATE, "ssh_config"), "-O", "exit", "node1"],
                       check=True, capture_output=True)
        self.assertEqual(e2e.SOME_FAILED, process.wait(lab.CAMPAIGN_PATIENCE_S))
        self.assertEqual(1, self.measured_on("node2"))
        (failure,) = self.failures()
        self.assertNotIn("\n", failure[5])
        self.nothing_left_on(*lab.NODES)

    def test_control_network_is_down_for_half_a_minute(self):
        process = self.start(self.slow_campaign(["native"]))
        self.wait_run("node1", "node2")
        lab.link("node1c", "down")
        try:
            time.sleep(30)
        finally:
            lab.link("node1c", "up")
        self.assertEqual(e2e.ALL_MEASURED, process.wait(lab.CAMPAIGN_PATIENCE_S), self.log_text())
        self.assertEqual([], self.failures())
        self.nothing_left_on(*lab.NODES)

    def test_data_network_is_down(self):
        campaign = self.campaign([{"benchmark": "net", "seconds": 3}, {"benchmark": "null"}],
                                 targets=["native"], placements=["2x1"],
                                 limits={"run": "30s", "time": "20m", "boot": "5m"})
        lab.link("node2d", "down")
        try:
            self.run_to_end(campaign, expect=e2e.SOME_FAILED)
        finally:
            lab.link("node2d", "up")
        (failure,) = self.failures()
        self.assertEqual("net", failure[1])
        with e2e.Store(self.out) as store:
            self.assertEqual(2, len(store.runs()))
        self.nothing_left_on(*lab.NODES)

    def test_no_memory_for_the_next_guest(self):
        """A host that promises no more memory than 1.7 GB beyond what it has promised."""
        lab.on("node1", "awk '/^Committed_AS/ { print $2 + 1700000 }' /proc/meminfo"
                        " >/proc/sys/vm/overcommit_kbytes; echo 2 >/proc/sys/vm/overcommit_memory")
        campaign = self.campaign(targets=["native", "kvm-virtio"],
                                 resources={"cpus": 1, "per": "machine", "memory": "2G",
                                            "scratch": "32M", "overcommit": True})
        try:
            self.run_to_end(campaign, expect=e2e.SOME_FAILED)
        finally:
            lab.on("node1", "echo 0 >/proc/sys/vm/overcommit_memory")
        (failure,) = self.failures()
        self.assertEqual("kvm-virtio", failure[0])
        self.assertRegex(failure[5], r"cannot start kvm-virtio-1 on node1: .*memory")
        self.nothing_left_on("node1")

    def test_disk_of_a_host_is_full(self):
        lab.on("node1", "fallocate -l $(( $(df --output=avail -B1 /var/lib | tail -1) - 4096 ))"
                        " /var/lib/full")
        try:
            self.run_to_end(self.campaign(targets=["kvm-virtio"], blocks=2),
                            expect=e2e.SOME_FAILED)
        finally:
            lab.on("node1", "rm -f /var/lib/full")
        self.assertEqual(1, self.measured_on("node2"))
        (failure,) = self.failures()
        self.assertRegex(failure[5], "(?i)no space|disk|mke2fs")
        self.nothing_left_on(*lab.NODES)

    def test_daemon_is_restarted(self):
        process = self.start(self.slow_campaign(["kvm-virtio"], seconds=90, blocks=1))
        self.wait_guest("node1", 45)
        lab.on("node1", "pid=$(pidof libvirtd) && argv=$(tr '\\0' ' ' </proc/$pid/cmdline) &&"
                        " kill $pid && while kill -0 $pid 2>/dev/null; do sleep 0.1; done;"
                        " $argv </dev/null >/dev/null 2>&1 & sleep 3")
        self.assertEqual(e2e.ALL_MEASURED, process.wait(lab.CAMPAIGN_PATIENCE_S), self.log_text())
        self.nothing_left_on("node1")

    def test_orchestrator_is_killed(self):
        process = self.start(self.slow_campaign(["native", "kvm-virtio"], seconds=10))
        self.wait_log("[1/4]")
        time.sleep(20)  # into whatever comes next
        process.kill()
        process.wait()
        self.nothing_left_on(*lab.NODES)
        with e2e.Store(self.out) as store:
            before = store.everything()
        self.run_to_end(self.path("campaign.yaml"))
        with e2e.Store(self.out) as store:
            after = store.everything()
            self.assertEqual(4, len(store.runs()))
        self.assertEqual(before, {key: after[key] for key in before})
        self.assertTrue(re.search("continues", self.log_text()))


if __name__ == "__main__":
    lab.main()
