/* Remarks on a comparison, which decide nothing: which runs something disturbed; and of two targets
 * of one campaign, whether it mattered which came last in a block, how many blocks lie far out, and
 * how far the base itself moved. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare_build.h"
#include "report/write/words.h"
#include "stats/quantile.h"

/* A metric's change, of logarithms unless additive: "+4.90 %", "-12.3 us". Caller frees. */
static char *change_text(const struct report_metric *metric, double change)
{
	char number[NUMBER_BYTES];

	return str_printf("%s %s",
		number_signed(metric->additive ? change : 100 * expm1(change), number),
		metric->additive ? metric->unit : "%");
}

/* --- the order within blocks --------------------------------------------------------------------
 */

/* An effect of the order, or of the time, is shown from this p on. */
static const double order_level = .01;

static bool is_of(const struct store_data *data, const struct data_run *run,
	const struct compare_item *item, const char *target)
{
	const struct data_cell *cell = &data->cells[run->cell_index];

	return strcmp(data->targets[cell->target_index].name, target) == 0 &&
	       compare_is_of(item, cell->placement, cell->benchmark, cell->parameters);
}

/* Where in the campaign each block's first run of the item's cell stood, by block number; NaN where
 * it had none. The caller frees. */
static double *positions_of(const struct store_data *data, const struct compare_item *item,
	const char *target, size_t blocks)
{
	double *positions = mem_new(blocks + 1, sizeof(*positions));

	for (size_t b = 0; b < blocks; b++)
		positions[b] = NAN;
	for (size_t i = 0; i < data->run_count; i++) {
		const struct data_run *run = &data->runs[i];
		unsigned block = data->blocks[run->block_index].number;

		if (block < blocks && is_of(data, run, item, target))
			positions[block] = fmin(positions[block], run->order);
	}
	return positions;
}

/* The differences of blocks in which new came last against those in which it came first. */
static void order_effect(const struct store_data *data, const struct compare_item *item,
	const struct compare_pairs *pairs, struct interval *effect)
{
	size_t blocks = pairs->count ? pairs->blocks[pairs->count - 1] + 1 : 0;
	cleanup_free double *base = positions_of(data, item, item->base_target, blocks);
	cleanup_free double *newer = positions_of(data, item, item->new_target, blocks);
	cleanup_free double *last = mem_new(pairs->count + 1, sizeof(*last));
	cleanup_free double *first = mem_new(pairs->count + 1, sizeof(*first));
	size_t last_count = 0, first_count = 0;

	for (size_t i = 0; i < pairs->count; i++) {
		unsigned block = pairs->blocks[i];

		if (newer[block] > base[block])
			last[last_count++] = pairs->differences[i];
		else if (newer[block] < base[block])
			first[first_count++] = pairs->differences[i];
	}
	interval_difference_welch(last, last_count, first, first_count, 1 - order_level, effect);
}

static void note_order(
	struct comparison *c, const struct compare_item *item, const struct compare_pairs *pairs)
{
	struct interval effect;
	char p[WORDS_BYTES];

	order_effect(c->newer, item, pairs, &effect);
	if (effect.status != INTERVAL_OK || !(effect.p < order_level))
		return;
	cleanup_free char *change = change_text(item->metric, effect.estimate);
	compare_note(c,
		str_printf("order: in %s %s%s%s, the difference in %s is %s where %s came last in "
			   "a block against where it came first (+ is worse, %s); this decides "
			   "nothing, and mirrored pairs of blocks cancel it",
			item->placement, item->benchmark, item->parameters[0] ? " " : "",
			item->parameters, item->metric->name, change, item->new_target,
			words_p(effect.p, p)));
}

/* --- blocks far out -----------------------------------------------------------------------------
 */

/* Fewer say nothing about what is usual. */
enum { FEWEST_FENCED = 6 };

/* Beyond Tukey's outer fences: three times the range between the quartiles away from them (Tukey,
 * Exploratory Data Analysis, 1977). */
static size_t far_out(const struct side_value *value)
{
	static const double chances[] = {.25, .75};
	double quartiles[2];
	cleanup_free double *values = mem_new(value->block_count + 1, sizeof(*values));
	size_t count = 0;

	for (size_t i = 0; i < value->block_count; i++)
		values[i] = value->blocks[i].value;
	if (value->block_count < FEWEST_FENCED ||
		quantile_several(values, value->block_count, chances, 2, quartiles) < 0)
		return 0;
	double reach = 3 * (quartiles[1] - quartiles[0]);

	for (size_t i = 0; i < value->block_count; i++)
		count += values[i] < quartiles[0] - reach || values[i] > quartiles[1] + reach;
	return count;
}

