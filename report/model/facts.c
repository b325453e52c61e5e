/* What the machines were: facts as the agent saw them from inside and as the driver knows them,
 * with the targets that report the same put together. */
#include "report/model/model.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/units.h"
#include "base/text.h"

enum { KEYS_MAX = 4, FACT_TEXT_MAX = 400 };

/* A fact and the names it has in the agent's and in the driver's objects; the first found
 * counts, the agent's before the driver's. */
static const struct {
	const char *name;
	const char *keys[KEYS_MAX];
} facts[] = {
	[FACT_KERNEL] = {"kernel", {"kernel", "kernel_release"}},
	[FACT_IMAGE] = {"image digest", {"image_digest", "image"}},
	[FACT_HOST_KERNEL] = {"host kernel", {"host_kernel"}},
	[FACT_HYPERVISOR] = {"hypervisor", {"hypervisor"}},
	{"hypervisor by CPUID", {"cpuid_hypervisor"}},
	[FACT_HYPERVISOR_VERSION] = {"hypervisor version", {"hypervisor_version", "version"}},
	{"accelerator", {"accelerator"}},
	{"why not KVM", {"kvm_why_not"}},
	{"device model", {"devices", "device_model"}},
	{"container runtime", {"runtime"}},
	{"why no limits", {"limits_why_not"}},
	[FACT_CPU_MODEL] = {"CPU model", {"cpu_model"}},
	[FACT_MICROCODE] = {"microcode", {"microcode"}},
	{"clock source", {"clocksource"}},
	{"MTU of the data network", {"mtu"}},
	[FACT_MITIGATIONS] = {"mitigations", {"mitigations"}},
	[FACT_GOVERNOR] = {"governor", {"governor"}},
	[FACT_SMT] = {"SMT", {"smt"}},
	[FACT_TURBO] = {"turbo", {"turbo"}},
	{"pinning", {"pinning", "pin_cpus"}},
	{"scratch storage", {"storage"}},
	{"guest options", {"options"}},
	{"stylesheet", {"stylesheet"}},
	{"changes of the domain", {"domain_xml_changes"}},
	[FACT_PRIVILEGES] = {"privileges", {"privileges"}},
	[FACT_VHOST_WHY_NOT] = {"why no vhost-net", {"vhost_why_not"}},
};

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void add_json(struct text *out, const json_t *value);

/* "key: value, …" in the order of the keys, so that the same facts are the same text however
 * they were found. */
static void add_object(struct text *out, const json_t *object)
{
	cleanup_free const char **keys = mem_new(json_object_size(object) + 1, sizeof(*keys));
	size_t count = 0;
	const char *key;
	json_t *item;

	json_object_foreach((json_t *)object, key, item) keys[count++] = key;
	qsort(keys, count, sizeof(*keys), compare_names);
	for (size_t i = 0; i < count; i++) {
		text_addf(out, "%s%s: ", i ? ", " : "", keys[i]);
		add_json(out, json_object_get(object, keys[i]));
	}
}

static void add_json(struct text *out, const json_t *value)
{
	json_t *item;
	size_t index;

	if (json_is_string(value)) {
		text_add(out, json_string_value(value));
	} else if (json_is_array(value)) {
		json_array_foreach(value, index, item)
		{
			text_add(out, index ? ", " : "");
			add_json(out, item);
		}
	} else if (json_is_object(value)) {
		add_object(out, value);
	} else if (json_is_number(value)) {
		text_addf(out, "%.15g", json_number_value(value));
	} else if (json_is_boolean(value)) {
		text_add(out, json_is_true(value) ? "yes" : "no");
	}
}

static json_t *find_key(const json_t *agent, const json_t *driver, size_t fact)
{
	for (size_t i = 0; i < KEYS_MAX && facts[fact].keys[i]; i++) {
		json_t *value = json_object_get(agent, facts[fact].keys[i]);
		if (!value)
			value = json_object_get(driver, facts[fact].keys[i]);
		if (value)
			return value;
	}
	return NULL;
}

static void read_machine(
	struct report_model *model, const struct data_machine *machine, const char **found)
{
	json_t *agent = machine->facts_json ? json_loads(machine->facts_json, 0, NULL) : NULL;
	json_t *driver = machine->driver_json ? json_loads(machine->driver_json, 0, NULL) : NULL;

