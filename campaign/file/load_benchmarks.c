/* Benchmark entries of a campaign file: sweeps unrolled into one campaign_benchmark for every
 * combination. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/file/keys.h"
#include "campaign/file/load.h"

enum { COMBINATIONS_MAX = 10000 };

/* An option that the entry sets: to one value, or to several in turn. */
struct axis {
	const struct option_row *row;
	const struct yaml_node *values;
	size_t count;
};

struct entry {
	const struct benchmark *benchmark;
	const struct yaml_node *node; /* the name, or the map */
	struct axis axes[64];
	size_t axis_count;
	struct axis machines, background, network; /* row NULL; count 0: no such key */
	bool *placements, *targets;
	unsigned runs;
};

/* A list of lists sweeps over lists; a list sweeps over single values; anything else is one
 * value. */
static struct axis make_axis(const struct option_row *row, const struct yaml_node *value)
{
	bool sweep = value->kind == YAML_LIST && value->count > 0 &&
		     (!option_is_list(row) || value->items[0].kind == YAML_LIST);

	if (sweep)
		return (struct axis){row, value->items, value->count};
	return (struct axis){row, value, 1};
}

/* Likewise for a key that is no option of the benchmark; count 0 if there is none. */
static struct axis make_plain_axis(const struct yaml_node *value)
{
	if (!value)
		return (struct axis){0};
	bool sweep = value->kind == YAML_LIST && value->count > 0;
	return (struct axis){NULL, sweep ? value->items : value, sweep ? value->count : 1};
}

/* Only what runs in one machine can run in all of them. */
static bool check_machines(const struct reader *r, const struct entry *entry)
{
	const struct benchmark *benchmark = entry->benchmark;
	bool ok = true, all;

	for (size_t i = 0; i < entry->machines.count; i++)
		ok &= load_machines(r, &entry->machines.values[i], &all);
	if (entry->machines.count == 0 || benchmark->topology == TOPOLOGY_ONE)
		return ok;
	if (benchmark->all_pairs)
		MISTAKE(r, entry->machines.values,
			"machines: %s runs between two ends; set pairs: all to run all at once",
			benchmark->name);
	else if (benchmark->topology == TOPOLOGY_RANKS)
		MISTAKE(r, entry->machines.values,
			"machines: %s is always one job over all machines; remove this key",
			benchmark->name);
	else
		MISTAKE(r, entry->machines.values,
			"machines: %s does not run inside one machine; remove this key",
			benchmark->name);
	return false;
}

static bool check_common_keys(const struct reader *r, const struct entry *entry)
{
	bool ok = check_machines(r, entry);

	for (size_t i = 0; i < entry->background.count; i++) {
		struct campaign_background *background = NULL;
		ok &= load_background(r, &entry->background.values[i], &background);
		campaign_background_free(background);
	}
	for (size_t i = 0; i < entry->network.count; i++) {
		struct conditions *conditions = NULL;
		ok &= load_conditions(r, &entry->network.values[i], &conditions);
		free(conditions);
	}
	return ok;
}

/* Whether every value of every axis parses; each mistake is reported once, not once for every
 * combination that it stands in. */
static bool check_axes(const struct reader *r, const struct entry *entry)
{
	const struct benchmark *benchmark = entry->benchmark;
	void *scratch = options_new(benchmark->options, benchmark->options_size);
	bool ok = true;

	for (size_t i = 0; i < entry->axis_count; i++)
		for (size_t j = 0; j < entry->axes[i].count; j++)
			ok &= yaml_set_option(
				r, entry->axes[i].row, scratch, &entry->axes[i].values[j]);
	options_free(benchmark->options, scratch);
	return check_common_keys(r, entry) && ok;
}

