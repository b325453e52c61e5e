/* Which tables a report has and what stands in their cells: first what each target costs, then
 * every metric, then what is missing or went wrong, then the machines. Knows no format. */
#include "report/write/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/text.h"
#include "base/cleanup.h"
#include "report/write/words.h"

static enum tone tone_of(const struct report_value *value)
{
	static const enum tone tones[] = {TONE_BETTER, TONE_PLAIN, TONE_WORSE};

	return tones[words_tone(value) + 1];
}

/* What costs are sorted by: losing half of a rate is as bad as doubling a time. */
static double order_of(const struct report_value *value, const struct report_metric *metric)
{
	if (!value->compared)
		return NAN;
	if (metric->additive)
		return value->cost;
	return copysign(fabs(log(value->change.estimate)), value->cost);
}

static const char *baseline_name(const struct report_model *model)
{
	return model->targets[model->baseline].name;
}

/* --- the overview -------------------------------------------------------------------------- */

static bool has_headline(const struct report_group *group)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (group->rows[i].values[0].headline)
			return true;
	return false;
}

/* What a target did where it has no slowdown. */
static const char *absent_text(const struct report_cell *cell, const struct report_value *value)
{
	if (cell->refused)
		return "refused";
	return value->status == REPORT_MEASURED ? "" : report_status_text(value->status);
}

static void add_overview_cell(struct table *table, const struct report_row *row,
	const struct report_cell *cell, size_t target)
{
	const struct report_value *value = &row->values[target];
	char number[WORDS_BYTES];
	struct cell_text *text;

	if (!value->compared) {
		table_add_cell(table, TONE_WARN, absent_text(cell, value));
		return;
	}
	text = table_add_cell(table, tone_of(value), words_cost(value, row->metric, number));
	text->value = value;
	text->order = order_of(value, row->metric);
	text->marks = words_slowdown_marks(value);
}

/* Whether another group of the same benchmark and placement has other parameters in this place. */
static bool varies(const struct report_model *model, const struct report_group *group,
	const char *word, size_t length)
{
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *other = &model->groups[g];
		cleanup_free char *text = str_printf("%.*s", (int)length, word);
		if (strcmp(other->benchmark, group->benchmark) == 0 &&
			strcmp(other->placement, group->placement) == 0 &&
			!strstr(other->parameters, text))
			return true;
	}
	return false;
}

/* "1x1 disk, pattern=randread": of the parameters those that tell it from its siblings. */
static char *overview_label(const struct report_model *model, const struct report_group *group)
{
	struct text label = {0};
	const char *at = group->parameters;

	text_addf(&label, "%s %s", group->placement, group->benchmark);
	while (*at) {
		size_t length = strcspn(at, " ");
		if (varies(model, group, at, length)) {
			text_add(&label, " ");
			text_add_bytes(&label, at, length);
		}
		at += length + strspn(at + length, " ");
	}
	return text_take(&label);
}

static void add_overview_row(const struct report_model *model, struct table *table,
	const struct report_group *group, const struct report_row *row, bool first)
{
	const struct report_value *baseline = &row->values[model->baseline];
	cleanup_free char *where = overview_label(model, group);
	cleanup_free char *metric = table_metric_text(row);
	char number[WORDS_BYTES];

	if (first)
		table_add_cell(table, TONE_PLAIN, where);
	else
		table_add_again(table, TONE_PLAIN, where);
	table_add_cell(table, TONE_PLAIN, metric);
	cleanup_free char *value =
		baseline->block_count
			? str_printf("%s %s", words_value(baseline->value.estimate, number),
				  row->metric->unit)
			: str_dup(report_status_text(baseline->status));
	table_add_cell(table, TONE_DIM, value)->order = baseline->value.estimate;
	for (size_t t = 0; t < model->target_count; t++)
		if (t != model->baseline)
			add_overview_cell(table, row, &group->cells[t], t);
}

/* The headlines of every benchmark against the targets. */
static void make_overview(const struct report_model *model, struct sections *out)
{
	struct table *table =
		sections_add(out, str_printf("Slowdown against %s", baseline_name(model)));

	table->note =
		str_printf("Slowdown of the headline metrics; ~: undecided at %g %% confidence "
			   "for all of them together.",
			100 * model->options.confidence);
	table_add_column(table, "", "benchmark", COLUMN_REPEATED);
	table_add_column(table, "", "headline", COLUMN_REPEATED);
	table_add_column(table, "", baseline_name(model), COLUMN_RIGHT);
	for (size_t t = 0; t < model->target_count; t++)
		if (t != model->baseline)
			table_add_column(table, "", model->targets[t].name, COLUMN_RIGHT);
	for (size_t g = 0; g < model->group_count; g++) {
		const struct report_group *group = &model->groups[g];
		bool first = true;
		for (size_t i = 0; has_headline(group) && i < group->row_count; i++) {
			if (!group->rows[i].values[0].headline)
				continue;
			add_overview_row(model, table, group, &group->rows[i], first);
			first = false;
		}
	}
}

