/* The expected maximum of n values: what a step of a bulk-synchronous code takes in which every one
 * of n ranks does the same work and all wait for the slowest. */
#ifndef TARE_KERNELS_NOISE_MAX_H
#define TARE_KERNELS_NOISE_MAX_H

#include <math.h>

/* Of n independent draws from the sorted values (their empirical distribution, n >= 1):
 * sum over i of x(i) ((i / N)^n - ((i - 1) / N)^n), i from 1; David & Nagaraja, Order Statistics,
 * 2003, 2.1. It never exceeds the largest value: for n far beyond N it is a lower bound. Used for
 * noise as in Agarwal, Garg & Vishnoi, "The impact of noise on the scaling of collectives",
 * HiPC 2005. */
static inline double noise_expected_max(const double *sorted, long count, double n)
{
	double sum = 0, below = 0;

	for (long i = 1; i <= count; i++) {
		double up_to = pow((double)i / (double)count, n);
		sum += sorted[i - 1] * (up_to - below);
		below = up_to;
	}
	return sum;
}

#endif
