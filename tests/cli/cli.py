"""What the tests of the command line share: the program, which is the first argument, a directory
of each test's own, stores made by `tare import`, and a terminal."""
import fcntl
import os
import pty
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

TARE = os.path.abspath(sys.argv.pop(1))
COLUMNS = "target,benchmark,metric,unit,better,block,run,value"
TIMEOUT_S = 100


def tare(*words, columns=None, **keys):
    """Exit code, standard output and standard error."""
    environment = dict(os.environ)
    environment.pop("COLUMNS", None)
    if columns:
        environment["COLUMNS"] = str(columns)
    done = subprocess.run([TARE, *words], capture_output=True, text=True, timeout=TIMEOUT_S,
                          check=False, env=environment, **keys)
    return done.returncode, done.stdout, done.stderr


def on_terminal(*words, columns=80, **variables):
    """Exit code, and the bytes that it writes to a terminal of that width. NO_COLOR is as given."""
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([TARE, *words], stdin=slave, stdout=slave, stderr=slave,
                          env=dict(environment, **variables)) as process:
        os.close(slave)
        written = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            written += piece
        os.close(master)
        return process.wait(TIMEOUT_S), written


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tare-test-cli-")
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        self.addCleanup(os.chdir, "/")

    def write(self, name, lines):
        with open(name, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return name

    def content(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()

    def make_store(self, name, lines, date="2026-01-01"):
        """A store of the lines of a CSV file."""
        self.write(name + ".csv", lines)
        status, _, errors = tare("import", name + ".csv", "--out", name, "--date", date)
        self.assertEqual(status, 0, errors)
        return name

    def sql(self, name, *statements):
        with sqlite3.connect(name + "/campaign.sqlite") as base:
            for statement in statements:
                base.execute(statement)

    def oneline(self, text, *parts):
        """One line that holds the parts."""
        self.assertEqual(text.count("\n"), 1, text)
        for part in parts:
            self.assertIn(part, text)

    def refused(self, words, *parts):
        """Exit code 2, and one line of error that holds the parts."""
        status, _, errors = tare(*words)
        self.assertEqual(status, 2, errors)
        self.oneline(errors, *parts)
