#!/usr/bin/env python3
"""Nights in which nothing changed, through the program itself: how often is one of them red?

    quiet_nights.py TARE NIGHTS [PROCESSES]

Every night is an import of native, old and new with 200 metrics in 8 blocks. The day moves each
metric by 2 % (a standard deviation), and all targets alike; a block moves all targets by .5 %, a
start each by .55 %; and everything drifts by 2 % from the first block to the last. A night is red
where one of these ends with 1:
    tare gate NIGHT:old NIGHT:new                     two targets of one campaign
    tare gate BEFORE NIGHT --target new               against the night before, over native
    the same with five EARLIER nights
    tare history NIGHTS --gate                        two of three nights (every second night)
    tare history NIGHTS --gate --ab NIGHT:old         screen, then decide (the other nights)
Each way may be red in at most 5 % of its nights, and four standard errors more where NIGHTS
is below 1,000. Nothing else than 0, 1 and 4 may come, and no night may be
called undecided for the host's sake."""
import collections
import math
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile

METRICS, BLOCKS, EARLIER, HISTORY = 200, 8, 5, 24
DAY, DRIFT, BLOCK, START = .02, .02, .005, .0055
MOST = .05
COLUMNS = "target,benchmark,metric,unit,better,block,run,value"
TARGETS = ("native", "old", "new")


def write_night(path, draw):
    lines = [COLUMNS]
    for metric in range(METRICS):
        day, better = draw.gauss(0, DAY), "higher" if metric % 2 else "lower"
        for block in range(BLOCKS):
            level = day + DRIFT * block / (BLOCKS - 1) + draw.gauss(0, BLOCK)
            for target in TARGETS:
                value = 100 * math.exp(level + draw.gauss(0, START))
                lines.append(f"{target},bm,m{metric},s,{better},{block},0,{value!r}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode not in (0, 1, 4):
        raise RuntimeError(f"{' '.join(words)}: {done.returncode}: {done.stderr}")
    if "host changed" in done.stdout:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}")
    return done.returncode


def import_night(tare, directory, number, seed):
    night = os.path.join(directory, str(number))
    write_night(night + ".csv", random.Random(f"{seed} {number}"))
    date = f"{2001 + number // 336}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"
    if run(tare, "import", night + ".csv", "--out", night, "--date", date) != 0:
        raise RuntimeError("import failed")
    os.remove(night + ".csv")
    return night


def ways(tare, number, nights):
    """What is asked about the last of the nights: (way, arguments of tare)."""
    night, before = nights[-1], nights[-2]
    over_native = ["gate", before, night, "--target", "new", "--quiet"]
    history = ["history", *nights, "--target", "new", "--gate"]
    yield "two targets of one campaign", ["gate", night + ":old", night + ":new", "--quiet"]
    yield "before and after, over native", over_native
    yield (f"the same, with {EARLIER} earlier nights",
           over_native[:3] + nights[-2 - EARLIER:-2] + over_native[3:])
    if number % 2:
        yield "history: two of three nights", history
    else:
        yield "history: screen, then old against new", [*history, "--ab", night + ":old"]


def work(job):
    """Some nights, each after those before it. Returns what each way answered how often."""
    tare, count, seed = job
    folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    answers, nights = collections.Counter(), []
    with tempfile.TemporaryDirectory(prefix="tare-quiet-nights-", dir=folder) as directory:
        for number in range(count + HISTORY - 1):
            nights.append(import_night(tare, directory, number, seed))
            if len(nights) < HISTORY:
                continue
            for way, arguments in ways(tare, number, nights):
                answers[way, run(tare, *arguments)] += 1
            shutil.rmtree(nights.pop(0))
    return answers


def main():
    tare, nights = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    shares = [nights // processes + (i < nights % processes) for i in range(processes)]
    with multiprocessing.Pool(processes) as pool:
        answers = sum(pool.map(work, [(tare, share, seed) for seed, share in enumerate(shares)
                                      if share]), collections.Counter())
    failed = False
    print("| way | nights | red | undecided | passed | at most red |\n|---|---|---|---|---|---|")
    for way in dict.fromkeys(way for way, _ in answers):
        red, undecided, passed = (answers[way, code] for code in (1, 4, 0))
        count = red + undecided + passed
        most = MOST + (0 if nights >= 1000 else 4 * math.sqrt(MOST * (1 - MOST) / count))
        failed |= red / count > most
        print(f"| {way} | {count} | {100 * red / count:.1f} % | {100 * undecided / count:.1f} % "
              f"| {100 * passed / count:.1f} % | {100 * most:.1f} % |")
    sys.exit(failed)


if __name__ == "__main__":
    main()
