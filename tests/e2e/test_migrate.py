"""A machine moves between two hosts that are reached, as a campaign: the hosts are of this machine,
each with a network, processes and a libvirtd of its own (tests/hosts/apart.sh). Needs the image."""
import os
import shutil
import subprocess

import e2e

APART = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "hosts",
                     "apart.sh")
BENCHMARK = {"benchmark": "migrate", "memory": "32M", "disk": [False, True], "placements": ["2x1"]}


class Migrate(e2e.Case):
    def setUp(self):
        super().setUp()
        apart = self.path("apart")
        os.mkdir(apart)
        hosts = subprocess.run([APART, "up", apart], stdout=subprocess.PIPE, text=True, check=True,
                               timeout=60).stdout.split()
        self.addCleanup(subprocess.run, [APART, "down", apart], check=True, timeout=60)
        self.enter = [["nsenter", "-t", pid, "-m", "-n", "-p"] for pid in hosts]
        reach = self.write("reach", "#!/bin/sh\ncase $1 in\n" + "".join(
            f"apart{i + 1}) enter='{' '.join(words)}' ;;\n" for i, words in enumerate(self.enter))
            + 'esac\nshift\nexec $enter "$@"\n')
        os.chmod(reach, 0o755)
        self.site_keys = {
            "site": "apart", "work_dir": "/run/work", "reach": [reach, "{host}"],
            "data": {"bridge": "tare-data", "guests": "198.18.9.64-198.18.9.250"},
            "hosts": [{"host": f"apart{i}", "address": f"198.18.9.{i}", "cpus": "0-1",
                       "memory": "2GiB"} for i in (1, 2)]}
        self.site = self.write("site.yaml", self.site_keys)

    def moving(self, target="kvm-virtio", blocks=1):
        return self.campaign([BENCHMARK], targets=[target], placements=["2x1"], blocks=blocks,
                             baseline="kvm-virtio" if isinstance(target, str) else "mover",
                             resources={"cpus": 1, "memory": "512M", "scratch": "64M"},
                             limits={"boot": "170s"})

    def guests_logs(self):
        """Why a guest that moved does not answer: what it wrote, and each host's QEMU."""
        show = "tail -n 4 /var/log/libvirt/qemu/*.log"
        logs = [subprocess.run(words + ["sh", "-c", show], capture_output=True, text=True,
                               check=False, timeout=60).stdout for words in self.enter]
        return "\n".join([self.tare("report", self.out, "--raw").stdout] + logs)

    def nothing_on_hosts(self):
        for words in self.enter:
            left = subprocess.run(
                words + ["sh", "-c", "ls -d /run/work/* /run/tare/*/ 2>/dev/null;"
                                     "pgrep -af '[g]uest=tare-'; pgrep -a tare-host;"
                                     "pgrep -a tare-attach; true"],
                capture_output=True, text=True, check=True, timeout=60).stdout
            self.assertEqual("", left)

    def lost_in_emulation(self):
        """All that failed did so because an emulated guest no longer answered when it had moved."""
        with e2e.Store(self.out) as store:
            failures = [row[5] for row in store.runs() if row[5]]
            real = store.value("SELECT count(*) FROM machine WHERE NOT emulated")
        return not real and failures and all(
            text.startswith("no answer after migration: ") for text in failures)

    def test_it_is_measured(self):
        """QEMU's emulation sometimes loses a page that a guest changed while it moved, and with it
        the guest (the migration tests of kvm-unit-tests have a case of it): once in about ten
        campaigns here. Such a campaign is repeated, twice at the most."""
        for attempt in range(3):
            self.out = self.path(f"out{attempt}")
            result = self.run_campaign(self.moving(), expect=None)
            self.nothing_on_hosts()
            if result.returncode == e2e.ALL_MEASURED or not self.lost_in_emulation():
                break
            print(result.stdout, self.guests_logs())
        self.assertEqual(e2e.ALL_MEASURED, result.returncode,
                         result.stdout + result.stderr + self.guests_logs())
        with e2e.Store(self.out) as store:
            self.assertEqual([None, None], [row[5] for row in store.runs()])
        results = self.report_json()["results"]
        for metric in ("total", "gap_peer", "gap_monotonic", "clock_behind"):
            self.assertEqual(["measured"] * 2, [row["status"] for row in results
                                                if row["metric"] == metric])

    def test_it_fails_and_says_why(self):
        """Nobody listens there: the run fails, and nothing of it is left on either host."""
        self.run_campaign(
            self.moving({"target": "kvm-virtio", "name": "mover",
                         "migrate_uri": "qemu+tcp://{address}:1/system"}),
            expect=e2e.SOME_FAILED)
        with e2e.Store(self.out) as store:
            failures = {row[5] for row in store.runs()}
        self.assertEqual(1, len(failures), failures)
        self.assertRegex(
            failures.pop(), r"cannot move it: .*:1/system: libvirt: .*Connection refused")
        self.nothing_on_hosts()


if __name__ == "__main__":
    e2e.skip_without_image()
    if not shutil.which("libvirtd", path="/usr/sbin:/usr/bin"):
        e2e.skip("needs libvirtd")
    e2e.main()
