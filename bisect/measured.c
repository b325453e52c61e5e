/* Reading what was measured. See measured.h. */
#include "bisect/measured.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/build.h"
#include "report/verdict/compare.h"
#include "report/verdict/side.h"
#include "report/write/words.h"

/* --- what the anchors differ in --------------------------------------------------------------- */

/* How far beyond its margin, in standard errors. */
static double clearness(const struct compare_item *item)
{
	double distance = item->judged.centre - item->judged.margin;

	return item->judged.error > 0 ? distance / item->judged.error : INFINITY;
}

static const struct compare_item *find_clearest(const struct comparison *comparison)
{
	const struct compare_item *found = NULL;

	for (size_t i = 0; i < comparison->count; i++) {
		const struct compare_item *item = &comparison->items[i];

		if (item->gate != GATE_REGRESSION)
			continue;
		if (!found || clearness(item) > clearness(found))
			found = item;
	}
	return found;
}

static void add_item(const struct compare_item *item, struct text *out)
{
	char slowdown[COMPARE_TEXT_BYTES], interval[COMPARE_TEXT_BYTES], decides[256];

	compare_numbers(item, slowdown, interval);
	compare_decides(item, decides);
	text_addf(out, "%s%s %s%s%s: %s", out->count ? "; " : "", item->benchmark, item->placement,
		item->metric ? " " : "", item->metric ? item->metric->name : "",
		compare_state_text(item));
	if (slowdown[0])
		text_addf(out, " (slowdown %s%s%s)", slowdown, interval[0] ? " " : "", interval);
	if (decides[0])
		text_addf(out, ", %s", decides);
}

/* All headlines, at most so many. */
static char *what_was_measured(const struct comparison *comparison)
{
	enum { SHOWN_MOST = 6 };
	struct text out = {0};
	size_t headlines = 0;

	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->items[i].headline && ++headlines <= SHOWN_MOST)
			add_item(&comparison->items[i], &out);
	if (headlines > SHOWN_MOST)
		text_addf(&out, "; and %zu more", headlines - SHOWN_MOST);
	text_add(&out, headlines ? "" : "nothing was measured");
	return text_take(&out);
}

static char *change_text(const struct compare_item *item)
{
	char slowdown[COMPARE_TEXT_BYTES], interval[COMPARE_TEXT_BYTES];

	compare_numbers(item, slowdown, interval);
	return str_printf("%s%s%s", slowdown, interval[0] ? " " : "", interval);
}

int measured_find(const struct store_data *data, const char *good, const char *bad,
	struct measured_metric *out, struct error *e)
{
	const struct compare_source base = {data, "good", good}, newer = {data, "bad", bad};
	const struct compare_options options = {.all_of_base = true, .force = true};
	struct comparison *comparison;

	*out = (struct measured_metric){0};
	if (compare_new(&base, &newer, &options, &comparison, e) < 0)
		return -1;
	const struct compare_item *item = find_clearest(comparison);

	if (item) {
		*out = (struct measured_metric){
			.placement = str_dup(item->placement),
			.benchmark = str_dup(item->benchmark),
			.parameters = str_dup(item->parameters),
			.name = str_dup(item->metric->name),
			.x = item->metric->x_name ? item->x : NAN,
			.additive = item->metric->additive,
			.higher_is_better = item->metric->better == REPORT_BETTER_HIGHER,
			.margin = item->judged.margin,
			.change = change_text(item),
		};
	} else {
		cleanup_free char *measured = what_was_measured(comparison);

		error_set(e, "no REGRESSION between the good and the bad one: %s", measured);
	}
	compare_free(comparison);
	return item ? 0 : -1;
}

void measured_metric_free(struct measured_metric *metric)
{
	free(metric->placement);
	free(metric->benchmark);
	free(metric->parameters);
	free(metric->name);
	free(metric->change);
	*metric = (struct measured_metric){0};
}

char *measured_metric_text(const struct measured_metric *metric)
{
	cleanup_free char *at = isnan(metric->x) ? str_dup("") : str_printf(" at %.15g", metric->x);

	return str_printf("%s%s of %s%s%s, %s", metric->name, at, metric->benchmark,
		metric->parameters[0] ? " " : "", metric->parameters, metric->placement);
}

static bool is_cell_of(const struct store_data *data, size_t cell, const char *target)
{
	return strcmp(data->targets[data->cells[cell].target_index].name, target) == 0;
}

const char *measured_why_not(const struct store_data *data, const char *target)
{
	const char *skipped = NULL;

	for (size_t i = 0; i < data->cell_count; i++)
		if (is_cell_of(data, i, target) && !skipped)
			skipped = data->cells[i].skip_reason;
	for (size_t i = 0; i < data->run_count; i++)
		if (data->runs[i].failure && is_cell_of(data, data->runs[i].cell_index, target))
			return data->runs[i].failure;
	return skipped ? skipped : "it has no value";
}

/* --- values ----------------------------------------------------------------------------------- */

static bool is_of(const struct side_value *value, const struct measured_metric *metric)
{
	return strcmp(value->metric->name, metric->name) == 0 &&
	       strcmp(value->group->placement, metric->placement) == 0 &&
	       strcmp(value->group->benchmark, metric->benchmark) == 0 &&
	       strcmp(value->group->parameters, metric->parameters) == 0 &&
	       (isnan(metric->x) || value->x == metric->x);
}

/* The blocks by their numbers while they are collected. */
struct collected {
	struct bisect_block *blocks;
	uint32_t *numbers;
	size_t count, block_capacity, number_capacity;
};

static struct bisect_block *block_of(struct collected *collected, uint32_t number)
{
	for (size_t i = 0; i < collected->count; i++)
		if (collected->numbers[i] == number)
			return &collected->blocks[i];
	array_reserve(&collected->blocks, &collected->block_capacity, collected->count + 1);
	array_reserve(&collected->numbers, &collected->number_capacity, collected->count + 1);
	collected->blocks[collected->count] = (struct bisect_block){0};
	collected->numbers[collected->count] = number;
	return &collected->blocks[collected->count++];
}

static void collect(struct report_model *model, const struct measured_metric *metric,
	const struct measured_target *target, struct collected *collected)
{
	struct side side;

	side_read(model, side_find_target(model, target->name), &side);
	for (size_t v = 0; v < side.count; v++) {
		const struct side_value *value = &side.values[v];

		if (!is_of(value, metric))
			continue;
		for (size_t b = 0; b < value->block_count; b++) {
			struct bisect_block *block = block_of(collected, value->blocks[b].number);
			double y = value->blocks[b].value;

			block->revisions[block->count] = target->revision;
			block->y[block->count++] = metric->higher_is_better ? -y : y;
		}
	}
	side_free(&side);
}

int measured_read(const struct store_data *data, const struct measured_metric *metric,
	const struct measured_target *targets, size_t count, struct bisect_block **blocks,
	size_t *block_count, struct error *e)
{
	const struct report_options options = {0};
	struct collected collected = {0};
	struct report_model *model;

	if (report_model_new(data, &options, &model, e) < 0)
		return -1;
	for (size_t t = 0; t < count; t++)
		collect(model, metric, &targets[t], &collected);
	report_model_free(model);
	free(collected.numbers);
	*blocks = collected.blocks;
	*block_count = collected.count;
	return 0;
}
