"""Campaigns that run until it is decided whether one target is worse than another, and the gate
that reads the same decision from their stores."""
import json
import os
import shutil
import signal
import sqlite3
import time

import e2e

# Prints what tare-null prints: 100, times the target's factor, with the cell's noise. Which target
# it runs in, the environment of the machine's agent says. Numbers come from a counter of each
# target, so that they are the same in every run of the test.
PROGRAM = """#!/usr/bin/env python3
import os, random, sys, time
at = os.getpid()
environment = {{}}
while "DECIDE_NAME" not in environment:
    at = int(open(f"/proc/{{at}}/stat").read().rsplit(")", 1)[1].split()[1])
    environment = dict(line.split("=", 1) for line in
                       open(f"/proc/{{at}}/environ").read().split("\\0") if "=" in line)
name, factor = environment["DECIDE_NAME"], float(environment["DECIDE_FACTOR"])
noise = float(os.path.basename(sys.argv[0]).split("-")[1])
path = os.path.join({directory!r}, f"{{name}}-{{os.path.basename(sys.argv[0])}}.count")
count = int(open(path).read()) if os.path.exists(path) else 0
open(f"{{path}}-{{at}}", "w").write(str(count + 1))
os.replace(f"{{path}}-{{at}}", path)
if environment.get("DECIDE_LOSES") and count % 2:
    sys.exit("lost")
time.sleep(float(environment.get("DECIDE_SLEEP", "0")))
draw = random.Random(f"{{name}} {{count}}")
print(f"tare-null 1\\nvalue 0 1\\n{{100 * factor * (1 + noise * draw.gauss(0, 1))}}")
print("elapsed 0 1\\n1\\ndone 2")
"""


