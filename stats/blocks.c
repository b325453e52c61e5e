/* Samples → runs → blocks → pairs. */
#include "stats/blocks.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/describe.h"

static int compare_samples(const void *a, const void *b)
{
	const struct blocks_sample *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	if (x->run != y->run)
		return x->run < y->run ? -1 : 1;
	/* By value, so that the result does not depend on the order they arrived in. */
	return (x->value > y->value) - (x->value < y->value);
}

enum blocks_status blocks_from_samples(struct blocks_sample *samples, size_t sample_count,
	bool additive, struct block *out, size_t *block_count, uint32_t *offender)
{
	uint32_t nowhere;
	size_t made = 0, runs = 0;

	if (!offender)
		offender = &nowhere;
	*block_count = 0;
	if (sample_count == 0)
		return BLOCKS_EMPTY;
	for (size_t i = 0; i < sample_count; i++) {
		if (isfinite(samples[i].value))
			continue;
		*offender = samples[i].block;
		return BLOCKS_NONFINITE;
	}
	cleanup_free double *values = mem_new(sample_count, sizeof(*values));

	qsort(samples, sample_count, sizeof(*samples), compare_samples);
	for (size_t i = 0; i < sample_count; i++)
		values[i] = samples[i].value;
	for (size_t first = 0, end; first < sample_count; first = end) {
		uint32_t number = samples[first].block, run = samples[first].run;

		for (end = first + 1; end < sample_count; end++)
			if (samples[end].block != number || samples[end].run != run)
				break;
		double value = describe_mean(values + first, end - first);
		if (!isfinite(value) || (!additive && value <= 0)) {
			*offender = number;
			return isfinite(value) ? BLOCKS_NOT_POSITIVE : BLOCKS_NONFINITE;
		}
		if (made == 0 || out[made - 1].number != number) {
			out[made++] = (struct block){.number = number};
			runs = 0;
		}
		struct block *block = &out[made - 1];

		/* A running mean: there are a handful of runs in a block. */
		block->value += ((additive ? value : log(value)) - block->value) / (double)++runs;
	}
	*block_count = made;
	return BLOCKS_OK;
}

size_t blocks_pair(const struct block *target, size_t targets, const struct block *baseline,
	size_t baselines, double *differences, uint32_t *numbers, size_t *unpaired)
{
	size_t pairs = 0;

	for (size_t i = 0, j = 0; i < targets && j < baselines;) {
		if (target[i].number < baseline[j].number) {
			i++;
		} else if (target[i].number > baseline[j].number) {
			j++;
		} else {
			if (numbers)
				numbers[pairs] = target[i].number;
			differences[pairs++] = target[i++].value - baseline[j++].value;
		}
	}
	if (unpaired)
		*unpaired = targets + baselines - 2 * pairs;
	return pairs;
}

const char *blocks_status_text(enum blocks_status status)
{
	static const char *const texts[] = {
		[BLOCKS_OK] = "ok",
		[BLOCKS_EMPTY] = "no samples",
		[BLOCKS_NONFINITE] = "a sample is not a finite number",
		[BLOCKS_NOT_POSITIVE] = "a value is zero or negative: declare the metric additive",
	};

	return texts[status];
}
