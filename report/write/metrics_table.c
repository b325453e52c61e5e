/* Every metric of an area's benchmarks, headline or not: each target's value, its slowdown and
 * interval. What all of them have in common is the caption's; a line says what varies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/label.h"
#include "report/write/table.h"
#include "report/write/words.h"

static bool has_axis(const struct report_model *model, const struct report_area *area)
{
	for (size_t k = 0; k < area->group_count; k++) {
		const struct report_group *group = &model->groups[area->groups[k]];
		for (size_t i = 0; i < group->row_count; i++)
			if (group->rows[i].metric->x_name)
				return true;
	}
	return false;
}

/* "5", or "3-5" where the targets that were measured differ. */
static char *blocks_text(const struct report_model *model, const struct report_row *row)
{
	size_t low = 0, high = 0;

	for (size_t t = 0; t < model->target_count; t++) {
		size_t count = row->values[t].block_count;
		low = count && (!low || count < low) ? count : low;
		high = count > high ? count : high;
	}
	return low == high ? str_printf("%zu", low) : str_printf("%zu-%zu", low, high);
}

/* How all values of a metric in a group are written. */
struct scale {
	double factor;
	char unit[UNIT_NAME_BYTES];
};

/* By the largest of the rows that follow the first and are of its metric. */
static struct scale find_scale(
	const struct report_model *model, const struct report_group *group, size_t first)
{
	const struct report_metric *metric = group->rows[first].metric;
	struct scale scale;
	double largest = 0;

	for (size_t i = first; i < group->row_count && group->rows[i].metric == metric; i++)
		for (size_t t = 0; t < model->target_count; t++)
			largest = fmax(largest, fabs(group->rows[i].values[t].value.estimate));
	scale.factor = number_scale(largest, metric->unit, scale.unit);
	return scale;
}

static void add_value_cell(
	struct table *table, const struct report_value *value, const struct scale *scale)
{
	char number[WORDS_BYTES];
	struct cell_text *cell;

	if (value->status != REPORT_MEASURED) {
		table_add_cell(table, TONE_WARN, report_status_text(value->status));
		return;
	}
	cell = table_add_cell(
		table, TONE_PLAIN, number_format(scale->factor * value->value.estimate, number));
	cell->order = value->value.estimate;
	cell->marks = words_value_marks(value);
}

static void add_comparison_cells(
	struct table *table, const struct report_metric *metric, const struct report_value *value)
{
	char number[WORDS_BYTES];
	bool refused = value->status == REPORT_MEASURED && value->cell->refused;
	struct cell_text *cell = table_add_cell(
		table, table_tone(value), refused ? "refused" : words_cost(value, metric, number));

	cell->value = value->compared && !metric->additive ? value : NULL;
	cell->metric = metric;
	cell->order = table_order(value, metric);
	cell->marks = value->compared ? words_slowdown_marks(value) : "";
	table_add_cell(table, TONE_DIM, words_interval(value, metric, number));
}

/* "mpi-pingpong", "disk randread": the benchmark and its varied parameters. */
static char *where_text(const struct report_model *model, const struct report_group *group)
{
	cleanup_free char *varied = label_varied(model, group, false, NULL);

	return str_printf("%s%s%s", group->benchmark, varied[0] ? " " : "", varied);
}

/* "kvm-virtio (emulated, other kernel)": an area is of one placement, where this holds for all. */
static char *target_text(
	const struct report_model *model, const struct report_area *area, size_t target)
{
	static const char *const marks[2][2] = {
		{"", " (other kernel)"}, {" (emulated)", " (emulated, other kernel)"}};
	const struct report_cell *cell = &model->groups[area->groups[0]].cells[target];

	return str_printf(
		"%s%s", model->targets[target].name, marks[cell->emulated][cell->kernel_differs]);
}

static void add_row(const struct report_model *model, const struct report_group *group,
	const struct report_row *previous, const struct report_row *row, bool axis,
	const struct scale *scale, struct table *table)
{
	const struct report_metric *metric = row->metric;
	bool again = previous && previous->metric == metric;
	cleanup_free char *unit = str_printf("%s %s", scale->unit, words_arrow(metric->better));
	cleanup_free char *blocks = blocks_text(model, row);
	cleanup_free char *where = where_text(model, group);
	struct cell_text *(*add)(struct table *, enum tone, const char *) =
		again ? table_add_again : table_add_cell;
	char x[WORDS_BYTES];

	(previous ? table_add_again : table_add_cell)(table, TONE_PLAIN, where)->row = row;
	add(table, TONE_PLAIN, metric->name);
	if (axis)
		table_add_cell(table, TONE_PLAIN, words_x(metric, row->x, x))->order = row->x;
	add(table, TONE_DIM, unit);
	table_add_cell(table, TONE_DIM, blocks);
	add_value_cell(table, &row->values[model->baseline], scale);
	for (size_t t = 0; t < model->target_count; t++) {
		if (t == model->baseline)
			continue;
		add_value_cell(table, &row->values[t], scale);
		add_comparison_cells(table, metric, &row->values[t]);
	}
}

static void add_columns(
	const struct report_model *model, const struct report_area *area, struct table *table)
{
	cleanup_free char *native = target_text(model, area, model->baseline);
	cleanup_free char *interval = str_printf("%g %% interval", 100 * model->options.confidence);

	table_add_column(table, "", "benchmark", COLUMN_REPEATED);
	table_add_column(table, "", "metric", COLUMN_REPEATED);
	if (has_axis(model, area))
		table_add_column(table, "", "at", COLUMN_RIGHT | COLUMN_REPEATED);
	table_add_column(table, "", "unit", COLUMN_REPEATED);
	table_add_column(table, "", "n", COLUMN_RIGHT | COLUMN_REPEATED);
	table_add_column(table, native, "value", COLUMN_RIGHT | COLUMN_REPEATED);
	for (size_t t = 0; t < model->target_count; t++) {
		cleanup_free char *heading = target_text(model, area, t);
		if (t == model->baseline)
			continue;
		table_add_column(table, heading, "value", COLUMN_RIGHT);
		table_add_column(table, heading, "slowdown", COLUMN_RIGHT);
		table_add_column(table, heading, interval, COLUMN_NUMBER | COLUMN_OPTIONAL);
	}
}

void sections_add_metrics(
	const struct report_model *model, const struct report_area *area, struct sections *out)
{
	cleanup_free char *where = label_area(model, area, "");
	struct table *table = sections_add(out, str_printf("%s, all metrics", where));
	cleanup_free char *shared = label_shared(model, area);
	cleanup_free char *blocks = table_group_note(model, &model->groups[area->groups[0]]);
	bool axis = has_axis(model, area);

	table->kind = TABLE_METRICS;
	table->area = area;
	table->detail = true;
	table->note = str_printf("%s%s%s", shared, shared[0] ? ". " : "", blocks);
	table->note_needed = shared[0];
	add_columns(model, area, table);
	for (size_t k = 0; k < area->group_count; k++) {
		const struct report_group *group = &model->groups[area->groups[k]];
		struct scale scale = {1, ""};
		for (size_t i = 0; i < group->row_count; i++) {
			if (i == 0 || group->rows[i].metric != group->rows[i - 1].metric)
				scale = find_scale(model, group, i);
			add_row(model, group, i ? &group->rows[i - 1] : NULL, &group->rows[i], axis,
				&scale, table);
		}
	}
}
