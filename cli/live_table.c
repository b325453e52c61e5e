/* See live_table.h. */
#include "cli/live_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "cli/labels.h"
#include "report/write/words.h"

enum { GAP = 2, NARROWEST = 9 };

/* What a target gave in a row. */
struct entry {
	double sum; /* of the values: of logarithms where ratios are shown */
	unsigned count, failed;
	bool skipped, odd; /* odd: a value that has no logarithm */
};

struct row {
	char *placement, *benchmark, *parameters, *label; /* owned */
	const struct metric *metric; /* NULL: nothing was measured yet */
	struct entry *entries; /* one per target, owned */
};

struct live_table {
	const struct campaign *campaign;
	bool *emulated; /* per target */
	struct row *rows;
	size_t count, capacity, last; /* last: row that changed */
};

struct live_table *live_table_new(const struct campaign *campaign)
{
	struct live_table *table = mem_new(1, sizeof(*table));

	table->campaign = campaign;
	table->emulated = mem_new(campaign->target_count, sizeof(*table->emulated));
	return table;
}

void live_table_free(struct live_table *table)
{
	for (size_t i = 0; table && i < table->count; i++) {
		free(table->rows[i].placement);
		free(table->rows[i].benchmark);
		free(table->rows[i].parameters);
		free(table->rows[i].label);
		free(table->rows[i].entries);
	}
	if (table) {
		free(table->rows);
		free(table->emulated);
	}
	free(table);
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct row *find_row(struct live_table *table, const char *placement, const char *benchmark,
	const char *parameters)
{
	for (size_t i = 0; i < table->count; i++) {
		struct row *row = &table->rows[i];
		if (strcmp(row->placement, placement) == 0 &&
			strcmp(row->benchmark, benchmark) == 0 &&
			strcmp(row->parameters, parameters) == 0) {
			table->last = i;
			return row;
		}
	}
	cleanup_free char *name = label_find(table->campaign, benchmark, parameters);
	array_reserve(&table->rows, &table->capacity, table->count + 1);
	table->last = table->count++;
	table->rows[table->last] = (struct row){
		.placement = str_dup(placement),
		.benchmark = str_dup(benchmark),
		.parameters = str_dup(parameters),
		.label = table->campaign->placement_count == 1
				 ? str_dup(name)
				 : str_printf("%s %s", placement, name),
		.entries = mem_new(
			table->campaign->target_count, sizeof(*table->rows[table->last].entries)),
	};
	return &table->rows[table->last];
}

static void note_plan(struct live_table *table, const struct plan *plan)
{
	const struct campaign *campaign = plan->campaign;

	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *cell = &plan->cells[c];
		const struct campaign_benchmark *b = &campaign->benchmarks[cell->benchmark];
		struct row *row = find_row(table, campaign->placements[cell->placement].text,
			b->benchmark->name, b->parameters);
		row->entries[cell->target].skipped = cell->skip_reason != NULL;
	}
	table->last = 0;
}

static void note_value(struct row *row, struct entry *entry, const struct run_event *event)
{
	row->metric = row->metric ? row->metric : event->metric;
	if (!event->metric || row->metric != event->metric || !isfinite(event->value))
		return;
	bool ratio = event->metric->scale == SCALE_RATIO;
	entry->odd = entry->odd || (ratio && event->value <= 0);
	entry->sum += ratio ? log(event->value) : event->value;
	entry->count++;
}

void live_table_note(struct live_table *table, const struct run_event *event)
{
	size_t target = 0;

	if (event->kind == RUN_BEGINS && event->plan)
		note_plan(table, event->plan);
	while (event->target && target < table->campaign->target_count &&
		strcmp(table->campaign->targets[target].name, event->target) != 0)
		target++;
	if (!event->target || !event->benchmark || target == table->campaign->target_count)
		return;
	table->emulated[target] = table->emulated[target] || event->emulated;
	if (event->kind != RUN_MEASURED && event->kind != RUN_FAILED)
		return;
	struct row *row = find_row(table, event->placement, event->benchmark,
		event->parameters ? event->parameters : "");
	if (event->kind == RUN_FAILED)
		row->entries[target].failed++;
	else
		note_value(row, &row->entries[target], event);
}

/* --- lines ------------------------------------------------------------------------------------ */

