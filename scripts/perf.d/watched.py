#!/usr/bin/env python3
"""Runs a command and prints what it took, on one line: seconds of wall time, of processor time of
the process itself and of all that it started and waited for, MB of its memory at the peak, the most
threads and descriptors that it had, and of the whole machine the most processes and threads, and
how many MB of memory more than before were in use; as seen five times a second. Ends with its exit
code. It is ended where less than so much memory is left on the machine, after so long, and by
SIGTERM or SIGINT; all wait until it has ended.
    watched.py SPARE_MB SECONDS COMMAND…"""
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
    """Their number is the directory's size since Linux 6.2; to list thousands takes long."""
    path = f"/proc/{pid}/fd"
    try:
        return os.stat(path).st_size or len(os.listdir(path))
    except FileNotFoundError:
        return 0


def tasks():
    """Processes and threads of the machine."""
    with open("/proc/loadavg", encoding="utf-8") as file:
        return int(file.read().split()[3].split("/")[1])


def available_mb():
    return int(fields("/proc/meminfo")["MemAvailable"]) * 1024 / 1e6


def look(pid, peaks):
    status = fields(f"/proc/{pid}/status")
    seen = {"memory": int(status.get("VmHWM", 0)) * 1024 / 1e6,
            "threads": int(status.get("Threads", 0)), "descriptors": descriptors(pid),
            "tasks": tasks(), "unavailable": -available_mb()}
    for key, value in seen.items():
        peaks[key] = max(peaks.get(key, value), value)


def has_ended(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def watch(pid, spare_mb, deadline_s):
    peaks, why_not = {}, None
    while not has_ended(pid):
        look(pid, peaks)
        if not why_not:
            if available_mb() < spare_mb:
                why_not = "too little memory is left"
            elif time.monotonic() > deadline_s:
                why_not = "it did not end in time"
            if why_not:
                print(why_not, file=sys.stderr)
                os.kill(pid, signal.SIGINT)
        time.sleep(LOOK_S)
    return peaks


def main():
    begun_s, before_mb = time.monotonic(), available_mb()
    with subprocess.Popen(sys.argv[3:], stdout=sys.stderr) as process:
        for number in signal.SIGINT, signal.SIGTERM:
            signal.signal(number, lambda *_: os.kill(process.pid, signal.SIGINT))
        peaks = watch(process.pid, float(sys.argv[1]), begun_s + float(sys.argv[2]))
        own_s, children_s = processor_s(process.pid)
    print(f"{time.monotonic() - begun_s:.1f} {own_s:.2f} {own_s + children_s:.2f} "
          f"{peaks['memory']:.1f} {peaks['threads']} {peaks['descriptors']} "
          f"{peaks['tasks']} {before_mb + peaks['unavailable']:.0f}")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
