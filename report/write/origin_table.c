/* The table of where a cost comes from (model/origin.c): per target and group the counters whose
 * rates changed most. And all counters of all runs as CSV. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/counters.h"
#include "report/write/formats.h"
#include "report/write/table.h"
#include "report/write/words.h"

enum { SHOWN = 3 };
/* Less than this change of a rate is not shown: 10 %. */
static const double least_change = 0.0953;

/* What a rate is in, by the unit of its counter. */
static const char *rate_unit(const char *unit)
{
	static const struct {
		const char *unit, *rate;
	} rows[] = {{"1", "/s"}, {"s", "s/s"}, {"bytes", "B/s"}, {"pages", "pages/s"},
		{"cycles", "Hz"}, {"J", "W"}};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (strcmp(rows[i].unit, unit) == 0)
			return rows[i].rate;
	return unit;
}

static void add_rate(struct table *table, double rate, const char *unit)
{
	char number[WORDS_BYTES];

	table_add_cell(table, TONE_PLAIN, number_with_unit(rate, rate_unit(unit), number))->order =
		rate;
}

/* "×12", "×0.31"; from or to nothing there is no factor. */
static void add_change(struct table *table, const struct report_origin *origin)
{
	char number[WORDS_BYTES];
	cleanup_free char *factor =
		str_printf("×%s", number_short(origin->rate / origin->baseline_rate, number));
	const char *change =
		origin->baseline_rate > 0 ? origin->rate > 0 ? factor : "to 0" : "from 0";

	table_add_cell(table, TONE_PLAIN, change)->order = origin->change;
}

static void add_line(const struct report_model *model, const struct report_origin *origin,
	bool first, struct table *table)
{
	cleanup_free char *where =
		str_printf("%s %s%s%s", origin->group->placement, origin->group->benchmark,
			origin->group->parameters[0] ? ", " : "", origin->group->parameters);
	cleanup_free char *counter = str_printf("%s %s", origin->source, origin->name);
	struct cell_text *(*add)(struct table *, enum tone, const char *) =
		first ? table_add_cell : table_add_again;

	add(table, TONE_PLAIN, where);
	add(table, TONE_PLAIN, model->targets[origin->target].name);
	table_add_cell(table, TONE_PLAIN, counter);
	add_rate(table, origin->baseline_rate, origin->unit);
	add_rate(table, origin->rate, origin->unit);
	add_change(table, origin);
}

void sections_add_origins(const struct report_model *model, struct sections *out)
{
	const struct plain_column columns[] = {
		{"benchmark", 0},
		{"target", COLUMN_WHOLE},
		{"counter of the hosts", 0},
		{model->targets[model->baseline].name, COLUMN_RIGHT},
		{"target's", COLUMN_RIGHT},
		{"change", COLUMN_RIGHT},
	};
	struct table *table = NULL;
	size_t shown = 0;

	for (size_t i = 0; i < model->origin_count; i++) {
		const struct report_origin *origin = &model->origins[i];
		bool first = i == 0 || origin->group != origin[-1].group ||
			     origin->target != origin[-1].target;
		shown = first ? 0 : shown + 1;
		if (shown >= SHOWN || origin->sure < least_change)
			continue;
		if (!table) {
			table = sections_add(out, str_dup("Where it comes from"));
			table->note = str_printf(
				"The three counters of the hosts whose rates changed most "
				"against %s, beyond 10 %% and twice the standard error over "
				"runs: means over the runs. They are no explanation by "
				"themselves and take part in no verdict; all are in JSON and "
				"--format counters.",
				model->targets[model->baseline].name);
			table->note_needed = true;
			table->detail = true;
			table_add_columns(table, columns, ARRAY_COUNT(columns));
		}
		add_line(model, origin, first, table);
	}
}

/* --- CSV ---------------------------------------------------------------------------------- */

static void add_text(struct text *out, const char *text)
{
	cleanup_text struct text clean = {0};

	text_add_clean(&clean, text ? text : "");
	csv_add_field(out, clean.count ? clean.bytes : "");
	text_add(out, ",");
}

static void add_number(struct text *out, double value)
{
	csv_add_number(out, value);
	text_add(out, ",");
}

static void add_reading(
	const struct report_model *model, const struct data_reading *reading, struct text *out)
{
	const struct store_data *data = model->data;
	const struct data_run *run = &data->runs[reading->run_index];
	const struct data_cell *cell = &data->cells[run->cell_index];
	const struct data_counter *counter = &data->counters[reading->counter_index];

	add_text(out, model->targets[cell->target_index].name);
	add_text(out, cell->placement);
	add_text(out, cell->benchmark);
	add_text(out, cell->parameters);
	text_addf(out, "%u,%u,%u,", data->blocks[run->block_index].number, run->number,
		reading->machine);
	add_text(out, counter->source);
	add_text(out, counter->name);
	add_text(out, counter->unit);
	add_text(out, counter->kind);
	add_number(out, reading->at_start);
	add_number(out, reading->at_end);
	add_number(out, counters_growth(data, reading));
	add_number(out, (double)(run->ended_ns - run->started_ns) / 1e9);
	add_text(out, reading->note);
	out->bytes[out->count - 1] = '\n';
}

void report_write_counters_csv(const struct report_model *model, struct text *out)
{
	text_add(out, "target,placement,benchmark,parameters,block,run,machine,source,counter,unit,"
		      "kind,at_start,at_end,growth,run_s,note\n");
	for (size_t i = 0; i < model->data->reading_count; i++)
		add_reading(model, &model->data->readings[i], out);
}
