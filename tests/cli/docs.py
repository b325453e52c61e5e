#!/usr/bin/env python3
"""Every command in the documentation is run, and every file in it is read.

    docs.py TARE MAKE_STORE SOURCE_DIR

Of README.md and all of docs/, code blocks without a language or with "sh" hold commands, one a line
(indented lines continue one). They run in the order of the page, in an empty directory with results
to read, as do blocks of Python. What measures is planned instead of run; what cannot be run here is
in NOT_RUN, with the reason. YAML blocks are campaigns (or parts of one) or sites, which tare plan
has to take, or files of a CI service, of which every tare command has to be one. A YAML block that
begins with a comment that is a file's name is written to that file first."""
import contextlib
import glob
import math
import os
import random
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import yaml

NOT_RUN = [
    (r"scripts/\w+", "takes minutes, or changes this machine"),
    (r"pdflatex ", "compiles what the test report_latex compiles"),
    (r"(cmake|ninja) ", "builds tare itself"),
    (r"ctest ", "is one of these tests, or runs this one"),
    (r"(build/cli/)?tare clean\b", "would clean this machine"),
    (r"salloc ", "needs Slurm: the test e2e_slurm_tutorial runs that chapter of the tutorial"),
    (r".*tare slurm .* --submit ", "the same"),
    (r"(build/cli/)?tare report results/cluster", "the same: these results are of several hosts"),
    (r"tare history .*--ab \S+\.yaml", "would run a campaign where a night looks worse"),
    (r"tare image\b", "builds an image; the test cli_installed runs what does not"),
    (r"ip netns exec tare-lab |export TARE_CACHE=\S+ TARE_LAB", "needs a running lab"),
    (r"LIBVIRT_LOG_\w+=\S+ .*build/tests/perf/", "boots a guest"),
    (r"qemu-system-x86_64 ", "boots a guest with files of an image"),
    (r"git bisect ", "needs a repository, and builds"),
]
# What verbs may answer about made-up data. Guests of make_store are emulated, which compare
# refuses.
ALLOWED = {"gate": (0, 1, 4), "history": (0, 4), "compare": (0,), "selftest": (0, 4),
           "verify": (0, 4)}
# What a part of a campaign needs to be one.
PARTS = {"targets": "targets: [native]", "benchmarks": "benchmarks: [cpu]",
         "placements": "placements: [1x1]", "resources": "resources: {cpus: 1, memory: 256M}"}
TIMEOUT_S = 60
COLUMNS = "target,benchmark,metric,unit,better,block,run,value"


