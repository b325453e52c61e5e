"""What the tests in the lab share: two emulated hosts (scripts/lab, docs/lab.md), the lab's site
file, and what a campaign may have left on a host.

Exit status 77: not root, no guest image, or another lab is up. TARE_TEST_KEEP=1 leaves the lab up.
"""
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
import e2e  # noqa: E402  pylint: disable=wrong-import-position

LAB = os.path.join(TOP, "scripts", "lab")
IMAGE = os.path.join(os.environ.get("TARE_CACHE", "/var/cache/tare"), "images/current/root.img")
NODES = ("node1", "node2")
NETNS = "tare-lab"
# A boot of two emulated hosts on a busy machine, guests in them, and all of it a few times.
CAMPAIGN_PATIENCE_S = 3000

LEFT = """ls -d /run/tare/*/ /var/lib/tare/*/ /run/netns/tare-* 2>/dev/null
ip -o link | grep -E ' (tare-[0-9a-f]{8}|vif|tap|[ct][0-9a-f]{8}-)'
virsh -q -c "$(test -e /sys/hypervisor/type && echo xen || echo qemu):///system" list --name |
    grep tare-
pgrep -a tare-
true"""


def lab(*words, check=True, timeout=900):
    return subprocess.run([LAB, *words], check=check, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=timeout)


def on(node, command, check=True):
    """A shell command on a host."""
    return lab("ssh", node, command, check=check).stdout


def is_up():
    """A host of the lab runs. What a killed lab left behind is not one: the next one removes it."""
    return any("pid " in line for line in lab("status", check=False).stdout.splitlines())


def link(interface, state):
    subprocess.run(["ip", "-n", NETNS, "link", "set", interface, state], check=True)


class Case(e2e.Case):
    HOSTS = 2
    UP = ()  # more words of scripts/lab up

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lab("up", "--nodes", str(cls.HOSTS), *cls.UP)

    @classmethod
    def tearDownClass(cls):
        if not os.environ.get("TARE_TEST_KEEP"):
            lab("down")
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.site = self.site_file()

    def site_file(self, *replacements):
        """The lab's site file, with texts replaced."""
        with open(os.path.join(TOP, "configs/sites/lab.yaml"), encoding="utf-8") as file:
            text = file.read().replace('"../../scripts/lab"', f'"{LAB}"')
        for old, new in replacements:
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.write("site.yaml", text)

    def campaign(self, benchmarks=None, name="campaign.yaml", **keys):
        rows = benchmarks or [{"benchmark": "null"}]
        return self.write(name, {
            "campaign": "lab", "blocks": 1, "benchmarks": rows,
            "resources": {"cpus": 1, "per": "machine", "memory": "512M", "scratch": "32M",
                          "overcommit": True},
            "limits": {"time": "50m", "run": "5m", "boot": "15m"}, **keys})

    def run_to_end(self, campaign, expect=e2e.ALL_MEASURED):
        process = self.start(campaign)
        code = process.wait(CAMPAIGN_PATIENCE_S)
        self.assertEqual(expect, code, self.log_text())

    def wait_log(self, text, patience_s=900, start=0):
        """Until the running campaign's messages hold the text."""
        old, e2e.PATIENCE_S = e2e.PATIENCE_S, patience_s
        try:
            self.wait_until(lambda: text in self.log_text(start), text + "\n" + self.log_text())
        finally:
            e2e.PATIENCE_S = old

    def nothing_left_on(self, *nodes):
        for node in nodes:
            old, e2e.PATIENCE_S = e2e.PATIENCE_S, 60
            try:
                self.wait_until(lambda node=node: self.is_clean(node),
                                f"{node} to be clean:\n" + on(node, LEFT, check=False))
            finally:
                e2e.PATIENCE_S = old

    @staticmethod
    def is_clean(node):
        """It answers, and nothing is left; it may be rebooting just now."""
        answer = lab("ssh", node, LEFT, check=False)
        return answer.returncode == 0 and not answer.stdout.strip()

    def failures(self):
        with e2e.Store(self.out) as store:
            return [row for row in store.runs() if row[5]]

    def hosts_of(self, target):
        with e2e.Store(self.out) as store:
            return {row[0] for row in store.rows(
                "SELECT machine.host FROM machine JOIN target ON target.id = target_id"
                " WHERE target.name = ?", target)}


def main():
    if not os.path.exists(IMAGE):
        e2e.skip("no guest image: scripts/image")
    if is_up():
        e2e.skip("a lab is up already: scripts/lab down")
    e2e.main()
