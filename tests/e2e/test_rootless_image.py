"""An image that a user without root builds: mmdebstrap in a user namespace with subordinate uids.
Downloads packages, and takes minutes."""
import json
import os
import subprocess
import unittest

import e2e
import rootless
from rootless import UID

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NAME = "tare-user"
LINES = {"passwd": f"{NAME}:x:{UID}:{UID}::/nonexistent:/bin/sh\n", "group": f"{NAME}:x:{UID}:\n",
         "subuid": f"{NAME}:700000:65536\n", "subgid": f"{NAME}:700000:65536\n"}


@unittest.skipUnless(os.path.exists("/etc/subuid"), "no /etc/subuid; apt-get install uidmap")
class Image(rootless.Case):
    def setUp(self):
        super().setUp()
        self.host = rootless.OPEN_TUN + \
            " && mkdir -p /var/cache/tare && mount -t tmpfs -o mode=755 none /var/cache/tare"
        for name, line in LINES.items():
            with open("/etc/" + name, encoding="utf-8") as file:
                self.write(name, file.read() + line)
            self.host += f" && mount --bind {self.path(name)} /etc/{name}"
        self.environment.update((name, value) for name, value in os.environ.items()
                                if name.lower().endswith("_proxy"))

    def start_image(self):
        return subprocess.Popen(
            self.as_user(os.path.join(TOP, "scripts", "image")), cwd=self.directory,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

    def test_built_and_measured(self):
        """Killed at first, in the middle of the packages."""
        process = self.start_image()
        self.wait_until(lambda: process.poll() is not None or
                        any("mmdebstrap" in line for line in self.processes()), "mmdebstrap")
        self.assertIsNone(process.poll())
        self.kill_all()
        process.wait()
        self.assertEqual([], os.listdir(self.path("cache", "images")))
        process = self.start_image()
        text, _ = process.communicate(timeout=1500)
        self.assertEqual(0, process.returncode, text)
        image = text.splitlines()[-1]
        self.assertTrue(image.startswith(self.path("cache", "images")), image)
        with open(os.path.join(image, "manifest.json"), encoding="utf-8") as file:
            self.assertEqual(os.path.basename(image), json.load(file)["digest"])
        self.assertEqual([], [name for name in os.listdir(self.path("cache"))
                              if name.startswith("building-")])
        self.assertFalse(os.path.exists(f"/tmp/tare-image-{UID}"))
        self.run_campaign(self.campaign(
            [{"benchmark": "cpu"}], targets=["native", "container"],
            resources={"cpus": 1, "memory": "512M"}))
        with e2e.Store(self.out) as store:
            self.assertEqual([None] * 2, [run[5] for run in store.runs()])


if __name__ == "__main__":
    rootless.main()
