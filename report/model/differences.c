/* What differs between the targets' machines: the facts with more than one value, and of the
 * mitigations and the guests' options each that is not the same everywhere. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"

/* What a target is, and what only says how long it took. */
static const char *const expected[] = {"driver", "time to ready", "mitigations", "guest options"};

static bool is_expected(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++)
		if (strcmp(expected[i], name) == 0)
			return true;
	return false;
}

static void add(struct report_model *model, struct report_fact fact)
{
	array_reserve(
		&model->differences, &model->difference_capacity, model->difference_count + 1);
	model->differences[model->difference_count++] = fact;
}

/* Facts have a line per value, one after the other. */
static void add_facts(struct report_model *model)
{
	for (size_t i = 0, end; i < model->fact_count; i = end) {
		for (end = i + 1; end < model->fact_count &&
				  strcmp(model->facts[end].name, model->facts[i].name) == 0;
			end++) {
		}
		for (size_t k = i; end - i > 1 && k < end && !is_expected(model->facts[i].name);
			k++)
			add(model, model->facts[k]);
	}
}

/* Facts that are objects: each of their members is compared. */
static const struct {
	const char *fact, *member; /* the fact's name, and what a member is called before its key */
	const char *key; /* in the store */
	bool of_driver; /* the driver tells it, not the agent */
} objects[] = {
	{"mitigations", "mitigation of ", "mitigations", false},
	{"guest options", "guest option ", "options", true},
};

/* The object of the target's first machine that tells it; NULL: none does. */
static json_t *read_object(const struct report_model *model, size_t target, size_t object)
{
	for (size_t i = 0; i < model->data->machine_count; i++) {
		const struct data_machine *machine = &model->data->machines[i];
		const char *text =
			objects[object].of_driver ? machine->driver_json : machine->facts_json;
		if (machine->target_index != target || !text)
			continue;
		json_t *facts = json_loads(text, 0, NULL);
		json_t *found = json_incref(json_object_get(facts, objects[object].key));
		json_decref(facts);
		if (json_is_object(found))
			return found;
		json_decref(found);
	}
	return NULL;
}

/* "": there is none. */
static const char *value_of(struct report_model *model, json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value || json_is_string(value))
		return value ? json_string_value(value) : "";
	char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	const char *text = model_text(model, dump);
	free(dump);
	return text;
}

/* A line per value, if there are several; what a machine does not tell is no difference. */
static void add_member(
	struct report_model *model, size_t object, const char *const *values, const char *key)
{
	const char *name = model_printf(model, "%s%s", objects[object].member, key), *first = "";
	bool differs = false;

	for (size_t t = 0; t < model->target_count; t++) {
		differs = differs || (*first && *values[t] && strcmp(first, values[t]) != 0);
		first = *values[t] ? values[t] : first;
	}
	for (size_t t = 0; differs && t < model->target_count; t++) {
		cleanup_text struct text targets = {0};
		bool again = false;
		for (size_t k = 0; k < t; k++)
			again = again || strcmp(values[k], values[t]) == 0;
		for (size_t k = t; k < model->target_count; k++)
			if (strcmp(values[k], values[t]) == 0)
				text_addf(&targets, "%s%s", targets.count ? ", " : "",
					model->targets[k].name);
		if (*values[t] && !again)
			add(model, (struct report_fact){.name = name,
					   .targets = model_text(model, targets.bytes),
					   .value = model_text(model, values[t]),
					   .of = objects[object].fact,
					   .member = model_text(model, key)});
	}
}

/* Keys in the order of the first target that has them. */
static void add_members(struct report_model *model, size_t object)
{
	cleanup_free json_t **found = mem_new(model->target_count + 1, sizeof(json_t *));
	cleanup_free const char **values = mem_new(model->target_count + 1, sizeof(*values));
	const char *key;
	json_t *value;

	for (size_t t = 0; t < model->target_count; t++)
		found[t] = read_object(model, t, object);
	for (size_t t = 0; t < model->target_count; t++)
		json_object_foreach(found[t], key, value)
		{
			bool earlier = false;
			for (size_t k = 0; k < model->target_count; k++) {
				values[k] = value_of(model, found[k], key);
				earlier = earlier || (k < t && *values[k]);
			}
			if (!earlier)
				add_member(model, object, values, key);
		}
	for (size_t t = 0; t < model->target_count; t++)
		json_decref(found[t]);
}

void model_find_differences(struct report_model *model)
{
	add_facts(model);
	for (size_t i = 0; i < ARRAY_COUNT(objects); i++)
		add_members(model, i);
}
