/* OpenMetrics 1.0 text: a gauge per metric with its unit, its interval's ends beside it, the
 * slowdowns, and what the campaign was. Without timestamps: the text is a state, to be scraped. */
#include "report/export/export.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

/* Adds a name with everything but letters and digits as "_", and "/" as "_per_". */
static void add_name(struct text *out, const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c == '/')
			text_add(out, "_per_");
		else if (*c == '%')
			text_add(out, "percent");
		else
			text_add_bytes(out, isascii(*c) && isalnum((unsigned char)*c) ? c : "_", 1);
}

/* The unit as the end of a metric's name; "" for a number without one. */
static char *unit_name(const char *unit)
{
	cleanup_text struct text name = {0};

	if (strcmp(unit, "1") == 0)
		return str_dup("");
	if (strncmp(unit, "1/", 2) == 0) {
		text_add(&name, "per_");
		unit += 2;
	}
	add_name(&name, unit);
	return text_take(&name);
}

/* "tare_disk_bandwidth", then "_low" or the like, then the unit, which has to be last. */
static char *family_name(const struct report_metric *metric, const char *part)
{
	cleanup_free char *unit = unit_name(metric->unit);
	cleanup_text struct text name = {0};

	text_add(&name, "tare_");
	add_name(&name, metric->benchmark);
	text_add(&name, "_");
	add_name(&name, metric->name);
	text_addf(&name, "%s%s%s", part, unit[0] ? "_" : "", unit);
	return text_take(&name);
}

static void add_escaped(struct text *out, const char *text)
{
	for (; *text; text++)
		if (*text == '\n')
			text_add(out, "\\n");
		else {
			if (*text == '\\' || *text == '"')
				text_add(out, "\\");
			text_add_bytes(out, text, 1);
		}
}

static void add_label(struct text *out, const char *name, const char *value)
{
	char last = out->count ? out->bytes[out->count - 1] : '{';

	text_addf(out, "%s%s=\"", last == '{' ? "" : ",", name);
	add_escaped(out, value);
	text_add(out, "\"");
}

static void add_head(
	struct text *out, const char *family, const char *type, const char *unit, const char *help)
{
	text_addf(out, "# TYPE %s %s\n", family, type);
	if (unit[0])
		text_addf(out, "# UNIT %s %s\n", family, unit);
	text_addf(out, "# HELP %s ", family);
	add_escaped(out, help);
	text_add(out, "\n");
}

static void add_cell_labels(const struct report_model *model, const struct report_group *group,
	size_t target, struct text *out)
{
	add_label(out, "target", model->targets[target].name);
	add_label(out, "placement", group->placement);
	add_label(out, "benchmark", group->benchmark);
	add_label(out, "parameters", group->parameters);
	add_label(out, "emulated", group->cells[target].emulated ? "true" : "false");
}

/* One sample; a number that is not known has none. */
static void add_sample(const struct report_model *model, const char *family,
	const struct export_value *value, double number, struct text *out)
{
	if (!isfinite(number))
		return;
	text_addf(out, "%s{", family);
	add_cell_labels(model, value->group, value->target, out);
	add_label(out, "metric", value->row->metric->name);
	if (value->row->metric->x_name) {
		cleanup_free char *x = str_printf("%.17g", value->row->x);
		add_label(out, "x", x);
	}
	text_addf(out, "} %.12g\n", number);
}

/* --- values -------------------------------------------------------------------------------------
 */

enum part { PART_VALUE, PART_LOW, PART_HIGH, PARTS };

static const struct {
	const char *name, *what;
} parts[PARTS] = {[PART_VALUE] = {"", ""},
	[PART_LOW] = {"_low", "lower end of the interval of: "},
	[PART_HIGH] = {"_high", "upper end of the interval of: "}};

/* The samples of one family. Metrics of different names may have the same one here. */
struct family {
	const struct report_model *model;
	const char *name;
	enum part part;
	const size_t *firsts; /* metric → the first with its name */
	size_t first;
	struct text *out;
};

static double interval_part(const struct interval *interval, enum part part)
{
	return part == PART_VALUE ? interval->estimate
	       : part == PART_LOW ? interval->low
				  : interval->high;
}

static void add_if_of_family(const struct export_value *value, void *context)
{
	const struct family *family = context;
	size_t metric = (size_t)(value->row->metric - family->model->metrics);

	if (family->firsts[metric] == family->first)
		add_sample(family->model, family->name, value,
			interval_part(&value->value->value, family->part), family->out);
}

