/* The table of what else the numbers have to be read with (model/honesty.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/honesty.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* From here on a thief is worth a warning. */
static const double steal_warn = 1e-2;

static void add_line(
	const struct report_model *model, const struct report_honesty *honesty, struct table *table)
{
	cleanup_free char *flagged = str_printf("%zu of %zu", honesty->flagged_runs, honesty->runs);
	char clock[WORDS_BYTES];
	cleanup_free char *unsteady = str_printf("%zu of %zu", honesty->unsteady, honesty->series);

	table_add_cell(table, TONE_PLAIN, model->targets[honesty->target].name);
	table_add_cell(table, honesty->clock > CLOCK_KEEPS ? TONE_WARN : TONE_PLAIN,
		words_clock(honesty, clock));
	table_add_cell(table, honesty->flagged_runs ? TONE_WARN : TONE_PLAIN, flagged)->order =
		(double)honesty->flagged_runs;
	table_add_scaled(table, honesty->steal, 100, "%", steal_warn);
	table_add_scaled(table, honesty->steal_high, 100, "%", steal_warn);
	table_add_cell(table, honesty->unsteady ? TONE_WARN : TONE_PLAIN, unsteady);
	table_add_cell(table, honesty->emulated ? TONE_WARN : TONE_PLAIN,
		words_emulation(honesty->emulated, model->targets[honesty->target].is_known));
	table_add_cell(table, honesty->kernel_differs ? TONE_WARN : TONE_PLAIN,
		honesty->kernel_differs ? "other"
		: honesty->kernel_known ? "same"
					: "unknown");
}

void sections_add_honesty(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"target", COLUMN_WHOLE},
		{"its clock", 0},
		{"flagged", COLUMN_RIGHT},
		{"steal", COLUMN_RIGHT},
		{"worst", COLUMN_RIGHT | COLUMN_SPARE},
		{"unsteady", COLUMN_RIGHT | COLUMN_SPARE},
		{"CPU", COLUMN_WHOLE | COLUMN_OPTIONAL},
		{"kernel", COLUMN_WHOLE | COLUMN_OPTIONAL},
	};
	struct table *table;

	if (!model->honesty_count)
		return;
	sections_add_flushes(model, out);
	table = sections_add(out, str_dup("Trust"));
	table->note = str_printf(
		"Flagged: runs whose clock went wrong. Steal: stolen part of the CPU time of all "
		"runs, and of the worst. Unsteady: series whose warm-up did not end (MSER-5); all "
		"their samples count. Kernel: against that of %s.",
		model->targets[model->baseline].name);
	table->note_needed = true;
	table->note_detail = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->honesty_count; i++)
		add_line(model, &model->honesties[i], table);
	sections_add_disturbances(model, out);
	sections_add_clocks(model, out);
}
