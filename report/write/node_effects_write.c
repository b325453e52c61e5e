/* The node as a factor, as text and as JSON (model/node_effects.c). */
#include "report/write/node_effects_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/numbers.h"
#include "report/model/node_effects.h"
#include "report/write/json.h"
#include "report/write/table.h"
#include "report/write/text_table.h"

/* A node is named from this p on, adjusted for the number of nodes. */
static const double level = .05;

static const char method[] =
	"Spread: standard deviations of the random effects in value = mean + node + boot + run, "
	"each as a part of the value. Variances by the analysis of variance for unequal numbers "
	"(Searle, Casella & McCulloch, Variance Components, 1992); an estimate below zero is 0. A "
	"boot is one fresh start of a target in a block; - : cannot be told apart. Nodes differ: "
	"t of a node against the others by the spread of boots within nodes, one node after "
	"another set aside (after Rosner 1983), p times the number of nodes (Bonferroni) below "
	"5 %. ";

/* 0.0123 as "1.23 %", or with the unit where the metric is additive. Caller frees. */
static char *spread_text(const struct node_effect *effect, double variance)
{
	const struct report_value *value = &effect->row->values[effect->target];
	const char *unit = effect->row->metric->unit;
	char number[NUMBER_BYTES];

	if (isnan(variance))
		return str_dup("-");
	if (value->logarithmic)
		return str_printf("%.2f %%", 100 * sqrt(variance));
	return str_dup(number_with_unit(sqrt(variance), unit, number));
}

static void add_spread(struct table *table, const struct node_effect *effect, double variance)
{
	cleanup_free char *text = spread_text(effect, variance);

	table_add_cell(table, TONE_PLAIN, text);
}

/* "node17 +12.3 %, node4 -3.1 %"; "" where none differs. Caller frees. */
static char *odd_nodes(const struct node_effects *effects, const struct node_effect *effect)
{
	const struct report_value *value = &effect->row->values[effect->target];
	struct text text = {0};

	for (size_t h = 0; h < effects->host_count; h++) {
		char number[NUMBER_BYTES];
		if (!(effect->p[h] < level))
			continue;
		text_addf(&text, "%s%s ", text.count ? ", " : "", effects->hosts[h]);
		if (value->logarithmic)
			text_addf(&text, "%+.2f %%", 100 * expm1(effect->differences[h]));
		else
			text_addf(&text, "%s%s", effect->differences[h] > 0 ? "+" : "",
				number_with_unit(
					effect->differences[h], effect->row->metric->unit, number));
	}
	return text_take(&text);
}

static void add_row(struct table *table, const struct report_model *model,
	const struct node_effects *effects, const struct node_effect *effect)
{
	cleanup_free char *benchmark = table_benchmark_text(effect->group);
	cleanup_free char *metric = table_metric_text(effect->row);
	cleanup_free char *design = str_printf(
		"%zu, %zu, %zu", effect->split.nodes, effect->split.boots, effect->split.runs);
	cleanup_free char *needed =
		effect->needed > 0 ? str_printf("%zu", effect->needed) : str_dup("-");
	cleanup_free char *odd = odd_nodes(effects, effect);

	table_add_cell(table, TONE_PLAIN, effect->group->placement);
	table_add_cell(table, TONE_PLAIN, benchmark);
	table_add_cell(table, TONE_PLAIN, metric);
	table_add_cell(table, TONE_PLAIN, model->targets[effect->target].name);
	table_add_cell(table, TONE_PLAIN, design);
	add_spread(table, effect, effect->split.node);
	add_spread(table, effect, effect->split.boot);
	add_spread(table, effect, effect->split.run);
	table_add_cell(table, TONE_PLAIN, needed);
	table_add_cell(table, odd[0] ? TONE_WARN : TONE_PLAIN, odd);
}