	for (size_t i = 0; i < ARRAY_COUNT(facts); i++) {
		const json_t *value = find_key(agent, driver, i);
		cleanup_text struct text text = {0};
		if (value)
			add_json(&text, value);
		if (text.count > FACT_TEXT_MAX)
			strcpy(text.bytes + FACT_TEXT_MAX, "...");
		if (text.count)
			found[i] = model_text(model, text.bytes);
	}
	json_decref(agent);
	json_decref(driver);
}

/* Adds value to the list "a, b" unless it is one of its entries. */
static void add_distinct(
	struct text *list, const char *const *seen, size_t seen_count, const char *value)
{
	for (size_t i = 0; i < seen_count; i++)
		if (strcmp(seen[i], value) == 0)
			return;
	text_addf(list, "%s%s", list->count ? ", " : "", value);
}

const char *model_target_fact(
	struct report_model *model, size_t target, const char *placement, size_t fact)
{
	const struct store_data *data = model->data;
	cleanup_free const char **seen = mem_new(data->machine_count + 1, sizeof(*seen));
	cleanup_text struct text list = {0};
	size_t count = 0;

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		const char *value = model->machine_facts[i][fact];
		if (machine->target_index != target || !value)
			continue;
		if (placement &&
			strcmp(data->blocks[machine->block_index].placement, placement) != 0)
			continue;
		add_distinct(&list, seen, count, value);
		seen[count++] = value;
	}
	return list.count ? model_text(model, list.bytes) : "";
}

/* The hosts that a target's machines with this value of a fact (NULL: with any) were on: distinct
 * names, joined. */
static size_t join_hosts(const struct report_model *model, size_t target, size_t fact,
	const char *value, struct text *list)
{
	const struct store_data *data = model->data;
	cleanup_free const char **seen = mem_new(data->machine_count + 1, sizeof(*seen));
	size_t count = 0;

	for (size_t i = 0; i < data->machine_count; i++) {
		const struct data_machine *machine = &data->machines[i];
		const char *found = model->machine_facts[i][fact];
		bool known = false;
		if (machine->target_index != target || !found || !machine->host ||
			(value && strcmp(found, value) != 0))
			continue;
		for (size_t k = 0; k < count; k++)
			known = known || strcmp(seen[k], machine->host) == 0;
		if (known)
			continue;
		seen[count++] = machine->host;
		text_addf(list, "%s%s", list->count ? ", " : "", machine->host);
	}
	return count;
}

/* For people: like model_target_fact, and where the hosts differ, which of them has which value. */
static const char *fact_by_host(struct report_model *model, size_t target, size_t fact)
{
	const char *plain = model_target_fact(model, target, NULL, fact);
	cleanup_text struct text all = {0}, by_host = {0};
	size_t hosts = join_hosts(model, target, fact, NULL, &all);

	for (size_t i = 0; i < model->data->machine_count; i++) {
		const char *value = model->machine_facts[i][fact];
		cleanup_text struct text names = {0}, entry = {0};
		if (model->data->machines[i].target_index != target || !value)
			continue;
		/* One that all hosts have had is no matter of hosts. */
		if (hosts < 2 || join_hosts(model, target, fact, value, &names) == hosts)
			return plain;
		text_addf(&entry, "%s: %s", names.count ? names.bytes : "?", value);
		if (!by_host.count || !strstr(by_host.bytes, entry.bytes))
			text_addf(&by_host, "%s%s", by_host.count ? "; " : "", entry.bytes);
	}
	return by_host.count ? model_text(model, by_host.bytes) : plain;
}

/* --- environments --------------------------------------------------------------------------------
 */

/* Goes through the record: in which environment each host was when a target's machines started on
 * it. A target that ran in several (in different blocks) has them all. */
static void read_environments(struct report_model *model)
{
	const struct store_data *data = model->data;
	cleanup_free struct text *found = mem_new(model->target_count + 1, sizeof(*found));
	json_t *hosts = json_object();

	for (size_t i = 0; i < data->event_count; i++) {
		bool starts = strcmp(data->events[i].kind, "machines") == 0;
		if (!starts && strcmp(data->events[i].kind, "environment") != 0)
			continue;
		json_t *event = json_loads(data->events[i].text, 0, NULL);
		const char *host = json_string_value(json_object_get(event, "host"));
		const char *target = json_string_value(json_object_get(event, "target"));
		json_t *environment = json_object_get(event, "environment");
		if (host && !starts && !json_string_value(json_object_get(event, "failure")))
			json_object_set(hosts, host, environment);
		const char *now = host ? json_string_value(json_object_get(hosts, host)) : NULL;
		for (size_t t = 0; starts && target && now && t < model->target_count; t++)
			if (strcmp(data->targets[t].name, target) == 0 &&
				(!found[t].count || !strstr(found[t].bytes, now)))
				text_addf(&found[t], "%s%s", found[t].count ? ", " : "", now);
		json_decref(event);
	}
	model->environments = model_new(model, model->target_count, sizeof(*model->environments));
	for (size_t t = 0; t < model->target_count; t++) {
		model->environments[t] = model_text(model, found[t].bytes);
		text_free(&found[t]);
	}
	json_decref(hosts);
}

