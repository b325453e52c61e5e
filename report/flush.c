/* Whether what a target acknowledges as written is: the shares that the benchmark flush measured,
 * judged. The thresholds are those of docs/benchmarks.md. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/honesty.h"
#include "stats/quantile.h"

/* Room for counters that are a moment late. */
static const double share_bound = 0.9;

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
		below += shares[b] < share_bound;
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
	if (flush->device_share < share_bound)
		return FLUSH_LYING;
	return flush->direct_share < share_bound ? FLUSH_CACHED : FLUSH_HONEST;
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

const char *flush_verdict(const struct report_flush *flush)
{
	static const char *const texts[] = {
		[FLUSH_UNKNOWN] = "unknown",
		[FLUSH_HONEST] = "honest",
		[FLUSH_CACHED] = "cached by the host",
		[FLUSH_LYING] = "lying",
		[FLUSH_UNCLEAR] = "unclear: blocks differ",
	};

	return texts[flush->verdict];
}

/* Words for what was not counted: by the device, and by a hypervisor where there is none. */
static const char unknown[] = "unknown", nobody[] = "none";

/* --- its table ----------------------------------------------------------------------------------- */

static void add_share(struct table *table, double share, const char *without)
{
	cleanup_free char *text =
		isfinite(share) ? str_printf("%.1f %%", 100 * share) : str_dup(without);

	table_add_cell(table,
		isnan(share)          ? TONE_DIM
		: share < share_bound ? TONE_WARN
				      : TONE_PLAIN,
		text)
		->order = share;
}

static void add_count(struct table *table, double count, double asked, const char *without)
{
	char number[WORDS_BYTES];
	bool missing = count < share_bound * asked;

	table_add_cell(table,
		isnan(count) ? TONE_DIM
		: missing    ? TONE_WARN
			     : TONE_PLAIN,
		isnan(count) ? without : words_value(count, number))
		->order = count;
}

static void add_line(
	const struct report_model *model, const struct report_flush *flush, struct table *table)
{
	static const enum tone tones[] = {
		[FLUSH_UNKNOWN] = TONE_DIM,
		[FLUSH_HONEST] = TONE_BETTER,
		[FLUSH_CACHED] = TONE_WARN,
		[FLUSH_LYING] = TONE_WORSE,
		[FLUSH_UNCLEAR] = TONE_WARN,
	};
	cleanup_free char *benchmark = table_benchmark_text(flush->group);
	cleanup_free char *target = table_target_text(model, flush->group, flush->target);

	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, benchmark);
	table_add_cell(table, tones[flush->verdict], flush_verdict(flush))->verdict = true;
	add_share(table, flush->machine_bytes / flush->acknowledged_bytes, nobody);
	add_share(table, flush->device_share, unknown);
	add_share(table, flush->direct_share, unknown);
	add_count(table, flush->asked, flush->asked, unknown);
	add_count(table, flush->machine_flushes, flush->asked, nobody);
	add_count(table, flush->host_flushes, flush->asked, unknown);
}

void sections_add_flushes(const struct report_model *model, struct sections *out)
{
	static const struct {
		const char *group;
		struct plain_column column;
	} columns[] = {
		{"", {"target", COLUMN_WHOLE | COLUMN_REPEATED}},
		{"", {"benchmark", COLUMN_REPEATED}},
		{"", {"its disk is", COLUMN_WHOLE | COLUMN_REPEATED}},
		{"bytes that were given to", {"hypervisor", COLUMN_RIGHT}},
		{"bytes that were given to", {"device", COLUMN_RIGHT}},
		{"bytes that were given to", {"device unasked", COLUMN_RIGHT}},
		{"flushes", {"asked for", COLUMN_RIGHT}},
		{"flushes", {"hypervisor", COLUMN_RIGHT}},
		{"flushes", {"device", COLUMN_RIGHT}},
	};
	struct table *table;

	if (!model->flush_count)
		return;
	table = sections_add(out, str_dup("Honesty: writes acknowledged as safe"));
	table->note = str_dup(
		"Of the bytes that a program was told are safe: what the hypervisor and the host's "
		"device had been given by then; unasked: the same of writes that did not ask to be "
		"safe; medians of the blocks. Flushes that the program asked for, and those that "
		"the hypervisor and the device saw. Honest: the device has 90 % and more; cached "
		"by the host: only when asked; lying: not even then; unclear: not the same in all "
		"blocks, so that others wrote to the device, too; unknown: others wrote so much "
		"that nobody can tell, or the scratch storage lies on no block device of the "
		"host's (in memory, over a network, over another file system). Native machines "
		"and containers have no hypervisor between that counts. A device without a cache "
		"of its own sees no flushes.");
	table->note_needed = true;
	for (size_t i = 0; i < ARRAY_COUNT(columns); i++)
		table_add_column(table, columns[i].group, columns[i].column.heading,
			columns[i].column.flags);
	for (size_t i = 0; i < model->flush_count; i++)
		add_line(model, &model->flushes[i], table);
}
