/* Looking again and again at a campaign that goes on, with one error rate for all looks together.
 * At every look the one-sided p of Student's t test is computed from all pairs so far, and the
 * smallest so far is kept. One nominal level for the p of every look (Pocock, Biometrika 64, 1977)
 * makes the decision; solved exactly for a variance that is not known (stats/crossing.h). */
#ifndef TARE_STATS_SEQUENTIAL_H
#define TARE_STATS_SEQUENTIAL_H

#include <stdbool.h>

enum { SEQUENTIAL_FIRST = 4, SEQUENTIAL_STEP = 2, SEQUENTIAL_MOST = 50, SEQUENTIAL_POINTS = 52 };
/* More pairs than this take too long to compute. */
enum { SEQUENTIAL_LIMIT = 200 };

/* Looks after first, first + step … pairs, at most `most`. */
struct sequential {
	unsigned first, step, most;
	double log_chances[SEQUENTIAL_POINTS]; /* ln G at points of ln x; see sequential_p */
};

/* first ≥ 2, step ≥ 1, most ≥ first. Instant for looks after 4, 6 … at most SEQUENTIAL_LIMIT pairs,
 * and for a single look (first = most, the test of a fixed number of pairs, for which G(x) = x).
 * For others the chances are computed, once in a process: seconds for 60 pairs. */
void sequential_init(struct sequential *looks, unsigned first, unsigned step, unsigned most);

/* How many pairs the last look is after: at most `most`. */
unsigned sequential_last(unsigned first, unsigned step, unsigned most);

/* Whether to look after that many pairs. */
bool sequential_is_look(const struct sequential *looks, unsigned pairs);

/* The sequential p value of the smallest p so far: q = G(smallest), where G(x) is the chance that
 * some look has p ≤ x if the mean is at the bound that is tested. It can only fall from look to
 * look, and is valid whenever one stops. NaN gives NaN, as does what is outside 0 … 1. */
double sequential_p(const struct sequential *looks, double smallest);

/* The nominal level a of every look with G(a) = alpha, alpha strictly between 0 and 1. */
double sequential_level(const struct sequential *looks, double alpha);

#endif