/* --- lines ---------------------------------------------------------------------------------------
 */

static void add_fact(
	struct report_model *model, const char *name, const char *targets, const char *value)
{
	array_reserve(&model->facts, &model->fact_capacity, model->fact_count + 1);
	model->facts[model->fact_count++] = (struct report_fact){name, targets, value};
}

/* One line per distinct value, with the targets that have it. */
static void add_fact_lines(struct report_model *model, const char *name, const char *const *values)
{
	for (size_t i = 0; i < model->target_count; i++) {
		cleanup_text struct text targets = {0};
		bool first = true;
		for (size_t k = 0; k < i; k++)
			first = first && strcmp(values[k], values[i]) != 0;
		if (!first || !values[i][0])
			continue;
		for (size_t k = i; k < model->target_count; k++)
			if (strcmp(values[k], values[i]) == 0)
				text_addf(&targets, "%s%s", targets.count ? ", " : "",
					model->targets[k].name);
		add_fact(model, name, model_text(model, targets.bytes), values[i]);
	}
}

static const char *start_text(struct report_model *model, size_t target)
{
	double sum = 0;
	size_t count = 0;
	char duration[UNIT_TEXT_BYTES];

	for (size_t i = 0; i < model->data->machine_count; i++) {
		const struct data_machine *machine = &model->data->machines[i];
		if (machine->target_index != target || isnan(machine->start_s))
			continue;
		sum += machine->start_s;
		count++;
	}
	if (!count)
		return "";
	return model_printf(
		model, "%s (mean of %zu)", duration_format(sum / (double)count, duration), count);
}

static const char *size_text(struct report_model *model, size_t target)
{
	char memory[UNIT_TEXT_BYTES];

	for (size_t i = 0; i < model->data->machine_count; i++) {
		const struct data_machine *machine = &model->data->machines[i];
		if (machine->target_index == target && machine->cpus)
			return model_printf(model, "%u CPUs, %s", machine->cpus,
				size_describe((double)machine->memory_bytes, memory));
	}
	return "";
}

void model_read_facts(struct report_model *model)
{
	size_t machine_count = model->data->machine_count;
	const char **values = model_new(model, model->target_count, sizeof(*values));

	model->machine_facts = model_new(model, machine_count, sizeof(*model->machine_facts));
	for (size_t i = 0; i < machine_count; i++) {
		model->machine_facts[i] = model_new(model, ARRAY_COUNT(facts), sizeof(char *));
		read_machine(model, &model->data->machines[i], model->machine_facts[i]);
	}
	for (size_t t = 0; t < model->target_count; t++)
		values[t] = model->targets[t].driver;
	add_fact_lines(model, "driver", values);
	for (size_t t = 0; t < model->target_count; t++)
		values[t] = model->targets[t].emulated ? "emulated (not representative of hardware)"
						       : "";
	add_fact_lines(model, "CPU", values);
	for (size_t t = 0; t < model->target_count; t++)
		values[t] = size_text(model, t);
	add_fact_lines(model, "machine", values);
	for (size_t t = 0; t < model->target_count; t++)
		values[t] = start_text(model, t);
	add_fact_lines(model, "time to ready", values);
	read_environments(model);
	add_fact_lines(model, "host environment", model->environments);
	model->target_facts = model_new(model, model->target_count, sizeof(*model->target_facts));
	for (size_t t = 0; t < model->target_count; t++) {
		model->target_facts[t] = model_new(model, ARRAY_COUNT(facts), sizeof(char *));
		for (size_t i = 0; i < ARRAY_COUNT(facts); i++)
			model->target_facts[t][i] = fact_by_host(model, t, i);
	}
	for (size_t i = 0; i < ARRAY_COUNT(facts); i++) {
		for (size_t t = 0; t < model->target_count; t++)
			values[t] = model->target_facts[t][i];
		add_fact_lines(model, facts[i].name, values);
	}
}
