"""What a site may forbid or lack for users without root: one line says what and, where there is a
way, who allows it how; nothing is left. Which test shows what:

    user namespaces forbidden: sysctl      e2e_rootless         test_namespaces_forbidden
    … by AppArmor                          e2e_rootless         test_namespaces_forbidden_by_…
    no subordinate uids                    here                 test_no_subordinate_uids
    home without extended attributes       here                 test_home_without_attributes
    home without locks                     here                 test_no_locks
    noexec home                            here                 test_home_without_programs…
    quota full: results, cache, image      here                 test_quota_is_full…
                                           e2e_rootless_hosts   test_no_room_for_it
    /dev/kvm closed                        e2e_rootless_guests  test_doctor_says_what_is_lacking
    /dev/net/tun closed                    here                 test_tun_is_closed
    control groups: version 1, or none     here                 test_no_control_groups
    … version 2, delegated or not          drivers_delegation_test
    job cancelled                          here                 test_cancelled_twice
                                           e2e_slurm_jobs, e2e_slurm_time, e2e_slurm_limit
    run directory not one's own            here                 test_run_directory_cannot_be_made
                                           e2e_rootless         test_run_directory_…
"""
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

    def run_all(self):
        """Native machines and containers, too, where there is an image."""
        userspace = ["native", "container"] if os.path.exists(rootless.IMAGE) else []
        self.run_campaign(self.campaign(targets=["fake"]))
        if userspace:
            self.run_campaign(self.campaign(
                [{"benchmark": "cpu"}], targets=userspace,
                resources={"cpus": 1, "memory": "256M"}), out=self.path("userspace"))
        self.assertEqual([], self.processes())

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
        self.run_all()

    def test_home_without_programs(self):
        """noexec: nothing of tare's is started from there on this machine."""
        self.host = self.small("tmpfs", f"noexec,uid={UID}") + " " + self.path("cache")
        self.run_all()

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

    @unittest.skipUnless(os.path.exists(rootless.IMAGE), "no image; scripts/image builds it")
    def test_quota_is_full_in_the_cache(self):
        """Machines' work directories are there."""
        self.host = (self.small("tmpfs", f"size=64k,uid={UID}") + " " + self.path("cache") +
                     f" && dd if=/dev/zero of={self.path('cache', 'full')} 2>/dev/null;"
                     f" {rootless.OPEN_TUN}")
        result = self.run_campaign(self.campaign(targets=["native", "container"]), expect=None)
        self.assertNotIn(result.returncode, (e2e.ALL_MEASURED, e2e.INTERRUPTED))
        self.assertRegex(result.stdout + result.stderr, "(?i)no space left")
        self.wait_until(lambda: not self.processes(), "the end of every process")

    @unittest.skipUnless(os.path.exists(rootless.IMAGE), "no image; scripts/image builds it")
    def test_no_control_groups(self):
        """None is delegated to this test's processes: containers run, without limits."""
        version_2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
        self.run_campaign(self.campaign(
            [{"benchmark": "cpu"}], targets=["container"],
            resources={"cpus": 1, "memory": "256M"}))
        with e2e.Store(self.out) as store:
            reason, limit, pinning = store.rows(
                "SELECT json_extract(driver_json, '$.limits_why_not'),"
                " json_extract(driver_json, '$.memory_limit_bytes'),"
                " json_extract(driver_json, '$.pinning') FROM machine")[0]
        self.assertIn("systemd-run --user --scope -p Delegate=yes" if version_2 else
                      "control groups of version 1", reason)
        self.assertEqual(1, len(reason.splitlines()))
        self.assertEqual(0, limit)
        self.assertTrue(pinning.endswith(" (affinity)"), pinning)
        self.nothing_left_of_user()

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
