/* How likely a series of t tests on growing data rejects at least once, although its hypothesis
 * is true: exactly, for normal differences of unknown variance. It is what makes looking at a
 * campaign again and again an honest test (stats/sequential.h, docs/statistics.md). */
#ifndef TARE_STATS_CROSSING_H
#define TARE_STATS_CROSSING_H

#include <stddef.h>

/* P[at some look the one-sided p of Student's t test is ≤ x], the mean being exactly at the bound
 * that is tested. looks: the numbers of differences at which one looks, ascending, the first ≥ 2;
 * x in 0 … 1 (outside: NaN). nodes ≥ 10: of the grid; 500 keep the
 * relative error below 1e-3, 250 below 5e-3.
 *
 * At the bound the length of the vector of differences is independent of its direction, so that
 * r = Σd / √Σd² is a Markov chain in which the unknown standard deviation does not occur, and the
 * chance is an integral over one number a step (Jennison & Turnbull, Biometrika 78, 1991, solve
 * the same problem for group sequential t tests). */
double crossing_chance(const unsigned *looks, size_t count, double x, unsigned nodes);

#endif