static void write_text(const struct report_model *model, const struct node_effects *effects,
	double delta, size_t width, struct text *out)
{
	struct sections sections = {0};
	struct table *table = sections_add(&sections, str_dup("Nodes, boots and runs"));
	cleanup_free char *needed = str_printf("for %.3g %%", 100 * delta);
	const struct plain_column columns[] = {
		{"", COLUMN_WHOLE},
		{"", 0},
		{"headline", 0},
		{"target", COLUMN_WHOLE},
		{"nodes, boots, runs", 0},
		{"node", COLUMN_RIGHT},
		{"boot", COLUMN_RIGHT},
		{"run", COLUMN_RIGHT},
		{needed, COLUMN_RIGHT},
		{"nodes that differ", 0},
	};

	text_table_add_lines(out, method, width);
	cleanup_free char *question = str_printf(
		"For %.3g %%: nodes that each of two measurements on different nodes needs, with "
		"as many boots and runs, to find a difference of %.3g %% with a power of 80 %% at "
		"5 %%, two-sided.",
		100 * delta, 100 * delta);
	text_table_add_lines(out, question, width);
	text_add(out, "\n");
	table_add_columns(table, columns, ARRAY_COUNT(columns));
	for (size_t i = 0; i < effects->count; i++)
		add_row(table, model, effects, &effects->effects[i]);
	if (effects->count > 0)
		text_table_add(table, width, false, out);
	if (effects->skipped > 0)
		text_addf(out,
			"%zu headline%s of placements whose blocks are on several hosts: not "
			"divided.\n",
			effects->skipped, effects->skipped == 1 ? " is" : "s are");
	sections_free(&sections);
}

static json_t *number(double value)
{
	return isnan(value) ? json_null() : json_real(value);
}

static json_t *node_list(const struct node_effects *effects, const struct node_effect *effect)
{
	json_t *list = json_array();

	for (size_t h = 0; h < effects->host_count; h++)
		if (!isnan(effect->p[h]))
			json_array_append_new(list,
				json_pack("{s:s, s:o, s:f, s:b}", "host", effects->hosts[h],
					"difference", number(effect->differences[h]), "p_adjusted",
					effect->p[h], "differs", effect->p[h] < level));
	return list;
}

static json_t *effect_object(const struct report_model *model, const struct node_effects *effects,
	const struct node_effect *effect)
{
	const struct nodes_split *split = &effect->split;
	const struct report_group *group = effect->group;
	const struct report_metric *metric = effect->row->metric;

	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:I, s:I, s:I, s:o, s:o, s:o, s:o, "
			 "s:o, s:o}",
		"placement", group->placement, "benchmark", group->benchmark, "parameters",
		group->parameters, "metric", metric->name, "x",
		metric->x_name ? number(effect->row->x) : json_null(), "target",
		model->targets[effect->target].name, "logarithmic",
		effect->row->values[effect->target].logarithmic, "nodes", (json_int_t)split->nodes,
		"boots", (json_int_t)split->boots, "runs", (json_int_t)split->runs, "node_variance",
		number(split->node), "boot_variance", number(split->boot), "run_variance",
		number(split->run), "p_nodes_equal", number(split->p), "nodes_needed",
		effect->needed > 0 ? json_integer((json_int_t)effect->needed) : json_null(),
		"differences", node_list(effects, effect));
}

static void write_json(const struct report_model *model, const struct node_effects *effects,
	double delta, struct text *out)
{
	json_t *list = json_array();

	for (size_t i = 0; i < effects->count; i++)
		json_array_append_new(list, effect_object(model, effects, &effects->effects[i]));
	json_add(out, json_pack("{s:s, s:i, s:s, s:f, s:I, s:o}", "schema", "tare-nodes",
			      "schema_version", 1, "method", method, "delta", delta, "skipped",
			      (json_int_t)effects->skipped, "headlines", list));
}

int report_node_effects(const struct report_model *model, double delta, bool json, size_t width,
	struct text *out, struct error *e)
{
	struct node_effects effects;
	int status = node_effects_read(model, delta, &effects, e);

	if (status == 0 && json)
		write_json(model, &effects, delta, out);
	else if (status == 0)
		write_text(model, &effects, delta, width, out);
	node_effects_free(&effects);
	return status;
}
