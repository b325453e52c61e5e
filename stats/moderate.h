/* Moderated variances: with few blocks and many metrics each metric borrows degrees of freedom
 * from all. The prior is estimated from the moments of log s² as in limma's fitFDist (Smyth,
 * Statist. Appl. Genet. Mol. Biol. 3, 2004), then discounted, because an estimated prior used
 * in full rejects too often. All variances of one call are on one scale:
 * logarithms together; additive metrics are left unmoderated or moderated by themselves. */
#ifndef TARE_STATS_MODERATE_H
#define TARE_STATS_MODERATE_H

#include <stddef.h>

/* Fewer metrics than this estimate no prior worth borrowing from. */
enum { MODERATE_FEWEST = 10 };

enum moderate_status {
	MODERATE_OK,
	MODERATE_TOO_FEW, /* fewer than 3 usable metrics: nothing is borrowed */
	MODERATE_DEGENERATE, /* more than half of the variances are 0: nothing is borrowed */
};

struct moderate_prior {
	double df; /* d̂₀ as estimated, may be ∞ (no evidence that variances differ); 0: none */
	double variance; /* s₀²; NaN without a prior */
	double borrowed; /* degrees of freedom, once frozen; 0: by the variance's own */
	size_t used; /* metrics behind it; those with a variance that is negative or not finite, or
	              * with df ≤ 0, are left out */
	enum moderate_status status;
};

/* From count sample variances with their degrees of freedom. Zero variances count as 1e-5 of
 * the median (limma's rule). Returns 0 when status is MODERATE_OK, else −1. */
int moderate_prior(
	const double *variances, const double *dfs, size_t count, struct moderate_prior *out);

/* s̃² = max(s², (d₀ s₀² + d s²) / (d₀ + d)) with d₀ = min(d̂₀ / 2, 2 d), and its df = d + d₀. The
 * plain formula also lowers large variances, so that one noisy metric among many quiet ones
 * gives false alarms; hence never below its own (tests/stats/sim has both). Without a prior, or for
 * a variance or df that is not usable, both are passed through unchanged. */
void moderate_variance(const struct moderate_prior *prior, double variance, double df,
	double *moderated, double *moderated_df);

/* Fixes what is borrowed to d₀ = min(d̂₀ / 2, 2 df) for all later variances, whatever their own
 * degrees of freedom: for campaigns that go on, whose prior is estimated once, at the first look,
 * from as many pairs of every metric. */
void moderate_freeze(struct moderate_prior *prior, double df);

/* The inverse of the trigamma function for y > 0 (Smyth 2004, appendix: Newton on 1/ψ′). */
double moderate_trigamma_inverse(double y);

#endif
