"""The live display on a terminal, and plain lines where there is none."""
import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import zlib

import e2e


class Screen:
    """What a terminal shows that knows what the display may use, and nothing else. Lines that are
    too long are wrapped; what leaves at the top is kept in `scrolled`."""

    SEQUENCE = re.compile(r"\x1b\[(\d*)([A-Za-z])")

    def __init__(self, rows, columns):
        self.rows, self.columns, self.row, self.column = rows, columns, 0, 0
        self.lines, self.scrolled = [""], []

    def newline(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")
        if len(self.lines) > self.rows:
            self.scrolled.append(self.lines.pop(0))
            self.row -= 1

    def put(self, character):
        if self.column == self.columns:
            self.newline()
            self.column = 0
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
        self.column += 1

    def control(self, count, letter):
        if letter == "A":
            assert int(count) <= self.row, "left the screen at its top"
            self.row -= int(count)
        elif letter in "KJ":
            self.lines[self.row] = self.lines[self.row][:self.column]
            if letter == "J":
                del self.lines[self.row + 1:]
        else:
            assert letter == "m", "unknown sequence " + letter

    def write(self, text):
        at = 0
        while at < len(text):
            sequence = self.SEQUENCE.match(text, at)
            if sequence:
                self.control(*sequence.groups())
                at = sequence.end()
                continue
            if text[at] == "\r":
                self.column = 0
            elif text[at] == "\n":
                self.newline()
            else:
                assert text[at] >= " ", repr(text[at:])
                self.put(text[at])
            at += 1

    def resize(self, columns):
        """As terminals do that do not wrap anew: what is too wide is cut off."""
        self.columns = columns
        self.column = min(self.column, columns)
        self.lines = [line[:columns] for line in self.lines]


class Terminal(e2e.Case):
    def on_terminal(self, argv, columns, rows=24, during=None):
        """What it wrote to a terminal of that size, in pieces, and its exit code. during(master,
        pieces) is called after each."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = dict(self.environment, TERM="xterm")
        process = subprocess.Popen(argv, cwd=self.directory, env=environment, stdin=slave,
                                   stdout=slave, stderr=slave, start_new_session=True)
        self.addCleanup(self.end, process)
        os.close(slave)
        pieces, deadline = [], time.monotonic() + e2e.PATIENCE_S
        decoder = codecs.getincrementaldecoder("utf-8")()
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            pieces.append(decoder.decode(piece))
            if during:
                during(master, pieces)
        os.close(master)
        return pieces, process.wait(e2e.PATIENCE_S)

    def run_argv(self, columns, **keys):
        benchmark = {"seconds": "10ms", "runs": 3, "deviation": 0.01}
        campaign = self.campaign([benchmark, {"fault": "exit"}], blocks=2, targets=[
            "fake", {"target": "fake", "name": "other"}], **keys)
        return self.argv("run", campaign, "--out", self.path(f"out-{columns}"))

    def check_end(self, screen):
        """Finished blocks and each kind of failure are there, whole and once; the lines at the
        bottom are gone, and the answer ends it."""
        shown = screen.scrolled + screen.lines
        text = "".join(line.ljust(screen.columns) for line in shown)
        self.assertEqual(2, text.count("FAILED: exited with status 1"), "\n".join(shown))
        for name in ("fake", "other"):
            self.assertEqual(1, text.count(f"FAILED ×2 {name}: exited with status 1"))
        for block in (1, 2):
            self.assertEqual(1, text.count(f"/16] block {block}/2 1x1 done: 8 runs in "))
        self.assertIn("4 of 16 runs failed", text)
        self.assertIn("tare report", text)
        self.assertLess(text.index("Answer: "), text.index("4 of 16"))
        self.assertNotIn(": value ", text)
        self.assertNotRegex(text, "[█░]|slowdown so far|now  ")

    def test_live_lines_at_every_size(self):
        for columns, rows in ((40, 24), (100, 24), (70, 4), (250, 2)):
            with self.subTest(columns=columns, rows=rows):
                pieces, status = self.on_terminal(self.run_argv(columns), columns, rows)
                self.assertEqual(e2e.SOME_FAILED, status, pieces)
                screen, bars, against = Screen(rows, columns), [], 0
                for piece in re.split(r"(?<=\x1b\[J)", "".join(pieces)):
                    screen.write(piece)
                    bars += [line for line in screen.lines if re.search("[█░]", line)]
                    for i, line in enumerate(screen.lines):
                        if re.search("[█░]", line) and piece.endswith("\x1b[J"):
                            live = screen.lines[i:]
                            self.assertLess(max(map(len, live)), columns)
                            self.assertLessEqual(len(live), min(5, max(1, rows - 1)))
                            against += bool(re.search(r"value +[-+][\d.]+ %", "\n".join(live)))
                self.assertGreater(len(bars), 16)
                self.assertRegex(bars[-1], r"^e2e  block 2/2  █+ 16/16  4 failed$")
                if columns == 100:
                    self.assertGreater(against, 2)
                self.check_end(screen)

    def test_values_against_the_baseline(self):
        result = self.tare("run", self.run_argv(1)[2], "--out", self.out, expect=e2e.SOME_FAILED)
        lines = [line for line in result.stderr.splitlines() if ": value " in line]
        known = None
        # A log may be read from its end.
        self.assertRegex(result.stderr, "(?m)^4 of 16 runs failed\n"
                         "(FAILED ×2 (fake|other): exited with status 1; .*\n){2}results in ")
        for line in lines:
            block, target, value = re.search(
                r"block (\d)/2 (\S+) 1x1 null .*: value (\S+)", line).groups()
            if target == "fake":
                known = (block, float(value))
                self.assertNotIn("against", line)
            elif known:
                cent, rest = re.search(r"\((\S+) % against fake(.*)\)$", line).groups()
                # Both values are shown with four digits.
                self.assertAlmostEqual(known[1] / float(value) - 1, float(cent) / 100, delta=.0015)
                self.assertEqual(block != known[0], "in block 1" in rest)
        self.assertIsNotNone(known)

    def test_resize_keeps_what_scrolled(self):
        def narrower(master, pieces):
            if len(pieces) == 12:
                fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
        pieces, status = self.on_terminal(self.run_argv(160), 160, during=narrower)
        self.assertEqual(e2e.SOME_FAILED, status)
        screen = Screen(24, 160)
        screen.write("".join(pieces[:12]))
        screen.resize(60)
        screen.write("".join(pieces[12:]))
        shown = " ".join(screen.scrolled + screen.lines)
        for block in (1, 2):
            self.assertEqual(1, shown.count(f"/16] block {block}/2 1x1 done"), shown)
        for name in ("fake", "other"):
            self.assertEqual(1, shown.count(f"FAILED ×2 {name}: exited"), shown)

    def test_plain_lines_elsewhere(self):
        result = self.run_campaign(self.campaign())
        self.assertNotRegex(result.stderr, "[\r\x1b█░]")
        self.assertRegex(result.stderr,
                         r"(?m)^\S+ \[1/1\] block 1/1 fake 1x1 null.*: value 1\.000$")

    def test_quiet(self):
        campaign = self.campaign([{}, {"fault": "exit"}])
        result = self.run_campaign(campaign, "--quiet", expect=e2e.SOME_FAILED)
        self.assertIn("FAILED", result.stderr)
        self.assertNotIn("value 1", result.stderr)

    def test_report_wraps_what_is_long(self):
        self.run_campaign(self.campaign([{"deviation": 0.01}], blocks=3, targets=[
            "fake", {"target": "fake", "name": "other"}]))
        pieces, status = self.on_terminal(self.argv("report", self.out, "--all"), 100)
        self.assertEqual(0, status)
        plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", "".join(pieces)).replace("\r\n", "\n")
        # The machines' facts have the longest texts: mitigations, CPU flags.
        facts = plain[plain.index("\nMachines\n"):].split("\n\n")[0].splitlines()
        self.assertGreater(len(facts), 5)
        for line in facts:
            self.assertLessEqual(len(line), 100, line)

    def test_raw_output_controls_no_terminal(self):
        printed = b"a\x1b[31mb\0c\n"
        self.run_campaign(self.campaign())
        with e2e.Store(self.out) as store:
            store.db.execute("UPDATE output SET raw_bytes = ?, bytes = ? WHERE stream = 'output'",
                             (len(printed), zlib.compress(printed)))
            store.db.commit()
            argv = self.argv("report", store.copy, "--raw", "fake")
            pieces, status = self.on_terminal(argv, 100)
            elsewhere = subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout
        self.assertEqual(0, status)
        self.assertIn("<==\n" + "a\ufffd[31mb\ufffdc\n", "".join(pieces).replace("\r\n", "\n"))
        self.assertIn(b"<==\n" + printed, elsewhere)


if __name__ == "__main__":
    e2e.main()
