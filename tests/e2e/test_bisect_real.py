"""A bisection with real guests: nine emulators, of which those from the sixth on do not chain the
blocks of code that they translate. Needs the image, and takes minutes."""
import json
import os

import e2e

QEMU = "/usr/bin/qemu-system-x86_64"
REVISIONS, SLOWER_FROM = 9, 6


class BisectsGuests(e2e.Case):
    def emulators(self):
        """Scripts, as for builds of QEMU that are unpacked beside each other."""
        paths = []
        for number in range(REVISIONS):
            slower = " -d nochain" if number >= SLOWER_FROM else ""
            paths.append(self.write(f"qemu-{number}", f'#!/bin/sh\nexec {QEMU} "$@"{slower}\n'))
            os.chmod(paths[-1], 0o755)
        return paths

    def test_the_first_slower_emulator(self):
        # Emulated on every machine: under KVM nothing is translated.
        campaign = self.campaign(
            [{"benchmark": "cpu", "seconds": 1}],
            targets=[{"target": "kvm-virtio", "accelerator": "tcg"}],
            resources={"cpus": 1, "memory": "512M", "scratch": "64M"}, decide={"delta": "5%"},
            limits={"blocks": 20, "boot": "170s"})
        result = self.tare("bisect", campaign, "--site", self.site, "--option", "emulator", "--out",
                           self.out, *self.emulators())
        self.assertRegex(result.stdout,
                         rf"the first bad one is {SLOWER_FROM} \(.*qemu-{SLOWER_FROM}\)")
        with open(os.path.join(self.out, "bisect.json"), encoding="utf-8") as file:
            answer = json.load(file)["answer"]
        self.assertGreaterEqual(answer["posterior"][SLOWER_FROM - 1], .95)
        with e2e.Store(self.path("out", "anchors")) as store:
            self.assertEqual([("bad", 1), ("good", 1)], store.rows(
                "SELECT DISTINCT target.name, emulated FROM machine"
                " JOIN target ON target.id = target_id ORDER BY 1"))


if __name__ == "__main__":
    e2e.skip_without_image()
    e2e.main()
