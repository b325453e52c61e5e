/* The table of what disturbed the runs (model/disturbance.c). */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/honesty.h"
#include "report/write/table.h"

static void add_count(struct table *table, size_t count, size_t of)
{
	cleanup_free char *text = str_printf("%zu of %zu", count, of);

	table_add_cell(table, count ? TONE_WARN : TONE_PLAIN, text)->order = (double)count;
}

/* Whether a kernel logged a warning in any run. */
static bool has_warning(const struct report_model *model)
{
	for (size_t i = 0; i < model->honesty_count; i++)
		if (model->honesties[i].warning)
			return true;
	return false;
}

/* The first of the messages, which ";" stands between: a trace of calls may follow it. JSON has all
 * of them. */
static void add_warning(const char *messages, struct table *table)
{
	size_t first = strcspn(messages, ";");
	cleanup_free char *text =
		str_printf("%.*s%s", (int)first, messages, messages[first] ? " …" : "");

	table_add_cell(table, *messages ? TONE_WARN : TONE_PLAIN, text);
}

static void add_line(
	const struct report_model *model, const struct report_honesty *honesty, struct table *table)
{
	table_add_cell(table, TONE_PLAIN, model->targets[honesty->target].name);
	table_add_scaled(table, honesty->others, 100, "%", disturbance_busy_share);
	table_add_scaled(table, honesty->others_high, 100, "%", disturbance_busy_share);
	add_count(table, honesty->busy_runs, honesty->watched_runs);
	add_count(table, honesty->throttled_runs, honesty->runs);
	add_count(table, honesty->stalled_runs, honesty->runs);
	add_count(table, honesty->warned_runs, honesty->runs);
	if (has_warning(model))
		add_warning(honesty->warning ? honesty->warning : "", table);
}

void sections_add_disturbances(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"target", COLUMN_WHOLE},
		{"others", COLUMN_RIGHT},
		{"worst", COLUMN_RIGHT | COLUMN_SPARE},
		{"busy", COLUMN_RIGHT},
		{"throttled", COLUMN_RIGHT},
		{"short of memory", COLUMN_RIGHT},
		{"kernel warned", COLUMN_RIGHT},
	};
	struct table *table;

	/* Stores of older versions have no counters. */
	if (!model->honesty_count || !model->data->reading_count)
		return;
	table = sections_add(out, str_dup("Trust: what disturbed the runs"));
	table->note = str_printf(
		"Others: their part of the time of the run's CPUs and their SMT siblings, of all "
		"runs and of the worst. Busy: runs in which others had more than %g %% of a CPU "
		"(times the root of the number of CPUs); their numbers are marked bsy. Throttled: "
		"the CPUs grew too hot, or ran below %g %% of their base frequency while they "
		"worked (thr). Short of memory: something waited for it in more than %g %% of the "
		"run. Kernel warning: the host's kernel logged one.",
		100 * disturbance_busy_share, 100 * disturbance_frequency_bound,
		100 * disturbance_memory_share);
	table->note_needed = true;
	table->note_detail = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	if (has_warning(model))
		table_add_column(table, "", "the first", 0);
	for (size_t i = 0; i < model->honesty_count; i++)
		add_line(model, &model->honesties[i], table);
}
