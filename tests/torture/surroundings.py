"""What torture.py puts campaigns into: a control group with little memory, and a host with a
libvirtd that can be killed."""
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time

APART = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "hosts",
                     "apart.sh")
PATIENCE_S = 60


class Unavailable(Exception):
    """What is wanted cannot be had here; says why."""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


# --- memory -------------------------------------------------------------------------------------


def mounted(kind, controller=""):
    """(root, mount point) of a hierarchy of control groups, or None."""
    for line in read("/proc/self/mountinfo").splitlines():
        before, after = line.split(" - ")
        fields, (found, _, options) = before.split(), after.split(" ")[:3]
        if found == kind and (not controller or controller in options.split(",")):
            return fields[3], fields[4]
    return None


def own_group(mount, path):
    """The directory of a group in a hierarchy; its top where the group is outside what is seen."""
    root, point = mount
    relative = os.path.relpath(path, root)
    directory = os.path.normpath(os.path.join(point, relative))
    return point if relative.startswith("..") or not os.path.isdir(directory) else directory


def first_version():
    """Where groups with a memory limit can be made by the first version of control groups."""
    mount = mounted("cgroup", "memory")
    match = re.search(r"(?m)^\d+:(?:[\w=]+,)*memory(?:,[\w=]+)*:(.*)$", read("/proc/self/cgroup"))
    return own_group(mount, match.group(1)) if mount and match else None


def second_version():
    """Likewise by the second: the next group above that gives its children the controller."""
    mount = mounted("cgroup2")
    match = re.search(r"(?m)^0::(.*)$", read("/proc/self/cgroup"))
    if not mount or not match:
        return None
    directory = own_group(mount, match.group(1))
    while directory.startswith(mount[1]):
        if "memory" in read(os.path.join(directory, "cgroup.subtree_control")).split():
            return directory
        directory = os.path.dirname(directory)
    return None


class MemoryGroup:
    """A control group whose processes have so many bytes together."""

    LIMITS = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max")

    def __init__(self, limit_bytes):
        parent = first_version() or second_version()
        if not parent:
            raise Unavailable("no control group here can limit memory")
        try:
            self.directory = tempfile.mkdtemp(prefix="tare-torture-", dir=parent)
        except OSError as error:
            raise Unavailable(f"no control group can be made: {error}") from error
        for name in self.LIMITS:
            path = os.path.join(self.directory, name)
            if os.path.exists(path):
                write(path, str(limit_bytes))

    def join(self):
        """For the child before it becomes another program."""
        write(os.path.join(self.directory, "cgroup.procs"), "0")

    def remove(self):
        """Those who were in it may still be ending."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return os.rmdir(self.directory)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def why_no_memory_group():
    """None where there can be such a group, else the reason."""
    try:
        MemoryGroup(1 << 30).remove()
    except Unavailable as error:
        return str(error)
    return None


# --- libvirtd -----------------------------------------------------------------------------------


class DaemonHost:
    """A host on this machine, with mounts, processes, a network and a libvirtd of its own. Its
    directory and processes bear no mark of the test, whose they are not."""

    ADDRESS = "198.18.9.1"
    DATA = {"bridge": "tare-data", "guests": "198.18.9.64-198.18.9.250"}

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="tare-torture-host-", dir="/tmp")
        self.environment = {key: value for key, value in os.environ.items() if key != "TARE_E2E"}
        result = subprocess.run([APART, "up", self.directory], stdout=subprocess.PIPE, text=True,
                                timeout=PATIENCE_S, check=False, cwd="/", env=self.environment)
        if result.returncode != 0:
            raise Unavailable("no host with a libvirtd can be made")
        self.enter = ["nsenter", "-t", result.stdout.split()[0], "-m", "-n", "-p"]
        self.daemons = []

    def shell(self, command):
        return subprocess.run(self.enter + ["sh", "-c", command], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False, cwd="/",
                              env=self.environment).stdout

    def daemon(self):
        """The daemon's number as this machine counts."""
        outer = os.stat(f"/proc/{self.enter[2]}/ns/pid").st_ino
        for entry in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if (read(f"/proc/{entry}/comm") == "libvirtd\n" and
                        os.stat(f"/proc/{entry}/ns/pid").st_ino == outer):
                    return int(entry)
        return None

    def restart(self):
        """As its host's service manager does."""
        self.daemons.append(subprocess.Popen(
            self.enter + ["libvirtd", "--listen", "--pid-file", "/run/libvirtd.pid"], cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.environment))

    def end(self):
        subprocess.run([APART, "down", self.directory], timeout=PATIENCE_S, check=True)
        for daemon in self.daemons:
            daemon.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