/* --- every metric --------------------------------------------------------------------------- */

static bool has_axis(const struct report_group *group)
{
	for (size_t i = 0; i < group->row_count; i++)
		if (group->rows[i].metric->x_name)
			return true;
	return false;
}

/* "5", or "3-5" where the targets that were measured differ. */
static char *blocks_text(const struct report_model *model, const struct report_row *row)
{
	size_t low = 0, high = 0;

	for (size_t t = 0; t < model->target_count; t++) {
		size_t count = row->values[t].block_count;
		low = count && (!low || count < low) ? count : low;
		high = count > high ? count : high;
	}
	return low == high ? str_printf("%zu", low) : str_printf("%zu-%zu", low, high);
}

static void add_value_cell(struct table *table, const struct report_value *value)
{
	char number[WORDS_BYTES];
	struct cell_text *cell;

	if (value->status != REPORT_MEASURED) {
		table_add_cell(table, TONE_WARN, report_status_text(value->status));
		return;
	}
	cell = table_add_cell(table, TONE_PLAIN, words_value(value->value.estimate, number));
	cell->order = value->value.estimate;
	cell->marks = words_value_marks(value);
}

static void add_comparison_cells(
	struct table *table, const struct report_metric *metric, const struct report_value *value)
{
	char number[WORDS_BYTES];
	bool refused = value->status == REPORT_MEASURED && value->cell->refused;
	struct cell_text *cell = table_add_cell(
		table, tone_of(value), refused ? "refused" : words_cost(value, metric, number));

	cell->value = value->compared && !metric->additive ? value : NULL;
	cell->order = order_of(value, metric);
	cell->marks = value->compared ? words_slowdown_marks(value) : "";
	table_add_cell(table, TONE_DIM, words_interval(value, metric, number));
}

static void add_row(const struct report_model *model, const struct report_row *row,
	const struct report_row *previous, bool axis, struct table *table)
{
	const struct report_metric *metric = row->metric;
	bool again = previous && previous->metric == metric;
	cleanup_free char *unit = str_printf("%s %s", metric->unit, words_arrow(metric->better));
	cleanup_free char *blocks = blocks_text(model, row);
	struct cell_text *(*add)(struct table *, enum tone, const char *) =
		again ? table_add_again : table_add_cell;
	char x[WORDS_BYTES];

	add(table, TONE_PLAIN, metric->name)->row = row;
	if (axis)
		table_add_cell(table, TONE_PLAIN, words_x(metric, row->x, x))->order = row->x;
	add(table, TONE_DIM, unit);
	table_add_cell(table, TONE_DIM, blocks);
	add_value_cell(table, &row->values[model->baseline]);
	for (size_t t = 0; t < model->target_count; t++) {
		if (t == model->baseline)
			continue;
		add_value_cell(table, &row->values[t]);
		add_comparison_cells(table, metric, &row->values[t]);
	}
}

char *sections_group_note(const struct report_model *model, const struct report_group *group)
{
	size_t low = 0, high = 0;

	for (size_t i = 0; i < group->row_count; i++)
		for (size_t t = 0; t < model->target_count; t++) {
			size_t count = group->rows[i].values[t].block_count;
			low = count && (!low || count < low) ? count : low;
			high = count > high ? count : high;
		}
	if (!high)
		return str_dup("Nothing was measured.");
	cleanup_free char *range =
		low == high ? str_printf("%zu", high) : str_printf("%zu to %zu", low, high);
	return str_printf("%s block%s (fresh starts); %g %% confidence intervals (α = %g) over "
			  "blocks (of pairs of blocks, on logarithms for ratios), none below 3 "
			  "blocks.",
		range, high == 1 ? "" : "s", 100 * model->options.confidence,
		1 - model->options.confidence);
}

