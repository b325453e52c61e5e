/* Published numbers beside measured ones: which published metric is the same thing as which of
 * tare's, and the table of both. The published data set is one more store_data; a second model
 * over it gives its values and costs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/table.h"
#include "report/words.h"

enum where_x { ANY_X, FIRST_X, LAST_X };

/* The same measure under both names. Published latencies are those of the smallest message,
 * bandwidths and Linpack rates those of the largest. */
static const struct {
	const char *published_benchmark, *published_metric, *published_unit;
	const char *benchmark, *metric;
	double factor; /* published unit → measured unit */
	enum where_x x;
	const char *placement; /* what the placement begins with */
	const char *parameters; /* what the parameters contain */
} same[] = {
	{"hpl", "performance", "GFLOP/s", "hpcc", "hpl_tflops", 1e-3, ANY_X, "", ""},
	{"linpack", "performance", "GFLOP/s", "linpack", "gflops", 1, LAST_X, "1x1", ""},
	{"iperf", "throughput", "Mbit/s", "net", "throughput", 1, ANY_X, "", ""},
	{"pingpong between hosts", "bandwidth", "MB/s", "mpi-pingpong", "bandwidth", 1, LAST_X,
		"2x", ""},
	{"pingpong between hosts", "latency", "us", "mpi-pingpong", "latency", 1, FIRST_X, "2x",
		""},
	{"pingpong in one host", "bandwidth", "MB/s", "mpi-pingpong", "bandwidth", 1, LAST_X, "1x",
		""},
	{"pingpong in one host", "latency", "us", "mpi-pingpong", "latency", 1, FIRST_X, "1x", ""},
	{"alltoall", "bandwidth", "MB/s", "mpi-alltoall", "bandwidth", 1, LAST_X, "", ""},
	{"fio", "randread", "1/s", "disk", "iops", 1, FIRST_X, "1x1", "pattern=randread"},
	{"fio", "randwrite", "1/s", "disk", "iops", 1, FIRST_X, "1x1", "pattern=randwrite"},
	{"netperf", "tcp_rr", "1/s", "latency", "transactions", 1, FIRST_X, "", ""},
};

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* A published target is named as tare's, then perhaps a comma and how it was placed. */
static bool same_target(const struct report_model *model, size_t target, const char *published)
{
	const char *name = model->targets[target].name;

	return starts_with(published, name) &&
	       (published[strlen(name)] == '\0' || published[strlen(name)] == ',');
}

/* Whether it is the group's first or last row of its metric, as asked for. */
static bool is_at(const struct report_group *group, size_t index, enum where_x where)
{
	const struct report_metric *metric = group->rows[index].metric;
	bool first = index == 0 || group->rows[index - 1].metric != metric;
	bool last = index + 1 == group->row_count || group->rows[index + 1].metric != metric;

	return where == ANY_X || (where == FIRST_X ? first : last);
}

static void add_beside(struct report_model *model, const struct report_beside *beside)
{
	array_reserve(&model->besides, &model->beside_capacity, model->beside_count + 1);
	model->besides[model->beside_count++] = *beside;
}

/* Every published target that is this measured one, for one pair of rows. */
static void add_targets(struct report_model *model, const struct report_model *published,
	const struct report_row *published_row, double factor, struct report_beside *beside)
{
	for (size_t p = 0; p < published->target_count; p++) {
		const struct report_value *value = &published_row->values[p];
		if (value->status != REPORT_MEASURED)
			continue;
		for (size_t t = 0; t < model->target_count; t++) {
			if (!same_target(model, t, published->targets[p].name) ||
				beside->row->values[t].status != REPORT_MEASURED)
				continue;
			beside->target = t;
			beside->published_target = model_text(model, published->targets[p].name);
			beside->published = value->value.estimate * factor;
			beside->published_cost = value->compared && !published_row->metric->additive
							 ? value->cost
							 : NAN;
			add_beside(model, beside);
		}
	}
}

