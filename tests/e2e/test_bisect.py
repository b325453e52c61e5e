"""Bisections: by a build command over a repository, and over values of a target's option."""
import json
import os
import signal
import subprocess

import e2e

# Prints what tare-null prints: 100 with noise, slower by the factor that the machine was started
# with.
PROGRAM = """#!/usr/bin/env python3
import os, random, time
at = os.getpid()
environment = {}
while "BISECT_FACTOR" not in environment:
    at = int(open(f"/proc/{at}/stat").read().rsplit(")", 1)[1].split()[1])
    environment = dict(line.split("=", 1) for line in
                       open(f"/proc/{at}/environ").read().split("\\0") if "=" in line)
time.sleep(float(environment.get("BISECT_SLEEP", "0")))
if environment["BISECT_FACTOR"] == "fails":
    raise SystemExit("no answer")
value = 100 / float(environment["BISECT_FACTOR"]) * random.gauss(1, .004)
print(f"tare-null 1\\nvalue 0 1\\n{value}\\nelapsed 0 1\\n1\\ndone 2")
"""

# What a revision is made of: how slow it is, or that it does not compile.
BUILD = """#!/bin/sh
factor=$(git show "$1:factor") || exit 3
echo "building $1"
if [ "$factor" = broken ]; then
	echo "code.c:1: error: this does not compile"
	echo "make: *** [all] Error 1"
	exit 2
fi
cat >"$2" <<END
#!/bin/sh
BISECT_FACTOR=$factor BISECT_SLEEP=${BISECT_SLEEP:-0} exec "\\$@"
END
chmod 755 "$2"
"""

COMMITS, SLOWER_FROM, BROKEN = 64, 41, 10