class Docs:
    def __init__(self, tare, make_store, source):
        self.tare, self.make_store, self.source = map(os.path.abspath, (tare, make_store, source))
        self.random = random.Random(7)
        self.failures, self.counts = [], {"run": 0, "planned": 0, "not run": 0, "files": 0}

    # --- what the commands read -------------------------------------------------------------------

    def campaign(self, name, day,
                 targets=("native", "container", "kvm-virtio", "xen-pv", "xen-pvh")):
        """An imported campaign with the names that the pages use."""
        lines = [COLUMNS]
        metrics = [("cpu", "integer_rate", "Mop/s", "higher"),
                   ("disk", "bandwidth", "MB/s", "higher"), ("disk", "iops", "1/s", "higher")]
        for target in targets:
            for block in range(4):
                for words in metrics:
                    value = 100 * math.exp(self.random.gauss(0, 0.01))
                    lines.append(",".join((target, *words, str(block), "0", repr(value))))
        with open("data.csv", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        subprocess.run([self.tare, "import", "data.csv", "--out", name, "--date", day], check=True,
                       capture_output=True)
        os.unlink("data.csv")

    def prepare(self):
        for folder in ("build/cli", "bin", "results", "paper"):
            os.makedirs(folder)
        for path in ("build/cli/tare", "bin/tare"):
            os.symlink(self.tare, path)
        for path in ("results/published", "configs", "docs"):
            os.symlink(os.path.join(self.source, path), path)
        subprocess.run([self.make_store, "results/quick"], check=True)
        shutil.copytree("results/quick", "results/again")
        with contextlib.closing(sqlite3.connect("results/again/campaign.sqlite")) as again, again:
            again.execute("UPDATE campaign SET campaign_id = 'again'")
        for store in ("before", "after", "my-first"):
            self.campaign("results/" + store, "2026-01-01")
        for day in range(1, 8):
            self.campaign(f"results/nightly-{day}", f"2026-03-0{day}")
        self.campaign("results/xen-4.17", "2026-01-01")
        self.campaign("results/xen-4.18", "2026-02-01")
        self.campaign("results/selftest", "2026-02-01", ("a", "b"))
        for store in ("ab", "ab-upgrade"):
            self.campaign("results/" + store, "2026-02-01", ("old", "new"))
        # What the example of an import says.
        with open("others.csv", "w", encoding="utf-8") as file:
            file.write(COLUMNS + "\nnative,stream,triad,GB/s,higher,0,0,41.2\n")
        self.environment = dict(os.environ, PATH=os.path.abspath("bin") + ":" + os.environ["PATH"],
                                BASE="results/before", GITHUB_STEP_SUMMARY="step.md")

    # --- commands ---------------------------------------------------------------------------------

    def fail(self, page, text, why):
        self.failures.append(f"{page}: {text}\n    {why}")

    def execute(self, page, command, allowed=(0,), what="run"):
        self.counts[what] += 1
        try:
            done = subprocess.run(["bash", "-c", command], env=self.environment, text=True,
                                  capture_output=True, stdin=subprocess.DEVNULL,
                                  timeout=TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired:
            self.fail(page, command, "did not end")
            return
        refused = done.returncode == 2 and ("emulation says nothing" in done.stderr or
                                            "Nothing of it can run here" in done.stdout)
        if done.returncode not in allowed and not refused:
            self.fail(page, command, f"exit {done.returncode}: {done.stderr.strip()[-300:]}")

    def options(self, verb):
        """The options of a verb, by --help: name → whether it takes a value."""
        text = subprocess.run([self.tare, verb, "--help"], capture_output=True, text=True,
                              check=True).stdout
        rows = re.findall(r"^ +(?:-., )?--([a-z-]+)(=\S+)?", text, re.M)
        return {name: bool(value) for name, value in rows}

    def plan(self, page, command):
        """tare run, bisect and selftest: their options are known, and the campaign can be
        planned."""
        words = shlex.split(command.partition(" -- ")[0])
        verb, rest = words[1], words[2:]
        known, campaign, kept = self.options(verb), None, []
        while rest:
            word = rest.pop(0)
            if not word.startswith("--"):
                campaign = campaign or word
                continue
            name, _, value = word[2:].partition("=")
            if name not in known:
                self.fail(page, command, "there is no option --" + name)
                return
            if known[name] and not value:
                value = rest.pop(0)
            if name in ("site", "set"):
                kept += ["--" + name, value]
        if verb in ("run", "bisect"):
            self.execute(page, shlex.join(["tare", "plan", "--no-probe", campaign, *kept]),
                         what="planned")
        else:
            self.execute(page, "tare selftest --report --out results/selftest", (0, 4), "planned")

    def command(self, page, command):
        command = re.split(r"\s{2,}#", command)[0].strip()
        # Optional arguments, as usage texts have them.
        if re.match(r"tare gate DIR:OLD DIR:NEW \[", command):
            command = "tare gate results/ab:old results/ab:new --junit gate.xml --summary gate.md"
        if re.match(r"tare gate BEFORE AFTER \[", command):
            command = "tare gate results/before results/after results/nightly-* --target kvm-virtio"
        if not command or command.startswith("#"):
            return
        if any(re.match(pattern, command) for pattern, _ in NOT_RUN):
            self.counts["not run"] += 1
            program = command.split()[0]
            if program.startswith("scripts/") and not os.access(
                    os.path.join(self.source, program), os.X_OK):
                self.fail(page, command, "there is no such program")
            return
        verb = re.match(r"(?:build/cli/)?tare (\w+)", command)
        if verb and verb[1] in ("run", "bisect", "selftest"):
            self.plan(page, command)
        elif verb and verb[1] == "plan" and "--no-probe" not in command:
            self.execute(page, command + " --no-probe", what="planned")
        elif verb and verb[1] == "import":
            out = re.search(r"--out (\S+)", command)[1]
            self.execute(page, command)
            shutil.rmtree(out, ignore_errors=True)
        elif verb:
            self.execute(page, command, ALLOWED.get(verb[1], (0,)))
        elif re.match(r"cd \S+ && gnuplot ", command):
            self.execute(page, command)
        else:
            self.fail(page, command, "is not known to this test")

    # --- files ------------------------------------------------------------------------------------

    def strings(self, node):
        if isinstance(node, dict):
            node = list(node.values())
        if isinstance(node, list):
            return [text for item in node for text in self.strings(item)]
        return [node] if isinstance(node, str) else []

    def service(self, page, node):
        """A file of a CI service: the tare commands in it."""
        found = 0
        for text in self.strings(node):
            if "\n" in text:
                self.execute(page, "bash -n -c " + shlex.quote(text))
            for line in text.splitlines():
                line = re.sub(r" \|\| status=\$\?$", "", line.strip())
                if line.startswith("tare "):
                    found += 1
                    self.command(page, line)
        if not found:
            self.fail(page, "a YAML block", "is neither a campaign nor a site, and runs no tare")

    def file(self, page, text):
        self.counts["files"] += 1
        name = re.match(r"# (\S+\.ya?ml)\n", text)
        path = name[1] if name else "block.yaml"
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            node = yaml.safe_load(text)
        except yaml.YAMLError as error:
            self.fail(page, path, str(error))
            return
        if isinstance(node, dict) and "campaign" in node:
            self.execute(page, f"tare plan --no-probe {path}", what="planned")
        elif isinstance(node, dict) and set(node) <= set(PARTS):
            rest = [line for key, line in PARTS.items() if key not in node]
            with open(path, "a", encoding="utf-8") as file:
                file.write("\n".join(["campaign: of-parts", *rest, ""]))
            self.execute(page, f"tare plan --no-probe {path}", what="planned")
        elif isinstance(node, dict) and "site" in node:
            self.execute(page, f"tare plan --no-probe smallest.yaml --site {path}", what="planned")
        elif isinstance(node, dict) and set(node) == {"expectations"}:
            self.execute(page, f"tare gate results/before results/after --expect {path}",
                         ALLOWED["gate"])
        else:
            self.service(page, node)

    # --- pages ------------------------------------------------------------------------------------

    def page(self, page):
        with open(os.path.join(self.source, page), encoding="utf-8") as file:
            blocks = re.findall(r"^```(\w*)\n(.*?)^```$", file.read(), re.S | re.M)
        # A page may name a file before it shows it.
        for language, text in sorted(blocks, key=lambda block: block[0] != "yaml"):
            if language == "yaml":
                self.file(page, text)
            elif language == "python" and page != "docs/notebook.md":
                # That page's are seen by the test report_notebook.
                self.execute(page, "python3 -c " + shlex.quote(text))
            elif language == "sh" or (not language and not text.startswith(COLUMNS)):
                for line in re.sub(r"\\?\n +", " ", text).splitlines():
                    self.command(page, line)

    def check(self):
        with open("smallest.yaml", "w", encoding="utf-8") as file:
            file.write("campaign: smallest\ntargets: [native]\nbenchmarks: [cpu]\n"
                       "resources: {cpus: 1, memory: 256M}\n")
        pages = glob.glob(os.path.join(self.source, "docs", "*.md"))
        for page in ["README.md", *sorted("docs/" + os.path.basename(path) for path in pages)]:
            self.page(page)
        for text in self.failures:
            print(text)
        print(", ".join(f"{count} {what}" for what, count in self.counts.items()) +
              f", {len(self.failures)} failures")
        return bool(self.failures) or self.counts["run"] < 25 or self.counts["planned"] < 10


def main():
    docs = Docs(*sys.argv[1:4])
    # In memory: thousands of durable transactions are not what is tested here.
    with tempfile.TemporaryDirectory(prefix="tare-test-docs-", dir="/dev/shm") as folder:
        os.chdir(folder)
        docs.prepare()
        return docs.check()


if __name__ == "__main__":
    sys.exit(main())
