/* Which of a row of revisions made something worse: what the measured blocks say about each.
 * Revision 0 is good and revision `last` is bad; exactly one k in 1 … last is the first bad one,
 * and all before k belong to one level, all from k on to another. Every block starts the good, the
 * bad and up to two other revisions, so that what the host does to a whole block cancels.
 *
 * The posterior over k has a flat prior and is summed over a grid of the change (25 steps, .1 … 2.5
 * times what the anchors differ by) and of the standard deviation of one start (15 steps, .3 … 6
 * times what the anchors say); levels of blocks have flat priors and are integrated out. One start
 * of a block may be a stall, with a chance of 2 % and a density of 1. Choosing what to measure by
 * such a posterior is the probabilistic bisection of Horstein (IEEE Trans. Inf. Theory 9, 1963).
 *
 * Chances are given and taken as an array of `last` numbers: chances[k − 1] is that of k. */
#ifndef TARE_STATS_BISECT_H
#define TARE_STATS_BISECT_H

#include <stdbool.h>
#include <stddef.h>

enum { BISECT_STARTS_MOST = 4, BISECT_NEXT_MOST = 2 };

struct bisect_block {
	size_t count; /* of starts that were measured, each of another revision */
	size_t revisions[BISECT_STARTS_MOST];
	double y[BISECT_STARTS_MOST]; /* logarithms, or values of an additive metric; + is worse */
};

struct bisect; /* what has been measured so far */

/* last ≥ 1. differences: bad − good in blocks of these two alone, at least one; margin > 0: the
 * smallest change that matters, on the scale of y. The blocks themselves are to be added, too.
 * Freed by bisect_free. */
struct bisect *bisect_new(size_t last, const double *differences, size_t count, double margin);
void bisect_free(struct bisect *bisect); /* safe with NULL */
void bisect_add(struct bisect *bisect, const struct bisect_block *block);
void bisect_posterior(const struct bisect *bisect, double *chances);

/* Revisions that were built and run side by side: k's between which no revision can be tested. */
struct bisect_group {
	size_t first, last; /* the first bad revision is one of these */
	double chance;
};

/* The group with the largest chance. untestable: by revision, 0 … last. */
struct bisect_group bisect_likeliest(const double *chances, size_t last, const bool *untestable);

/* What the next block should start beside both anchors: the testable revision by which the change
 * has come with a chance nearest to 1/3, then another one nearest to 2/3. Returns how many there
 * are. */
size_t bisect_next(
	const double *chances, size_t last, const bool *untestable, size_t next[BISECT_NEXT_MOST]);

/* Whether one step at `first_bad` is too simple: the p of an F test of "every revision has a level
 * of its own" against it, blocks having levels in both. NaN where there is nothing to compare. */
double bisect_steps_p(const struct bisect_block *blocks, size_t count, size_t first_bad);

#endif
