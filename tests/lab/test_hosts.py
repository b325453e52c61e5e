"""The hosts room alone on two hosts of the lab: starts, staging, and what is cut."""
import os
import subprocess

import lab


class Hosts(lab.Case):
    def test_linux_and_xen(self):
        self.room_test(TARE_LAB_BREAK="1")
        for node in lab.NODES:
            lab.lab("boot", node, "xen")
        self.room_test()

    def room_test(self, **more):
        subprocess.run([os.path.join(self.build, "tests/hosts/hosts_lab_test")], check=True,
                       timeout=1500, env={**os.environ, **more})


if __name__ == "__main__":
    lab.main()
