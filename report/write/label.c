/* See label.h. */
#include "report/write/label.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/words.h"

static bool has_one_placement(const struct report_model *model)
{
	for (size_t i = 1; i < model->area_count; i++)
		if (strcmp(model->areas[i].placement, model->areas[0].placement) != 0)
			return false;
	return true;
}

char *label_area(const struct report_model *model, const struct report_area *area, const char *mark)
{
	if (has_one_placement(model) || !area->placement[0])
		return str_printf("%s%s", area->name, mark);
	return str_printf("%s%s %s", area->name, mark, area->placement);
}

/* --- values ---------------------------------------------------------------------------- */

/* "2ms" as "2 ms", "1Gbit" as "1 Gbit/s". */
static void add_quantity(struct text *out, const char *word, size_t length)
{
	size_t digits = 0;

	while (digits < length && (isdigit((unsigned char)word[digits]) || word[digits] == '.'))
		digits++;
	text_add_bytes(out, word, digits);
	text_add(out, digits && digits < length ? " " : "");
	text_add_bytes(out, word + digits, length - digits);
	if (length - digits >= 3 && strncmp(word + length - 3, "bit", 3) == 0)
		text_add(out, "/s");
}

/* "delay 2ms jitter 200us rate 1Gbit" as "delay 2 ms, 1 Gbit/s"; whole: with the jitter. */
static char *network_text(const char *value, bool whole)
{
	struct text out = {0};

	if (strcmp(value, "none") == 0)
		return str_dup("no condition");
	text_add(&out, "");
	while (*value) {
		size_t name = strcspn(value, " "), gap = strspn(value + name, " ");
		const char *quantity = value + name + gap;
		size_t length = strcspn(quantity, " ");
		if (whole || strncmp(value, "jitter", name) != 0) {
			text_add(&out, out.count ? ", " : "");
			if (strncmp(value, "rate", name) != 0)
				text_addf(&out, "%.*s ", (int)name, value);
			add_quantity(&out, quantity, length);
		}
		value = quantity + length + strspn(quantity + length, " ");
	}
	return text_take(&out);
}

/* Short, unless another condition of the campaign would have the same name. */
static char *unique_network_text(const struct report_model *model, const char *value)
{
	char *text = network_text(value, false);

	for (size_t g = 0; g < model->group_count; g++) {
		cleanup_text struct text its = {0}, others = {0};
		model_split_parameters(model->groups[g].parameters, "network=", &its, &others);
		cleanup_free char *other = network_text(its.bytes, false);
		if (its.count && strcmp(its.bytes, value) != 0 && strcmp(other, text) == 0) {
			free(text);
			return network_text(value, true);
		}
	}
	return text;
}

/* Words that say nothing without their key. */
static bool is_bare(const char *value)
{
	static const char *const bare[] = {"yes", "no", "all", "none", "on", "off", "auto", "any"};

	for (size_t i = 0; i < ARRAY_COUNT(bare); i++)
		if (strcmp(value, bare[i]) == 0)
			return true;
	return !isalpha((unsigned char)*value);
}

char *label_value(const struct report_model *model, const char *key, const char *value)
{
	if (strcmp(key, "network") == 0)
		return unique_network_text(model, value);
	if (strcmp(key, "background") == 0)
		return strcmp(value, "none") == 0 ? str_dup("without a load")
						  : str_printf("with %s", value);
	if (!is_bare(value) || strcmp(key, OPTIONS_KEY) == 0 || strcmp(key, DECISION_KEY) == 0)
		return str_dup(value);
	char *text = str_printf("%s %s", key, value);
	for (char *c = text; c < text + strlen(key); c++)
		*c = *c == '_' ? ' ' : *c;
	return text;
}

/* --- parameters ------------------------------------------------------------------------ */

static bool same_place(const struct report_group *a, const struct report_group *b)
{
	return strcmp(a->benchmark, b->benchmark) == 0 && strcmp(a->placement, b->placement) == 0;
}

static bool has_parameter(const struct report_group *group, const char *parameter, size_t length)
{
	const char *at = group->parameters;

	while (*at) {
		size_t its = model_parameter_length(at);
		if (its == length && strncmp(at, parameter, length) == 0)
			return true;
		at += its + (at[its] == ' ');
	}
	return false;
}

