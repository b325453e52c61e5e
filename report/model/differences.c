/* What differs between the targets' machines: the facts with more than one value, and of the
 * mitigations each that is not the same everywhere. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/model.h"

/* What a target is, and what only says how long it took. */
static const char *const expected[] = {"driver", "time to ready", "mitigations"};

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

/* The mitigations of the target's first machine that tells them; NULL: none does. */
static json_t *read_mitigations(const struct report_model *model, size_t target)
{
	for (size_t i = 0; i < model->data->machine_count; i++) {
		const struct data_machine *machine = &model->data->machines[i];
		if (machine->target_index != target || !machine->facts_json)
			continue;
		json_t *facts = json_loads(machine->facts_json, 0, NULL);
		json_t *found = json_incref(json_object_get(facts, "mitigations"));
		json_decref(facts);
		if (json_is_object(found))
			return found;
		json_decref(found);
	}
	return NULL;
}

static const char *value_of(json_t *mitigations, const char *key)
{
	const char *value = json_string_value(json_object_get(mitigations, key));

	return value ? value : "";
}

/* A line per value, if there are several; what a kernel does not tell is no difference. */
static void add_mitigation(struct report_model *model, json_t *const *mitigations, const char *key)
{
	cleanup_free char *text = str_printf("mitigation of %s", key);
	const char *name = model_text(model, text), *first = "";
	bool differs = false;

	for (size_t t = 0; t < model->target_count; t++) {
		const char *value = value_of(mitigations[t], key);
		differs = differs || (*first && *value && strcmp(first, value) != 0);
		first = *value ? value : first;
	}
	for (size_t t = 0; differs && t < model->target_count; t++) {
		const char *value = value_of(mitigations[t], key);
		cleanup_text struct text targets = {0};
		bool again = false;
		for (size_t k = 0; k < t; k++)
			again = again || strcmp(value_of(mitigations[k], key), value) == 0;
		for (size_t k = t; k < model->target_count; k++)
			if (strcmp(value_of(mitigations[k], key), value) == 0)
				text_addf(&targets, "%s%s", targets.count ? ", " : "",
					model->targets[k].name);
		if (*value && !again)
			add(model, (struct report_fact){name, model_text(model, targets.bytes),
					   model_text(model, value)});
	}
}

/* Keys in the order of the first target that has them. */
static void add_mitigations(struct report_model *model)
{
	cleanup_free json_t **mitigations = mem_new(model->target_count + 1, sizeof(json_t *));
	const char *key;
	json_t *value;

	for (size_t t = 0; t < model->target_count; t++)
		mitigations[t] = read_mitigations(model, t);
	for (size_t t = 0; t < model->target_count; t++)
		json_object_foreach(mitigations[t], key, value)
		{
			bool earlier = false;
			for (size_t k = 0; k < t; k++)
				earlier = earlier || *value_of(mitigations[k], key);
			if (!earlier)
				add_mitigation(model, mitigations, key);
		}
	for (size_t t = 0; t < model->target_count; t++)
		json_decref(mitigations[t]);
}

void model_find_differences(struct report_model *model)
{
	add_facts(model);
	add_mitigations(model);
}
