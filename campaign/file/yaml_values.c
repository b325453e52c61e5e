/* Values of YAML nodes, read with a mistake at their place where they are wrong. */
#include "campaign/file/yaml_values.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"

enum { CPUS_MAX = 4096 };

const struct yaml_node *yaml_expect(
	const struct reader *r, const struct yaml_node *node, enum yaml_kind kind, const char *what)
{
	if (!node || node->kind == kind)
		return node;
	MISTAKE(r, node, "%s: expected %s, not %s", what, yaml_kind_text(kind),
		yaml_kind_text(node->kind));
	return NULL;
}

static const struct yaml_node *scalar(
	const struct reader *r, const struct yaml_node *map, const char *key)
{
	return yaml_expect(r, yaml_get(map, key), YAML_SCALAR, key);
}

void yaml_read_string(
	const struct reader *r, const struct yaml_node *map, const char *key, char **out)
{
	const struct yaml_node *node = scalar(r, map, key);

	if (!node)
		return;
	if (!node->text[0]) {
		MISTAKE(r, node, "%s: expected a text, not nothing", key);
		return;
	}
	/* Names that differ in blanks alone would be two things that look like one. */
	if (isspace((unsigned char)node->text[0]) ||
		isspace((unsigned char)node->text[strlen(node->text) - 1])) {
		MISTAKE(r, node, "%s: \"%s\" begins or ends with a blank", key, node->text);
		return;
	}
	free(*out);
	*out = str_dup(node->text);
}

void yaml_read_count(const struct reader *r, const struct yaml_node *map, const char *key,
	unsigned minimum, unsigned maximum, unsigned *out)
{
	const struct yaml_node *node = scalar(r, map, key);

	if (!node)
		return;
	char *end;
	long long value = strtoll(node->text, &end, 10);
	if (end == node->text || *end || value < (long long)minimum || value > (long long)maximum)
		MISTAKE(r, node, "%s: expected a whole number from %u to %u, not \"%s\"", key,
			minimum, maximum, node->text);
	else
		*out = (unsigned)value;
}

void yaml_read_size(
	const struct reader *r, const struct yaml_node *map, const char *key, uint64_t *bytes)
{
	const struct yaml_node *node = scalar(r, map, key);
	struct error e = {""};
	int64_t value;

	if (!node)
		return;
	if (size_parse(node->text, &value, &e) < 0)
		MISTAKE(r, node, "%s: %s", key, e.text);
	else if (value == 0)
		MISTAKE(r, node, "%s: expected more than 0 bytes", key);
	else
		*bytes = (uint64_t)value;
}

/* A number above 0 by duration_parse or fraction_parse, which are of one shape; NULL if there is
 * none. */
static const struct yaml_node *read_real(const struct reader *r, const struct yaml_node *map,
	const char *key, int (*parse)(const char *, double *, struct error *), double *value)
{
	const struct yaml_node *node = scalar(r, map, key);
	struct error e = {""};

	if (!node)
		return NULL;
	if (parse(node->text, value, &e) < 0)
		MISTAKE(r, node, "%s: %s", key, e.text);
	else if (!(*value > 0))
		MISTAKE(r, node, "%s: expected more than 0, not \"%s\"", key, node->text);
	else
		return node;
	return NULL;
}

void yaml_read_duration(
	const struct reader *r, const struct yaml_node *map, const char *key, double *seconds)
{
	double value;

	if (read_real(r, map, key, duration_parse, &value))
		*seconds = value;
}

void yaml_read_fraction(
	const struct reader *r, const struct yaml_node *map, const char *key, double *fraction)
{
	double value;
	const struct yaml_node *node = read_real(r, map, key, fraction_parse, &value);

	if (!node)
		return;
	if (value < 1)
		*fraction = value;
	else
		MISTAKE(r, node, "%s: expected less than 100%%, such as %g%%, not \"%s\"", key,
			value < 100 ? value : 1, node->text);
}

