/* The table of what the counted exits explain of each slowdown (model/attribution.c). */
#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/attribution.h"
#include "report/write/table.h"
#include "report/write/words.h"

enum { TERMS_SHOWN = 3 };
/* Terms below this part of what was lost are not named. */
static const double least_part = 0.01;
static const double half = 0.5;

static int compare_terms(const void *left, const void *right)
{
	const struct report_term *a = *(const struct report_term *const *)left;
	const struct report_term *b = *(const struct report_term *const *)right;

	if (a->share != b->share)
		return a->share > b->share ? -1 : 1;
	return a < b ? -1 : a > b;
}

/* "halt_wakeup 21 %, cpuid 3 %": the largest terms. Caller frees. */
static char *terms_text(const struct report_attribution *found)
{
	const struct report_term *order[ATTRIBUTION_PRICES] = {NULL};
	struct text out = {0};

	for (size_t i = 0; i < found->term_count; i++)
		order[i] = &found->terms[i];
	qsort(order, found->term_count, sizeof(const struct report_term *), compare_terms);
	for (size_t i = 0; i < found->term_count && i < TERMS_SHOWN; i++) {
		const struct report_term *term = order[i];
		if (term->share < least_part * found->lost)
			break;
		text_addf(&out, "%s%s %.0f %%", out.count ? ", " : "", term->price,
			100 * term->share / found->lost);
	}
	return out.count ? text_take(&out) : str_dup("none");
}

/* "83 % [71, 95]", "83 %, n=2: no interval". Caller frees. */
static char *part_text(const struct interval *part)
{
	if (part->status == INTERVAL_OK)
		return str_printf("%.0f %% [%.0f, %.0f]", 100 * part->estimate, 100 * part->low,
			100 * part->high);
	return str_printf("%.0f %%, n=%zu: no interval", 100 * part->estimate, part->blocks);
}

static void add_line(const struct report_model *model, const struct report_attribution *found,
	struct table *table)
{
	cleanup_free char *benchmark = table_benchmark_text(found->group);
	cleanup_free char *where = str_printf("%s %s", found->group->placement, benchmark);
	cleanup_free char *target = table_target_text(model, found->group, found->target);
	cleanup_free char *metric = table_metric_text(found->row);
	cleanup_free char *part = part_text(&found->part);
	cleanup_free char *terms = terms_text(found);
	const struct report_value *value = &found->row->values[found->target];
	bool little = found->part.estimate < half;
	cleanup_free char *rest = str_printf("%.0f %%%s", 100 * (1 - found->part.estimate),
		little ? ": most is unexplained" : "");
	char cost[WORDS_BYTES];

	table_add_cell(table, TONE_PLAIN, where);
	table_add_cell(table, TONE_PLAIN, metric);
	table_add_cell(table, TONE_PLAIN, target);
	table_add_cell(table, TONE_PLAIN, words_cost(value, found->row->metric, cost))->order =
		table_order(value, found->row->metric);
	table_add_cell(table, TONE_PLAIN, part)->order = found->part.estimate;
	table_add_cell(table, little ? TONE_WARN : TONE_PLAIN, rest)->order =
		1 - found->part.estimate;
	cleanup_free char *all =
		str_printf("%s%s", terms, found->from_guest ? " (of interrupts)" : "");
	table_add_cell(table, TONE_PLAIN, all);
}

void sections_add_attributions(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"benchmark", 0},
		{"metric", 0},
		{"target", COLUMN_WHOLE},
		{"slowdown", COLUMN_RIGHT},
		{"explained", COLUMN_RIGHT},
		{"remainder", COLUMN_RIGHT},
		{"largest parts", 0},
	};

	if (!model->attribution_count)
		return;
	struct table *table = sections_add(out, str_dup("What exits explain"));
	table->note = str_printf(
		"Of the time that a target lost against %s: how often exits were counted, times "
		"what one costs more there by benchmark exits, ÷ CPUs in use; intervals of %g %% "
		"over blocks. Of interrupts: the host counts no exits, and the guest's interrupts "
		"stand for them. The remainder is what other causes took; below 0 %%, nothing "
		"waited for some of the exits. Counts and prices are in JSON.",
		model->targets[model->baseline].name, 100 * model->options.confidence);
	table->note_needed = true;
	table->detail = true;
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->attribution_count; i++)
		add_line(model, &model->attributions[i], table);
}
