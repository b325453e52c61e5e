"""Sites of several hosts, all of them this machine: reached in this process, and by tare-host as
any other host is. What needs real hosts is in tests/lab."""
import os
import signal

import e2e


class Sites(e2e.Case):
    def campaign(self, benchmarks=None, name="campaign.yaml", **keys):
        keys.setdefault("resources", {"cpus": 1, "per": "machine", "memory": "128M",
                                      "overcommit": True})
        return super().campaign(benchmarks, name, **keys)

    def set_site(self, **keys):
        self.write("site.yaml", {"site": "test", "work_dir": self.work, "reach": "local", **keys})

    def hosts(self, count, first="h"):
        return [{"host": f"{first}[1-{count}]", "cpus": "0", "memory": "1G"}]

    def placed(self, store):
        """(block, host) of every machine."""
        return store.rows("SELECT DISTINCT block.placement, block.number, machine.host FROM machine"
                          " JOIN block ON block.id = block_id ORDER BY 1, 2, 3")

    def test_blocks_on_different_hosts_overlap(self):
        self.set_site(hosts=self.hosts(4))
        self.run_campaign(self.campaign([{"seconds": 2}], blocks=8))
        with e2e.Store(self.out) as store:
            self.assertEqual([("1x1", number, f"h{number % 4 + 1}") for number in range(8)],
                             self.placed(store))
            spans = store.rows("SELECT started_ns, ended_ns FROM run")
        at_once = max(sum(a <= start < b for a, b in spans) for start, _ in spans)
        self.assertEqual(4, at_once)

    def test_placements_of_several_hosts(self):
        self.set_site(hosts=self.hosts(5))
        self.run_campaign(self.campaign(placements=["1x2", "2x1", "5x1"], blocks=3))
        with e2e.Store(self.out) as store:
            placed = self.placed(store)
        expected = [("1x2", number, f"h{number + 1}") for number in range(3)]
        for number, pair in enumerate((("h1", "h2"), ("h3", "h4"), ("h1", "h2"))):
            expected += [("2x1", number, host) for host in pair]
        for number in range(3):
            expected += [("5x1", number, f"h{host}") for host in range(1, 6)]
        self.assertEqual(expected, placed)

    def test_words_for_hosts_and_cpus(self):
        self.set_site(hosts=[{"host": "h[1-3]", "cpus": "0-1", "memory": "1G"}])
        plan = self.tare("plan", self.campaign(
            placements=["allx1", "allxcpus"], resources={"memory": "512M"},
            benchmarks=[{"placements": ["allxcpus"]}])).stdout
        self.assertIn("3x2", plan)
        self.assertRegex(plan, "(?m)^3x2 +null ")
        self.assertNotRegex(plan, "(?m)^3x1 +null ")

    def test_a_host_behind_its_reach(self):
        self.set_site(reach=["env"], hosts=self.hosts(1, "far"))
        self.run_campaign(self.campaign(placements=["1x2"], blocks=2))
        with e2e.Store(self.out) as store:
            self.assertEqual(2, len(store.runs()))
            self.assertEqual([("1x2", 0, "far1"), ("1x2", 1, "far1")], self.placed(store))
            campaign_id = store.campaign_id()
        self.nothing_left(campaign_id)

    def test_killed_while_a_host_behind_its_reach_works(self):
        self.set_site(reach=["env"], hosts=self.hosts(1, "far"))
        campaign = self.campaign([{"seconds": 1}], placements=["1x2"], blocks=3)
        process = self.start(campaign)
        self.wait_until(lambda: "[1/3]" in self.log_text(), "a run")
        process.send_signal(signal.SIGKILL)
        process.wait()
        with e2e.Store(self.out) as store:
            before, campaign_id = store.everything(), store.campaign_id()
        self.nothing_left(campaign_id)
        self.run_campaign(campaign)
        with e2e.Store(self.out) as store:
            after = store.everything()
            self.assertEqual(3, len(store.runs()))
        self.assertEqual(before, {key: after[key] for key in before})

    def test_interrupted(self):
        self.set_site(reach=["env"], hosts=self.hosts(1, "far"))
        process = self.start(self.campaign([{"seconds": 60}]))
        self.wait_until(lambda: any(self.null in line for line in self.processes()), "a run")
        self.assertEqual(e2e.INTERRUPTED, self.interrupt(process))

    def test_one_campaign_at_a_time_on_hosts_that_are_booted(self):
        for host in ("far1", "far2"):
            self.addCleanup(os.remove, f"/run/lock/tare-locked_{os.getpid()}-{host}")
        site = {"site": f"locked {os.getpid()}", "reach": ["env"], "hosts": self.hosts(2, "far")}
        self.set_site(environments=[{"name": "linux"}], **site)
        process = self.start(self.campaign([{"seconds": 60}]))
        self.wait_until(lambda: any(self.null in line for line in self.processes()), "a run")
        other = self.campaign(name="other.yaml")
        refused = self.run_campaign(other, out=self.path("other"), expect=e2e.USAGE)
        self.refused(refused, "far1", "another campaign", str(process.pid))
        self.assertFalse(os.path.exists(self.path("other")))
        # The lock goes with its process, however that ends.
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.run_campaign(other, out=self.path("other"))

    def test_hosts_that_are_not_booted_are_shared(self):
        self.set_site(reach=["env"], hosts=self.hosts(1, "far"))
        process = self.start(self.campaign([{"seconds": 60}]))
        self.wait_until(lambda: any(self.null in line for line in self.processes()), "a run")
        self.run_campaign(self.campaign(name="other.yaml"), out=self.path("other"))
        self.assertEqual(e2e.INTERRUPTED, self.interrupt(process))

    def test_doctor_tells_of_hosts_in_their_order(self):
        self.set_site(reach=["env"], hosts=self.hosts(4, "far"))
        text = self.tare("doctor", "--site", self.site).stdout
        told = [line.split(":")[0] for line in text.splitlines() if not line.startswith(" ")]
        self.assertEqual(["far1", "far2", "far3", "far4"], told[:4])
        self.assertRegex(text.splitlines()[-1], r"^(not )?ready: .*; every host answers$")
        self.assertEqual(4, text.count("  fake "))

    def test_a_reach_that_says_nothing_useful(self):
        self.set_site(reach=["echo", "no such host"], hosts=self.hosts(1, "far"))
        result = self.tare("doctor", "--site", self.site, expect=e2e.SOME_FAILED)
        self.assertRegex(result.stdout, r"far1: .+")
        self.assertIn("; 1 of 1 hosts do not answer\n", result.stdout)


if __name__ == "__main__":
    e2e.main()