void yaml_read_bool(const struct reader *r, const struct yaml_node *map, const char *key, bool *out)
{
	const struct yaml_node *node = scalar(r, map, key);

	if (!node)
		return;
	if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)
		*out = node->text[0] == 't';
	else
		MISTAKE(r, node, "%s: expected true or false, not \"%s\"", key, node->text);
}

static void add_cpu(unsigned **cpus, size_t *count, size_t *capacity, unsigned cpu)
{
	for (size_t i = 0; i < *count; i++)
		if ((*cpus)[i] == cpu)
			return;
	array_reserve(cpus, capacity, *count + 1);
	(*cpus)[(*count)++] = cpu;
}

/* One "3" or "0-3" at *text, moved past it. */
static bool parse_cpu_range(const char **text, unsigned *first, unsigned *last)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	unsigned long a = strtoul(*text, &end, 10), b = a;
	if (*end == '-') {
		if (!isdigit((unsigned char)end[1]))
			return false;
		b = strtoul(end + 1, &end, 10);
	}
	if (a > b || b >= CPUS_MAX)
		return false;
	*first = (unsigned)a;
	*last = (unsigned)b;
	*text = end;
	return true;
}

static bool add_cpu_ranges(const char *text, unsigned **cpus, size_t *count, size_t *capacity)
{
	for (;;) {
		unsigned first, last;
		if (!parse_cpu_range(&text, &first, &last))
			return false;
		for (unsigned cpu = first; cpu <= last; cpu++)
			add_cpu(cpus, count, capacity, cpu);
		if (!*text)
			return true;
		if (*text++ != ',')
			return false;
	}
}

size_t yaml_parse_cpus(const char *text, unsigned **cpus)
{
	size_t count = 0, capacity = 0;

	return add_cpu_ranges(text, cpus, &count, &capacity) ? count : 0;
}

size_t yaml_read_cpus(const struct reader *r, const struct yaml_node *node, unsigned **cpus)
{
	size_t count = 0, capacity = 0;
	bool is_list = node->kind == YAML_LIST;
	size_t items = is_list ? node->count : 1;

	if (items == 0)
		MISTAKE(r, node, "cpus: expected at least one CPU");
	for (size_t i = 0; i < items; i++) {
		const struct yaml_node *item = is_list ? &node->items[i] : node;
		if (item->kind != YAML_SCALAR ||
			!add_cpu_ranges(item->text, cpus, &count, &capacity))
			MISTAKE(r, item, "cpus: expected CPU numbers such as 0-3,8");
	}
	return count;
}

bool yaml_set_option(const struct reader *r, const struct option_row *row, void *options,
	const struct yaml_node *value)
{
	cleanup_text struct text text = {0};
	struct error e = {""};

	if (value->kind == YAML_SCALAR) {
		text_add(&text, value->text);
	} else if (value->kind == YAML_LIST && option_is_list(row)) {
		for (size_t i = 0; i < value->count; i++) {
			if (!yaml_expect(r, &value->items[i], YAML_SCALAR, row->name))
				return false;
			text_addf(&text, "%s%s", i ? "," : "", value->items[i].text);
		}
	} else {
		MISTAKE(r, value, "%s: expected a single value%s, not %s", row->name,
			option_is_list(row) ? " or a list" : "", yaml_kind_text(value->kind));
		return false;
	}
	if (option_set(row, options, text.bytes ? text.bytes : "", &e) == 0)
		return true;
	MISTAKE(r, value, "%s", e.text);
	return false;
}

char *yaml_options_json(const struct option_row *rows, const void *options)
{
	json_t *object = json_object();

	for (const struct option_row *row = rows; row && row->name; row++) {
		cleanup_free char *text = option_text(row, options);
		json_object_set_new(object, row->name, json_string_nocheck(text));
	}
	char *json = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return json;
}
