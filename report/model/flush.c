/* Whether what a target acknowledges as written is: the shares that the benchmark flush measured,
 * judged. The thresholds are those of docs/benchmarks.md. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/honesty.h"
#include "stats/quantile.h"

/* Room for counters that are a moment late. */
const double flush_share_bound = 0.9;

static double block_value(const struct report_value *value, size_t block)
{
	return value->logarithmic ? exp(value->blocks[block]) : value->blocks[block];
}

static const struct report_value *find(
	const struct report_group *group, size_t target, const char *name)
{
	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_value *value = &group->rows[i].values[target];
		if (strcmp(group->rows[i].metric->name, name) == 0 && value->block_count)
			return value;
	}
	return NULL;
}

/* The median of the blocks; NaN: not measured. *agree is cleared where some are below the bound and
 * some are not: then somebody else's writes are in the device's counters. */
static double share_of(
	const struct report_group *group, size_t target, const char *name, bool *agree)
{
	const struct report_value *value = find(group, target, name);
	size_t count = value ? value->block_count : 0, below = 0;
	cleanup_free double *shares = mem_new(count + 1, sizeof(*shares));

	for (size_t b = 0; b < count; b++) {
		shares[b] = block_value(value, b);
		below += shares[b] < flush_share_bound;
	}
	*agree = *agree && (!below || below == count);
	return quantile_median(shares, count);
}

static double count_of(const struct report_group *group, size_t target, const char *name)
{
	const struct report_value *value = find(group, target, name);

	return value ? value->value.estimate : NAN;
}

static enum flush_honesty judge(const struct report_flush *flush, bool agree)
{
	if (isnan(flush->device_share))
		return FLUSH_UNKNOWN;
	if (!agree)
		return FLUSH_UNCLEAR;
	if (flush->device_share < flush_share_bound)
		return FLUSH_LYING;
	return flush->direct_share < flush_share_bound ? FLUSH_CACHED : FLUSH_HONEST;
}

static void add(struct report_model *model, const struct report_group *group, size_t target)
{
	bool agree = true;
	struct report_flush flush = {
		.group = group,
		.target = target,
		.acknowledged_bytes = count_of(group, target, "acknowledged_bytes"),
		.machine_bytes = count_of(group, target, "machine_bytes"),
		.device_share = share_of(group, target, "device_share", &agree),
		.direct_share = share_of(group, target, "direct_share", &agree),
		.asked = count_of(group, target, "flushes_asked"),
		.machine_flushes = count_of(group, target, "machine_flushes"),
		.host_flushes = count_of(group, target, "host_flushes"),
	};

	if (isnan(flush.acknowledged_bytes))
		return;
	flush.verdict = judge(&flush, agree);
	array_reserve(&model->flushes, &model->flush_capacity, model->flush_count + 1);
	model->flushes[model->flush_count++] = flush;
}

void model_judge_flushes(struct report_model *model)
{
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t t = 0; t < model->target_count; t++)
			if (strcmp(model->groups[g].benchmark, "flush") == 0)
				add(model, &model->groups[g], t);
}
