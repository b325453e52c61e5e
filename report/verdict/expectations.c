/* See expectations.h. */
#include "report/verdict/expectations.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/write/json.h"

static const struct {
	const char *name;
	size_t offset;
	bool required;
} keys[] = {
	{"metric", offsetof(struct expectation, metric), true},
	{"target", offsetof(struct expectation, target), false},
	{"benchmark", offsetof(struct expectation, benchmark), false},
	{"placement", offsetof(struct expectation, placement), false},
	{"parameters", offsetof(struct expectation, parameters), false},
	{"reason", offsetof(struct expectation, reason), true},
	{"until", offsetof(struct expectation, until), true},
};

char *expectations_today(char date[EXPECTATION_DATE_BYTES])
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(date, EXPECTATION_DATE_BYTES, "%Y-%m-%d", &tm);
	return date;
}

/* A day that the calendar has. */
static bool is_date(const char *text)
{
	char again[EXPECTATION_DATE_BYTES];
	struct tm tm = {.tm_hour = 12, .tm_isdst = -1};
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (!end || *end || mktime(&tm) == -1)
		return false;
	strftime(again, sizeof(again), "%Y-%m-%d", &tm);
	return strcmp(again, text) == 0;
}

static char **field_of(struct expectation *one, size_t key)
{
	return (char **)((char *)one + keys[key].offset);
}

static void check_names(
	const struct yaml_file *file, const struct yaml_node *map, struct yaml_mistakes *mistakes)
{
	const char *names[ARRAY_COUNT(keys)];

	for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
		names[i] = keys[i].name;
	yaml_check_keys(mistakes, file, map, names, ARRAY_COUNT(keys));
}

static bool has_expired(const struct expectation *one, const char *day)
{
	return one->until && strcmp(day, one->until) > 0;
}

static void read_one(const struct yaml_file *file, const struct yaml_node *map, const char *today,
	struct expectation *one, struct yaml_mistakes *mistakes)
{
	one->line = map->line;
	if (map->kind != YAML_MAP) {
		yaml_mistake(mistakes, file, map,
			"an expectation is a map with metric, reason and until, not %s",
			yaml_kind_text(map->kind));
		return;
	}
	check_names(file, map, mistakes);
	for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
		const struct yaml_node *value = yaml_get(map, keys[i].name);
		if (!value && keys[i].required)
			yaml_mistake(mistakes, file, map, "%s: missing", keys[i].name);
		else if (value && (value->kind != YAML_SCALAR || !*value->text))
			yaml_mistake(mistakes, file, value, "%s: expected a text", keys[i].name);
		else if (value)
			*field_of(one, i) = str_dup(value->text);
	}
	if (one->until && !is_date(one->until))
		yaml_mistake(mistakes, file, yaml_get(map, "until"),
			"until: expected a date such as 2026-12-31, not \"%s\"", one->until);
	one->expired = has_expired(one, today);
}

static void read_all(const struct yaml_file *file, const char *today,
	struct expectations *expectations, struct yaml_mistakes *mistakes)
{
	static const char *const known[] = {"expectations"};
	const struct yaml_node *list = NULL;

	if (file->root->kind == YAML_MAP) {
		yaml_check_keys(mistakes, file, file->root, known, ARRAY_COUNT(known));
		list = yaml_get(file->root, "expectations");
	}
	if (!list || list->kind != YAML_LIST) {
		yaml_mistake(mistakes, file, list ? list : file->root,
			"expected \"expectations:\" with a list");
		return;
	}
	expectations->list = mem_new(list->count + 1, sizeof(*expectations->list));
	expectations->count = list->count;
	for (size_t i = 0; i < list->count; i++)
		read_one(file, &list->items[i], today, &expectations->list[i], mistakes);
}

struct expectations *expectations_load(
	const char *path, const char *today, struct yaml_mistakes *mistakes)
{
	size_t before = mistakes->count;
	struct yaml_file *file = yaml_load(path, mistakes);

	if (!file)
		return NULL;
	struct expectations *expectations = mem_new(1, sizeof(*expectations));

	expectations->path = str_dup(path);
	expectations->day = str_dup(today);
	read_all(file, today, expectations, mistakes);
	yaml_file_free(file);
	if (mistakes->count == before)
		return expectations;
	expectations_free(expectations);
	return NULL;
}

