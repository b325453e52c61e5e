/* How many blocks a cell needs for the precision that the campaign asks for. */
#include "campaign/plan/precision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/blocks.h"
#include "stats/describe.h"
#include "stats/quantile.h"
#include "stats/stein.h"

static const double confidence = 0.95;

/* What one machine says in a run; a sum is judged by its mean, which differs from it by a factor
 * only. */
static double machine_value(enum statistic statistic, const double *values, size_t count)
{
	switch (statistic) {
	case STATISTIC_MEAN:
	case STATISTIC_SUM:
		return describe_mean(values, count);
	case STATISTIC_MINIMUM:
		return quantile_of(values, count, 0);
	case STATISTIC_MAXIMUM:
		return quantile_of(values, count, 1);
	case STATISTIC_P99:
		return quantile_of(values, count, 0.99);
	case STATISTIC_MEDIAN:
		break;
	}
	return quantile_median(values, count);
}

struct question {
	const struct plan *plan;
	const struct store_data *data;
	const struct plan_cell *cell;
	double x;
};

static bool is_cell(const struct question *q, size_t target, const struct data_cell *cell)
{
	const struct campaign *campaign = q->plan->campaign;
	const struct campaign_benchmark *b = &campaign->benchmarks[q->cell->benchmark];

	return strcmp(q->data->targets[cell->target_index].name, campaign->targets[target].name) ==
		       0 &&
	       strcmp(cell->placement, campaign->placements[q->cell->placement].text) == 0 &&
	       strcmp(cell->benchmark, b->benchmark->name) == 0 &&
	       strcmp(cell->parameters, b->parameters) == 0;
}

/* Whether a series is of the question's cell on that target, primary, and from the pilot. */
static bool belongs(const struct question *q, size_t target, const struct data_series *series)
{
	const struct data_run *run = &q->data->runs[series->run_index];
	const struct benchmark *benchmark =
		q->plan->campaign->benchmarks[q->cell->benchmark].benchmark;

	return strcmp(q->data->metrics[series->metric_index].name, benchmark->metrics[0].name) ==
		       0 &&
	       q->data->blocks[run->block_index].number < q->plan->campaign->blocks &&
	       is_cell(q, target, &q->data->cells[run->cell_index]);
}

/* The block values of one target, sorted by block; NULL if there are none that count. As in
 * reports, a run's value is the mean over its machines. */
static struct block *block_values(const struct question *q, size_t target, size_t *count)
{
	const struct benchmark *benchmark =
		q->plan->campaign->benchmarks[q->cell->benchmark].benchmark;
	const struct metric *metric = &benchmark->metrics[0];
	cleanup_free struct blocks_sample *samples = NULL;
	size_t sample_count = 0, capacity = 0;

	for (size_t s = 0; s < q->data->series_count; s++) {
		const struct data_series *series = &q->data->series[s];
		if (series->x != q->x || !belongs(q, target, series))
			continue;
		const struct data_run *run = &q->data->runs[series->run_index];
		array_reserve(&samples, &capacity, sample_count + 1);
		samples[sample_count++] = (struct blocks_sample){
			q->data->blocks[run->block_index].number, run->number,
			machine_value(metric->statistic, series->values, series->count)};
	}
	struct block *blocks = mem_new(sample_count + 1, sizeof(*blocks));
	if (blocks_from_samples(samples, sample_count, metric->scale == SCALE_DIFFERENCE, blocks,
		    count, NULL) == BLOCKS_OK)
		return blocks;
	free(blocks);
	return NULL;
}

static size_t blocks_for(const struct question *q)
{
	const struct campaign *campaign = q->plan->campaign;
	size_t target_count = 0, baseline_count = 0, needed = 0;
	struct block *target = block_values(q, q->cell->target, &target_count);
	struct block *baseline = block_values(q, campaign->baseline, &baseline_count);

	if (target && baseline) {
		cleanup_free double *differences = mem_new(target_count, sizeof(double));
		size_t pairs = blocks_pair(
			target, target_count, baseline, baseline_count, differences, NULL, NULL);
		struct describe spread;
		if (pairs >= STEIN_FEWEST_PILOT &&
			describe_samples(differences, pairs, &spread) == 0)
			needed = stein_blocks(
				spread.sd, pairs, log1p(campaign->precision), confidence);
	}
	free(target);
	free(baseline);
	return needed;
}

static size_t blocks_of_cell(
	const struct plan *plan, const struct plan_cell *cell, const struct store_data *data)
{
	const struct benchmark *b = plan->campaign->benchmarks[cell->benchmark].benchmark;
	struct question q = {plan, data, cell, 0};
	size_t most = 0;
	double last_x = NAN;

	if (cell->skip_reason || b->metrics[0].scale == SCALE_DIFFERENCE)
		return 0;
	for (size_t s = 0; s < data->series_count; s++) {
		q.x = data->series[s].x;
		if (q.x == last_x || !belongs(&q, cell->target, &data->series[s]))
			continue;
		last_x = q.x;
		size_t needed = blocks_for(&q);
		most = needed > most ? needed : most;
	}
	return most;
}

size_t precision_blocks(
	const struct plan *plan, const struct plan_cell *cell, const struct store_data *data)
{
	size_t most = 0;

	if (cell->target != plan->campaign->baseline)
		return blocks_of_cell(plan, cell, data);
	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *other = &plan->cells[c];
		if (other->placement != cell->placement || other->benchmark != cell->benchmark ||
			other == cell)
			continue;
		size_t needed = blocks_of_cell(plan, other, data);
		most = needed > most ? needed : most;
	}
	return most;
}
