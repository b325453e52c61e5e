"""Guests of a user without root: KVM or emulated, and User-mode Linux, beside native machines and
containers. What is measured has no filter of system calls but its own."""
import collections
import os
import subprocess
import unittest

import e2e
import rootless

TARGETS = ["native", "container", "kvm-virtio", "kvm-emulated", "uml"]
BENCHMARKS = [
    {"benchmark": "null", "program": "/usr/lib/tare/kernels/tare-null", "seconds": 1},
    {"benchmark": "net", "seconds": 1},
    {"benchmark": "disk", "pattern": "seqread", "block_sizes": ["64K"], "size": "8M", "seconds": 1},
    {"benchmark": "mpi-pingpong", "sizes": [0], "iterations": 20, "seconds": 1},
]
IN_IMAGE = "tare-"  # how the roots of processes in native machines and containers begin


def processes_of_user():
    """(program, root's source, filters of system calls, command line) of each."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
            if int(status["Uid"].split()[0]) != rootless.UID:
                continue
            with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as file:
                root = [line for line in file if line.split()[4] == "/"][0].split(" - ")[1]
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
            yield (status["Name"], root.split()[1], int(status["Seccomp_filters"]), words)
        except (OSError, IndexError, KeyError):
            continue


def own_filters(words):
    """How many filters QEMU sets itself by these words of a running one."""
    at = words.index("-sandbox")
    qemu = subprocess.Popen(
        [words[0], "-S", "-nodefaults", "-display", "none", "-machine", "none", *words[at:at + 2]],
        stdin=subprocess.DEVNULL)
    try:
        count = before = 0
        while not count and qemu.poll() is None:
            with open(f"/proc/{qemu.pid}/status", encoding="utf-8") as file:
                count = [int(line.split()[1]) for line in file if "Seccomp_filters" in line][0]
        while count != before:  # it may not have set them all
            before = count
            subprocess.run(["sleep", "0.5"], check=True)
            with open(f"/proc/{qemu.pid}/status", encoding="utf-8") as file:
                count = [int(line.split()[1]) for line in file if "Seccomp_filters" in line][0]
        return count
    finally:
        qemu.kill()
        qemu.wait()


@unittest.skipUnless(os.path.exists(rootless.IMAGE), "no image; scripts/image builds it")
class Guests(rootless.Case):
    def watch(self, process):
        """Looks at the processes until the campaign ends."""
        seen, qemu_words = collections.defaultdict(set), None
        while process.poll() is None:
            for program, root, filters, words in processes_of_user():
                kind = program if program.startswith(("qemu", "linux")) else \
                    root.rsplit("-", 1)[0] if root.startswith(IN_IMAGE) else None
                if kind and "-sandbox" in words:
                    qemu_words = words
                elif kind and program.startswith("qemu"):
                    continue  # one that only tells its version
                if kind:
                    seen[kind.split("-", 2)[-1] if root.startswith(IN_IMAGE) else kind].add(filters)
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                pass
        return dict(seen), qemu_words

    def test_all_are_measured_and_none_is_filtered(self):
        file = self.campaign(
            BENCHMARKS, targets=TARGETS, placements=["1x2"],
            resources={"cpus": 2, "memory": "1G", "scratch": "64M"}, limits={"boot": "170s"})
        process = self.start(file)
        seen, qemu_words = self.watch(process)
        self.assertEqual(e2e.ALL_MEASURED, process.returncode, self.log_text())
        with e2e.Store(self.out) as store:
            self.assertEqual(len(TARGETS) * len(BENCHMARKS), len(store.runs()))
            self.assertEqual([("user namespace",)], store.rows(
                "SELECT DISTINCT json_extract(driver_json, '$.privileges') FROM machine"))
        self.nothing_left_of_user()
        self.assertEqual({0}, seen.get("native"), seen)
        self.assertIn("container", seen)
        uml = [filters for kind, filters in seen.items() if kind.startswith("linux")]
        self.assertEqual([{0}] * len(uml), uml)
        self.assertTrue(uml, seen)
        qemu = set().union(*(filters for kind, filters in seen.items() if kind.startswith("qemu")))
        self.assertEqual(own_filters(qemu_words), max(qemu), seen)

    def test_doctor_says_what_is_lacking(self):
        self.host = rootless.OPEN_TUN + " && mount -t tmpfs -o mode=755 none /dev/shm" \
            " && { [ ! -e /dev/kvm ] || { touch /dev/shm/kvm && chmod 600 /dev/shm/kvm &&" \
            " mount --bind /dev/shm/kvm /dev/kvm; }; } && chmod 1777 /dev/shm"
        found = self.targets()
        self.assertEqual(("yes", ""), found["native"])
        self.assertEqual("yes", found["container"][0])
        self.assertRegex(found["container"][1], "^(without limits of CPUs and memory: .*)?$")
        self.assertEqual("yes", found["kvm-virtio"][0])
        self.assertIn("emulated because KVM does not work: /dev/kvm", found["kvm-virtio"][1])
        if os.path.exists("/dev/kvm"):
            self.assertIn("is closed to users; an administrator opens it by: chmod 666 /dev/kvm",
                          found["kvm-virtio"][1])
        self.assertIn("without vhost-net: /dev/vhost-net", found["kvm-virtio"][1])
        self.assertNotIn("vhost", found["kvm-emulated"][1])
        self.assertEqual(("yes", ""), found["uml"])
        self.host = rootless.CLOSED_TUN
        found = self.targets()
        for name in ("kvm-virtio", "kvm-emulated", "uml"):
            self.assertEqual("no", found[name][0])
            self.assertIn("by: chmod 666 /dev/net/tun", found[name][1])

    def test_killed_leaves_a_work_directory(self):
        file = self.campaign(
            BENCHMARKS, targets=["kvm-virtio", "uml"], placements=["1x2"], blocks=9,
            resources={"cpus": 2, "memory": "512M", "scratch": "64M"}, limits={"boot": "170s"})
        process = self.start(file)
        self.wait_until(lambda: process.poll() is not None or
                        any(name.startswith(("qemu", "linux")) and len(words) > 20
                            for name, _, _, words in processes_of_user()), "a guest")
        self.assertIsNone(process.poll(), self.log_text())
        process.kill()
        process.wait()
        self.wait_until(lambda: not list(processes_of_user()), "the end of every process")
        self.assertEqual([self.campaign_id()], os.listdir(self.work))
        self.tare("clean")
        self.nothing_left_of_user()


if __name__ == "__main__":
    rootless.main()