/* Whether each group of the same benchmark and placement has the parameter. */
static bool is_shared(const struct report_model *model, const struct report_group *group,
	const char *parameter, size_t length)
{
	for (size_t g = 0; g < model->group_count; g++)
		if (same_place(&model->groups[g], group) &&
			!has_parameter(&model->groups[g], parameter, length))
			return false;
	return true;
}

static bool is_list_of_sizes(const char *key)
{
	size_t length = strlen(key);

	return length >= 5 && strcmp(key + length - 5, "sizes") == 0;
}

char *label_varied(const struct report_model *model, const struct report_group *group, bool axis,
	const char *without)
{
	struct text out = {0};
	const char *at = group->parameters;

	text_add(&out, "");
	while (*at) {
		size_t length = model_parameter_length(at), name = strcspn(at, "= ");
		if (!is_shared(model, group, at, length)) {
			bool pair = name < length && at[name] == '=';
			cleanup_free char *key = str_printf("%.*s", pair ? (int)name : 0, at);
			cleanup_free char *value =
				pair ? str_printf("%.*s", (int)(length - name - 1), at + name + 1)
				     : str_printf("%.*s", (int)length, at);
			cleanup_free char *text =
				pair ? label_value(model, key, value) : str_dup(value);
			bool shown = !without || strcmp(key, without) != 0;
			if (shown && !(axis && is_list_of_sizes(key)))
				text_addf(&out, "%s%s", out.count ? ", " : "", text);
		}
		at += length + (at[length] == ' ');
	}
	return text_take(&out);
}

static bool has_one_benchmark(const struct report_model *model, const struct report_area *area)
{
	for (size_t i = 1; i < area->group_count; i++)
		if (strcmp(model->groups[area->groups[i]].benchmark,
			    model->groups[area->groups[0]].benchmark) != 0)
			return false;
	return true;
}

char *label_row(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, const char *without)
{
	const struct report_area *area = label_area_of(model, group);
	static const char mpi[] = "mpi-";
	const char *benchmark = group->benchmark;
	bool axis = row->metric->x_name && row->x == row->x; /* a NaN is no place */
	cleanup_free char *varied = label_varied(model, group, axis, without);
	struct text out = {0};
	char x[WORDS_BYTES];

	if (strncmp(benchmark, mpi, strlen(mpi)) == 0)
		benchmark += strlen(mpi);
	if (!has_one_benchmark(model, area) || strcasecmp(area->name, "other") == 0)
		text_addf(&out, "%s ", benchmark);
	if (varied[0])
		text_addf(&out, "%s ", varied);
	for (const char *c = row->metric->name; *c; c++)
		text_add_bytes(&out, *c == '_' ? " " : c, 1);
	words_x(row->metric, row->x, x);
	text_addf(&out, "%s%s", x[0] ? " at " : "", x);
	return text_take(&out);
}

static void add_shared_of(
	const struct report_model *model, const struct report_group *group, struct text *out)
{
	const char *at = group->parameters;
	bool any = false;

	while (*at) {
		size_t length = model_parameter_length(at);
		if (is_shared(model, group, at, length)) {
			if (!any)
				text_addf(out, "%s%s:", out->count ? "; " : "", group->benchmark);
			any = true;
			text_addf(out, " %.*s", (int)length, at);
		}
		at += length + (at[length] == ' ');
	}
}

char *label_shared(const struct report_model *model, const struct report_area *area)
{
	struct text out = {0};

	text_add(&out, "");
	for (size_t i = 0; i < area->group_count; i++) {
		const struct report_group *group = &model->groups[area->groups[i]];
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first &= strcmp(model->groups[area->groups[k]].benchmark,
					 group->benchmark) != 0;
		if (first)
			add_shared_of(model, group, &out);
	}
	return text_take(&out);
}

const struct report_area *label_area_of(
	const struct report_model *model, const struct report_group *group)
{
	size_t index = (size_t)(group - model->groups);

	for (size_t i = 0; i < model->area_count; i++)
		for (size_t k = 0; k < model->areas[i].group_count; k++)
			if (model->areas[i].groups[k] == index)
				return &model->areas[i];
	return NULL;
}
