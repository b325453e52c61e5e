/* One target against another in a campaign that goes on until it is decided: what every metric's
 * verdict is, and after how many pairs. It is a function of the differences in the order of their
 * blocks and of nothing else. The same data therefore always give the same decision: in the running
 * campaign, in the same one continued, and in a gate that reads a copy of it. */
#ifndef TARE_STATS_DECIDE_H
#define TARE_STATS_DECIDE_H

#include "stats/moderate.h"
#include "stats/sequential.h"
#include "stats/verdict.h"

/* The prior of variances is estimated from so many pairs of each ratio metric. */
enum { DECIDE_PRIOR_PAIRS = 4 };

/* A verdict or hopeless is looked for from so many pairs on. */
enum { DECIDE_HOPELESS_FROM = 8 };

struct decide_rule {
	struct sequential looks;
	double alpha; /* of everything together, e.g. .05 */
	bool equivalence; /* NOT WORSE is not enough */
	size_t blocks; /* begun, also where no metric has a pair in the last of them */
};

struct decide_metric {
	/* given */
	const double *differences; /* of pairs, + is worse; by block */
	const unsigned *blocks; /* their numbers, ascending; NULL: 0, 1, 2 … */
	size_t count;
	double margin; /* L > 0 on the same scale */
	size_t cell; /* metrics of one cell leave together; numbered from 0 without gaps */
	bool headline; /* decides; the others can only be a REGRESSION */
	bool additive; /* has a scale of its own: its variance is not moderated */
	bool untestable; /* stays in its family, and is never decided */
	/* Known noise: stays in its family, but its REGRESSION is none of the outcome, and it holds
	 * its cell no longer than a detail does. */
	bool excused;

	/* found */
	struct verdict_case judged; /* at the last look: mean, error and df of that time; every p is
	                             * the sequential one: they hold for all looks together */
	size_t pairs; /* at the last look; 0: there was none */
	bool hopeless; /* undecided, and more pairs up to the most would decide with < 5 % */
	double chance; /* that they would; NaN before 8 pairs */
	bool left; /* its cell needs no further block */
};

struct decide_outcome {
	struct moderate_prior prior; /* frozen at the first look */
	bool regression; /* of any metric that is not excused */
	bool all_left; /* no cell needs another block */
	size_t blocks; /* looked at: the largest number, plus one */
};

/* The levels of headlines and of the rest: four fifths of alpha and one fifth for REGRESSION, or
 * all of it where there is no rest. */
struct verdict_levels decide_levels(const struct decide_rule *rule, bool headline, bool any_rest);

/* The chance that a metric with n pairs so far (mean, sd and its df of their differences) has a
 * verdict after `most` pairs, whatever the mean is: its predictive distribution given the data.
 * level: the nominal one of every look. */
double decide_chance(const struct decide_rule *rule, const struct verdict_case *now, double level);

/* Fills what is found. A metric's first verdict stands, and its p values stay what they were then.
 * A cell leaves when all its headlines are decided, hopeless or excused; what is measured of it
 * later does not count. */
void decide_replay(const struct decide_rule *rule, struct decide_metric *metrics, size_t count,
	struct decide_outcome *outcome);

#endif
