"""What the tests of users without root share: the user, a uid that this host does not know
otherwise; its directories; and a host as users find it, with devices that are open or closed."""
import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys

import e2e


def own_user():
    """A uid that no other test has while this process lives: the kernel gives the name of a socket
    to one only. Tests of one user would share its run directory, processes and limits."""
    for uid in range(61960, 62000):
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0tare-test-user-{uid}")
        except OSError:
            name.close()
            continue
        # Where users have no XDG_RUNTIME_DIR.
        run_directory = f"/tmp/tare-{uid}"
        shutil.rmtree(run_directory, ignore_errors=True)
        atexit.register(shutil.rmtree, run_directory, ignore_errors=True)
        return uid, name
    sys.exit("no uid is free: 40 tests of users run at once")


UID, UID_NAME = own_user() if os.geteuid() == 0 else (os.geteuid(), None)
IMAGE = "/var/cache/tare/images/current"
DROP = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--"]
# The nodes of a mount namespace of the test's own: the host's stay as they are.
OPEN_TUN = ("mount -t tmpfs -o mode=755 none /dev/net && mknod -m 666 /dev/net/tun c 10 200")
CLOSED_TUN = ("mount -t tmpfs -o mode=755 none /dev/net && mknod -m 600 /dev/net/tun c 10 200")


def namespaces_refused():
    """Why this kernel gives that user no namespaces; "" if it does."""
    result = subprocess.run([*DROP, "unshare", "--user", "--map-root-user", "--mount", "--net",
                             "--pid", "--fork", "--mount-proc", "true"],
                            capture_output=True, text=True, check=False)
    return result.stderr.strip()


class Case(e2e.Case):
    host = OPEN_TUN  # shell words of root that make the host as the user finds it
    has_site = False  # whether campaigns name the site file

    def setUp(self):
        super().setUp()
        self.run_directory = self.path("runtime", "tare")
        self.work = self.path("cache", "work")
        for name in ("runtime", "home", "cache"):
            os.mkdir(self.path(name), 0o700)
        for name in (".", "runtime", "home", "cache"):
            os.chown(self.path(name), UID, UID)
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": self.path("home"),
            "TARE_E2E": self.directory,
            "XDG_RUNTIME_DIR": self.path("runtime"), "TARE_CACHE": self.path("cache")}

    def as_user(self, *words):
        return ["unshare", "--mount", "sh", "-c", self.host + ' && exec "$@"', "sh", *DROP, *words]

    def argv(self, verb, *arguments):
        site = ["--site", self.site] if self.has_site and verb == "run" else []
        return self.as_user(os.path.join(self.build, "cli", "tare"), verb, *arguments, *site)

    def campaign_id(self):
        with e2e.Store(self.out) as store:
            return store.campaign_id()

    def kill_all(self):
        """Every process of this test but its own."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if self.belongs(pid) and int(pid) != os.getpid():
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass

    def nothing_left_of_user(self):
        """No process of the user, and of its files only the lock of its run directory."""
        self.wait_until(lambda: not self.processes(), "the end of every process")
        self.assertEqual(["lock"], os.listdir(self.run_directory))
        self.assertEqual([], os.listdir(self.work))

    def targets(self):
        """What doctor says of each target: {name: (yes or no, reason or "")}."""
        text = self.tare("doctor", expect=None).stdout
        rows, notes = {}, {}
        for line in text.split("\ntargets:\n")[1].split("\ntools:\n")[0].splitlines():
            words = line.split()
            if words and words[0][0] in MARKS:
                mark = words[0]
                notes[mark] = " ".join(words[1:])
            elif notes and words:
                notes[mark] += " " + " ".join(words)
            elif len(words) > 1 and words[1].rstrip(MARKS) in ("yes", "no"):
                rows[words[0]] = (words[1].rstrip(MARKS), words[1].lstrip("yesno"))
        return {name: (runs, notes.get(mark, "")) for name, (runs, mark) in rows.items()}


MARKS = "¹²³⁴⁵⁶⁷⁸⁹⁰"


def main():
    why_not = namespaces_refused()
    if why_not or not shutil.which("setpriv"):
        e2e.skip("skipped: " + (why_not or "setpriv: not installed"))
    e2e.main()