/* "+28.1 %", "×2.30"; "…": not yet, "–": skipped. */
static const char *entry_text(const struct live_table *table, const struct row *row, size_t target,
	char buffer[WORDS_BYTES])
{
	const struct entry *entry = &row->entries[target];
	const struct entry *base = &row->entries[table->campaign->baseline];

	if (entry->skipped)
		return "–";
	if (entry->count == 0)
		return entry->failed ? "failed" : "…";
	if (base->count == 0 || entry->odd || base->odd)
		return base->skipped || (base->failed && !base->count) || entry->odd || base->odd
			       ? "–"
			       : "…";
	bool ratio = row->metric->scale == SCALE_RATIO;
	double sign = row->metric->better == BETTER_HIGHER ? -1 : 1;
	double change = sign * (entry->sum / entry->count - base->sum / base->count);
	const struct report_metric metric = {.additive = !ratio};
	const struct report_value value = {
		.compared = true, .cost = ratio ? expm1(change) : change};
	return words_cost(&value, &metric, buffer);
}

static char *row_label(const struct row *row)
{
	return row->metric ? str_printf("%s %s", row->label, row->metric->name)
			   : str_dup(row->label);
}

static void add_padded(struct text *line, const char *text, size_t width, bool right)
{
	size_t bytes = utf8_prefix(text, width), used = utf8_width(text);
	size_t pad = used < width ? width - used : 0;

	text_addf(line, "%*s", right ? (int)pad : 0, "");
	text_add_bytes(line, text, bytes);
	text_addf(line, "%*s", right ? 0 : (int)pad, "");
}

/* How wide a target's column is. */
static size_t column_width(const struct live_table *table, size_t target)
{
	size_t width = utf8_width(table->campaign->targets[target].name) +
		       (table->emulated[target] ? strlen(" emu") : 0);

	return width > NARROWEST ? width : NARROWEST;
}

static void add_head(const struct live_table *table, const size_t *columns, size_t count,
	size_t labels, struct live *live)
{
	cleanup_text struct text line = {0};

	add_padded(&line, "slowdown so far", labels, false);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *name =
			str_printf("%s%s", table->campaign->targets[columns[i]].name,
				table->emulated[columns[i]] ? " emu" : "");
		text_addf(&line, "%*s", GAP, "");
		add_padded(&line, name, column_width(table, columns[i]), true);
	}
	live_add(live, &line);
}

static void add_row(const struct live_table *table, const struct row *row, const size_t *columns,
	size_t count, size_t labels, struct live *live)
{
	cleanup_text struct text line = {0};
	cleanup_free char *label = row_label(row);

	add_padded(&line, label, labels, false);
	for (size_t i = 0; i < count; i++) {
		char buffer[WORDS_BYTES];
		text_addf(&line, "%*s", GAP, "");
		add_padded(&line, entry_text(table, row, columns[i], buffer),
			column_width(table, columns[i]), true);
	}
	live_add(live, &line);
}

/* The targets but the baseline that fit beside the labels, of which there is one at least. */
static size_t choose_targets(
	const struct live_table *table, size_t width, size_t *columns, size_t *labels)
{
	size_t count = 0, used = 0, longest = strlen("slowdown so far");

	for (size_t i = 0; i < table->count; i++) {
		cleanup_free char *label = row_label(&table->rows[i]);
		size_t needed = utf8_width(label);
		longest = needed > longest ? needed : longest;
	}
	size_t least = longest < width / 2 ? longest : width / 2;
	for (size_t t = 0; t < table->campaign->target_count; t++) {
		size_t more = GAP + column_width(table, t);
		if (t == table->campaign->baseline || (count && used + more + least > width))
			continue;
		columns[count++] = t;
		used += more;
	}
	size_t room = width > used ? width - used : 0;
	*labels = longest < room ? longest : room;
	return count;
}

void live_table_add(const struct live_table *table, size_t room, size_t width, struct live *live)
{
	cleanup_free size_t *columns = mem_new(table->campaign->target_count, sizeof(*columns));
	size_t labels, count = choose_targets(table, width, columns, &labels);

	if (count == 0 || table->count == 0 || room < 2)
		return;
	size_t shown = table->count < room - 1 ? table->count : room - 1;
	size_t first = table->last >= shown ? table->last - shown + 1 : 0;
	add_head(table, columns, count, labels, live);
	for (size_t i = first; i < first + shown; i++)
		add_row(table, &table->rows[i], columns, count, labels, live);
}
