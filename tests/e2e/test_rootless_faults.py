"""What a site may forbid or lack for users without root: one line says what and, where there is a
way, who allows it how; nothing is left."""
import os
import signal
import subprocess
import unittest

import e2e
import rootless
from rootless import UID

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# A file system without locks, for every program of the test.
NO_LOCKS = """
#include <errno.h>
int flock(int fd, int operation) { (void)fd; (void)operation; errno = ENOLCK; return -1; }
"""


class Faults(rootless.Case):
    def small(self, name, options):
        """A file system of that type on one of the user's directories."""
        return f"{rootless.OPEN_TUN} && mount -t {name} -o {options} none"

    def nothing_started(self):
        self.assertFalse(os.path.exists(self.out))
        self.wait_until(lambda: not self.processes(), "the end of every process")

    def test_tun_is_closed(self):
        self.host = rootless.CLOSED_TUN
        result = self.tare("plan", self.campaign(targets=["fake", "kvm-virtio", "kvm-emulated",
                                                          "uml"]))
        self.assertIn("/dev/net/tun is closed to users; an administrator opens it by: chmod 666"
                      " /dev/net/tun", " ".join(result.stdout.split()))

    def test_run_directory_cannot_be_made(self):
        os.chown(self.path("runtime"), 0, 0)
        os.chmod(self.path("runtime"), 0o755)
        result = self.run_campaign(self.campaign(), expect=e2e.USAGE)
        self.refused(result, "no run directory: cannot make ", "Permission denied",
                     "set XDG_RUNTIME_DIR to a directory of your own")
        self.nothing_started()

    def test_no_locks(self):
        with open(self.path("locks.c"), "w", encoding="utf-8") as file:
            file.write(NO_LOCKS)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.path("locks.so"),
                        self.path("locks.c")], check=True)
        self.environment["LD_PRELOAD"] = self.path("locks.so")
        result = self.run_campaign(self.campaign(), expect=e2e.USAGE)
        self.refused(result, "No locks available")
        self.wait_until(lambda: not self.processes(), "the end of every process")
        self.assertEqual([], [name for name in os.listdir(self.run_directory) if name != "lock"])

    def test_home_without_attributes(self):
        """ramfs has none; overlays lie in memory of their own."""
        self.host = self.small("ramfs", "mode=777") + " " + self.path("cache")
        self.run_campaign(self.campaign())
        self.assertEqual([], self.processes())

    def test_home_without_programs(self):
        """noexec: nothing of tare's is started from there on this machine."""
        self.host = self.small("tmpfs", f"noexec,uid={UID}") + " " + self.path("cache")
        self.run_campaign(self.campaign())
        self.assertEqual([], self.processes())

    def test_home_without_programs_behind_a_reach(self):
        """Root's copy of the programs, which would do, is out of sight."""
        self.host = (self.small("tmpfs", f"noexec,uid={UID}") + " " + self.path("cache") +
                     " && { ! test -d /var/cache/tare/programs ||"
                     " mount -t tmpfs -o mode=755 none /var/cache/tare/programs; }")
        self.has_site = True
        self.write("site.yaml", {"site": "far", "reach": ["env"], "hosts": [
            {"host": "far", "cpus": "0", "memory": "1G"}]})
        result = self.run_campaign(self.campaign(), expect=None)
        self.assertNotEqual(e2e.ALL_MEASURED, result.returncode)
        self.assertRegex(result.stdout + result.stderr, "far: .*(noexec|Permission denied)")
        self.assertEqual([], self.processes())

    def test_quota_is_full(self):
        os.mkdir(self.path("results"))
        self.out = self.path("results", "out")
        self.host = (self.small("tmpfs", f"size=64k,uid={UID}") + " " + self.path("results") +
                     f" && dd if=/dev/zero of={self.path('results', 'full')} 2>/dev/null;"
                     f" {rootless.OPEN_TUN}")
        result = self.run_campaign(self.campaign(), expect=None)
        self.assertNotIn(result.returncode, (e2e.ALL_MEASURED, e2e.INTERRUPTED))
        self.assertRegex(result.stderr, "(?i)(no space left|full)")
        self.assertEqual(1, len(result.stderr.strip().splitlines()), result.stderr)
        self.wait_until(lambda: not self.processes(), "the end of every process")

    def test_cancelled_twice(self):
        """A batch system ends a job by SIGTERM, and soon after by SIGKILL."""
        process = self.start(self.campaign([{"seconds": 60}]))
        self.wait_until(lambda: process.poll() is not None or
                        any(self.null in line for line in self.processes()), "a run")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.wait_until(lambda: not self.processes(), "the end of every process")
        self.tare("clean")
        self.nothing_left_of_user()


class OwnImage(rootless.Case):
    """What building an image wants of the host."""

    def image(self, *words, **environment):
        result = subprocess.run(
            self.as_user("env", *(f"{name}={value}" for name, value in environment.items()),
                         os.path.join(TOP, "scripts", "image"), *words),
            cwd=self.directory, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=e2e.PATIENCE_S)
        self.assertEqual("", result.stdout)
        self.assertEqual(2, result.returncode, result.stderr)
        self.assertEqual(1, len(result.stderr.splitlines()), result.stderr)
        return result.stderr

    def setUp(self):
        super().setUp()
        self.host = rootless.OPEN_TUN + " && { [ ! -d /var/cache/tare ] ||" \
            " mount -t tmpfs -o mode=755 none /var/cache/tare; }"

    def test_no_subordinate_uids(self):
        for name in ("passwd", "subuid"):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(f"user:x:{UID}:{UID}::/:/bin/sh\n" if name == "passwd" else
                           "other:1:2\n")
        self.host += f" && mount --bind {self.path('passwd')} /etc/passwd" \
            " && { [ ! -e /etc/subuid ] ||" \
            f" mount --bind {self.path('subuid')} /etc/subuid; }}"
        text = self.image()
        self.assertIn("usermod --add-subuids 100000-165535", text)
        self.assertTrue(text.rstrip().endswith(" user"), text)

    def test_cache_cannot_be_made(self):
        os.chmod(self.path("cache"), 0o500)
        self.assertIn("set TARE_CACHE to a directory of yours",
                      self.image(TARE_CACHE=self.path("cache", "below")))


if __name__ == "__main__":
    rootless.main()
