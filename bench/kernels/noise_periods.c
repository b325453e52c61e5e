/* Finds periods of detours: see noise_periods.h. */
#include "noise_periods.h"

#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* Frequencies are at a fourth of the resolution of the span; a peak is the largest within five of
 * its resolutions. */
enum { STEPS_PER_RESOLUTION = 4, NEIGHBOURS = 5 * STEPS_PER_RESOLUTION, FEWEST_DETOURS = 20 };
static const double highest_hz = 1000, ns_per_s = 1e9, quantile = 4.75, times_median = 4,
		    part_of_largest = 0.05;

struct spectrum {
	double *power; /* at (index + 1) × step_hz */
	long count, series;
	double step_hz;
	double detours;
};

/* Adds the periodogram of one series: every detour's phase turns by the same angle from one
 * frequency to the next. */
static void add_series(struct spectrum *s, const struct noise_times *times)
{
	double complex *phases = kernel_touched(times->count, sizeof(*phases));
	double complex *turns = kernel_touched(times->count, sizeof(*turns));

	for (long i = 0; i < times->count; i++) {
		turns[i] = cexp(-2 * M_PI * I * s->step_hz * times->ns[i] / ns_per_s);
		phases[i] = 1;
	}
	for (long f = 0; f < s->count; f++) {
		double complex sum = 0;
		for (long i = 0; i < times->count; i++) {
			phases[i] *= turns[i];
			sum += phases[i];
		}
		s->power[f] += creal(sum * conj(sum)) / (double)times->count;
	}
	s->series++;
	s->detours += (double)times->count;
	free(phases);
	free(turns);
}

/* Of Γ(K) with mean K. */
static double gamma_quantile(double k)
{
	double part = 1 / (9 * k);

	return k * pow(1 - part + quantile * sqrt(part), 3);
}

static double threshold_of(const struct spectrum *s)
{
	double *sorted = kernel_touched(s->count, sizeof(*sorted)), largest = 0;

	memcpy(sorted, s->power, (size_t)s->count * sizeof(*sorted));
	double median = kernel_median(sorted, s->count);
	free(sorted);
	for (long f = 0; f < s->count; f++)
		largest = fmax(largest, s->power[f]);
	return fmax(fmax(gamma_quantile((double)s->series), times_median * median),
		part_of_largest * largest);
}

static bool is_peak(const struct spectrum *s, long f)
{
	for (long other = f - NEIGHBOURS; other <= f + NEIGHBOURS; other++)
		if (other >= 0 && other < s->count && other != f && s->power[other] >= s->power[f])
			return false;
	return true;
}

/* Within a resolution of the span, a multiple of a frequency that was found before. */
static bool is_harmonic(
	const struct spectrum *s, double hz, const struct noise_period *found, long count)
{
	for (long i = 0; i < count; i++) {
		double base_hz = 1e6 / found[i].period_us, times = round(hz / base_hz);
		if (fabs(hz - times * base_hz) < STEPS_PER_RESOLUTION * s->step_hz * times)
			return true;
	}
	return false;
}

long noise_find_periods(const struct noise_times *series, long count, double span_ns,
	struct noise_period *found, long most)
{
	double resolution_hz = ns_per_s / span_ns;
	struct spectrum s = {.step_hz = resolution_hz / STEPS_PER_RESOLUTION};
	long periods = 0;

	s.count = (long)(highest_hz / s.step_hz);
	s.power = kernel_touched(s.count + 1, sizeof(*s.power));
	memset(s.power, 0, (size_t)s.count * sizeof(*s.power));
	for (long i = 0; i < count; i++)
		if (series[i].count >= FEWEST_DETOURS)
			add_series(&s, &series[i]);
	double threshold = s.series ? threshold_of(&s) : INFINITY;
	/* Below a few periods in the span there is no telling. */
	for (long f = 4 * STEPS_PER_RESOLUTION; f < s.count && periods < most; f++) {
		double hz = (double)(f + 1) * s.step_hz;
		if (s.power[f] < threshold || !is_peak(&s, f) ||
			is_harmonic(&s, hz, found, periods))
			continue;
		found[periods++] = (struct noise_period){
			.period_us = 1e6 / hz, .strength = fmin(1, s.power[f] / s.detours)};
	}
	free(s.power);
	return periods;
}
