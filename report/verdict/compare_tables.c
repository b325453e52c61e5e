/* What stands in the tables of a comparison and over them, the same for all of its formats. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare_tables.h"
#include "report/write/words.h"
#include "stats/sequential.h"

/* From which width on a column is shown. */
enum { BASE_FROM = 80, INTERVAL_FROM = 100, ALL_FROM = 120 };

static bool same_group(const struct compare_item *a, const struct compare_item *b)
{
	return strcmp(a->base_target, b->base_target) == 0 &&
	       strcmp(a->new_target, b->new_target) == 0 &&
	       strcmp(a->placement, b->placement) == 0 && strcmp(a->benchmark, b->benchmark) == 0 &&
	       strcmp(a->parameters, b->parameters) == 0;
}

static void add_group_title(const struct compare_item *item, struct text *out)
{
	words_add_line(out, item->base_target);
	if (strcmp(item->base_target, item->new_target) != 0) {
		text_add(out, " → ");
		words_add_line(out, item->new_target);
	}
	text_addf(out, "  %s  ", item->placement);
	words_add_line(out, item->benchmark);
	text_add(out, item->parameters[0] ? "  " : "");
	words_add_line(out, item->parameters);
}

static void add_metric_cell(struct table *table, const struct compare_item *item)
{
	char x[WORDS_BYTES];
	cleanup_text struct text text = {0};

	if (!item->metric) {
		table_add_cell(table, TONE_DIM, "all");
		return;
	}
	words_x(item->metric, item->x, x);
	text_addf(&text, "%s%s%s %s", item->metric->name, x[0] ? " @ " : "", x,
		words_arrow(item->metric->better));
	table_add_cell(table, TONE_PLAIN, text.bytes);
}

static void add_value_cell(
	struct table *table, const struct compare_item *item, const struct compare_side *side)
{
	char number[WORDS_BYTES];
	cleanup_text struct text text = {0};

	if (item->metric && isfinite(side->value))
		text_add(&text, number_with_unit(side->value, item->metric->unit, number));
	else
		text_add(&text, "-");
	table_add_cell(table, TONE_PLAIN, text.bytes)->order = side->value;
}

static void add_blocks_cell(struct table *table, const struct compare_item *item)
{
	cleanup_text struct text text = {0};

	if (item->paired && !item->unpaired)
		text_addf(&text, "%zu", item->change.blocks);
	else if (item->paired)
		text_addf(&text, "%zu (+%zu alone)", item->change.blocks, item->unpaired);
	else
		text_addf(&text, "%zu, %zu", item->base.blocks, item->newer.blocks);
	table_add_cell(table, TONE_PLAIN, text.bytes);
}

static bool is_undecided(const struct compare_item *item)
{
	return item->state == COMPARE_UNTESTABLE ||
	       (item->state == COMPARE_JUDGED && item->judged.verdict == VERDICT_INCONCLUSIVE);
}

void compare_numbers(const struct compare_item *item, char slowdown[COMPARE_TEXT_BYTES],
	char interval[COMPARE_TEXT_BYTES])
{
	const struct report_value value = {
		.compared = isfinite(item->change.estimate),
		.change = item->change,
		.cost = item->cost,
		.cost_low = item->cost_low,
		.cost_high = item->cost_high,
		.headline = item->headline,
		.decided = !is_undecided(item),
	};

	slowdown[0] = interval[0] = '\0';
	if (!item->metric)
		return;
	words_cost(&value, item->metric, slowdown);
	words_interval(&value, item->metric, interval);
}

static enum tone tone_of(const struct compare_item *item)
{
	static const enum tone tones[] = {
		[GATE_PASS] = TONE_BETTER,
		[GATE_NONE] = TONE_DIM,
		[GATE_REGRESSION] = TONE_WORSE,
		[GATE_INCONCLUSIVE] = TONE_PLAIN,
		[GATE_NOT_MEASURED] = TONE_WARN,
		[GATE_FAILED] = TONE_WARN,
		[GATE_EXPECTED] = TONE_WARN,
	};

	return tones[item->gate];
}

static void add_note_cell(struct table *table, const struct compare_item *item)
{
	char decides[256], p[WORDS_BYTES];
	cleanup_text struct text text = {0};

	compare_decides(item, decides);
	words_add_line(&text, decides);
	if (item->state == COMPARE_EXPLORATORY && !isnan(item->adjusted))
		text_addf(&text, "%s%s (BH)", text.count ? "; " : "", words_p(item->adjusted, p));
	if (item->disagrees[0])
		text_addf(&text, "%s%s", text.count ? "; " : "", item->disagrees);
	table_add_cell(table, TONE_PLAIN, text.count ? text.bytes : "");
}