static void read_axes(const struct reader *r, struct entry *entry)
{
	if (entry->node->kind != YAML_MAP)
		return;
	for (const struct option_row *row = entry->benchmark->options; row && row->name; row++) {
		const struct yaml_node *value = yaml_get(entry->node, row->name);
		if (value && entry->axis_count < ARRAY_COUNT(entry->axes))
			entry->axes[entry->axis_count++] = make_axis(row, value);
	}
	keys_check(r, entry->node, entry_keys, entry->benchmark->options);
	entry->machines = make_plain_axis(yaml_get(entry->node, "machines"));
	entry->background = make_plain_axis(yaml_get(entry->node, "background"));
	entry->network = make_plain_axis(yaml_get(entry->node, "network"));
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; length > 0 && (at = strstr(at, word)); at++)
		if ((at == words || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

/* Fills `chosen` from the entry's list of names; all of them where there is no such key. */
static void read_chosen(const struct reader *r, const struct yaml_node *map, const char *key,
	const char *const *names, size_t count, bool *chosen)
{
	const struct yaml_node *list = map->kind == YAML_MAP ? yaml_get(map, key) : NULL;

	for (size_t i = 0; i < count; i++)
		chosen[i] = !list;
	if (!list || !yaml_expect(r, list, YAML_LIST, key))
		return;
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *item = &list->items[i];
		bool found = false;
		if (!yaml_expect(r, item, YAML_SCALAR, key))
			continue;
		for (size_t j = 0; j < count; j++)
			if (has_word(names[j], item->text))
				found = chosen[j] = true;
		if (!found)
			MISTAKE(r, item, "%s: \"%s\" is not among the campaign's %s", key,
				item->text, key);
	}
}

/* A target goes by its name, and by the one that it shares with the others of its sweep. */
static void read_chosen_targets(const struct reader *r, const struct yaml_node *map,
	const struct campaign *campaign, bool *chosen)
{
	size_t count = campaign->target_count;
	char **names = mem_new(count + 1, sizeof(*names));

	for (size_t i = 0; i < count; i++) {
		const struct campaign_target *target = &campaign->targets[i];
		names[i] = target->sweep ? str_printf("%s %s", target->name, target->sweep)
					 : str_dup(target->name);
	}
	read_chosen(r, map, "targets", (const char *const *)names, count, chosen);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void read_entry(const struct reader *r, const struct yaml_node *node, unsigned runs,
	const struct campaign *campaign, struct entry *entry)
{
	const char **names = mem_new(campaign->placement_count + 1, sizeof(*names));

	entry->runs = runs;
	if (node->kind == YAML_MAP)
		keys_read(r, node, entry_keys, "runs", &entry->runs);
	for (size_t i = 0; i < campaign->placement_count; i++)
		names[i] = campaign->placements[i].asked;
	read_chosen(r, node, "placements", names, campaign->placement_count, entry->placements);
	read_chosen_targets(r, node, campaign, entry->targets);
	read_axes(r, entry);
	free(names);
}

static void add_parameter(struct text *text, const char *name, const char *value)
{
	text_addf(text, "%s%s=%s", text->count ? " " : "", name, value);
}

/* The keys that all benchmarks have. A background of "none" is a parameter, too: its cell leaves
 * the other machines idle, which a cell without that key does not. */
static void add_common_parameters(
	struct text *text, const struct entry *entry, const struct campaign_benchmark *b)
{
	if (b->all_machines || entry->machines.count > 1)
		add_parameter(text, "machines", b->all_machines ? "all" : "one");
	if (b->background) {
		cleanup_free char *value = load_background_text(b->background);
		add_parameter(text, "background", value);
	}
	if (b->conditions || entry->network.count > 1) {
		cleanup_free char *value =
			b->conditions ? conditions_text(b->conditions) : str_dup("none");
		add_parameter(text, "network", value);
	}
}

/* The options that the entry names, in the table's order: the identity of the cell. */
static char *parameters_text(const struct entry *entry, const struct campaign_benchmark *b)
{
	const void *options = b->options;
	struct text text = {0};

	for (size_t i = 0; i < entry->axis_count; i++) {
		const struct option_row *row = entry->axes[i].row;
		cleanup_free char *value = option_text(row, options);
		bool is_default = row->default_text && entry->axes[i].count == 1;
		if (is_default) {
			void *defaults = options_new(
				entry->benchmark->options, entry->benchmark->options_size);
			cleanup_free char *usual = option_text(row, defaults);
			is_default = strcmp(usual, value) == 0;
			options_free(entry->benchmark->options, defaults);
		}
		if (!is_default)
			add_parameter(&text, row->name, value);
	}
	add_common_parameters(&text, entry, b);
	return text_take(&text);
}

static bool *copy_chosen(const bool *chosen, size_t count)
{
	bool *copy = mem_new(count + 1, sizeof(*copy));

	memcpy(copy, chosen, count * sizeof(*copy));
	return copy;
}

/* The option object, and the common keys. */
static char *full_options_json(const struct campaign_benchmark *b)
{
	char *plain = yaml_options_json(b->benchmark->options, b->options);

	if (!b->all_machines && !b->background && !b->conditions)
		return plain;
	json_t *object = json_loads(plain, 0, NULL);
	cleanup_free char *background =
		b->background ? load_background_text(b->background) : str_dup("");
	cleanup_free char *conditions =
		b->conditions ? conditions_text(b->conditions) : str_dup("none");
	if (b->all_machines)
		json_object_set_new(object, "machines", json_string("all"));
	if (b->background)
		json_object_set_new(object, "background", json_string(background));
	if (b->background || b->conditions)
		json_object_set_new(object, "network", json_string(conditions));
	char *json = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	free(plain);
	return json;
}

/* Rules between the benchmark and the common keys. */
static bool check_combination(
	const struct reader *r, const struct entry *entry, const struct campaign_benchmark *b)
{
	const struct benchmark *benchmark = b->benchmark;
	size_t before = r->mistakes->count;
	struct error e = {""};

	if (benchmark->check && benchmark->check(b->options, &e) < 0)
		MISTAKE(r, entry->node, "%s: %s", benchmark->name, e.text);
	if (b->background && benchmark->all_pairs && benchmark->all_pairs(b->options))
		MISTAKE(r, entry->background.values,
			"background: %s in pairs of all machines leaves no machine for it",
			benchmark->name);
	if (b->background && b->all_machines)
		MISTAKE(r, entry->background.values,
			"background: %s in all machines leaves no machine for it; set machines: "
			"one, "
			"or remove one of the two keys",
			benchmark->name);
	if (b->background && benchmark->topology == TOPOLOGY_LIFECYCLE)
		MISTAKE(r, entry->background.values,
			"background: %s works on the machines themselves; it cannot have a "
			"background",
			benchmark->name);
	if (b->conditions && benchmark->topology != TOPOLOGY_PAIR &&
		benchmark->topology != TOPOLOGY_RANKS)
		MISTAKE(r, entry->network.values, "network: %s does not use the network",
			benchmark->name);
	return r->mistakes->count == before;
}

/* The value of an axis in combination number *index, which loses that digit. NULL: no axis. */
static const struct yaml_node *pick(const struct axis *axis, size_t *index)
{
	if (axis->count == 0)
		return NULL;
	const struct yaml_node *value = &axis->values[*index % axis->count];
	*index /= axis->count;
	return value;
}

/* Combination number `index`: each axis a digit of it. */
static void add_combination(
	const struct reader *r, const struct entry *entry, size_t index, struct campaign *campaign)
{
	const struct benchmark *benchmark = entry->benchmark;
	struct campaign_benchmark b = {.benchmark = benchmark, .runs = entry->runs};

	b.options = options_new(benchmark->options, benchmark->options_size);
	for (size_t i = 0; i < entry->axis_count; i++)
		yaml_set_option(r, entry->axes[i].row, b.options, pick(&entry->axes[i], &index));
	const struct yaml_node *background = pick(&entry->background, &index);
	const struct yaml_node *network = pick(&entry->network, &index);
	const struct yaml_node *machines = pick(&entry->machines, &index);
	if (background)
		load_background(r, background, &b.background);
	if (network)
		load_conditions(r, network, &b.conditions);
	if (machines)
		load_machines(r, machines, &b.all_machines);
	if (!check_combination(r, entry, &b)) {
		campaign_benchmark_free(&b);
		return;
	}
	b.parameters = parameters_text(entry, &b);
	b.options_json = full_options_json(&b);
	b.placements = copy_chosen(entry->placements, campaign->placement_count);
	b.targets = copy_chosen(entry->targets, campaign->target_count);
	campaign->benchmarks[campaign->benchmark_count++] = b;
}

static void check_duplicates(const struct reader *r, const struct entry *entry,
	const struct campaign *campaign, size_t first)
{
	for (size_t i = first; i < campaign->benchmark_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct campaign_benchmark *a = &campaign->benchmarks[i],
							*b = &campaign->benchmarks[j];
			if (a->benchmark == b->benchmark &&
				strcmp(a->parameters, b->parameters) == 0)
				MISTAKE(r, entry->node,
					"benchmarks: %s with the same options (%s) is listed twice",
					a->benchmark->name,
					a->parameters[0] ? a->parameters : "all default");
		}
}

static void load_entry(const struct reader *r, const struct yaml_node *node, unsigned runs,
	struct campaign *campaign, size_t *capacity)
{
	const struct yaml_node *name = node;
	struct entry entry = {.node = node};

	if (node->kind == YAML_MAP) {
		name = yaml_get(node, "benchmark");
		if (!name) {
			MISTAKE(r, node, "benchmarks: expected a key \"benchmark\" that names one");
			return;
		}
	}
	if (!yaml_expect(r, name, YAML_SCALAR, "benchmarks"))
		return;
	entry.benchmark = load_benchmark_name(r, name);
	if (!entry.benchmark)
		return;
	entry.placements = mem_new(campaign->placement_count + 1, sizeof(bool));
	entry.targets = mem_new(campaign->target_count + 1, sizeof(bool));
	read_entry(r, node, runs, campaign, &entry);
	size_t combinations = 1, first = campaign->benchmark_count;
	for (size_t i = 0; i < entry.axis_count && combinations <= COMBINATIONS_MAX; i++)
		combinations *= entry.axes[i].count;
	combinations *= entry.background.count ? entry.background.count : 1;
	combinations *= entry.network.count ? entry.network.count : 1;
	combinations *= entry.machines.count ? entry.machines.count : 1;
	if (combinations > COMBINATIONS_MAX) {
		MISTAKE(r, node, "benchmarks: this entry makes more than %d combinations",
			COMBINATIONS_MAX);
	} else if (check_axes(r, &entry)) {
		array_reserve(&campaign->benchmarks, capacity, first + combinations);
		for (size_t i = 0; i < combinations; i++)
			add_combination(r, &entry, i, campaign);
		check_duplicates(r, &entry, campaign, first);
	}
	free(entry.placements);
	free(entry.targets);
}

void campaign_benchmark_free(struct campaign_benchmark *b)
{
	options_free(b->benchmark->options, b->options);
	campaign_background_free(b->background);
	free(b->conditions);
	free(b->parameters);
	free(b->options_json);
	free(b->placements);
	free(b->targets);
}

void load_benchmarks(const struct reader *r, const struct yaml_node *list, unsigned runs,
	struct campaign *campaign)
{
	size_t capacity = 0;

	for (size_t i = 0; i < list->count; i++)
		load_entry(r, &list->items[i], runs, campaign, &capacity);
}
