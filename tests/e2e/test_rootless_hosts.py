"""Hosts that a user without root reaches as that user: this machine twice, behind its reach. Each
tare-host makes its own user namespace; the image is root's, or a copy that is extracted there."""
import os
import signal
import unittest

import e2e
import rootless
from rootless import UID


class Hosts(rootless.Case):
    has_site = True

    def setUp(self):
        super().setUp()
        self.write("site.yaml", {"site": "two", "reach": ["env"], "hosts": [
            {"host": "far[1-2]", "cpus": "0", "memory": "1G"}]})

    def small(self, benchmarks, **keys):
        return self.campaign(benchmarks, placements=["1x1"], blocks=2, resources={
            "cpus": 1, "memory": "512M", "per": "machine", "scratch": "16M"}, **keys)

    def test_fake_machines(self):
        self.run_campaign(self.small([{}]))
        with e2e.Store(self.out) as store:
            self.assertEqual([("far1",), ("far2",)], store.rows(
                "SELECT DISTINCT host FROM machine ORDER BY 1"))
            self.assertEqual([("user namespace",)], store.rows(
                "SELECT DISTINCT json_extract(driver_json, '$.privileges') FROM machine"))
        self.nothing_left_of_user()

    def test_streams_need_no_namespace(self):
        """Only services are in one; and a user's run directory may have a long path."""
        long = self.path("runtime", *["long" * 10] * 3)
        os.makedirs(long, 0o700)
        for depth in range(3):
            os.chown(self.path("runtime", *["long" * 10] * (depth + 1)), UID, UID)
        self.environment["XDG_RUNTIME_DIR"] = long
        self.run_directory = os.path.join(long, "tare")
        file = self.campaign([{"seconds": 2}], placements=["1x3"], resources={
            "cpus": 1, "memory": "128M", "per": "machine", "overcommit": True})
        process = self.start(file)
        self.wait_until(lambda: process.poll() is not None or len(self.streams()) == 3, "streams")
        rooms = [text for text in self.processes() if text.split()[0].endswith("/tare-room")]
        self.assertEqual([], [text for text in rooms if " serve " not in text])
        self.assertEqual(e2e.ALL_MEASURED, process.wait(), self.log_text())
        self.nothing_left_of_user()

    def streams(self):
        return [text for text in self.processes() if text.split()[0].endswith("/tare-attach")]

    def test_killed(self):
        process = self.start(self.small([{"seconds": 1}], name="killed.yaml"))
        self.wait_until(lambda: process.poll() is not None or "[1/" in self.log_text(), "a run")
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.nothing_left_of_user()

    @unittest.skipUnless(os.path.exists(rootless.IMAGE), "no image; scripts/image builds it")
    def test_roots_image(self):
        self.run_campaign(self.small([{"benchmark": "cpu"}], targets=["native", "container"]))
        with e2e.Store(self.out) as store:
            self.assertEqual([None] * 4, [run[5] for run in store.runs()])
        self.assertEqual([], [name for name in os.listdir(self.path("cache", "images"))
                              if not name.endswith(".verified")])
        self.nothing_left_of_user()


@unittest.skipUnless(os.path.exists(rootless.IMAGE), "no image; scripts/image builds it")
class OwnImage(rootless.Case):
    """The host has no image of root's; the orchestrator has one in its cache."""

    has_site = True

    def setUp(self):
        super().setUp()
        self.digest = os.path.basename(os.path.realpath(rootless.IMAGE))
        self.there = self.path("there", "images", self.digest)
        for name in (("there",), ("cache", "images"), ("cache", "images", self.digest)):
            os.mkdir(self.path(*name), 0o700)
            os.chown(self.path(*name), rootless.UID, rootless.UID)
        os.symlink(self.digest, self.path("cache", "images", "current"))
        self.host = (f"{rootless.OPEN_TUN} && mount --bind {os.path.realpath(rootless.IMAGE)}"
                     f" {self.path('cache', 'images', self.digest)} &&"
                     " mount -t tmpfs -o mode=755 none /var/cache/tare")
        self.write("site.yaml", {
            "site": "one", "reach": ["env", "TARE_CACHE=" + self.path("there")],
            "hosts": [{"host": "far", "cpus": "0", "memory": "1G"}]})
        self.file = self.campaign(
            [{"benchmark": "cpu"}], targets=["native", "container"],
            resources={"cpus": 1, "memory": "512M", "scratch": "16M"})

    def test_extracted(self):
        self.run_campaign(self.file)
        with e2e.Store(self.out) as store:
            self.assertEqual([None] * 2, [run[5] for run in store.runs()])
        self.assertEqual(rootless.UID, os.stat(os.path.join(self.there, "root/usr")).st_uid)
        self.assertFalse(os.path.exists(os.path.join(self.there, "root.part")))
        self.nothing_left_of_user()

    def test_killed_while_it_is_extracted(self):
        process = self.start(self.file)
        part = os.path.join(self.there, "root.part")
        self.wait_until(lambda: process.poll() is not None or os.path.exists(part), "a tree")
        self.assertIsNone(process.poll(), self.log_text())
        self.kill_all()
        process.wait()
        self.wait_until(lambda: not self.processes(), "the end of every process")
        self.assertFalse(os.path.exists(os.path.join(self.there, "root")))
        self.run_campaign(self.file)
        with e2e.Store(self.out) as store:
            self.assertEqual([None] * 2, [run[5] for run in store.runs()])
        self.assertFalse(os.path.exists(part))

    def test_no_room_for_it(self):
        """A quota or a full disk: one line, and what was received stays to be continued."""
        self.host += f" && mount -t tmpfs -o size=450m,uid={rootless.UID} none {self.path('there')}"
        result = self.run_campaign(self.file, expect=None)
        self.assertNotEqual(e2e.ALL_MEASURED, result.returncode)
        self.assertRegex(result.stdout + result.stderr, "(?i)no space left")


if __name__ == "__main__":
    rootless.main()