void expectations_free(struct expectations *expectations)
{
	if (!expectations)
		return;
	for (size_t i = 0; i < expectations->count; i++)
		for (size_t k = 0; k < ARRAY_COUNT(keys); k++)
			free(*field_of(&expectations->list[i], k));
	free(expectations->list);
	free(expectations->path);
	free(expectations->day);
	free(expectations);
}

/* --- in a store ---------------------------------------------------------------------------------
 */

json_t *expectations_to_json(const struct expectations *expectations)
{
	json_t *list;

	if (!expectations)
		return NULL;
	list = json_array();
	for (size_t i = 0; i < expectations->count; i++) {
		struct expectation *one = &expectations->list[i];
		json_t *object = json_pack("{s:i}", "line", (int)one->line);

		for (size_t k = 0; k < ARRAY_COUNT(keys); k++)
			if (*field_of(one, k))
				json_object_set_new(
					object, keys[k].name, json_string(*field_of(one, k)));
		json_array_append_new(list, object);
	}
	return json_pack("{s:o, s:s, s:o}", "file", json_clean(expectations->path), "day",
		expectations->day, "list", list);
}

static bool take_one(const json_t *object, const char *day, struct expectation *one)
{
	bool complete = true;

	one->line = (unsigned)json_integer_value(json_object_get(object, "line"));
	for (size_t k = 0; k < ARRAY_COUNT(keys); k++) {
		const char *text = json_string_value(json_object_get(object, keys[k].name));

		*field_of(one, k) = str_dup(text);
		complete = complete && (text || !keys[k].required);
	}
	one->expired = has_expired(one, day);
	return complete;
}

struct expectations *expectations_from_json(const json_t *root)
{
	const char *path = json_string_value(json_object_get(root, "file"));
	const char *day = json_string_value(json_object_get(root, "day"));
	const json_t *list = json_object_get(root, "list");
	bool complete = path && day && json_is_array(list);

	if (!complete)
		return NULL;
	struct expectations *expectations = mem_new(1, sizeof(*expectations));

	expectations->path = str_dup(path);
	expectations->day = str_dup(day);
	expectations->count = json_array_size(list);
	expectations->list = mem_new(expectations->count + 1, sizeof(*expectations->list));
	for (size_t i = 0; i < expectations->count; i++)
		complete =
			take_one(json_array_get(list, i), day, &expectations->list[i]) && complete;
	if (complete)
		return expectations;
	expectations_free(expectations);
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool expectations_same(const struct expectations *a, const struct expectations *b)
{
	size_t count = a ? a->count : 0;

	if (count != (b ? b->count : 0))
		return false;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < ARRAY_COUNT(keys); k++)
			if (!same_text(*field_of(&a->list[i], k), *field_of(&b->list[i], k)))
				return false;
	return true;
}

/* --- matching -----------------------------------------------------------------------------------
 */

static bool matches(const char *pattern, const char *text)
{
	return !pattern || fnmatch(pattern, text, 0) == 0;
}

bool expectation_matches(const struct expectation *one, const struct expectation_key *key)
{
	cleanup_free char *whole = str_printf("%s.%s", key->benchmark, key->metric);

	return (matches(one->metric, key->metric) || matches(one->metric, whole)) &&
	       matches(one->target, key->target) && matches(one->benchmark, key->benchmark) &&
	       matches(one->placement, key->placement) && matches(one->parameters, key->parameters);
}

const struct expectation *expectations_find(
	const struct expectations *expectations, const struct expectation_key *key)
{
	const struct expectation *expired = NULL;

	for (size_t i = 0; expectations && i < expectations->count; i++) {
		const struct expectation *one = &expectations->list[i];

		if (!expectation_matches(one, key))
			continue;
		if (!one->expired)
			return one;
		expired = expired ? expired : one;
	}
	return expired;
}

char *expectation_text(const struct expectation *one)
{
	return str_printf(
		"%sknown noise until %s: %s", one->expired ? "was " : "", one->until, one->reason);
}
