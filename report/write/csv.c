/* Comma-separated values (RFC 4180, UTF-8, lines end in LF): the comparisons, and every sample. */
#include "report/write/formats.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/array.h"
#include "report/write/words.h"

/* What spreadsheets take for the beginning of a formula, which may run programs. */
static bool is_formula(const char *text)
{
	return text[0] && strchr("=+-@\t\r", text[0]);
}

void csv_add_field(struct text *out, const char *text)
{
	cleanup_free char *plain = is_formula(text) ? str_printf("'%s", text) : NULL;

	if (plain)
		text = plain;
	if (!text[strcspn(text, ",\"\r\n")] && text[0] != ' ') {
		text_add(out, text);
		return;
	}
	text_add(out, "\"");
	for (; *text; text++)
		text_add_bytes(out, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	text_add(out, "\"");
}

static void add_text(struct text *out, const char *text)
{
	text_add(out, ",");
	csv_add_field(out, text);
}

void csv_add_number(struct text *out, double value)
{
	char digits[32];

	if (isfinite(value)) {
		snprintf(digits, sizeof(digits), "%.12g", value);
		text_add(out, digits);
	}
}

static void add_number(struct text *out, double value)
{
	text_add(out, ",");
	csv_add_number(out, value);
}

/* "yes", "no", or nothing where it is not known. */
static const char *known_text(bool is, bool known)
{
	return !known && !is ? "" : is ? "yes" : "no";
}

static void add_row(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, size_t target, struct text *out)
{
	const struct report_metric *metric = row->metric;
	const struct report_value *value = &row->values[target];
	char flags[WORDS_BYTES];

	csv_add_field(out, model->targets[target].name);
	add_text(out, group->placement);
	add_text(out, group->benchmark);
	add_text(out, group->parameters);
	add_text(out, metric->name);
	add_text(out, metric->unit);
	add_text(out, words_better(metric->better));
	add_number(out, row->x);
	add_text(out, report_status_text(value->status));
	text_addf(out, ",%zu,%zu,%zu", value->block_count, value->runs, value->samples);
	add_number(out, value->value.estimate);
	add_number(out, value->value.low);
	add_number(out, value->value.high);
	add_text(out, !value->compared ? "" : metric->additive ? "difference" : "ratio");
	add_number(out, value->compared ? value->change.estimate : NAN);
	add_number(out, value->compared ? value->change.low : NAN);
	add_number(out, value->compared ? value->change.high : NAN);
	add_number(out, value->cost);
	add_text(out, known_text(value->cell->emulated, value->cell->emulation_known));
	add_text(out, known_text(value->cell->kernel_differs, value->cell->kernel_known));
	add_text(out, words_flags(value->flagged > 0, value->marks, flags));
	add_text(out, value->cell->refused && value->status == REPORT_MEASURED
			      ? value->cell->refused
		      : value->status == REPORT_MEASURED ? ""
							 : value->cell->reason);
	text_add(out, "\n");
}

void report_write_csv(const struct report_model *model, struct text *out)
{
	text_add(out, "target,placement,benchmark,parameters,metric,unit,better,x,status,blocks,"
		      "runs,samples,value,value_low,value_high,comparison,change,low,high,cost,"
		      "emulated,kernel_differs,flags,reason\n");
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		for (size_t i = 0; i < group->row_count; i++)
			for (size_t t = 0; t < model->target_count; t++)
				add_row(model, group, &group->rows[i], t, out);
	}
}

/* The fields that all samples of a series share, up to the index of the sample. */
static void add_series_prefix(
	const struct report_model *model, const struct data_series *series, struct text *out)
{
	const struct store_data *data = model->data;
	const struct data_run *run = &data->runs[series->run_index];
	size_t target = data->cells[run->cell_index].target_index;
	const struct report_group *group = &model->groups[model->cell_groups[run->cell_index]];
	const struct report_metric *metric = &model->metrics[series->metric_index];
	char flags[WORDS_BYTES];

	words_flags(
		model->clock_flags[series->run_index], model->run_marks[series->run_index], flags);
	csv_add_field(out, model->targets[target].name);
	add_text(out, group->placement);
	add_text(out, group->benchmark);
	add_text(out, group->parameters);
	add_text(out, metric->name);
	add_text(out, metric->unit);
	add_number(out, metric->x_name ? series->x : NAN);
	add_text(out,
		known_text(group->cells[target].emulated, group->cells[target].emulation_known));
	text_addf(out, ",%u,%u,%u,%s", data->blocks[run->block_index].number, run->number,
		series->machine, flags);
}

void csv_add_samples(struct text *out, const struct text *prefix, const struct data_series *series)
{
	for (size_t v = 0; v < series->count; v++) {
		char line[64];
		int length = snprintf(line, sizeof(line), ",%zu,%.17g\n", v, series->values[v]);

		text_add_bytes(out, prefix->bytes, prefix->count);
		text_add_bytes(out, line, (size_t)length);
	}
}

void report_write_samples_csv(const struct report_model *model, struct text *out)
{
	const struct store_data *data = model->data;

	text_add(out, "target,placement,benchmark,parameters,metric,unit,x,emulated,block,run,"
		      "machine,flags,index,value\n");
	for (size_t i = 0; i < data->series_count; i++) {
		const struct data_series *series = &data->series[i];
		cleanup_text struct text prefix = {0};
		add_series_prefix(model, series, &prefix);
		csv_add_samples(out, &prefix, series);
	}
}
