/* Where the warm-up ends. */
#ifndef TARE_STATS_STEADY_H
#define TARE_STATS_STEADY_H

#include <stddef.h>

enum steady_status {
	STEADY_OK,
	STEADY_TOO_FEW, /* fewer than STEADY_FEWEST_BATCHES batches: nothing is cut */
	STEADY_AT_BOUND, /* no steady state: the best cut is the last one allowed */
	STEADY_SHIFT, /* no steady state: the mean still moves in the second half */
	STEADY_NONFINITE, /* a sample is NaN or infinite */
};

enum { STEADY_BATCH = 5, STEADY_FEWEST_BATCHES = 6 };

struct steady {
	size_t cut; /* samples of warm-up: steady samples are [cut, count); 0 unless OK */
	enum steady_status status;
};

/* MSER-5 (White, Simulation 69, 1997; Spratt 1998): means z of N batches of 5 samples; the
 * cut d ≤ N/2 that minimises Σ_{i ≥ d}(z_i − z̄_d)² / (N − d)², the earliest of equals.
 * A minimum at the bound is "no steady state" when the two halves differ (Welch, p < .01); if
 * they do not, the minimum is there by chance and nothing is cut.
 * The second half is also tested for a shift: its batches in at most 20 equal groups, the
 * CUSUM max|S_k| / (s √g) against Kolmogorov's distribution (Brownian bridge), shift when
 * p < .01; not tested with fewer than 12 groups, which cannot reach that. Serial correlation over
 * less than a fortieth of the run does no harm, because of the groups.
 * samples are one run's, in order of time. Returns 0 when status is STEADY_OK, else −1. */
int steady_find(const double *samples, size_t count, struct steady *out);

#endif
