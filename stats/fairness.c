/* Shares are scaled by the largest, so that their squares neither over- nor underflow. */
#include "stats/fairness.h"

#include <math.h>

int fairness_of(const double *shares, size_t count, struct fairness *out)
{
	double largest = 0, smallest = INFINITY, sum = 0, squares = 0;

	*out = (struct fairness){NAN, NAN};
	if (count == 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!(shares[i] >= 0) || isinf(shares[i]))
			return -1;
		largest = fmax(largest, shares[i]);
		smallest = fmin(smallest, shares[i]);
	}
	*out = (struct fairness){1, 1};
	if (largest == 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		double share = shares[i] / largest;

		sum += share;
		squares += share * share;
	}
	out->jain = sum * sum / ((double)count * squares);
	out->max_min = largest / smallest;
	return 0;
}
