/* What a load in another machine does to a benchmark: each value beside a background against the
 * same target's beside none. Knows no other target, and how the load was started does not matter
 * here: only the parameter background=LOAD that the campaign gave its cells. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/table.h"
#include "report/words.h"

static const char key[] = "background=", none[] = "none";

/* --- the model ----------------------------------------------------------------------------------- */

/* A group's name taken apart; all texts are the model's. */
struct load {
	const char *background, *others;
};

static bool same_foreground(
	const struct report_model *model, const struct load *loads, size_t a, size_t b)
{
	return strcmp(model->groups[a].placement, model->groups[b].placement) == 0 &&
	       strcmp(model->groups[a].benchmark, model->groups[b].benchmark) == 0 &&
	       strcmp(loads[a].others, loads[b].others) == 0;
}

static void add(struct report_model *model, const struct load *loads, size_t alone, size_t group,
	const struct report_row *alone_row, size_t target)
{
	const struct report_group *here = &model->groups[group];
	const struct report_row *row = model_same_row(here, alone_row);
	const struct report_value *value = row ? &row->values[target] : NULL;
	const struct report_value *before = &alone_row->values[target];
	bool lower = alone_row->metric->better == REPORT_BETTER_LOWER;
	struct report_interference found = {
		.alone = &model->groups[alone],
		.group = here,
		.alone_row = alone_row,
		.value = value && model_has_ratio(value) ? value : NULL,
		.target = target,
		.foreground = model_printf(model, "%s%s%s", here->benchmark,
			loads[group].others[0] ? ", " : "", loads[group].others),
		.background = loads[group].background,
		.slowdown = {.estimate = NAN,
			.low = NAN,
			.high = NAN,
			.status = INTERVAL_UNDEFINED},
	};

	if (found.value)
		model_compare_blocks(lower ? value : before, lower ? before : value, true,
			model->options.confidence, &found.slowdown);
	array_reserve(&model->interferences, &model->interference_capacity,
		model->interference_count + 1);
	model->interferences[model->interference_count++] = found;
}

/* Every row of the group alone, beside every load that the campaign planned. */
static void add_group(
	struct report_model *model, const struct load *loads, size_t alone, size_t target)
{
	const struct report_group *group = &model->groups[alone];

	for (size_t i = 0; i < group->row_count; i++) {
		const struct report_row *row = &group->rows[i];
		if (row->metric->better == REPORT_BETTER_NONE || row->metric->additive ||
			!model_has_ratio(&row->values[target]))
			continue;
		for (size_t g = 0; g < model->group_count; g++)
			if (g != alone && loads[g].background[0] &&
				same_foreground(model, loads, alone, g))
				add(model, loads, alone, g, row, target);
	}
}

void model_interfere(struct report_model *model)
{
	cleanup_free struct load *loads = mem_new(model->group_count + 1, sizeof(*loads));

	for (size_t g = 0; g < model->group_count; g++) {
		cleanup_text struct text background = {0}, others = {0};
		model_split_parameters(model->groups[g].parameters, key, &background, &others);
		loads[g] = (struct load){
			model_text(model, background.bytes), model_text(model, others.bytes)};
	}
	for (size_t t = 0; t < model->target_count; t++)
		for (size_t g = 0; g < model->group_count; g++)
			if (strcmp(loads[g].background, none) == 0)
				add_group(model, loads, g, t);
}

/* --- its tables ---------------------------------------------------------------------------------- */

size_t interference_end(const struct report_model *model, size_t first)
{
	size_t end = first;

	while (end < model->interference_count &&
		model->interferences[end].target == model->interferences[first].target)
		end++;
	return end;
}

size_t interference_backgrounds(
	const struct report_model *model, size_t first, size_t end, const char **backgrounds)
{
	size_t count = 0;

	for (size_t i = first; i < end; i++) {
		const char *background = model->interferences[i].background;
		bool known = false;
		for (size_t k = 0; k < count; k++)
			known = known || strcmp(backgrounds[k], background) == 0;
		if (!known)
			backgrounds[count++] = background;
	}
	return count;
}

const struct report_interference *interference_find(
	const struct report_model *model, size_t first, size_t end, const char *background)
{
	const struct report_interference *all = model->interferences;

	for (size_t i = first; i < end && all[i].alone_row == all[first].alone_row; i++)
		if (strcmp(all[i].background, background) == 0)
			return &all[i];
	return NULL;
}