static void make_group(
	const struct report_model *model, const struct report_group *group, struct sections *out)
{
	struct table *table =
		sections_add(out, str_printf("%s %s%s%s", group->benchmark, group->placement,
					  group->parameters[0] ? ", " : "", group->parameters));
	bool axis = has_axis(group);
	table->note = sections_group_note(model, group);
	cleanup_free char *native = table_target_text(model, group, model->baseline);
	cleanup_free char *interval = str_printf("%g %% interval", 100 * model->options.confidence);

	table_add_column(table, "", "metric", COLUMN_REPEATED);
	if (axis)
		table_add_column(table, "", "at", COLUMN_RIGHT | COLUMN_REPEATED);
	table_add_column(table, "", "unit", COLUMN_REPEATED);
	table_add_column(table, "", "n", COLUMN_RIGHT | COLUMN_REPEATED);
	table_add_column(table, native, "value", COLUMN_RIGHT | COLUMN_REPEATED);
	for (size_t t = 0; t < model->target_count; t++) {
		cleanup_free char *heading = table_target_text(model, group, t);
		if (t == model->baseline)
			continue;
		table_add_column(table, heading, "value", COLUMN_RIGHT);
		table_add_column(table, heading, "slowdown", COLUMN_RIGHT);
		table_add_column(table, heading, interval, COLUMN_NUMBER);
	}
	for (size_t i = 0; i < group->row_count; i++)
		add_row(model, &group->rows[i], i ? &group->rows[i - 1] : NULL, axis, table);
}

/* --- problems, machines, record --------------------------------------------------------------- */

static void make_problems(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"target", COLUMN_WHOLE},
		{"placement", COLUMN_WHOLE},
		{"benchmark", 0},
		{"what", COLUMN_WHOLE},
		{"count", COLUMN_RIGHT},
		{"why", 0},
	};
	struct table *table;

	if (!model->problem_count)
		return;
	table = sections_add(out, str_dup("Skipped, failed, not measured"));
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->problem_count; i++) {
		const struct report_problem *problem = &model->problems[i];
		cleanup_free char *benchmark = str_printf("%s%s%s", problem->benchmark,
			problem->parameters[0] ? ", " : "", problem->parameters);
		cleanup_free char *count =
			problem->of ? str_printf("%u of %u", problem->count, problem->of)
				    : str_dup("");
		table_add_cell(table, TONE_PLAIN, problem->target);
		table_add_cell(table, TONE_PLAIN, problem->placement);
		table_add_cell(table, TONE_PLAIN, benchmark);
		table_add_cell(table, TONE_WARN, problem->what);
		table_add_cell(table, TONE_PLAIN, count);
		table_add_cell(table, TONE_PLAIN, problem->reason);
	}
}

/* A line per target: what it ran on. */
static void make_software(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"target", COLUMN_WHOLE},
		{"host environment", 0},
		{"host kernel", 0},
		{"hypervisor", 0},
		{"kernel", 0},
		{"CPU", COLUMN_WHOLE},
	};
	struct table *table;

	if (!model->data->machine_count)
		return;
	table = sections_add(out, str_dup("What each target ran on"));
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t t = 0; t < model->target_count; t++) {
		const char *const *facts = model->target_facts[t];
		const char *version = facts[FACT_HYPERVISOR_VERSION];
		cleanup_free char *hypervisor = str_printf(
			"%s%s%s", facts[FACT_HYPERVISOR], version[0] ? " " : "", version);
		table_add_cell(table, TONE_PLAIN, model->targets[t].name);
		table_add_cell(table, TONE_PLAIN, model->environments[t]);
		table_add_cell(table, TONE_PLAIN, facts[FACT_HOST_KERNEL]);
		table_add_cell(table, TONE_PLAIN, hypervisor);
		table_add_cell(table, TONE_PLAIN, facts[FACT_KERNEL]);
		table_add_cell(table, model->targets[t].emulated ? TONE_WARN : TONE_PLAIN,
			model->targets[t].emulated ? "emulated" : "real");
	}
}

static void make_facts(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"fact", COLUMN_WHOLE},
		{"targets", 0},
		{"value", 0},
	};
	struct table *table = sections_add(out, str_dup("Machines"));

	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < model->fact_count; i++) {
		const struct report_fact *fact = &model->facts[i];
		bool again = i && strcmp(model->facts[i - 1].name, fact->name) == 0;
		(again ? table_add_again : table_add_cell)(table, TONE_PLAIN, fact->name);
		table_add_cell(table, TONE_PLAIN, fact->targets);
		table_add_cell(table, TONE_PLAIN, fact->value);
	}
}

