#!/usr/bin/env python3
"""Runs a command and prints what it took, on one line: seconds of wall time, of processor time of
the process itself and of all that it started and waited for, MB of its memory at the peak, and the
most threads and descriptors that it had, as seen five times a second. Ends with its exit code, or,
where less than so much memory is left on the machine, ends it.
    watched.py SPARE_MB COMMAND…"""
import os
import signal
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_S = 0.2


def fields(path):
    """{key: first word}; empty where the process has ended."""
    try:
        with open(path, encoding="utf-8") as file:
            rows = (line.split(":", 1) for line in file)
            return {key: value.split()[0] for key, value in rows if value.strip()}
    except (FileNotFoundError, ProcessLookupError):
        return {}


def processor_s(pid):
    """(its own, that of its children), also of a process that has ended and is not yet reaped."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        words = file.read().rsplit(")", 1)[1].split()
    own_user, own_system, user, system = (int(word) / TICKS for word in words[11:15])
    return own_user + own_system, user + system


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except FileNotFoundError:
        return 0


def look(pid, peaks):
    status = fields(f"/proc/{pid}/status")
    seen = {"memory": int(status.get("VmHWM", 0)) * 1024 / 1e6,
            "threads": int(status.get("Threads", 0)), "descriptors": descriptors(pid)}
    for key, value in seen.items():
        peaks[key] = max(peaks.get(key, 0), value)


def has_ended(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def watch(pid, spare_mb):
    peaks = {}
    while not has_ended(pid):
        look(pid, peaks)
        if int(fields("/proc/meminfo")["MemAvailable"]) * 1024 / 1e6 < spare_mb:
            print("too little memory is left", file=sys.stderr)
            os.kill(pid, signal.SIGINT)
            spare_mb = 0
        time.sleep(LOOK_S)
    return peaks


def main():
    begun_s = time.monotonic()
    with subprocess.Popen(sys.argv[2:], stdout=sys.stderr) as process:
        peaks = watch(process.pid, float(sys.argv[1]))
        own_s, children_s = processor_s(process.pid)
    print(f"{time.monotonic() - begun_s:.1f} {own_s:.2f} {own_s + children_s:.2f} "
          f"{peaks['memory']:.1f} {peaks['threads']} {peaks['descriptors']}")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