static void add_row(struct table *table, const struct compare_item *item, size_t width)
{
	const struct report_cell cell = {.emulated = item->emulated,
		.kernel_differs = item->kernel_differs,
		.network_differs = item->network_differs};
	char text[COMPARE_TEXT_BYTES], interval[COMPARE_TEXT_BYTES];

	compare_numbers(item, text, interval);
	add_metric_cell(table, item);
	if (width >= BASE_FROM)
		add_value_cell(table, item, &item->base);
	if (width >= ALL_FROM)
		add_value_cell(table, item, &item->newer);
	table_add_cell(table, TONE_PLAIN, text)->order = item->cost;
	if (width >= INTERVAL_FROM)
		table_add_cell(table, TONE_DIM, interval);
	if (width >= ALL_FROM)
		add_blocks_cell(table, item);
	struct cell_text *verdict = table_add_cell(table, tone_of(item), compare_state_text(item));
	verdict->marks = words_marks(&cell);
	verdict->verdict = true;
	add_note_cell(table, item);
}

static void add_columns(const struct comparison *c, struct table *table, size_t width)
{
	char interval[32];

	snprintf(interval, sizeof(interval), "%g %% interval", 100 * (1 - c->options.alpha));
	table_add_column(table, "", "metric", 0);
	if (width >= BASE_FROM)
		table_add_column(table, "", "base", COLUMN_RIGHT);
	if (width >= ALL_FROM)
		table_add_column(table, "", "new", COLUMN_RIGHT);
	table_add_column(table, "", "slowdown", COLUMN_RIGHT);
	if (width >= INTERVAL_FROM)
		table_add_column(table, "", interval, COLUMN_RIGHT);
	if (width >= ALL_FROM)
		table_add_column(table, "", "blocks", COLUMN_RIGHT);
	table_add_column(table, "", "verdict", COLUMN_WHOLE);
	table_add_column(table, "", "what would decide", 0);
}

/* For captions: what the numbers rest on, and what was decided how, of the items that are in one
 * table with the first. */
static char *note_of(const struct comparison *c, size_t first)
{
	size_t low = 0, high = 0;

	for (size_t i = first; i < c->count && same_group(&c->items[first], &c->items[i]); i++) {
		size_t blocks = c->items[i].change.blocks;
		low = blocks && (!low || blocks < low) ? blocks : low;
		high = blocks > high ? blocks : high;
	}
	cleanup_free char *range =
		low == high ? str_printf("%zu", high) : str_printf("%zu to %zu", low, high);
	return str_printf("%s %s (fresh starts); %g %% confidence intervals; verdicts by Holm, α = "
			  "%g, δ = %g %%.",
		range, c->items[first].paired ? "pairs of blocks" : "blocks a side",
		100 * (1 - c->options.alpha), c->options.alpha, 100 * c->options.delta);
}

void compare_tables(const struct comparison *c, size_t width, struct sections *out)
{
	const struct compare_item *last = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct compare_item *item = &c->items[i];
		if (!compare_is_shown(c, item))
			continue;
		if (!last || !same_group(last, item)) {
			struct text title = {0};
			add_group_title(item, &title);
			struct table *table = sections_add(out, text_take(&title));
			table->note = note_of(c, i);
			add_columns(c, table, width);
		}
		add_row(&out->tables[out->count - 1], item, width);
		last = item;
	}
}

void compare_table_of_items(const struct comparison *c, const struct compare_item *const *items,
	size_t count, struct sections *out)
{
	struct table *table = sections_add(out, str_dup("What is not green, the worst first"));

	table_add_column(table, "", "where", 0);
	add_columns(c, table, COMPARE_ANY_WIDTH);
	for (size_t i = 0; i < count; i++) {
		cleanup_text struct text where = {0};
		add_group_title(items[i], &where);
		table_add_cell(table, TONE_PLAIN, where.bytes);
		add_row(table, items[i], COMPARE_ANY_WIDTH);
	}
}

/* --- what stands over the tables ----------------------------------------------------------------
 */

static void add_source(
	const struct report_model *model, const char *label, const char *role, struct text *out)
{
	text_addf(out, "%s ", role);
	words_add_line(out, label);
	text_add(out, ": campaign ");
	words_add_line(out, model->name);
	text_addf(out, " (%s), %s, tare %s, image %.19s\n", model->campaign_id, model->started,
		model->tare_version, model->image_digest[0] ? model->image_digest : "unknown");
}

