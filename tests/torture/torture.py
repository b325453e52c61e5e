#!/usr/bin/env python3
"""Kills, freezes and breaks campaigns at random points. A point is one disturbance of one campaign.
After each: the store is sound, every run that was reported as stored or was seen there is there bit
by bit, and `tare clean` leaves nothing but what is somebody else's. After a few points the campaign
is continued undisturbed: it then has the cells and runs of one that never was disturbed.

    torture.py BUILD_DIR [--points N] [--seconds S] [--seed X] [--only KIND,...] [--fault TEXT]
               [--jobs N]

scripts/torture builds what this needs. Exit code: 0 nothing found, 1 something was, and its
directory is kept."""
import argparse
import contextlib
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import surroundings
from disturbed import KINDS, Disturbed

LONG_POINTS = 1000  # with so many points there is time for guests and for long freezes


def make_tree(build):
    """Copies of tare's programs in a place of their own, with the agent and the attach that
    faults can be put in."""
    tree = tempfile.mkdtemp(prefix="tare-torture-")
    os.chmod(tree, 0o755)
    for source, target in (("cli/tare", None), ("hosts/tare-host", None),
                           ("tests/torture/torture-attach", "hosts/tare-attach"),
                           ("drivers/tare-enter", None), ("drivers/tare-room", None),
                           ("drivers/tare-fake", None),
                           ("kernels/tare-null", None),
                           ("tests/torture/torture-agent", "agent/tare-agent")):
        path = os.path.join(tree, target or source)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(os.path.join(build, source), path)
    Disturbed.tree = tree
    Disturbed.faults_library = os.path.join(tree, "faults.so")
    shutil.copy(os.path.join(build, "tests/torture/libtorture-faults.so"),
                Disturbed.faults_library)
    return tree


def make_case(kind):
    """What is torn at in memory is not slowed down by a disk; containers need a real one."""
    in_memory = not KINDS[kind].image and os.path.isdir("/dev/shm")
    tempfile.tempdir = "/dev/shm" if in_memory else None
    case = Disturbed()
    case.kind = kind
    try:
        case.setUp()
    except BaseException:
        case.doCleanups()
        raise
    return case


class Ended(BaseException):
    """By SIGTERM: a worker whose parent has enough points, or the parent."""


def end_early(*_):
    raise Ended


def torture_once(kind, seed):
    """Returns the number of points, and what was found or None."""
    case = make_case(kind)
    try:
        points = case.torture(random.Random(seed))
    except Ended:
        case.end_early()
        raise
    except BaseException as error:  # whatever it is, it is shown with what led to it
        kept = case.path("found")
        case.log_note = case.log_text()[-1500:]
        text = (f"seed {seed}, kind {kind}: {type(error).__name__}: {error}\n"
                f"history: {', '.join(case.history)}\nend of the log:\n{case.log_note}")
        case._cleanups = [entry for entry in case._cleanups if entry[0] is not shutil.rmtree]
        case.doCleanups()
        return len(case.history), f"{text}\nkept: {os.path.dirname(kept)}"
    case.doCleanups()
    return points, None


def worker(number, options, queue):
    """Campaigns number, number + jobs, …, until the parent has enough points."""
    signal.signal(signal.SIGTERM, end_early)
    with contextlib.suppress(Ended):
        while True:
            rng = random.Random(f"{options.seed} {number}")
            kind = rng.choices(options.kinds, [KINDS[kind].share for kind in options.kinds])[0]
            queue.put((kind, *torture_once(kind, f"{options.seed} {number} {kind}")))
            number += options.jobs


def why_not(build):
    """kind → why it cannot be had here; None: it can."""
    text = subprocess.run([os.path.join(build, "cli", "tare"), "doctor"], check=False,
                          capture_output=True, text=True).stdout
    reasons = {}
    for kind, row in KINDS.items():
        target = next((target for target in ("container", "kvm-virtio") if row.image and
                       target in str(row.targets)), None)
        ready = not target or re.search(rf"(?m)^\s*{target}\s+(yes|ok|can|ready)", text)
        reasons[kind] = None if ready else f"{target} cannot run here; tare doctor says why"
        if row.daemon and not shutil.which("libvirtd", path="/usr/sbin:/usr/bin"):
            reasons[kind] = "no libvirtd is installed"
    return reasons


def choose_kinds(options):
    """The kinds that were asked for, or those that can be had and for which there is time."""
    if options.only:
        return options.only.split(",")
    kinds = [kind for kind in KINDS if not KINDS[kind].guests]
    for kind, reason in why_not(options.build).items():
        if reason and kind in kinds:
            print(f"left out: {kind} ({reason})")
            kinds.remove(kind)
    return kinds


def collect(options, queue, started, found, points):
    """Counts the points of each kind until there are enough; adds what was found."""
    while True:
        kind, count, text = queue.get()
        before = sum(points.values())
        points[kind] += count
        if before // 1000 != sum(points.values()) // 1000:
            print(f"{sum(points.values())} points", flush=True)
        if text:
            found.append(text)
            print(f"FOUND: {text}\n", flush=True)
        late = options.seconds and time.monotonic() - started >= options.seconds
        if late or sum(points.values()) >= options.points or len(found) >= 10:
            return


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(1 << 32)))
    parser.add_argument("--only", default="")
    parser.add_argument("--fault", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    unknown = set(filter(None, options.only.split(","))) - set(KINDS)
    if unknown:
        parser.error(f"no such kind: {', '.join(unknown)}; kinds: {', '.join(KINDS)}")
    options.build = os.path.abspath(options.build)
    return options


def prepare(options):
    """What every campaign of this call shares: programs, kinds, and undisturbed campaigns."""
    tree = make_tree(options.build)
    print(f"seed {options.seed}", flush=True)
    Disturbed.long = bool(options.fault) or options.points >= LONG_POINTS
    Disturbed.only_fault = options.fault
    Disturbed.why_no_memory_group = surroundings.why_no_memory_group()
    if Disturbed.why_no_memory_group:
        print(f"left out: memory of all ({Disturbed.why_no_memory_group})")
    options.kinds = choose_kinds(options)
    for kind in options.kinds:
        case = make_case(kind)
        try:
            case.measure()
        finally:
            case.doCleanups()
    return tree


def main():
    options = read_options()
    tree = prepare(options)
    started = time.monotonic()
    queue = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=worker, args=(n, options, queue))
               for n in range(options.jobs)]
    for process in workers:
        process.start()
    found, points = [], dict.fromkeys(options.kinds, 0)
    signal.signal(signal.SIGTERM, end_early)
    with contextlib.suppress(Ended):
        collect(options, queue, started, found, points)
    for process in workers:
        process.terminate()
        process.join()
    for kind in points:
        print(f"{points[kind]} points on {kind}")
    print(f"{sum(points.values())} points in {time.monotonic() - started:.0f} s: "
          f"{len(found) or 'nothing'} found")
    if not found:
        shutil.rmtree(tree)
    return 1 if found else 0


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("torture: must be root")
    sys.exit(main())
