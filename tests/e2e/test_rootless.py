"""Campaigns of a user without root: tare makes a user namespace by itself, measures in it, and
leaves nothing. The user is a uid that this host does not know otherwise."""
import os
import re
import shutil
import signal
import subprocess
import unittest

import e2e
from rootless import DROP, IMAGE, UID, Case, main


class Rootless(Case):
    def test_fake_machines(self):
        self.run_campaign(self.campaign(
            placements=["1x1", "1x2"], resources={"cpus": 2, "memory": "256M"}))
        self.nothing_left_of_user()
        self.assertIn("nothing to clean", self.tare("clean").stdout)
        with e2e.Store(self.out) as store:
            self.assertEqual([("user namespace",)], store.rows(
                "SELECT text FROM event WHERE kind = 'privileges'"))
        self.assertEqual(UID, os.stat(self.path("out", "campaign.sqlite")).st_uid)

    @unittest.skipUnless(os.path.exists(IMAGE), "no image; scripts/image builds it")
    def test_native_and_container(self):
        self.run_userspace(["native", "container"])

    @unittest.skipUnless(os.path.exists(IMAGE), "no image; scripts/image builds it")
    @unittest.skipUnless(all(shutil.which(name) for name in ("crun", "bwrap", "ch-run")),
                         "not installed: crun bubblewrap charliecloud")
    def test_runtimes(self):
        self.run_userspace([{"target": "container", "name": "crun", "runtime": "crun"}, "bwrap",
                            "charliecloud"])

    def run_userspace(self, targets):
        self.run_campaign(self.campaign(
            [{"benchmark": "cpu"}], targets=targets, placements=["1x1", "1x2"],
            resources={"cpus": 2, "memory": "512M"}))
        with e2e.Store(self.out) as store:
            runs = store.runs()
        self.assertEqual(2 * len(targets), len(runs))
        self.assertEqual([], [run for run in runs if run[5]])
        self.nothing_left_of_user()

    def test_killed_then_cleaned(self):
        process = self.start(self.campaign([{"seconds": "30ms", "runs": 400}]))
        self.wait_until(lambda: process.poll() is not None or
                        re.search(r"\[\d+/", self.log_text()), "a first run")
        self.assertIsNone(process.poll(), self.log_text())
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.wait_until(lambda: not self.processes(), "the end of every process")
        campaign_id = self.campaign_id()
        self.assertEqual([campaign_id], os.listdir(self.work))
        cleaned = self.tare("clean").stdout
        self.assertIn(f"scratch directory {self.work}/{campaign_id}", cleaned)
        self.nothing_left_of_user()

    def test_sigterm_interrupts(self):
        process = self.start(self.campaign([{"seconds": "30ms", "runs": 400}]))
        self.wait_until(lambda: process.poll() is not None or
                        re.search(r"\[\d+/", self.log_text()), "a first run")
        self.assertEqual(e2e.INTERRUPTED, self.interrupt(process), self.log_text())
        self.nothing_left_of_user()

    def test_two_campaigns_at_once(self):
        """Processes have the same numbers in both namespaces."""
        file = self.campaign([{"seconds": "30ms", "runs": 20}])
        processes = [self.start(file, out=self.path(name)) for name in ("out", "second")]
        for process in processes:
            self.assertEqual(e2e.ALL_MEASURED, process.wait(e2e.PATIENCE_S), self.log_text())
        self.nothing_left_of_user()

    def test_run_directory_of_another(self):
        os.mkdir(self.run_directory)
        result = self.run_campaign(self.campaign(), expect=e2e.USAGE)
        self.refused(result, "not root, and no run directory: ", "but of uid 0; remove it")
        self.assertEqual([], os.listdir(self.run_directory))
        self.assertFalse(os.path.exists(self.out))

    def test_run_directory_open_to_others(self):
        os.mkdir(self.run_directory)
        os.chown(self.run_directory, UID, UID)
        os.chmod(self.run_directory, 0o755)
        self.refused(self.tare("clean", expect=e2e.USAGE), "chmod 700 " + self.run_directory)

    def forbidden(self, *words, by="true"):
        """Runs tare where no user namespace may be made: in one whose limit is 0. Words of a shell
        can show another reason."""
        process = subprocess.Popen(
            ["unshare", "--user", "--mount", "--keep-caps", "sh", "-c",
             'echo; read -r line; echo 0 > /proc/sys/user/max_user_namespaces; '
             f'{by} || exit 99; exec "$@"', "sh",
             *DROP, os.path.join(self.build, "cli", "tare"), *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=self.directory, env=self.environment)
        process.stdout.readline()
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{process.pid}/{name}", "w", encoding="utf-8") as file:
                file.write("0 0 100000")
        process.stdout_text, process.stderr_text = process.communicate("\n", e2e.PATIENCE_S)
        return process

    def test_namespaces_forbidden(self):
        process = self.forbidden("run", self.campaign(), "--out", self.out)
        self.assertEqual(e2e.USAGE, process.returncode)
        self.assertEqual(1, len(process.stderr_text.splitlines()), process.stderr_text)
        self.assertIn("not root, and no user namespaces: ", process.stderr_text)
        self.assertIn("by: sysctl user.max_user_namespaces=", process.stderr_text)
        self.assertFalse(os.path.exists(self.out))
        process = self.forbidden("doctor")
        self.assertIn("sysctl user.max_user_namespaces=", " ".join(process.stdout_text.split()))

    def test_namespaces_forbidden_by_apparmor(self):
        """What Ubuntu's kernels show; a file in its place here."""
        process = self.forbidden(
            "run", self.campaign(), "--out", self.out,
            by="mount -t tmpfs none /proc/sys/user && mount -t tmpfs none /proc/sys/kernel &&"
               " echo 1 >/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
        self.assertEqual(e2e.USAGE, process.returncode, process.stderr_text)
        self.assertIn("by: sysctl kernel.apparmor_restrict_unprivileged_userns=0",
                      process.stderr_text)
        self.assertFalse(os.path.exists(self.out))

    def test_compared_with_root(self):
        self.run_campaign(self.campaign(name="user.yaml"))
        roots = self.path("roots")
        as_root = e2e.Case.argv(self, "run", self.campaign(name="root.yaml"), "--out", roots)
        subprocess.run(as_root, cwd=self.directory, check=True, capture_output=True)
        text = " ".join(self.tare("compare", self.out, roots).stdout.split())
        self.assertIn("WARNING: different privileges in 1x1: fake ran with those of user namespace,"
                      " fake with those of root", text)
        text = " ".join(self.tare("report", self.out).stdout.split())
        self.assertIn("privileges user namespace", text)


@unittest.skipUnless(os.path.exists(IMAGE), "no image; scripts/image builds it")
class BothInOneCampaign(e2e.Case):
    """Root's campaign, of which one target is in a user namespace."""

    TARGETS = ["native"] + [{"target": target, "name": f"{target}-without-root",
                             "privileges": "user namespace"} for target in ("native", "container")]

    def of_user(self):
        """Processes of the uid that such a target has on the host, in the image's tree."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
                    if any(line.split()[4] == "/" and "-without-root-" in line for line in file):
                        found.append(os.stat(f"/proc/{pid}").st_uid)
            except OSError:
                continue
        return found

    def test_measured(self):
        file = self.campaign([{"benchmark": "cpu"}], targets=self.TARGETS, blocks=2,
                             resources={"cpus": 1, "memory": "512M"})
        self.run_campaign(file)
        with e2e.Store(self.out) as store:
            self.assertEqual([None] * 6, [run[5] for run in store.runs()])
            self.assertEqual([("container-without-root-1", "user namespace"),
                              ("native-1", "root"),
                              ("native-without-root-1", "user namespace")],
                             store.rows("SELECT DISTINCT name, json_extract(driver_json,"
                                        " '$.privileges') FROM machine ORDER BY name"))
            campaign_id = store.campaign_id()
        self.nothing_left(campaign_id)
        text = " ".join(self.tare("report", self.out).stdout.split())
        self.assertIn("root (native); user namespace (others)", text)
        self.assertIn("different privileges than the baseline", text)

    def test_killed(self):
        self.kill_while_measuring(self.TARGETS[1])

    def test_killed_container(self):
        self.kill_while_measuring(self.TARGETS[2])

    def kill_while_measuring(self, target):
        process = self.start(self.campaign(
            [{"benchmark": "cpu", "seconds": 60}], targets=[target],
            resources={"cpus": 1, "memory": "512M"}))
        self.wait_until(lambda: process.poll() is not None or len(self.of_user()) > 1,
                        "a benchmark")
        self.assertEqual({65534}, set(self.of_user()), self.log_text())
        process.kill()
        process.wait()
        self.wait_until(lambda: not self.of_user(), "the end of every process")


if __name__ == "__main__":
    main()