static void add_metric(
	const struct report_model *model, const size_t *firsts, size_t index, struct text *out)
{
	const struct report_metric *metric = &model->metrics[index];
	cleanup_free char *unit = unit_name(metric->unit);

	for (enum part part = PART_VALUE; part < PARTS; part++) {
		cleanup_free char *name = family_name(metric, parts[part].name);
		cleanup_free char *help = str_printf("%s%s %s%s%s", parts[part].what,
			metric->benchmark, metric->name, metric->help[0] ? ": " : "", metric->help);
		struct family family = {model, name, part, firsts, index, out};
		add_head(out, name, "gauge", unit, help);
		export_values(model, false, add_if_of_family, &family);
	}
}

/* A family stands once, with all that is of it. */
static void add_metrics(const struct report_model *model, struct text *out)
{
	size_t count = model->metric_count;
	cleanup_free size_t *firsts = mem_new(count + 1, sizeof(*firsts));
	char **names = mem_new(count + 1, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		names[i] = family_name(&model->metrics[i], "");
		while (strcmp(names[firsts[i]], names[i]) != 0)
			firsts[i]++;
	}
	for (size_t i = 0; i < count; i++)
		if (firsts[i] == i)
			add_metric(model, firsts, i, out);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* --- slowdowns and the campaign -----------------------------------------------------------------
 */

static void add_slowdown(const struct export_value *value, void *context)
{
	const struct family *family = context;
	const struct report_value *v = value->value;

	if (v->compared && !value->row->metric->additive)
		add_sample(family->model, family->name, value,
			1 + (family->part == PART_VALUE        ? v->cost
				    : family->part == PART_LOW ? v->cost_low
							       : v->cost_high),
			family->out);
}

static void add_decided(const struct export_value *value, void *context)
{
	const struct family *family = context;

	if (value->value->headline && value->value->compared)
		add_sample(family->model, family->name, value, value->value->decided, family->out);
}

static void add_slowdowns(const struct report_model *model, struct text *out)
{
	static const char help[] = "times as slow as the baseline";

	for (enum part part = PART_VALUE; part < PARTS; part++) {
		cleanup_free char *name = str_printf("tare_slowdown%s_ratio", parts[part].name);
		cleanup_free char *text = str_printf("%s%s", parts[part].what, help);
		struct family family = {.model = model, .name = name, .part = part, .out = out};
		add_head(out, name, "gauge", "ratio", text);
		export_values(model, false, add_slowdown, &family);
	}
	struct family decided = {.model = model, .name = "tare_decided", .out = out};
	add_head(out, decided.name, "gauge", "",
		"of headlines: 1 worse than the baseline, 0 undecided, -1 better");
	export_values(model, true, add_decided, &decided);
}

static void add_runs(const struct report_model *model, struct text *out)
{
	add_head(out, "tare_runs", "gauge", "", "runs of a cell: planned, measured, failed");
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t t = 0; t < model->target_count; t++) {
			const struct report_cell *cell = &model->groups[g].cells[t];
			const struct {
				const char *state;
				unsigned count;
			} counts[] = {{"planned", cell->planned_runs},
				{"measured", cell->measured_runs}, {"failed", cell->failed_runs}};
			for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
				text_add(out, "tare_runs{");
				add_cell_labels(model, &model->groups[g], t, out);
				add_label(out, "state", counts[i].state);
				text_addf(out, "} %u\n", counts[i].count);
			}
		}
}

static void add_campaign(const struct report_model *model, struct text *out)
{
	add_head(out, "tare_campaign", "info", "", "the campaign that was measured");
	text_add(out, "tare_campaign_info{");
	add_label(out, "id", model->campaign_id);
	add_label(out, "name", model->name);
	add_label(out, "baseline", model->targets[model->baseline].name);
	add_label(out, "version", model->tare_version);
	add_label(out, "image", model->image_digest);
	text_add(out, "} 1\n");
	if (!model->data->started_ns)
		return;
	add_head(out, "tare_campaign_start_timestamp_seconds", "gauge", "seconds",
		"when the campaign began, since 1970 (UTC)");
	text_addf(out, "tare_campaign_start_timestamp_seconds %.3f\n",
		(double)model->data->started_ns * 1e-9);
}

void export_openmetrics(const struct report_model *model, struct export_files *files)
{
	struct text *out = export_add_file(files, "metrics.txt");

	add_campaign(model, out);
	add_runs(model, out);
	add_metrics(model, out);
	add_slowdowns(model, out);
	text_add(out, "# EOF\n");
}