static void match_group(struct report_model *model, const struct report_model *published,
	const struct report_row *published_row, const struct report_group *group)
{
	for (size_t s = 0; s < ARRAY_COUNT(same); s++) {
		if (strcmp(same[s].published_benchmark, published_row->metric->benchmark) != 0 ||
			strcmp(same[s].published_metric, published_row->metric->name) != 0 ||
			strcmp(same[s].published_unit, published_row->metric->unit) != 0 ||
			strcmp(same[s].benchmark, group->benchmark) != 0 ||
			!starts_with(group->placement, same[s].placement) ||
			!strstr(group->parameters, same[s].parameters))
			continue;
		for (size_t i = 0; i < group->row_count; i++) {
			struct report_beside beside = {
				.group = group,
				.row = &group->rows[i],
				.source = model_text(model, published->name),
				.published_metric = model_printf(model, "%s %s",
					published_row->metric->benchmark,
					published_row->metric->name),
			};
			if (strcmp(group->rows[i].metric->name, same[s].metric) == 0 &&
				is_at(group, i, same[s].x))
				add_targets(
					model, published, published_row, same[s].factor, &beside);
		}
	}
}

void model_put_beside(struct report_model *model)
{
	const struct report_options options = {.confidence = model->options.confidence};
	struct report_model *published = NULL;

	if (!model->options.beside ||
		report_model_new(model->options.beside, &options, &published, NULL) < 0)
		return;
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t p = 0; p < published->group_count; p++)
			for (size_t i = 0; i < published->groups[p].row_count; i++)
				match_group(model, published, &published->groups[p].rows[i],
					&model->groups[g]);
	report_model_free(published);
}

/* --- its table ----------------------------------------------------------------------------------- */

static void add_line(
	const struct report_model *model, const struct report_beside *beside, struct table *table)
{
	const struct report_metric *metric = beside->row->metric;
	const struct report_value *value = &beside->row->values[beside->target];
	/* The published cost said as a measured one is. */
	const struct report_value published = {
		.compared = isfinite(beside->published_cost),
		.cost = beside->published_cost,
		.change = {.estimate = metric->better == REPORT_BETTER_HIGHER
					       ? 1 - beside->published_cost
					       : 1 + beside->published_cost},
	};
	cleanup_free char *benchmark = table_benchmark_text(beside->group);
	cleanup_free char *name = table_metric_text(beside->row);
	cleanup_free char *target = table_target_text(model, beside->group, beside->target);
	char number[WORDS_BYTES];
	struct cell_text *cell;

	table_add_cell(table, TONE_PLAIN, benchmark);
	table_add_cell(table, TONE_PLAIN, name);
	table_add_cell(table, TONE_DIM, metric->unit);
	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, beside->group->placement);
	table_add_cell(table, TONE_PLAIN, words_value(value->value.estimate, number))->order =
		value->value.estimate;
	cell = table_add_cell(table, TONE_PLAIN, words_cost(value, metric, number));
	cell->marks = value->compared ? words_marks(value->cell) : "";
	cell->order = value->cost;
	table_add_cell(table, TONE_PLAIN, beside->published_metric);
	table_add_cell(table, TONE_PLAIN, beside->published_target);
	table_add_cell(table, TONE_PLAIN, words_value(beside->published, number))->order =
		beside->published;
	table_add_cell(table, TONE_PLAIN, words_cost(&published, metric, number))->order =
		beside->published_cost;
}

void sections_add_beside(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"benchmark", COLUMN_REPEATED},
		{"metric", COLUMN_REPEATED},
		{"unit", 0},
		{"target", COLUMN_WHOLE},
		{"placement", COLUMN_WHOLE},
		{"measured", COLUMN_RIGHT},
		{"cost", COLUMN_RIGHT},
		{"published as", 0},
		{"on", 0},
		{"published", COLUMN_RIGHT},
		{"cost then", COLUMN_RIGHT},
	};
	cleanup_text struct text name = {0};
	struct table *table;

	if (!model->options.beside)
		return;
	words_add_utf8(&name, model->options.beside->name);
	table = sections_add(out, str_printf("Beside the published numbers of %s", name.bytes));
	table->note = model->beside_count
			      ? str_dup("Other machines, other years: costs can be compared, "
					"values hardly. "
					"A published number has no interval here unless its source "
					"gave its "
					"samples.")
			      : str_dup("None of them measures what this campaign measured.");
	table->note_needed = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->beside_count; i++)
		add_line(model, &model->besides[i], table);
}
