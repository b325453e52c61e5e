"""Hosts whose data network is their own (`data: {network: host}`): two network namespaces with a
wire between them, reached as hosts are, by root and by a user who has none of its rights."""
import os
import subprocess
import sys
import unittest

import e2e

UID = 61959
IMAGE = "/var/cache/tare/images/current"
HOSTS = ("nodea", "nodeb")


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def make_network():
    """Of this process's own, which has two others that are the hosts."""
    for name in HOSTS:
        ip("netns", "add", name)
        ip("-n", name, "link", "set", "lo", "up")
    ip("-n", HOSTS[0], "link", "add", "ib0", "mtu", "2044", "type", "veth", "peer", "name", "ib0",
       "mtu", "2044", "netns", HOSTS[1])
    for i, name in enumerate(HOSTS):
        ip("-n", name, "address", "add", f"198.18.77.{i + 1}/24", "dev", "ib0")
        ip("-n", name, "link", "set", "ib0", "up")


@unittest.skipUnless(os.path.exists(IMAGE), "no image; scripts/image builds it")
class HostNetwork(e2e.Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o777)

    def site_of(self, *reach, data=None):
        self.site = self.write("site.yaml", {
            "site": "hosts", "work_dir": self.work,
            "reach": ["ip", "netns", "exec", "{host}", *reach],
            "data": data or {"network": "host", "interface": "ib0"},
            "hosts": [{"host": name, "cpus": 0, "memory": "512M"} for name in HOSTS]})

    def measure(self, targets):
        self.run_campaign(self.campaign(
            [{"benchmark": "net", "seconds": 1},
             {"benchmark": "mpi-pingpong", "sizes": [8], "iterations": 10, "seconds": 1}],
            targets=targets, placements=["2x1"], resources={"cpus": 1, "memory": "512M"}))
        with e2e.Store(self.out) as store:
            self.assertEqual([], store.rows("SELECT failure FROM run WHERE failure IS NOT NULL"))
            return store.rows(
                "SELECT target.name, cell.benchmark, cell.skip_reason FROM cell"
                " JOIN target ON target.id = cell.target_id ORDER BY cell.id")

    def test_root(self):
        self.site_of()
        rows = self.measure(["native", "bwrap", "container"])
        self.assertEqual([("native", "net", None), ("bwrap", "net", None)], rows[:2])
        self.assertEqual(2, sum("need a bridge" in (row[2] or "") for row in rows), rows)
        report = " ".join(self.tare("report", self.out, "--all").stdout.split())
        self.assertIn("2044", report)

    def test_user(self):
        """Programs and scratch files are below the home of the hosts' user."""
        self.site_of("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "env",
                     f"HOME={self.path('home')}", "XDG_RUNTIME_DIR=/nonexistent")
        self.environment["HOME"] = self.path("home")
        os.mkdir(self.path("home"))
        os.chown(self.path("home"), UID, UID)
        rows = self.measure(["native"])
        self.assertEqual([("native", "net", None), ("native", "mpi-pingpong", None)], rows)

    def test_no_such_interface(self):
        self.site_of(data={"network": "host", "interface": "ib7"})
        result = self.run_campaign(
            self.campaign([{"benchmark": "cpu", "seconds": "100ms"}], targets=["native"],
                          placements=["1x1"]), expect=e2e.SOME_FAILED)
        self.assertIn("the host has no IPv4 address on ib7", result.stderr + self.failures())

    def failures(self):
        with e2e.Store(self.out) as store:
            return " ".join(row[0] for row in store.rows("SELECT DISTINCT failure FROM run"))


if __name__ == "__main__":
    if os.geteuid() == 0 and "TARE_NETWORK" not in os.environ:
        os.environ["TARE_NETWORK"] = "own"
        os.execvp("unshare", ["unshare", "--net", "--mount", "sh", "-c",
                              'mount -t tmpfs tmpfs /run && mkdir /run/netns && exec "$@"', "sh",
                              sys.executable, *sys.argv])
    if os.geteuid() == 0:
        make_network()
    e2e.main()
