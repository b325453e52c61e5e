/* The rows of the tidy tables: one a sample, a run, a cell, a metric. Numbers have all their
 * digits. */
#include "report/export/tidy.h"

#include <math.h>

#include "base/array.h"
#include "base/clock.h"
#include "report/write/formats.h"
#include "report/write/words.h"

static void add_text(struct text *out, const char *text)
{
	text_add(out, ",");
	csv_add_field(out, text ? text : "");
}

/* Unknown is empty: zero is a value. */
static void add_number(struct text *out, double value)
{
	text_add(out, ",");
	if (isfinite(value))
		text_addf(out, "%.17g", value);
}

static void add_bool(struct text *out, bool value)
{
	text_add(out, value ? ",true" : ",false");
}

/* The columns that samples, runs and cells begin with. */
static void add_cell_names(const struct report_model *model, const struct report_group *group,
	size_t target, struct text *out)
{
	csv_add_field(out, model->campaign_id);
	add_text(out, model->targets[target].name);
	add_text(out, group->placement);
	add_text(out, group->benchmark);
	add_text(out, group->parameters);
}

static const struct report_group *group_of(
	const struct report_model *model, const struct data_run *run, size_t *target)
{
	*target = model->data->cells[run->cell_index].target_index;
	return &model->groups[model->cell_groups[run->cell_index]];
}

/* What all samples of a series share. */
static void add_series_names(
	const struct report_model *model, const struct data_series *series, struct text *out)
{
	const struct data_run *run = &model->data->runs[series->run_index];
	const struct report_metric *metric = &model->metrics[series->metric_index];
	size_t target;
	const struct report_group *group = group_of(model, run, &target);

	add_cell_names(model, group, target, out);
	add_bool(out, group->cells[target].emulated);
	add_text(out, metric->name);
	add_text(out, metric->unit);
	add_number(out, metric->x_name ? series->x : NAN);
	text_addf(out, ",%u,%u,%u", model->data->blocks[run->block_index].number, run->number,
		series->machine);
	add_bool(out, model->clock_flags[series->run_index]);
}

void tidy_write_samples(const struct report_model *model, struct text *out)
{
	for (size_t i = 0; i < model->data->series_count; i++) {
		const struct data_series *series = &model->data->series[i];
		cleanup_text struct text names = {0};
		add_series_names(model, series, &names);
		csv_add_samples(out, &names, series);
	}
}

/* "2026-03-01T12:00:00.123456789Z"; empty for 0, which is unknown. */
static void add_time(struct text *out, int64_t time_ns)
{
	enum { NS_PER_S = 1000000000 };
	char date[CLOCK_TEXT_BYTES];

	text_add(out, ",");
	if (time_ns)
		text_addf(out, "%s.%09lldZ", clock_utc_text(time_ns, date),
			(long long)(time_ns % NS_PER_S));
}

void tidy_write_runs(const struct report_model *model, struct text *out)
{
	const struct store_data *data = model->data;

	for (size_t i = 0; i < data->run_count; i++) {
		const struct data_run *run = &data->runs[i];
		cleanup_text struct text failure = {0};
		size_t target;
		const struct report_group *group = group_of(model, run, &target);
		add_cell_names(model, group, target, out);
		text_addf(out, ",%u,%u,%u", data->blocks[run->block_index].number, run->number,
			run->order);
		add_text(out, run->failure ? "failed" : "measured");
		text_add_clean(&failure, run->failure ? run->failure : "");
		add_text(out, failure.bytes);
		add_time(out, run->started_ns);
		add_time(out, run->ended_ns);
		const double numbers[] = {run->host_s, run->guest_s, run->user_s, run->system_s,
			run->steal_s, run->max_rss_bytes < 0 ? NAN : (double)run->max_rss_bytes,
			run->exit_status < 0 ? NAN : run->exit_status};
		for (size_t n = 0; n < ARRAY_COUNT(numbers); n++)
			add_number(out, numbers[n]);
		text_add(out, "\n");
	}
}

void tidy_write_cells(const struct report_model *model, struct text *out)
{
	for (size_t c = 0; c < model->data->cell_count; c++) {
		size_t target = model->data->cells[c].target_index;
		const struct report_group *group = &model->groups[model->cell_groups[c]];
		const struct report_cell *cell = &group->cells[target];
		add_cell_names(model, group, target, out);
		add_bool(out, cell->emulated);
		add_text(out, report_status_text(cell->status));
		add_text(out, cell->reason);
		text_addf(out, ",%u,%u,%u", cell->planned_runs, cell->measured_runs,
			cell->failed_runs);
		add_bool(out, cell->kernel_differs);
		add_bool(out, cell->network_differs);
		add_text(out, cell->refused);
		text_add(out, "\n");
	}
}

void tidy_write_metrics(const struct report_model *model, struct text *out)
{
	static const char *const kinds[] = {[REPORT_HEADLINE] = "headline",
		[REPORT_DETAIL] = "detail",
		[REPORT_VALIDITY] = "validity"};

	for (size_t i = 0; i < model->metric_count; i++) {
		const struct report_metric *metric = &model->metrics[i];
		csv_add_field(out, metric->benchmark);
		add_text(out, metric->name);
		add_text(out, metric->unit);
		add_text(out, words_better(metric->better));
		add_text(out, metric->statistic);
		add_text(out, metric->additive ? "difference" : "ratio");
		add_text(out, metric->x_name);
		add_text(out, metric->x_unit);
		add_text(out, kinds[metric->kind]);
		text_addf(out, ",%u", metric->rank);
		add_text(out, metric->headline_at);
		add_text(out, metric->headline_unless);
		add_text(out, metric->help);
		text_add(out, "\n");
	}
}
