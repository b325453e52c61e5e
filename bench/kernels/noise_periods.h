/* Which periods the detours of tare-noise have. */
#ifndef TARE_KERNELS_NOISE_PERIODS_H
#define TARE_KERNELS_NOISE_PERIODS_H

/* When the detours of one CPU in one repetition began. */
struct noise_times {
	const double *ns; /* from the repetition's begin */
	long count;
};

struct noise_period {
	double period_us;
	/* How much of the detours keeps to it: 1 where all come at the same phase. */
	double strength;
};

/* The periods from 1 ms to a fourth of span_ns that the detours of all series together have, the
 * longest first; harmonics are left out. Returns how many, at most `most`.
 *
 * The periodogram of the point process, S(f) = |Σ exp(-2πi f t)|² / n (Bartlett, "The spectral
 * analysis of point processes", Journal of the Royal Statistical Society B 25, 1963), summed over
 * the series: without a period each is exponential with mean 1, so the sum of K is Γ(K). A peak
 * counts beyond the quantile of that for a probability of about 10⁻⁶ per frequency (Wilson and
 * Hilferty 1931), beyond 4 times the spectrum's median (detours that come in bursts), and from a
 * twentieth of the largest peak on. */
long noise_find_periods(const struct noise_times *series, long count, double span_ns,
	struct noise_period *found, long most);

#endif