/* Of a campaign that runs until it is decided. */
static void add_looks(const struct comparison *c, struct text *out)
{
	const struct declared *d = &c->declared;
	size_t all = 0, decided = 0, earliest = 0;

	text_addf(out,
		"Decided while it ran: looks after %u, %u … %u pairs, with one error rate for all "
		"of them together; intervals hold at every look. An estimate of "
		"what stopped early leans away from the margin. ",
		d->first, d->first + d->step, sequential_last(d->first, d->step, d->most));
	for (size_t i = 0; i < c->count; i++) {
		const struct compare_item *item = &c->items[i];

		if (!item->headline || !item->sequential)
			continue;
		all++;
		if (item->state != COMPARE_JUDGED || item->judged.verdict == VERDICT_INCONCLUSIVE)
			continue;
		decided++;
		earliest =
			!earliest || item->looked_pairs < earliest ? item->looked_pairs : earliest;
	}
	text_addf(out, "%zu of %zu headlines decided", decided, all);
	if (decided && earliest < c->decided_after)
		text_addf(out, " after %zu to %zu pairs.\n", earliest, c->decided_after);
	else if (decided)
		text_addf(out, " after %zu pairs.\n", earliest);
	else
		text_add(out, ".\n");
}

static void add_method(const struct comparison *c, struct text *out)
{
	const struct compare_counts *n = &c->counts;
	bool over_native = false;
	char number[NUMBER_BYTES];

	for (size_t i = 0; i < c->count; i++)
		over_native = over_native || c->items[i].over_native;
	text_add(out, c->paired ? "Paired by block: both targets were started in every block.\n"
				: "Unpaired: different campaigns, Welch on logarithms of block "
				  "means; blocks are those of base, new.\n");
	if (over_native)
		text_add(out, "What changed is the cost over each campaign's own baseline, so that "
			      "what a day does to both cancels.\n");
	if (c->paired && c->declared.delta)
		add_looks(c, out);
	if (c->paired && c->options.all_of_base)
		text_add(out,
			"Part of the difference of two builds can be that of their memory and link "
			"layout (build again to see); what both share (host kernel, microcode, "
			"image) is not judged.\n");
	text_addf(out,
		"A change of more than %g %% matters; alpha %g, by Holm over %zu headline%s. "
		"~: undecided; intervals are those of single numbers.",
		100 * c->options.delta, c->options.alpha, c->family, c->family == 1 ? "" : "s");
	for (size_t i = 0; i < c->options.margin_count; i++)
		text_addf(out, " Margin of %s: %g.", c->options.margins[i].name,
			c->options.margins[i].value);
	if (c->prior.status == MODERATE_OK)
		text_addf(out, " Variances are moderated: %zu of them share a prior sd of %s %%.",
			c->prior.used, number_short(100 * sqrt(c->prior.variance), number));
	text_add(out, "\n");
	if (n->exploratory)
		text_addf(out,
			"Exploratory: %zu headline%s without a better direction, or of a baseline; "
			"their "
			"p are by "
			"Benjamini-Hochberg, and they decide nothing.\n",
			n->exploratory, n->exploratory == 1 ? "" : "s");
	if (n->details)
		text_addf(out,
			"Details: %zu other metric%s %s; they pass or fail nothing, but a "
			"REGRESSION at "
			"a fifth of alpha, by Holm over them, counts.\n",
			n->details, n->details == 1 ? "" : "s",
			c->options.details ? "explored, by Benjamini-Hochberg"
					   : "not shown (--all; csv and json have them)");
}

void compare_add_counts(const struct comparison *c, struct text *out)
{
	const struct compare_counts *n = &c->counts;
	const struct {
		size_t count;
		const char *name;
	} rows[] = {
		{n->regressions, "REGRESSION"},
		{n->details_worse, "REGRESSION of details"},
		{n->improvements, "IMPROVEMENT"},
		{n->equivalents, "EQUIVALENT"},
		{n->not_worse, "NOT WORSE"},
		{n->inconclusive, "INCONCLUSIVE"},
		{n->not_measured, "NOT MEASURED"},
		{n->failed, "FAILED"},
		{n->expected, "known noise"},
		{n->incomplete, "with failed or missing runs"},
		{n->exploratory, "exploratory"},
		{n->only_new, "new"},
	};
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].count) {
			text_addf(out, "%s%zu %s", separator, rows[i].count, rows[i].name);
			separator = ", ";
		}
	text_add(out, separator[0] ? ".\n" : "Nothing is judged: there are only details.\n");
}

void compare_add_header(const struct comparison *c, struct text *out)
{
	add_source(c->base_model, c->base_label, "base", out);
	add_source(c->new_model, c->new_label, "new ", out);
	add_method(c, out);
	for (size_t i = 0; i < c->note_count; i++) {
		words_add_line(out, c->notes[i]);
		text_add(out, "\n");
	}
}
