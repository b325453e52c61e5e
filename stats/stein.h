/* How many blocks a campaign needs, decided once, after a pilot: Stein's two-stage procedure
 * (Annals of Math. Statistics 16, 1945). Unlike stopping when the interval is narrow, it keeps
 * the nominal coverage. The interval is to have the mean of all blocks, but the variance of the
 * pilot alone and pilot − 1 degrees of freedom. */
#ifndef TARE_STATS_STEIN_H
#define TARE_STATS_STEIN_H

#include <stddef.h>

enum { STEIN_FEWEST_PILOT = 3, STEIN_MOST_BLOCKS = 1000000000 };

/* N = max(pilot, ⌈(t(1−α/2, pilot−1) · sd / half_width)²⌉), sd being the standard deviation of
 * the pilot's block differences and half_width on the same scale (ln(1 + h) for a ratio within
 * ± h). At most STEIN_MOST_BLOCKS; caps on blocks and time are the caller's. 0 when pilot < 3,
 * half_width ≤ 0, confidence is not within 0 … 1 or anything is not finite. */
size_t stein_blocks(double sd, size_t pilot, double half_width, double confidence);

#endif
