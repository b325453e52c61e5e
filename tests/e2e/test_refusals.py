"""What tare refuses to begin: one line that names the fix, exit code 2, nothing touched."""
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess

import e2e

NOBODY = 65534

BAD_CAMPAIGN = """campaign: e2e
baselin: fake
targets:
  - fakke
  - {target: fake, name: twin, start_delay: 3 parsecs}
  - {target: fake, name: twin}
baseline: native
placements: [1x1, 3by2]
resources: {cpus: 100000, memory: -2G}
blocks: 0
benchmarks:
  - {benchmark: nul, value: 2}
  - {benchmark: "null", valeu: 2}
limits: {run: forever}
"""

# line: what its message must hold
BAD_LINES = {2: "baselin", 4: 'did you mean "fake"', 5: "start_delay", 6: "twin", 7: "native",
             8: "3by2", 10: "blocks", 12: 'did you mean "null"', 13: 'did you mean "value"',
             14: "run"}


class BadFiles(e2e.Case):
    def test_every_mistake_is_told_with_its_place(self):
        path = self.write("bad.yaml", BAD_CAMPAIGN)
        for verb in ("run", "plan"):
            result = self.tare(verb, path, "--out", self.out, expect=e2e.USAGE)
            places = re.findall(r"(?m)^(\S+bad\.yaml):(\d+):(\d+): (.+)$", result.stderr)
            found = {}
            for _, line, column, text in places:
                self.assertGreater(int(column), 0)
                found[int(line)] = found.get(int(line), "") + text
            for line, text in BAD_LINES.items():
                with self.subTest(verb=verb, line=line):
                    self.assertIn(text, found.get(line, ""))
            self.assertIn("memory", found[9])
            self.assertRegex(result.stderr, r"\d+ mistakes")
            self.nothing_written()

    def nothing_written(self):
        self.assertEqual({"bad.yaml", "site.yaml", "tare-null"}, set(os.listdir(self.directory)))

    def test_what_is_no_campaign_at_all(self):
        for text in ("", "[]", "campaign: x\n", "a: [1, 2\n", "\t- x", "a: &a [*a, *a]\n",
                     "campaign: x\ntargets: fake\nbenchmarks: {}\n", "\x00\x01\x02", "{" * 5000):
            path = self.write("bad.yaml", text)
            with self.subTest(text=text[:20]):
                result = self.tare("run", path, "--out", self.out, expect=e2e.USAGE)
                self.assertIn("bad.yaml", result.stderr)
                self.nothing_written()

    def test_a_file_that_is_not_there(self):
        self.refused_in_two(self.tare("run", self.path("none.yaml"), expect=e2e.USAGE))

    def refused_in_two(self, result):
        """The reason, and that nothing was started."""
        self.assertIn("none.yaml", result.stderr.splitlines()[0])
        self.assertLessEqual(len(result.stderr.splitlines()), 2)

    def test_more_than_the_host_has(self):
        for resources in ({"cpus": 4096, "memory": "256M"}, {"cpus": 1, "memory": "1000T"}):
            path = self.campaign(name="big.yaml", resources=resources)
            result = self.tare("run", path, "--out", self.out, expect=e2e.USAGE)
            self.assertIn("host", result.stderr)
            self.assertFalse(os.path.exists(self.out))

    def test_bad_site(self):
        self.write("site.yaml", {"site": "x", "reach": "local",
                                 "hosts": [{"host": "a", "cpus": "0-99999"}]})
        result = self.tare("run", self.campaign(), "--out", self.out, expect=e2e.USAGE)
        self.assertRegex(result.stderr, r"site\.yaml:\d+:\d+: .*cpus")
        self.assertFalse(os.path.exists(self.out))


