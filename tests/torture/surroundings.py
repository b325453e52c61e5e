"""What torture.py puts campaigns into: a control group with little memory."""
import os
import re
import tempfile
import time

PATIENCE_S = 60


class Unavailable(Exception):
    """What is wanted cannot be had here; says why."""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


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
