/* From single samples to one number per block, and from two targets to pairs of blocks. */
#ifndef TARE_STATS_BLOCKS_H
#define TARE_STATS_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum blocks_status {
	BLOCKS_OK,
	BLOCKS_EMPTY, /* no samples */
	BLOCKS_NONFINITE, /* a sample is NaN or infinite */
	BLOCKS_NOT_POSITIVE, /* a logarithm is wanted and a run's value is ≤ 0: declare the metric
	                      * additive */
};

struct blocks_sample {
	uint32_t block, run; /* any numbers; runs are told apart within their block only */
	double value;
};

struct block {
	uint32_t number;
	double value;
};

/* y(block) = mean over its runs of f(mean of the run's samples), f = ln or, for additive metrics,
 * the identity; the samples of a run are those of its machines, one each. samples are in any order
 * and are reordered. out has room for as many blocks as there are (sample_count is always enough)
 * and is sorted by number. Returns BLOCKS_OK and sets *block_count, or another status, sets
 * *block_count = 0 and *offender (may be NULL) to the block at fault. */
enum blocks_status blocks_from_samples(struct blocks_sample *samples, size_t sample_count,
	bool additive, struct block *out, size_t *block_count, uint32_t *offender);

/* d(b) = target − baseline for every block number that both have (each sorted by number).
 * differences, and numbers (may be NULL) for the blocks' numbers, have room for the smaller count.
 * *unpaired, if not NULL, is the number of blocks,
 * of either side, without a partner; callers show it. Returns the number of pairs. */
size_t blocks_pair(const struct block *target, size_t targets, const struct block *baseline,
	size_t baselines, double *differences, uint32_t *numbers, size_t *unpaired);

const char *blocks_status_text(enum blocks_status status);

#endif