class Decides(e2e.Case):
    def setUp(self):
        super().setUp()
        self.quiet = self.program("quiet-0.003")
        self.noisy = self.program("noisy-0.008")
        self.worst = self.program("worst-0.1")

    def program(self, name):
        path = self.write(name, PROGRAM.format(directory=self.directory))
        os.chmod(path, 0o755)
        return path

    def target(self, name, factor=1, **variables):
        agent = os.path.join(self.build, "agent", "tare-agent")
        words = [f"DECIDE_{key}={value}" for key, value in variables.items()]
        return {"target": "command", "name": name, "reach": " ".join(
            ["env", f"DECIDE_NAME={name}", f"DECIDE_FACTOR={factor}", *words, agent])}

    def two(self, factor=1, programs=None, **keys):
        return self.campaign(
            [{"program": program} for program in programs or [self.quiet]],
            targets=[self.target("old"), self.target("new", factor)], **keys)

    def gate(self, *arguments, out=None, expect=0):
        out = out or self.out
        result = self.tare("gate", f"{out}:old", f"{out}:new", *arguments, expect=expect)
        return result.stdout + result.stderr

    def blocks(self, program=None, target="new"):
        with e2e.Store(self.out) as store:
            return len([1 for run in store.runs()
                        if run[0] == target and (not program or program in run[2])])

    def reported(self, *arguments):
        return self.tare("report", self.out, *arguments).stdout

    @staticmethod
    def headlines(node):
        """All of a report's objects that say whether they are settled."""
        if isinstance(node, dict):
            inner = [found for value in node.values() for found in Decides.headlines(value)]
            return inner + [node] * ("settled" in node)
        return [found for item in node for found in Decides.headlines(item)] \
            if isinstance(node, list) else []

    def items(self, expect=0):
        path = self.path("gate.json")
        self.gate("--format", "json", "--output", path, expect=expect)
        with open(path, encoding="utf-8") as file:
            return json.load(file)["items"]

    def test_nothing_changed(self):
        self.tare("run", self.two(), "--until-decided", "--out", self.out)
        said = self.gate()
        self.assertIn("decided after", said)
        self.assertRegex(said, "EQUIVALENT|NOT WORSE")
        self.assertLessEqual(4, self.blocks())
        self.assertLess(self.blocks(), 20)
        self.assertEqual(0, self.blocks() % 2)
        # The report says what the gate does, with the interval that holds at every look.
        report = self.reported()
        self.assertIn("No change that matters in 1", report)
        self.assertIn("as by tare gate", report)
        self.assertNotIn(" ~", report)
        value = json.loads(self.reported("--format", "json"))
        settled = [v for v in self.headlines(value) if v["settled"]]
        item = next(i for i in self.items() if i["metric"] == "value")
        self.assertEqual([(item["low"], item["high"])],
                         [(v["low"], v["high"]) for v in settled])
        # A copy says the same, whatever is asked again.
        shutil.copytree(self.out, self.path("copy"))
        self.assertEqual(said.replace(self.out, "X"),
                         self.gate(out=self.path("copy")).replace(self.path("copy"), "X"))
        junit, summary = self.path("gate.xml"), self.path("gate.md")
        self.gate("--junit", junit, "--summary", summary)
        for path in junit, summary:
            with open(path, encoding="utf-8") as file:
                self.assertIn("decided after", file.read(), path)

    def test_a_worse_target(self):
        # `value` is better when it is higher.
        self.tare("run", self.two(.95), "--until-decided", "--out", self.out)
        self.assertIn("REGRESSION", self.gate(expect=1))
        self.assertEqual(4, self.blocks())
        self.assertIn("Slower, by ", self.reported())

    def test_against_another_target_than_the_baseline(self):
        """The report says what the gate says about old and new, and what both cost."""
        campaign = self.campaign(
            [{"program": self.quiet}], baseline="plain", decide={"base": "old"},
            targets=[self.target("plain", 1.3), self.target("old"), self.target("new", .95)])
        self.tare("run", campaign, "--out", self.out)
        with e2e.Store(self.out) as store:
            question, = store.rows("SELECT text FROM event WHERE kind = 'decide'")
        self.assertEqual("old", json.loads(question[0])["base"])
        self.gate(expect=1)
        report = self.reported()
        self.assertIn("Decided: slowdown against old", report)
        self.assertNotIn("What options change", report)
        report = " ".join(report.split())
        self.assertIn("against old, as by tare gate", report)
        self.assertRegex(
            report, r"new Against old: slower, by \+5\.\d+ % \([^)]*\)\."
                    r" Against plain: slower, by \+3\d")
        self.assertRegex(report, r"old Slower, by \+[23]\d")
        item = next(i for i in self.items(1) if i["metric"] == "value")
        variant, = json.loads(self.reported("--format", "json"))["variants"]
        self.assertEqual(
            ("new", "old", 1, item["low"], item["high"]),
            tuple(variant[key] for key in ("target", "first", "decided", "low", "high")))

    def test_another_question_is_refused(self):
        campaign = self.two(decide={"delta": "2%"})
        self.tare("run", campaign, "--out", self.out)
        self.gate("--delta", "2%")
        said = self.gate("--delta", "1%", expect=2)
        self.assertIn("delta 2%", said)
        self.gate("--alpha", "1%", expect=2)
        self.assertIn("not the declared question",
                      self.gate("--delta", "50%", "--force"))
        said = self.tare("run", campaign, "--until-decided", "--delta", "1%", "--out", self.out,
                         expect=2)
        self.assertIn("another --out", said.stderr)

    def test_cells_leave(self):
        self.tare("run", self.two(programs=[self.quiet, self.noisy]), "--until-decided", "--out",
                  self.out)
        quiet, noisy = self.blocks("quiet"), self.blocks("noisy")
        self.assertLess(quiet, noisy)
        self.assertEqual((quiet, noisy), (self.blocks("quiet", "old"), self.blocks("noisy", "old")))
        self.assertEqual({quiet, noisy}, {item["blocks"] for item in self.items()
                                          if item["metric"] == "value"})

    def test_on_several_hosts(self):
        """Looks are as far apart as all hosts have a block; what is decided leaves on all."""
        self.site = self.write("sites.yaml", {
            "site": "several", "work_dir": self.work, "reach": "local",
            "hosts": [{"host": "h[1-5]", "cpus": "0", "memory": "1G"}]})
        campaign = self.two(programs=[self.quiet, self.noisy], resources={
            "cpus": 1, "per": "machine", "memory": "128M", "overcommit": True})
        self.tare("run", campaign, "--until-decided", "--out", self.out)
        quiet, noisy = self.blocks("quiet"), self.blocks("noisy")
        self.assertEqual((0, 0), (quiet % 6, noisy % 6))
        self.assertLessEqual(quiet, noisy)
        self.assertLess(quiet, 50)
        self.assertEqual((quiet, noisy), (self.blocks("quiet", "old"), self.blocks("noisy", "old")))
        with e2e.Store(self.out) as store:
            self.assertEqual([("h1",), ("h2",), ("h3",), ("h4",), ("h5",)], store.rows(
                "SELECT DISTINCT host FROM machine ORDER BY 1"))
            looks = [text for kind, text in store.rows("SELECT kind, text FROM event")
                     if kind == "look"]
        self.assertEqual(len(looks), max(quiet, noisy) // 6)
        self.assertIn("2 of 2 cells need no more", looks[-1])
        # The gate's own looks are every two blocks, and come to the same.
        self.assertRegex(self.gate(), "decided after [468] pairs")

    def test_hopeless(self):
        self.tare("run", self.two(.99, programs=[self.worst]), "--until-decided", "--out", self.out)
        said = self.gate(expect=4)
        self.assertIn("hopeless after", said)
        self.assertLess(self.blocks(), 50)

    def test_red_early_or_complete(self):
        programs = [self.quiet, self.worst]
        self.tare("run", self.two(.9, programs=programs), "--until-decided", "--out", self.out)
        self.assertEqual(4, self.blocks("worst"))
        self.assertIn("not looked at further", self.gate(expect=1) + json.dumps(self.items(1)))
        self.tare("run", self.two(.9, programs=programs), "--until-decided", "--complete", "--out",
                  self.out)
        self.assertGreater(self.blocks("worst"), 4)
        self.assertEqual(4, self.blocks("quiet"))

    def test_complete_to_the_last_look(self):
        campaign = self.two(.9, programs=[self.quiet, self.worst], limits={"blocks": 6})
        self.tare("run", campaign, "--until-decided", "--complete", "--out", self.out)
        self.assertIn("undecided after 6 of at most 6 pairs", json.dumps(self.items(1)))

    def test_pairs_of_blocks_are_mirrored(self):
        self.tare("run", self.two(programs=[self.quiet, self.noisy], blocks=4), "--out", self.out)
        with e2e.Store(self.out) as store:
            runs = store.runs()
        for block in 0, 2:
            orders = [[run[:3] for run in runs if run[3] == number]
                      for number in (block, block + 1)]
            self.assertEqual(orders[0], orders[1][::-1])

    def test_killed_and_continued(self):
        campaign = self.two(programs=[self.quiet, self.noisy])
        self.tare("run", campaign, "--until-decided", "--seed", "1", "--out", self.path("whole"))
        whole = self.gate("--quiet", out=self.path("whole"))
        for path in os.listdir(self.directory):
            if path.endswith(".count"):
                os.remove(self.path(path))
        for _ in range(3):
            process = self.start(campaign, "--until-decided", "--seed", "1")
            time.sleep(.7)
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.tare("run", campaign, "--until-decided", "--seed", "1", "--out", self.out)
        self.assertEqual(whole.splitlines()[-1], self.gate("--quiet").splitlines()[-1])

    def nights(self, program, last):
        """Imported nights, the last of which is slower by so much."""
        names = []
        for day in range(1, 9):
            lines = ["target,placement,benchmark,parameters,metric,unit,better,block,run,value"]
            for target in "base", "kvm":
                for block in range(3):
                    value = 100 + .05 * block + (.1 * (day * 7 % 11) if target == "kvm" else 0)
                    value *= 1 - last if day == 8 and target == "kvm" else 1
                    lines.append(f"{target},1x1,null,program={program},value,1/s,higher,{block},0,"
                                 f"{value}")
            path = self.write(f"night{day}.csv", "\n".join(lines) + "\n")
            names.append(self.path(f"night{day}"))
            self.tare("import", path, "--out", names[-1], "--date", f"2026-03-0{day}")
        return names

    def test_history_runs_old_against_new_for_what_it_flags(self):
        campaign = self.two(.95, programs=[self.quiet, self.noisy])
        words = ["--gate", "--ab", campaign, "--ab-out", self.out, "--site", self.site]
        said = self.tare("history", *self.nights(self.quiet, .05), *words, expect=1).stdout
        self.assertIn("FLAGGED: kvm", said)
        self.assertIn("REGRESSION: kvm 1x1 null", said)
        self.assertIn("gate REGRESSION", said)
        self.assertEqual((4, 0), (self.blocks("quiet"), self.blocks("noisy")))
        # The same night again only reads what is there.
        names = [self.path(f"night{day}") for day in range(1, 9)]
        self.assertEqual(said, self.tare("history", *names, *words, expect=1).stdout)
        self.assertEqual(4, self.blocks("quiet"))

    def test_history_whose_alarm_is_false(self):
        campaign = self.two(programs=[self.quiet])
        said = self.tare("history", *self.nights(self.quiet, .05), "--gate", "--ab", campaign,
                         "--ab-out", self.out, "--site", self.site).stdout
        self.assertRegex(said, "(NOT WORSE|EQUIVALENT): kvm .*decided after")
        # A campaign without the flagged cell decides nothing.
        campaign = self.two(programs=[self.noisy])
        names = [self.path(f"night{day}") for day in range(1, 9)]
        said = self.tare("history", *names, "--gate", "--ab", campaign, "--ab-out",
                         self.path("other"), "--site", self.site, expect=4).stdout
        self.assertIn("none of the flagged cells", said)
        self.assertFalse(os.path.exists(self.path("other")))

    def test_deadline(self):
        campaign = self.two()
        for text in "2020-01-01T05:00", "0", "soon":
            said = self.tare("run", campaign, "--until-decided", "--deadline", text, "--out",
                             self.out, expect=2).stderr
            self.assertIn("--deadline", said)
            self.assertFalse(os.path.exists(self.out))
        slow = self.campaign([{"program": self.quiet}], targets=[
            self.target("old", SLEEP=.4), self.target("new", SLEEP=.4)])
        said = self.tare("run", slow, "--until-decided", "--deadline", "1s", "--out", self.out,
                         expect=1).stderr
        self.assertIn("deadline", said)
        self.assertLess(self.blocks(), 4)
        self.gate(expect=4)
        self.tare("run", slow, "--until-decided", "--out", self.out)
        self.gate()

    def test_a_target_that_loses_every_second_block(self):
        campaign = self.campaign([{"program": self.quiet}], targets=[
            self.target("old"), self.target("new", LOSES=1)])
        self.tare("run", campaign, "--until-decided", "--out", self.out, expect=1)
        said = self.gate(expect=4)  # decided, but a failed run is never green
        self.assertIn("runs failed", said)
        self.assertEqual(["FAILED"], [item["gate"].upper() for item in self.items(4)
                                      if item["metric"] == "value"])
        self.assertGreaterEqual(self.blocks("quiet"), 8)

    def noise(self, *programs, until="2999-01-01", name="noise.yaml"):
        return self.write(name, {"expectations": [
            {"metric": "value", "parameters": f"*{program}*", "reason": "the fan", "until": until}
            for program in programs]})

    def looks(self):
        with e2e.Store(self.out) as store:
            return [text for kind, text in store.rows("SELECT kind, text FROM event ORDER BY id")
                    if kind in ("look", "decided")]

    def begin_again(self):
        """As if nothing had run yet: programs draw the same numbers again."""
        shutil.rmtree(self.out, ignore_errors=True)
        for path in os.listdir(self.directory):
            if path.endswith(".count"):
                os.remove(self.path(path))

    def test_known_noise_does_not_end_it(self):
        """A regression that is known ends nothing: the other cell is decided as without it."""
        alone = self.two(programs=[self.noisy])
        self.tare("run", alone, "--until-decided", "--out", self.out)
        blocks = self.blocks("noisy")
        self.assertGreater(blocks, 4)
        campaign = self.campaign(
            [{"program": self.quiet, "targets": ["worse", "old"]},
             {"program": self.noisy, "targets": ["new", "old"]}],
            targets=[self.target("old"), self.target("new"), self.target("worse", .9)],
            decide={"expect": self.noise("quiet"), "delta": "1%"})
        self.begin_again()
        self.tare("run", campaign, "--out", self.out)
        self.assertEqual((4, blocks), (self.blocks("quiet", "worse"), self.blocks("noisy")))
        self.assertNotIn("REGRESSION", " ".join(self.looks()))
        said = self.tare("gate", f"{self.out}:old", f"{self.out}:worse", expect=4).stdout
        self.assertIn("EXPECTED: worse 1x1 null", said)
        self.assertIn("decided after 4 pairs", said)
        self.assertIn(f"decided after {blocks} pairs", self.gate(expect=4))

    def test_known_noise_holds_nothing(self):
        """What is too noisy to be decided, and known to be, is measured as long as a detail."""
        programs = [self.quiet, self.worst]
        campaign = self.two(programs=programs)
        self.tare("run", campaign, "--until-decided", "--out", self.out)
        whole = self.blocks("worst")
        self.assertGreater(whole, 4)
        self.gate(expect=4)
        self.begin_again()
        noise = self.noise("worst")
        self.tare("run", campaign, "--until-decided", "--expect", noise, "--out", self.out)
        self.assertEqual(4, self.blocks("worst"))
        self.assertLess(self.blocks("quiet"), whole)
        self.assertIn("everything is decided", self.looks()[-1])
        said = self.gate()
        self.assertIn("EXPECTED: new 1x1 null", said)
        self.assertIn("the fan; not waited for after 4 pairs", " ".join(said.split()))
        # A copy elsewhere says the same without the file, also when it would have expired. Its
        # name is as long, so that lines break at the same words.
        os.remove(noise)
        copy = self.path("two")
        self.assertEqual(len(self.out), len(copy))
        shutil.copytree(self.out, copy)
        self.assertEqual(said.replace(self.out, "X"), self.gate(out=copy).replace(copy, "X"))
        # Another file that a gate gets counts there, and changes no look.
        said = self.gate("--expect", self.noise("quiet"), expect=4)
        self.assertIn("not waited for after 4 pairs", " ".join(said.split()))

    def test_expired_noise_counts(self):
        campaign = self.two(.9, programs=[self.quiet, self.worst])
        self.tare("run", campaign, "--until-decided", "--expect",
                  self.noise("quiet", until="2020-01-01"), "--out", self.out)
        self.assertEqual(4, self.blocks("worst"))
        self.assertIn("stopped at a REGRESSION", self.looks()[-1])
        self.assertIn("EXPIRED on 2020-01-01", " ".join(self.gate(expect=1).split()))

    def test_noise_that_expires_later_stays_known(self):
        """The looks went by the day on which the campaign began."""
        campaign = self.two(.9)
        self.tare("run", campaign, "--until-decided", "--expect", self.noise("quiet"), "--out",
                  self.out)
        self.gate(expect=4)  # nothing else was measured
        with sqlite3.connect(os.path.join(self.out, "campaign.sqlite")) as base:
            text, = base.execute("SELECT text FROM event WHERE kind = 'decide'").fetchone()
            declared = json.loads(text)
            self.assertRegex(declared["expect"]["day"], r"^\d{4}-\d\d-\d\d$")
            declared["expect"].update(day="2020-01-01")
            declared["expect"]["list"][0].update(until="2020-01-01")
            base.execute("UPDATE event SET text = ? WHERE kind = 'decide'",
                         (json.dumps(declared),))
        self.assertIn("EXPECTED: new", self.gate(expect=4))

    def test_known_noise_of_a_continued_campaign(self):
        campaign = self.campaign([{"program": self.quiet}], targets=[
            self.target("old", SLEEP=.4), self.target("new", SLEEP=.4)])
        words = ["run", campaign, "--until-decided", "--out", self.out, "--expect"]
        self.tare(*words, self.noise("quiet"), "--deadline", "1s", expect=1)
        for other in (self.noise("quiet", until="2999-01-02"), self.noise("quiet", "worst")):
            said = self.tare(*words, other, expect=2).stderr
            self.assertIn("other known noise", said)
            self.assertEqual(1, said.count("\n"), said)
        self.assertIn("other known noise", self.tare(*words[:-1], expect=2).stderr)
        # The same, wherever the file is.
        self.tare(*words, self.noise("quiet", name="moved.yaml"))
        self.assertEqual(4, self.blocks())

    def test_mistakes_in_known_noise(self):
        bad = self.noise("quiet", until="soon", name="bad.yaml")
        missing = self.path("missing.yaml")
        for path, text in (bad, 'bad.yaml:7:13: until: expected a date'), (missing, "missing.yaml"):
            for words in (["--until-decided", "--expect", path],
                          ["--set", f"decide.expect={path}"]):
                said = self.tare("run", self.two(), *words, "--out", self.out, expect=2).stderr
                self.assertIn(text, said)
                self.assertFalse(os.path.exists(self.out))
        self.assertIn("--until-decided", self.tare(
            "run", self.two(), "--expect", self.noise("quiet"), "--out", self.out,
            expect=2).stderr)

    def test_history_runs_with_the_known_noise(self):
        """In a flagged cell a metric that is known to be noise holds nothing."""
        campaign = self.two(.95, programs=[self.quiet])
        names = self.nights(self.quiet, .05)
        words = ["--gate", "--ab", campaign, "--ab-out", self.out, "--site", self.site, "--expect",
                 self.noise("nothing")]
        self.tare("history", *names, *words, "--junit", self.path("j.xml"), expect=1)
        with e2e.Store(self.out) as store:
            text, = [text for kind, text in store.rows("SELECT kind, text FROM event")
                     if kind == "decide"]
        self.assertEqual("*nothing*", json.loads(text)["expect"]["list"][0]["parameters"])
        with open(self.path("j.xml"), encoding="utf-8") as file:
            self.assertIn("<failure", file.read())

    def test_bad_questions(self):
        for decide, text in (({"delta": "0%"}, "decide.delta"), ({"first": 2}, "first"),
                             ({"base": "odl"}, "odl"), ({"detla": "1%"}, "detla"),
                             ({"delta": "200%"}, "decide.delta"),
                             ({"delta": "1%,valeu=5%"}, 'no metric "valeu"; did you mean "value"?'),
                             ({"delta": "1%,value=500%"}, "more than 100%"),
                             ({"delta": "1%,value=5%,null.value=6%"}, "two margins for value")):
            said = self.tare("run", self.two(decide=decide), "--out", self.out, expect=2).stderr
            self.assertIn(text, said)
            if "delta" in decide:
                self.assertRegex(said, r"campaign.yaml:\d+:\d+: decide.delta")
        said = self.tare("run", self.two(decide={}, precision="1%"), "--out", self.out,
                         expect=2).stderr
        self.assertIn("precision", said)
        said = self.tare("run", self.campaign(), "--until-decided", "--out", self.out,
                         expect=2).stderr
        self.assertIn("no other target", said)
        self.assertIn("--until-decided", self.tare(
            "run", self.two(), "--delta", "1%", "--out", self.out, expect=2).stderr)

    def test_the_campaign_changed_between_looks(self):
        self.tare("run", self.two(decide={"delta": "1%"}), "--out", self.out)
        said = self.tare("run", self.two(decide={"delta": "1%", "step": 4}), "--out", self.out,
                         expect=2).stderr
        self.assertIn("another --out", said)


if __name__ == "__main__":
    e2e.main()
