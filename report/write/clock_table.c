/* The table of the machines' clocks against their hosts' (model/clock.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/honesty.h"
#include "report/write/table.h"
#include "report/write/words.h"

static void add_line(
	const struct report_model *model, const struct report_honesty *honesty, struct table *table)
{
	cleanup_free char *probed = str_printf("%zu of %zu", honesty->probed_runs, honesty->runs);
	cleanup_free char *flagged = str_printf("%zu", honesty->flagged_runs);
	char verdict[WORDS_BYTES];
	enum tone tone = honesty->clock == CLOCK_KEEPS     ? TONE_BETTER
			 : honesty->clock == CLOCK_UNKNOWN ? TONE_DIM
							   : TONE_WARN;

	table_add_cell(table, TONE_PLAIN, model->targets[honesty->target].name);
	table_add_cell(table, tone, words_clock(honesty, verdict))->verdict = true;
	table_add_scaled(table, honesty->offset_s, 1e3, "ms", INFINITY);
	table_add_scaled(table, honesty->offset_error_s, 1e3, "ms", INFINITY);
	table_add_scaled(table, honesty->drift, 1e6, "ppm", clock_drift_bound);
	table_add_scaled(table, honesty->clock_gap, 100, "%", clock_gap_bound);
	table_add_cell(table, honesty->flagged_runs ? TONE_WARN : TONE_PLAIN, flagged)->order =
		(double)honesty->flagged_runs;
	table_add_cell(table, TONE_PLAIN, probed);
}

void sections_add_clocks(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"target", COLUMN_WHOLE},
		{"its clock", COLUMN_WHOLE},
		{"offset", COLUMN_RIGHT},
		{"error", COLUMN_RIGHT},
		{"drift", COLUMN_RIGHT},
		{"gap", COLUMN_RIGHT},
		{"flagged", COLUMN_RIGHT},
		{"probed", COLUMN_RIGHT},
	};
	struct table *table;

	if (!model->honesty_count)
		return;
	table = sections_add(out, str_dup("Clocks: the machines' against the host's"));
	table->detail = true;
	table->note = str_dup(
		"Its clock: pace over whole blocks, median; 10 ppm and what the probes are unsure "
		"of count as keeping time (1 ppm: 1 us in a second). Offset, drift, gap: largest "
		"of any run: offset from the host's clock (error: half a round trip), its change "
		"over the run, and the difference of the run's length by both clocks. Flagged: "
		"runs whose clock surely changed by more than 100 ppm of their length, or whose "
		"length differs by more than 1 %; their numbers are marked clk. Probed: runs with "
		"a probe before and after.");
	table->note_needed = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->honesty_count; i++)
		add_line(model, &model->honesties[i], table);
}