static void add_slowdown(struct table *table, const struct report_interference *found)
{
	const struct interval *slowdown = &found->slowdown;
	bool known = slowdown->status == INTERVAL_OK;
	enum tone tone = known && slowdown->low > 1    ? TONE_WORSE
			 : known && slowdown->high < 1 ? TONE_BETTER
						       : TONE_PLAIN;

	if (!found->value) {
		const struct report_cell *cell = &found->group->cells[found->target];
		table_add_cell(table, TONE_WARN,
			report_status_text(cell->status == REPORT_MEASURED ? REPORT_NOT_MEASURED
									   : cell->status));
		table_add_cell(table, TONE_DIM, "");
		return;
	}
	cleanup_free char *number = str_printf("%.3g", slowdown->estimate);
	cleanup_free char *interval =
		known ? str_printf("[%.3g, %.3g]", slowdown->low, slowdown->high)
		      : str_printf("n=%zu: no interval", slowdown->blocks);
	table_add_cell(table, tone, number)->order = slowdown->estimate;
	table_add_cell(table, TONE_DIM, interval);
}

static void add_line(const struct report_model *model, size_t first, size_t end,
	const char *const *backgrounds, size_t count, struct table *table)
{
	const struct report_interference *found = &model->interferences[first];
	const struct report_value *alone = &found->alone_row->values[found->target];
	cleanup_free char *metric = table_metric_text(found->alone_row);
	char number[WORDS_BYTES];

	table_add_cell(table, TONE_PLAIN, found->foreground);
	table_add_cell(table, TONE_PLAIN, metric);
	table_add_cell(table, TONE_PLAIN, found->alone->placement);
	table_add_cell(table, TONE_PLAIN, words_value(alone->value.estimate, number))->order =
		alone->value.estimate;
	table_add_cell(table, TONE_DIM, found->alone_row->metric->unit);
	for (size_t b = 0; b < count; b++) {
		const struct report_interference *cell =
			interference_find(model, first, end, backgrounds[b]);
		if (cell) {
			add_slowdown(table, cell);
			continue;
		}
		table_add_cell(table, TONE_DIM, "-");
		table_add_cell(table, TONE_DIM, "");
	}
}

static void add_matrix(
	const struct report_model *model, size_t first, size_t end, struct sections *out)
{
	const struct report_interference *all = model->interferences;
	cleanup_free const char **backgrounds = mem_new(end - first, sizeof(*backgrounds));
	size_t count = interference_backgrounds(model, first, end, backgrounds);
	cleanup_free char *target = table_target_text(model, all[first].alone, all[first].target);
	struct table *table = sections_add(
		out, str_printf("Interference: %s beside a load in another machine", target));

	table->note = str_printf(
		"Slowdown: how many times as slow as the same target beside no load (a time that "
		"grew, a rate that shrank): 1 is undisturbed, 2 twice as slow. %g %% confidence "
		"intervals over pairs of blocks.",
		100 * model->options.confidence);
	table->note_needed = true;
	table_add_column(table, "", "foreground", COLUMN_REPEATED);
	table_add_column(table, "", "metric", COLUMN_REPEATED);
	table_add_column(table, "", "placement", COLUMN_WHOLE | COLUMN_REPEATED);
	table_add_column(table, "", "alone", COLUMN_RIGHT | COLUMN_REPEATED);
	table_add_column(table, "", "unit", COLUMN_WHOLE | COLUMN_REPEATED);
	for (size_t b = 0; b < count; b++) {
		cleanup_free char *group = str_printf("beside %s", backgrounds[b]);
		table_add_column(table, group, "slowdown", COLUMN_RIGHT);
		table_add_column(table, group, "interval", COLUMN_NUMBER);
	}
	for (size_t i = first; i < end;) {
		const struct report_row *row = all[i].alone_row;
		add_line(model, i, end, backgrounds, count, table);
		while (i < end && all[i].alone_row == row)
			i++;
	}
}

void sections_add_interference(const struct report_model *model, struct sections *out)
{
	for (size_t first = 0, end; first < model->interference_count; first = end) {
		end = interference_end(model, first);
		add_matrix(model, first, end, out);
	}
}