/* How long things took is for report --timing. */
static bool is_timing(const struct data_event *event)
{
	static const char *const kinds[] = {"prepared", "environment", "machines", "stopped"};

	for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
		if (strcmp(event->kind, kinds[i]) == 0)
			return true;
	return false;
}

static void make_events(const struct report_model *model, struct sections *out)
{
	static const struct plain_column columns[] = {
		{"time (UTC)", COLUMN_WHOLE},
		{"what", 0},
		{"", 0},
	};
	const struct store_data *data = model->data;
	struct table *table = NULL;

	for (size_t i = 0; i < data->event_count; i++) {
		const struct data_event *event = &data->events[i];
		time_t seconds = (time_t)(event->time_ns / 1000000000);
		cleanup_text struct text kind = {0}, text = {0};
		char when[32] = "";
		struct tm tm;
		if (is_timing(event))
			continue;
		if (!table) {
			table = sections_add(out, str_dup("Record of the campaign"));
			table_add_columns(table, columns, ARRAY_COUNT(columns));
		}
		if (gmtime_r(&seconds, &tm))
			strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
		text_add_clean(&kind, event->kind);
		text_add_clean(&text, event->text);
		table_add_cell(table, TONE_PLAIN, when);
		table_add_cell(table, TONE_PLAIN, kind.count ? kind.bytes : "");
		table_add_cell(table, TONE_PLAIN, text.count ? text.bytes : "");
	}
}

void sections_make(const struct report_model *model, struct sections *out)
{
	sections_add_answer(model, out);
	out->overview = out->count;
	make_overview(model, out);
	sections_add_origins(model, out);
	sections_add_beside(model, out);
	for (size_t g = 0; g < model->group_count; g++)
		make_group(model, &model->groups[g], out);
	sections_add_scaling(model, out);
	sections_add_interference(model, out);
	sections_add_fairness(model, out);
	make_problems(model, out);
	sections_add_honesty(model, out);
	make_software(model, out);
	make_facts(model, out);
	make_events(model, out);
}

void sections_header(const struct report_model *model, struct text *out)
{
	words_add_line(out, model->name);
	if (!model->data->started_ns) {
		text_add(out, ", a data set that tare did not measure");
		return;
	}
	text_addf(out, " (%s), %s, tare ", model->campaign_id, model->started);
	words_add_line(out, model->tare_version);
	text_addf(out, ", seed %llu", (unsigned long long)model->data->seed);
	if (model->image_digest[0]) {
		text_add(out, ", image ");
		words_add_line(out, model->image_digest);
	}
}

void sections_legend(const struct report_model *model, struct text *out)
{
	bool emulated = false, kernel = false, clock = false, network = false;
	bool busy = false, throttled = false;

	for (size_t i = 0; i < model->honesty_count; i++) {
		clock = clock || model->honesties[i].flagged_runs;
		busy = busy || model->honesties[i].busy_runs;
		throttled = throttled || model->honesties[i].throttled_runs;
	}
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t t = 0; t < model->target_count; t++) {
			emulated = emulated || model->groups[g].cells[t].emulated;
			kernel = kernel || model->groups[g].cells[t].kernel_differs;
			network = network || model->groups[g].cells[t].network_differs;
		}
	text_add(out, "Slowdown against ");
	words_add_line(out, baseline_name(model));
	text_addf(out,
		": + is worse, - is better, whether lower (↓) or higher (↑) values are better; per "
		"cent "
		"between half and twice as slow, else a factor (×12 is twelve times as slow); the "
		"bare "
		"change where neither is better. ~: undecided, where %g %% confidence is for all "
		"headlines together; only decided ones are coloured. Intervals are those of single "
		"numbers: %g %%, over n blocks (fresh starts).",
		100 * model->options.confidence, 100 * model->options.confidence);
	if (emulated)
		text_add(out, " emu: the target's CPU is emulated; such numbers say nothing about "
			      "hardware virtualization.");
	if (kernel)
		text_add(out, " ker: the target's kernel differs from the baseline's; the cost "
			      "includes that.");
	if (network)
		text_add(out,
			" net: its machines communicate over a network, the baseline inside one "
			"machine; the difference includes the network.");
	if (clock)
		text_add(out, " clk: in runs behind the number the machine's clock went wrong; see "
			      "Honesty.");
	if (busy)
		text_add(out, " bsy: in runs behind the number others used the CPUs as well; see "
			      "Trust.");
	if (throttled)
		text_add(out, " thr: in runs behind the number the CPUs were slowed down; see "
			      "Trust.");
}