class Directories(e2e.Case):
    def digest(self):
        with open(self.path("out", "campaign.sqlite"), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()

    def test_that_another_tare_is_using(self):
        campaign = self.campaign([{"seconds": "60s"}])
        first = self.start(campaign)
        self.wait_until(lambda: "started" in self.log_text(), "its start")
        second = self.run_campaign(campaign, expect=e2e.USAGE)
        self.refused(second, f"process {first.pid}")
        self.assertIsNone(first.poll())
        self.assertEqual(e2e.INTERRUPTED, self.interrupt(first, signal.SIGINT))

    def test_of_another_campaign(self):
        self.run_campaign(self.campaign())
        before = self.digest()
        other = self.campaign([{"value": 2}], name="other.yaml")
        self.refused(self.run_campaign(other, expect=e2e.USAGE), "another file", "--out")
        self.assertEqual(before, self.digest())

    def test_with_another_seed(self):
        campaign = self.campaign()
        self.run_campaign(campaign, "--seed", "3")
        before = self.digest()
        result = self.run_campaign(campaign, "--seed", "4", expect=e2e.USAGE)
        self.refused(result, "seed 3")
        self.assertEqual(before, self.digest())
        self.run_campaign(campaign, "--seed", "3")
        for seed in ("x", "-1", "99999999999999999999999", ""):
            result = self.run_campaign(campaign, "--seed", seed, expect=e2e.USAGE)
            self.assertIn("seed", result.stderr)

    def test_that_hold_something_else(self):
        os.mkdir(self.out)
        with open(self.path("out", "campaign.sqlite"), "w", encoding="ascii") as file:
            file.write("not a database, but precious\n" * 100)
        before = self.digest()
        result = self.run_campaign(self.campaign(), expect=e2e.USAGE)
        self.refused(result, "campaign.sqlite")
        self.assertEqual(before, self.digest())

    def test_that_cannot_be_made(self):
        self.write("file", "")
        result = self.run_campaign(self.campaign(), out=self.path("file", "out"), expect=e2e.USAGE)
        self.refused(result, "file")


class Images(e2e.Case):
    def image(self, digest):
        """A cache whose current image has that digest; no machine could start from it."""
        base = self.path("cache", "images", digest)
        os.makedirs(os.path.join(base, "root"))
        for name in ("root.img", "vmlinuz", "initrd.img", "initrd.img.zst"):
            with open(os.path.join(base, name), "wb"):
                pass
        with open(os.path.join(base, "manifest.json"), "w", encoding="ascii") as file:
            json.dump({"digest": digest}, file)
        link = self.path("cache", "images", "current")
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(digest, link)
        self.environment["TARE_CACHE"] = self.path("cache")

    def test_missing(self):
        self.environment["TARE_CACHE"] = self.path("nowhere")
        native = self.campaign(name="native.yaml", targets=["native", "fake"])
        self.refused(self.run_campaign(native, expect=e2e.USAGE), "tare image")
        self.assertFalse(os.path.exists(self.out))
        # Fake machines need none.
        self.run_campaign(self.campaign())

    def test_incomplete(self):
        self.image("aaaaaaaaaaaaaaaa")
        os.unlink(self.path("cache", "images", "current", "initrd.img"))
        native = self.campaign(targets=["native"])
        self.refused(self.run_campaign(native, expect=e2e.USAGE), "initrd.img", "tare image")

    def test_changed_since_the_campaign_began(self):
        campaign = self.campaign()
        self.image("aaaaaaaaaaaaaaaa")
        self.run_campaign(campaign)
        self.image("bbbbbbbbbbbbbbbb")
        result = self.run_campaign(campaign, expect=e2e.USAGE)
        self.refused(result, "aaaaaaaaaaaa", "bbbbbbbbbbbb", "--out")


class Rights(e2e.Case):
    def install(self):
        """A copy that everybody may run, laid out as an installation."""
        for source, target in (("cli/tare", "bin/tare"),
                               ("agent/tare-agent", "lib/tare/tare-agent"),
                               ("drivers/tare-fake", "lib/tare/tare-fake")):
            os.makedirs(os.path.dirname(self.path(target)), exist_ok=True)
            shutil.copy(os.path.join(self.build, source), self.path(target))
        os.chmod(self.directory, 0o777)
        return self.path("bin", "tare")

    def as_another_user(self, *argv):
        return subprocess.run(argv, cwd=self.directory, env=self.environment, user=NOBODY,
                              group=NOBODY, extra_groups=[], capture_output=True, text=True,
                              check=False)

    def test_not_root(self):
        program = self.install()
        campaign = self.campaign()
        for argv in ((program, "run", campaign, "--out", self.out), (program, "clean")):
            result = self.as_another_user(*argv)
            self.assertEqual(e2e.USAGE, result.returncode, result.stderr)
            self.refused(result, "root")
        for words in (("list",), ("plan", "--no-probe", campaign)):
            self.assertEqual(0, self.as_another_user(program, *words).returncode, words)
        planned = self.as_another_user(program, "plan", campaign)
        self.assertEqual(e2e.USAGE, planned.returncode)
        self.assertIn("Nothing of it can run here", planned.stdout)

    def test_not_root_can_read_a_report(self):
        self.run_campaign(self.campaign())
        program = self.install()
        result = self.as_another_user(program, "report", self.out)
        self.assertEqual(0, result.returncode, result.stderr)
        self.assertIn("null", result.stdout)


# Runs tare with its results on a disk of SIZE, and copies them off before the disk goes.
ON_SMALL_DISK = """
mount -t tmpfs -o size="$1" none "$2" || exit 99
shift; out=$1; shift; copy=$1; shift
"$@"; status=$?
cp -a "$out"/. "$copy"
exit $status
"""


class FullDisk(e2e.Case):
    def run_on(self, size, campaign):
        os.makedirs(self.out, exist_ok=True)
        copy = self.path("copy-" + size)
        os.mkdir(copy)
        argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ON_SMALL_DISK, "sh",
                size, self.out, copy, *self.argv("run", campaign, "--quiet", "--out", self.out)]
        result = subprocess.run(argv, cwd=self.directory, env=self.environment, text=True,
                                capture_output=True, timeout=e2e.PATIENCE_S, check=False)
        self.assertRegex(result.stderr, "(?i)full|space")
        self.assertNotIn(result.returncode, (99, 0), result.stderr)
        return copy, result

    def test_at_the_start(self):
        copy, result = self.run_on("32k", self.campaign())
        self.assertEqual(e2e.USAGE, result.returncode, result.stderr)
        self.refused(result)
        # Given room, the same directory serves.
        self.run_campaign(self.campaign(), out=copy)

    def test_in_the_middle(self):
        campaign = self.campaign(
            [{"count": 2000, "deviation": 0.5, "runs": 20, "value": 3}], blocks=2)
        copy, result = self.run_on("600k", campaign)
        self.assertEqual(e2e.SOME_FAILED, result.returncode, result.stderr)
        with e2e.Store(copy) as store:
            self.assertEqual("ok", store.value("PRAGMA integrity_check"))
            kept = store.everything()
            self.assertGreater(len(store.runs()), 0)
            self.assertLess(len(store.runs()), 40)
            self.assertEqual(3 * len(store.runs()), store.value("SELECT count(*) FROM series"))
            self.nothing_left(store.campaign_id())
        self.run_campaign(campaign, out=copy)
        with e2e.Store(copy) as store:
            self.assertEqual(40, len(store.runs()))
            after = store.everything()
            self.assertEqual(kept, {key: after.get(key) for key in kept})


if __name__ == "__main__":
    e2e.main()
