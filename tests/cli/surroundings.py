#!/usr/bin/env python3
"""tare among other programs: signals, pipes, full disks, terminals, output files that cannot be
renamed, stores that may not be read. The first argument is the program."""
import errno
import os
import signal
import subprocess
import unittest

from cli import COLUMNS, TARE, Case, on_terminal, tare

OTHER_USER = 65534


class Stores(Case):
    """With two stores, which another user may read."""

    def setUp(self):
        super().setUp()
        os.chmod(".", 0o755)
        for name, factor in (("base", 1), ("new", 0.8)):
            lines = [COLUMNS]
            for block in range(6):
                for target in ("native", "kvm"):
                    value = (100 + block % 3 * 0.1) * (factor if target == "kvm" else 1)
                    lines.append(f"{target},disk,bandwidth,MB/s,higher,{block},0,{value}")
            self.make_store(name, lines)


class Pipes(Stores):
    VERBS = (("list",), ("list", "benchmarks"), ("report", "base"), ("report", "base", "--raw"),
             ("compare", "base", "new"), ("history", "base", "new"), ("gate", "base", "new"),
             ("--help",), ("--man",), ("report", "--help"), ("report", "--man"), ("--version",))

    def test_readers_that_leave(self):
        for words in self.VERBS:
            with self.subTest(words=words):
                read, write = os.pipe()
                os.close(read)
                done = subprocess.run([TARE, *words], stdout=write, stderr=subprocess.PIPE,
                                      timeout=100, check=False)
                os.close(write)
                self.assertEqual(done.stderr, b"")
                self.assertEqual(done.returncode, -signal.SIGPIPE)

    def test_full_disk(self):
        for words in (*self.VERBS, ("list", "--help")):
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                done = subprocess.run([TARE, *words], stdout=full, stderr=subprocess.PIPE,
                                      timeout=100, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
                self.assertIn(b"cannot write", done.stderr)
                self.assertIn(os.strerror(errno.ENOSPC).encode(), done.stderr)


class Outputs(Stores):
    """Files that cannot be replaced by a rename are written in place."""

    GATE = ("gate", "base", "new", "--quiet")

    def gate(self, *words, **keys):
        status, out, said = tare(*self.GATE, *words, **keys)
        self.assertIn("gate REGRESSION", out)
        return status, said

    def test_links_are_followed(self):
        os.mkdir("elsewhere")
        for name, there in (("full", True), ("dangling", False)):
            target = os.path.join("elsewhere", name)
            if there:
                with open(target, "w", encoding="utf-8") as file:
                    file.write("old" * 100000)
            for kind, option in (("summary", "--summary"), ("junit", "--junit"),
                                 ("output", "--output")):
                with self.subTest(name=name, kind=kind):
                    link = f"{kind}-{name}"
                    os.symlink(target, link)
                    status, said = self.gate(option, link)
                    self.assertEqual((status, said), (1, ""))
                    self.assertTrue(os.path.islink(link))
                    text = self.content(target)
                    self.assertNotIn("old", text)
                    self.assertIn("bandwidth", text)
        self.assertEqual(sorted(os.listdir("elsewhere")), ["dangling", "full"])

    def test_the_mode_stays(self):
        with open("page", "w", encoding="utf-8"):
            pass
        os.chmod("page", 0o640)
        self.assertEqual(tare("report", "base", "--output", "page")[0], 0)
        self.assertEqual(os.stat("page").st_mode & 0o777, 0o640)

    def test_standard_output_in_a_file(self):
        # A link like /dev/stdout, which itself must not be at the mercy of a test.
        os.symlink("/proc/self/fd/1", "stdout")
        with open("log", "w", encoding="utf-8") as log:
            subprocess.run([TARE, *self.GATE, "--summary", "stdout"], stdout=log, timeout=100,
                           check=False)
        text = self.content("log")
        self.assertIn("gate REGRESSION", text)
        self.assertIn("tare gate: ", text.split("gate REGRESSION")[1])
        self.assertTrue(os.path.islink("stdout"))

    def test_no_place_for_it(self):
        """The verdict is printed before a file can fail."""
        status, said = self.gate("--summary", "/nowhere/s.md", "--junit", "j.xml")
        self.assertEqual(status, 2)
        self.assertEqual(said.count("\n"), 1)
        self.assertIn("/nowhere/s.md", said)
        self.assertIn("bandwidth", self.content("j.xml"))

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_directories_that_are_not_writable(self):
        with open("s.md", "w", encoding="utf-8") as file:
            file.write("old" * 100000)
        os.chown("s.md", OTHER_USER, OTHER_USER)
        for name in ("base", "new"):
            os.chmod(name, 0o755)
        status, said = self.gate("--summary", "s.md", user=OTHER_USER, group=OTHER_USER)
        self.assertEqual((status, said), (1, ""))
        self.assertNotIn("old", self.content("s.md"))
        self.assertIn("bandwidth", self.content("s.md"))
        status, said = self.gate("--summary", "t.md", user=OTHER_USER, group=OTHER_USER)
        self.assertEqual(status, 2)
        self.assertIn("Permission denied", said)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_bind_mounts(self):
        for name in ("s.md", "outside"):
            with open(name, "w", encoding="utf-8") as file:
                file.write("old" * 100000)
        words = " ".join([TARE, *self.GATE, "--summary", "s.md"])
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", f"mount --bind outside s.md && exec {words}"],
            capture_output=True, text=True, timeout=100, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
        self.assertIn("gate REGRESSION", done.stdout)
        self.assertNotIn("old", self.content("outside"))
        self.assertIn("bandwidth", self.content("outside"))


class Terminals(Stores):
    VERBS = (("report", "base"), ("compare", "base", "new"), ("gate", "base", "new"),
             ("history", "base", "new"), ("list",), ("report", "base", "--raw"), ("report",))

    def test_no_sequences(self):
        for words in self.VERBS:
            for variables in ({"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": ""}):
                with self.subTest(words=words, variables=variables):
                    _, text = on_terminal(*words, **variables)
                    self.assertTrue(text)
                    self.assertNotIn(b"\033", text)

    def test_sequences(self):
        """Otherwise there are some, so that the test above can fail; an empty NO_COLOR is none."""
        self.assertIn(b"\033", on_terminal("report", "new", TERM="xterm")[1])
        self.assertIn(b"\033", on_terminal("report", "new", TERM="xterm", NO_COLOR="")[1])


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class Private(Stores):
    def test_directories_of_others(self):
        os.chmod("base", 0o700)
        self.check_refused()

    def test_files_of_others(self):
        os.chmod("base/campaign.sqlite", 0o600)
        self.check_refused()

    def check_refused(self):
        for words in (("report", "base"), ("report", "base", "--raw"), ("compare", "base", "new"),
                      ("gate", "new", "base"), ("history", "base", "new"),
                      ("compare", "base:native", "base:kvm"),
                      ("selftest", "--report", "--out", "base")):
            with self.subTest(words=words):
                status, _, said = tare(*words, user=OTHER_USER, group=OTHER_USER)
                self.assertEqual(status, 2)
                self.assertEqual(said.count("\n"), 1, said)
                self.assertIn("base", said)
                self.assertIn("Permission denied", said)
                self.assertNotIn("no campaign", said)


if __name__ == "__main__":
    unittest.main()
