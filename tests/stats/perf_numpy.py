#!/usr/bin/python3
"""What numpy and scipy need for the work that perf_stats times: the same names, "name seconds".

usage: perf_numpy.py [SHARE]
SHARE (default 0.01) is the part of the permutations that is done. The seconds printed are scaled
up to all of them: the work is linear in their number. A comment line before each row says what
was done."""

import sys
import time

import numpy
from scipy import stats

SAMPLES, METRICS, HISTORY, PERMUTATIONS = 1_000_000, 200, 500, 999


def timed(name, share, note, function):
    start = time.perf_counter()
    function()
    seconds = (time.perf_counter() - start) / share
    print(f"# {name}: {note}; share done {share:.4g}")
    print(f"{name} {seconds:.4f}", flush=True)


def best_split(x):
    """E-divisive's largest statistic over both ends, from two-dimensional sums of distances."""
    n = len(x)
    sums = numpy.zeros((n + 1, n + 1))
    sums[1:, 1:] = numpy.abs(x[:, None] - x[None, :]).cumsum(0).cumsum(1)
    diagonal = numpy.diagonal(sums)
    best = -numpy.inf
    for tau in range(3, n - 2):
        kappa = numpy.arange(tau + 3, n + 1)
        m, k = tau, kappa - tau
        between = sums[tau, kappa] - sums[tau, tau]
        left = sums[tau, tau] / 2
        right = (diagonal[kappa] - 2 * sums[tau, kappa] + sums[tau, tau]) / 2
        q = 2 * between / (m * k) - left / (m * (m - 1) / 2) - right / (k * (k - 1) / 2)
        best = max(best, (m * k / (m + k) * q).max())
    return best


def changepoints(permutations):
    series = samples[:HISTORY].copy()
    series[HISTORY // 2:] += 0.02
    return [best_split(random.permutation(series)) for _ in range(permutations)]


def comparison():
    each = SAMPLES // METRICS // 2
    for metric in range(METRICS):
        sides = []
        for target in range(2):
            part = samples[(metric * 2 + target) * each:][:each]
            sides.append(numpy.log(numpy.median(part.reshape(5, -1), axis=1)))
        stats.ttest_rel(sides[1], sides[0])


if __name__ == "__main__":
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 0.01
    random = numpy.random.default_rng(1)
    samples = numpy.exp(0.01 * random.standard_normal(SAMPLES))
    count = max(2, round(PERMUTATIONS * share))
    timed("changepoint_500x999", count / PERMUTATIONS,
          f"numpy, {count} permutations of {HISTORY} points, one split",
          lambda: changepoints(count))
    timed("compare_200_metrics_1e6", 1.0,
          f"numpy and scipy, {METRICS} metrics of {SAMPLES} samples", comparison)
