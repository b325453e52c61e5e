/* The table of writes acknowledged as safe (model/flush.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/honesty.h"
#include "report/write/table.h"
#include "report/write/words.h"

/* Words for what was not counted: by the device, and by a hypervisor where there is none. */
static const char unknown[] = "unknown", absent[] = "none";

static void add_share(struct table *table, double share, const char *without)
{
	cleanup_free char *text =
		isfinite(share) ? str_printf("%.1f %%", 100 * share) : str_dup(without);

	table_add_cell(table,
		isnan(share)                ? TONE_DIM
		: share < flush_share_bound ? TONE_WARN
					    : TONE_PLAIN,
		text)
		->order = share;
}

static void add_count(struct table *table, double count, double asked, const char *without)
{
	char number[WORDS_BYTES];
	bool missing = count < flush_share_bound * asked;

	table_add_cell(table,
		isnan(count) ? TONE_DIM
		: missing    ? TONE_WARN
			     : TONE_PLAIN,
		isnan(count) ? without : number_format(count, number))
		->order = count;
}

static void add_line(
	const struct report_model *model, const struct report_flush *flush, struct table *table)
{
	static const enum tone tones[] = {
		[FLUSH_UNKNOWN] = TONE_DIM,
		[FLUSH_HONEST] = TONE_BETTER,
		[FLUSH_CACHED] = TONE_WARN,
		[FLUSH_LYING] = TONE_WORSE,
		[FLUSH_UNCLEAR] = TONE_WARN,
	};
	cleanup_free char *benchmark = table_benchmark_text(flush->group);
	cleanup_free char *target = table_target_text(model, flush->group, flush->target);

	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, benchmark);
	table_add_cell(table, tones[flush->verdict], words_flush(flush))->verdict = true;
	add_share(table, flush->machine_bytes / flush->acknowledged_bytes, absent);
	add_share(table, flush->device_share, unknown);
	add_share(table, flush->direct_share, unknown);
	add_count(table, flush->asked, flush->asked, unknown);
	add_count(table, flush->machine_flushes, flush->asked, absent);
	add_count(table, flush->host_flushes, flush->asked, unknown);
}

void sections_add_flushes(const struct report_model *model, struct sections *out)
{
	static const struct {
		const char *group;
		struct plain_column column;
	} columns[] = {
		{"", {"target", COLUMN_WHOLE | COLUMN_REPEATED}},
		{"", {"benchmark", COLUMN_REPEATED}},
		{"", {"its disk is", COLUMN_WHOLE | COLUMN_REPEATED}},
		{"bytes that were given to", {"hypervisor", COLUMN_RIGHT}},
		{"bytes that were given to", {"device", COLUMN_RIGHT}},
		{"bytes that were given to", {"device unasked", COLUMN_RIGHT}},
		{"flushes", {"asked for", COLUMN_RIGHT}},
		{"flushes", {"hypervisor", COLUMN_RIGHT}},
		{"flushes", {"device", COLUMN_RIGHT}},
	};
	struct table *table;

	if (!model->flush_count)
		return;
	table = sections_add(out, str_dup("Honesty: writes acknowledged as safe"));
	table->note = str_dup(
		"Of the bytes that were acknowledged as safe: what the hypervisor and the host's "
		"device had been given by then; unasked: the same of writes that did not ask to be "
		"safe; medians of the blocks. Flushes that the program asked for, and those that "
		"the hypervisor and the device saw. Honest: the device has 90 % and more; cached "
		"by the host: only when asked; lying: not even then; unclear: not the same in all "
		"blocks, so that others wrote to the device, too; unknown: others wrote so much "
		"that the shares are not known, or the scratch storage lies on no block device of "
		"the "
		"host's (in memory, over a network, over another file system). Native machines "
		"and containers have no hypervisor between that counts. A device without a cache "
		"of its own sees no flushes.");
	table->note_needed = true;
	for (size_t i = 0; i < ARRAY_COUNT(columns); i++)
		table_add_column(table, columns[i].group, columns[i].column.heading,
			columns[i].column.flags);
	for (size_t i = 0; i < model->flush_count; i++)
		add_line(model, &model->flushes[i], table);
}
