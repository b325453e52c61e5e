"""The live display on a terminal, and plain lines where there is none."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import e2e


class Terminal(e2e.Case):
    def on_terminal(self, argv, columns):
        """What it wrote to a terminal of that width, and its exit code."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(argv, cwd=self.directory, env=self.environment, stdin=slave,
                                   stdout=slave, stderr=slave, start_new_session=True)
        self.addCleanup(self.end, process)
        os.close(slave)
        data, deadline = b"", time.monotonic() + e2e.PATIENCE_S
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            data += piece
        os.close(master)
        return data.decode(), process.wait(e2e.PATIENCE_S)

    def test_status_line_fits_every_width(self):
        for columns in (40, 100):
            campaign = self.campaign([{"seconds": "10ms", "runs": 5}], blocks=2)
            text, status = self.on_terminal(
                self.argv("run", campaign, "--out", self.path(f"out-{columns}")), columns)
            self.assertEqual(0, status, text)
            shown = [re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line)
                     for line in re.split(r"\r\n|\r|\n", text)]
            bars = [line for line in shown if line[:1] in "█░" and line]
            self.assertGreater(len(bars), 5)
            for line in bars:
                self.assertLess(len(line), columns, line)
            self.assertIn("10/10", bars[-1])
            # The line at the bottom goes at the end.
            self.assertNotRegex(text.rsplit("\x1b[K", 1)[-1], "[█░]")

    def test_plain_lines_elsewhere(self):
        result = self.run_campaign(self.campaign())
        self.assertNotRegex(result.stderr, "[\r\x1b█░]")
        self.assertRegex(result.stderr, r"(?m)^\S+ \[1/1\] block 1/1 fake 1x1 null.*: value 1 1$")

    def test_quiet(self):
        campaign = self.campaign([{}, {"fault": "exit"}])
        result = self.run_campaign(campaign, "--quiet", expect=e2e.SOME_FAILED)
        self.assertIn("FAILED", result.stderr)
        self.assertNotIn("value 1", result.stderr)

    def test_report_wraps_what_is_long(self):
        self.run_campaign(self.campaign([{"deviation": 0.01}], blocks=3, targets=[
            "fake", {"target": "fake", "name": "other"}]))
        text, status = self.on_terminal(self.argv("report", self.out), 100)
        self.assertEqual(0, status)
        plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).replace("\r\n", "\n")
        # The machines' facts have the longest texts: mitigations, CPU flags.
        facts = plain[plain.index("\nMachines\n"):].split("\n\n")[0].splitlines()
        self.assertGreater(len(facts), 5)
        for line in facts:
            self.assertLessEqual(len(line), 100, line)


if __name__ == "__main__":
    e2e.main()