static void add_far_out(
	const struct compare_build *build, const char *target, bool newer, struct text *out)
{
	const struct comparison *c = build->comparison;
	size_t blocks = 0, out_of_them = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct compare_input *input = &build->inputs[i];
		const struct side_value *value = newer ? input->newer : input->base;

		if (!c->items[i].headline || !value || value->status != BLOCKS_OK)
			continue;
		blocks += value->block_count;
		out_of_them += far_out(value);
	}
	text_addf(out, "%s %zu of %zu", target, out_of_them, blocks);
}

/* Stalls that only some starts have move few blocks, and a mean of few blocks may miss them. */
static void note_far_out(const struct compare_build *build)
{
	struct text note = {0};
	const struct compare_item *item = &build->comparison->items[0];

	text_add(&note, "blocks beyond Tukey's outer fences, of all headlines: ");
	add_far_out(build, item->base_target, false, &note);
	text_add(&note, ", ");
	add_far_out(build, item->new_target, true, &note);
	compare_note(build->comparison, text_take(&note));
}

/* --- what moved on the host ---------------------------------------------------------------------
 */

/* The base's blocks of the second half of a campaign against those of the first: what the day did
 * to both targets. */
static void note_drift(
	struct comparison *c, const struct compare_item *item, const struct side_value *base)
{
	size_t half = base->block_count / 2;
	double sign = item->metric->better == REPORT_BETTER_HIGHER ? -1 : 1;
	cleanup_free double *values = mem_new(base->block_count + 1, sizeof(*values));
	struct interval drift;
	char p[WORDS_BYTES];

	for (size_t i = 0; i < base->block_count; i++)
		values[i] = sign * base->blocks[i].value;
	interval_difference_welch(
		values + base->block_count - half, half, values, half, 1 - order_level, &drift);
	if (drift.status != INTERVAL_OK || !(drift.p < order_level))
		return;
	cleanup_free char *change = change_text(item->metric, drift.estimate);
	compare_note(c, str_printf("host: in %s %s%s%s, %s of %s itself moved by %s from the first "
				   "to the second half of the campaign (+ is worse, %s), which "
				   "pairs cancel",
				item->placement, item->benchmark, item->parameters[0] ? " " : "",
				item->parameters, item->metric->name, item->base_target, change,
				words_p(drift.p, p)));
}

/* Runs that something disturbed, by what it was. */
static void note_disturbed(
	struct comparison *c, const struct report_model *model, const char *label)
{
	static const struct {
		unsigned mark;
		const char *words;
	} rows[] = {{RUN_BUSY, "had other work on their CPUs"}, {RUN_THROTTLED, "were throttled"},
		{RUN_WARNED, "came with a kernel warning"}, {RUN_STALLED, "were short of memory"}};
	struct text note = {0};

	for (size_t k = 0; k < ARRAY_COUNT(rows); k++) {
		size_t count = 0;

		for (size_t i = 0; i < model->data->run_count; i++)
			count += (model->run_marks[i] & rows[k].mark) != 0;
		if (count && !note.count)
			text_addf(&note, "host: of %zu runs of %s,", model->data->run_count, label);
		if (count)
			text_addf(&note, " %zu %s,", count, rows[k].words);
	}
	if (!note.count)
		return;
	note.bytes[note.count - 1] = '\0';
	compare_note(c, text_take(&note));
}

void compare_remark(struct compare_build *build)
{
	struct comparison *c = build->comparison;

	note_disturbed(c, c->base_model, c->base_label);
	if (!c->paired) {
		note_disturbed(c, c->new_model, c->new_label);
		return;
	}
	for (size_t i = 0; i < c->count; i++) {
		const struct compare_item *item = &c->items[i];
		struct compare_pairs pairs;

		if (!item->headline || !item->metric || !compare_has_direction(item))
			continue;
		pairs = compare_pairs_of(&build->inputs[i], item);
		if (pairs.count) {
			note_order(c, item, &pairs);
			note_drift(c, item, build->inputs[i].base);
		}
		compare_pairs_free(&pairs);
	}
	note_far_out(build);
}