class Bisects(e2e.Case):
    def setUp(self):
        super().setUp()
        self.file = self.campaign([{"program": self.script("program", PROGRAM)}])
        self.build_script = self.script("build.sh", BUILD)
        self.repository = self.path("repository")

    def script(self, name, text):
        path = self.write(name, text)
        os.chmod(path, 0o755)
        return path

    def git(self, *words):
        return subprocess.run(
            ["git", "-C", self.repository, "-c", "user.name=A", "-c", "user.email=a@example.org",
             *words], check=True, capture_output=True, text=True).stdout.strip()

    def commits(self, factors):
        """A repository in which each commit has one of these factors. Returns the hashes."""
        os.mkdir(self.repository)
        self.git("init", "--quiet", "--initial-branch", "main")
        hashes = []
        for number, factor in enumerate(factors):
            with open(os.path.join(self.repository, "factor"), "w", encoding="utf-8") as file:
                file.write(str(factor))
            self.git("add", "factor")
            self.git("commit", "--quiet", "--allow-empty", "-m", f"change {number}")
            hashes.append(self.git("rev-parse", "HEAD"))
        return hashes

    def sixty_four(self):
        return self.commits(["broken" if k % BROKEN == 7 else 1.05 if k >= SLOWER_FROM else 1
                             for k in range(COMMITS + 1)])

    def arguments(self, *words, good="HEAD~64", bad="HEAD", out=None, command=None):
        return [self.file, "--site", self.site, "--option", "emulator", "--repository",
                self.repository, "--good", good, "--bad", bad, "--out", out or self.out, *words,
                "--", *(command or [self.build_script, "{rev}", "{out}"])]

    def by_commit(self, *words, expect=0, **keys):
        return self.tare("bisect", *self.arguments(*words, **keys), expect=expect)

    def state(self, out=None):
        with open(os.path.join(out or self.out, "bisect.json"), encoding="utf-8") as file:
            return json.load(file)

    def values(self, factors):
        return [self.script(f"emulator-{i}", f'#!/bin/sh\nBISECT_FACTOR={factor} exec "$@"\n')
                for i, factor in enumerate(factors)]

    def by_value(self, values, *words, expect=0):
        return self.tare("bisect", self.file, "--site", self.site, "--option", "emulator", "--out",
                         self.out, *words, *values, expect=expect)

    def test_one_of_64_commits(self):
        hashes = self.sixty_four()
        result = self.by_commit()
        self.assertIn(f"the first bad one is {SLOWER_FROM} ({hashes[SLOWER_FROM][:10]} "
                      f"change {SLOWER_FROM})\n", result.stdout)
        self.assertIn("value of null program=", result.stdout)
        answer = self.state()["answer"]
        self.assertEqual(SLOWER_FROM, answer["likeliest"]["first"])
        self.assertEqual(COMMITS, len(answer["posterior"]))
        self.assertAlmostEqual(1, sum(answer["posterior"]), places=6)
        self.assertGreaterEqual(answer["posterior"][SLOWER_FROM - 1], .95)
        for suffix in "svg", "png", "pdf", "txt":
            self.assertTrue(os.path.getsize(self.path("out", "figures", f"bisect.{suffix}")))
        self.check_blocks(answer)

    def check_blocks(self, answer):
        """Both anchors in every block, at most two others, and in mirrored pairs."""
        orders = []
        for number, revisions in enumerate(self.state()["blocks"]):
            with e2e.Store(self.path("out", f"block-{number + 1:02}")) as store:
                order = [run[0] for run in store.runs()]
            self.assertEqual([0, COMMITS], revisions[:2])
            self.assertEqual({"good", "bad"} | {f"r{r}" for r in revisions[2:]}, set(order))
            self.assertLessEqual(len(order), 4)
            self.assertFalse(set(revisions) & set(answer["untestable"]))
            orders.append([(["good", "bad"] + [f"r{r}" for r in revisions[2:]]).index(name)
                           for name in order])
        for first, second in zip(orders[::2], orders[1::2]):
            if len(first) == len(second):
                self.assertEqual(first, second[::-1])

    def test_unbuildable_ones_are_skipped(self):
        # The first bad one itself does not build: the answer is a group.
        self.commits([1, 1, 1, "broken", "broken", 1.05, 1.05])
        result = self.by_commit(good="HEAD~6")
        self.assertRegex(result.stdout, r"the first bad one is 3 .*, or 4 .*, or 5 ")
        self.assertRegex(result.stderr, "skipped: 3 .* exit status 2: .*this does not compile")
        self.assertEqual([3, 4], self.state()["answer"]["untestable"])
        with open(next(os.path.join(self.path("out", "builds"), name)
                       for name in os.listdir(self.path("out", "builds"))
                       if name.startswith("0003") and name.endswith(".log")),
                  encoding="utf-8") as file:
            self.assertIn("does not compile", file.read())

    def test_a_bad_one_that_does_not_build(self):
        self.commits([1, 1, "broken"])
        result = self.by_commit(good="HEAD~2", expect=e2e.USAGE)
        self.assertIn("change 2) cannot be built: exit status 2:", result.stderr)
        self.assertIn("code.c:1: error: this does not compile | make: *** [all] Error 1",
                      result.stderr)
        self.assertFalse(os.path.exists(self.path("out", "anchors")))

    def test_builds_of_no_use(self):
        self.commits([1, 1.05])
        result = self.by_commit(good="HEAD~1", command=["true", "{rev}"], expect=e2e.USAGE)
        self.assertRegex(result.stderr, "ended well, but there is no .*out/builds/.*[.]out")
        result = self.by_commit("--build-limit", "200ms", good="HEAD~1", out=self.path("slow"),
                                command=["sleep", "60"], expect=e2e.USAGE)
        self.assertIn("did not end within 0.2 s", result.stderr)
        result = self.by_commit(good="HEAD~1", out=self.path("none"),
                                command=["./no-such-program"], expect=e2e.USAGE)
        self.assertIn("no-such-program", result.stderr)

    def test_anchors_that_do_not_differ(self):
        result = self.by_value(self.values([1, 1, 1]), expect=4)
        self.assertRegex(result.stderr, "no REGRESSION between the good and the bad one: null 1x1 "
                         r"value: (NOT WORSE|EQUIVALENT) \(slowdown .* %")
        self.assertEqual([], self.state()["blocks"])
        # The better one is not looked for.
        self.out = self.path("better")
        self.assertIn("IMPROVEMENT", self.by_value(self.values([1.2, 1.2, 1]), expect=4).stderr)

    def test_values_of_an_option(self):
        result = self.by_value(self.values([1, 1, 1.05, 1.05, 1.05, 1.05]))
        self.assertRegex(result.stdout, r"the first bad one is 2 \(.*emulator-2\)")
        # All campaigns are whole files.
        self.tare("plan", self.path("out", "block-01.yaml"))
        self.tare("gate", self.path("out", "anchors:good"), self.path("out", "anchors:bad"),
                  expect=1)

    def test_two_values(self):
        self.file = self.campaign([{"program": self.path("program")}], decide={"delta": "2%"})
        result = self.by_value(self.values([1, 1.05]))
        self.assertRegex(result.stdout, r"the first bad one is 1 \(.*emulator-1\)")
        self.assertEqual([], self.state()["blocks"])

    def test_one_target_of_a_larger_campaign(self):
        values = self.values([1, 1.05])
        program = self.path("program")
        self.file = self.campaign(
            [{"program": program, "count": 1, "targets": ["old"]},
             {"program": program, "count": 2, "targets": ["old", "new"]},
             {"program": program, "count": 3}],
            targets=["fake", {"target": "fake", "name": "old"},
                     {"target": "fake", "name": "new", "seed": 3, "emulator": "/bin/false"}],
            blocks=5, precision="5%", limits={"blocks": 8, "run": "1m"})
        self.refused(self.by_value(values, expect=e2e.USAGE),
                     "name with --target the one to bisect")
        self.by_value(values, "--target", "new", "--set", "limits.blocks=6")
        with e2e.Store(self.path("out", "anchors")) as store:
            self.assertEqual([("bad",), ("good",)],
                             store.rows("SELECT name FROM target ORDER BY name"))
            for name, options in store.rows("SELECT name, options_json FROM target"):
                options = json.loads(options)
                self.assertEqual(values[name == "bad"], options["emulator"])
                self.assertEqual("3", options["seed"])
            self.assertEqual({2, 3}, {int(row[0].split("count=")[1].split()[0]) for row in
                                      store.rows("SELECT parameters FROM cell")})
        # What is not asked about the target stays as it is.
        with open(self.path("out", "anchors.yaml"), encoding="utf-8") as file:
            self.assertIn("run: 1m", file.read().replace('"', ""))

    def test_machines_that_fail(self):
        values = self.values([1, 1, 1, "fails", 1.05, 1.05])
        result = self.by_value(values)
        self.assertRegex(result.stdout, "the first bad one is 3 .*, or 4 ")
        self.assertIn("/emulator-3): exited with status 1; last line of stderr: no answer\n",
                      result.stderr)

    def test_other_candidates(self):
        values = self.values([1, 1, 1.05])
        self.by_value(values)
        before = self.state()
        result = self.by_value(values[:1] + values[2:], expect=e2e.USAGE)
        self.assertIn("holds a bisection with another revisions; give another --out", result.stderr)
        result = self.by_value(values, "--delta", "2%", expect=e2e.USAGE)
        self.assertIn("another delta", result.stderr)
        self.assertEqual(before, self.state())

    def test_mistakes(self):
        self.commits([1, 1, 1.05])
        for words, texts in (
                ({"good": "no-such-tag"}, ["there is no revision \"no-such-tag\""]),
                ({"good": "--all"}, ["\"--all\" is no revision"]),
                ({"good": "HEAD", "bad": "HEAD~1"}, ["no ancestor"]),
                ({"good": "HEAD", "bad": "HEAD"}, ["1 revision: expected a good one and a bad"])):
            self.refused(self.by_commit(**words, expect=e2e.USAGE), *texts)
        values = self.values([1, 1.05])
        for words, text in (
                (["--good", "HEAD"], "--good and --bad belong together"),
                (["--revisions", self.path("nothing")], "nothing"),
                (["--target", "xen"], "there is no target \"xen\""),
                (["--delta", "-1%"], "delta")):
            result = self.by_value(values, *words, expect=e2e.USAGE)
            self.assertIn(text, result.stderr)
        self.refused(self.tare("bisect", self.file, *values, expect=e2e.USAGE), "--option: missing")
        result = self.tare("bisect", self.file, "--option", "emulater", "--site", self.site,
                           "--out", self.path("other"), *values, expect=e2e.USAGE)
        self.assertIn("emulater", result.stderr)
        self.assertFalse(os.path.exists(self.path("other")))
        self.refused(self.by_value([values[0], values[0]], expect=e2e.USAGE), "given twice")

    def killed(self, log, number):
        """The bisection until its log has this, then ended by the signal."""
        with open(self.path("log"), "wb") as file:
            process = subprocess.Popen(
                self.argv("bisect", *self.arguments()), cwd=self.directory, stdout=file,
                stderr=file, stdin=subprocess.DEVNULL,
                env=dict(self.environment, BISECT_SLEEP=".1"))
            self.addCleanup(self.end, process)
            self.wait_until(lambda: log in self.log_text() or process.poll() is not None, log)
            self.assertIsNone(process.poll(), self.log_text())
            return self.interrupt(process, number)

    def test_killed_and_continued(self):
        hashes = self.sixty_four()
        self.killed("building 64 ", signal.SIGKILL)
        self.killed("block 1:", signal.SIGKILL)
        blocks = self.state()["blocks"]
        self.assertEqual(e2e.INTERRUPTED, self.killed("block 2:", signal.SIGINT))
        with e2e.Store(self.path("out", "block-01")) as store:
            before = store.everything()
        result = self.by_commit()
        self.assertIn(hashes[SLOWER_FROM][:10], result.stdout)
        self.assertEqual(blocks, self.state()["blocks"][:len(blocks)])
        with e2e.Store(self.path("out", "block-01")) as store:
            self.assertEqual(before, store.everything())
        again = self.by_commit()
        self.assertEqual(result.stdout, again.stdout)
        self.assertNotIn("building", again.stderr)

    def test_list_of_revisions(self):
        self.commits([1, 1.05])
        good, bad = self.git("rev-parse", "HEAD~1"), self.git("rev-parse", "HEAD")
        names = self.write("names", f"# two\n{good}\n\n{bad}\n")
        result = self.tare("bisect", self.file, "--site", self.site, "--option", "emulator",
                           "--repository", self.repository, "--revisions", names, "--out", self.out,
                           "--", self.build_script, "{rev}", "{out}")
        self.assertIn(bad[:10], result.stdout)


if __name__ == "__main__":
    e2e.main()
