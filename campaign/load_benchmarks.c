#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/load.h"

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
	bool *placements, *targets;
	unsigned runs;
};

static const struct benchmark *find_benchmark(const struct reader *r, const struct yaml_node *at)
{
	const struct benchmark *found = benchmark_find(at->text);
	const char *names[128];
	size_t count = 0;
	if (found)
		return found;
	for (size_t i = 0; benchmarks[i] && count < ARRAY_COUNT(names); i++)
		names[count++] = benchmarks[i]->name;
	const char *near = nearest_name(at->text, names, count);
	if (near)
		MISTAKE(r, at, "benchmarks: there is no benchmark \"%s\"; did you mean \"%s\"?",
			at->text, near);
	else
		MISTAKE(r, at,
			"benchmarks: there is no benchmark \"%s\"; `tare list benchmarks` shows "
			"all",
			at->text);
	return NULL;
}

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

/* Whether every value of every axis parses; each mistake is reported once, not once for every
 * combination that it stands in. */
static bool check_axes(const struct reader *r, const struct entry *entry)
{
	const struct benchmark *benchmark = entry->benchmark;
	void *scratch = options_new(benchmark->options, benchmark->options_size);
	bool ok = true;
	for (size_t i = 0; i < entry->axis_count; i++)
		for (size_t j = 0; j < entry->axes[i].count; j++)
			ok &= set_option(r, entry->axes[i].row, scratch, &entry->axes[i].values[j]);
	options_free(benchmark->options, scratch);
	return ok;
}

static void read_axes(const struct reader *r, struct entry *entry)
{
	const char *known[68] = {"benchmark", "placements", "targets", "runs"};
	size_t count = 4;
	if (entry->node->kind != YAML_MAP)
		return;
	for (const struct option_row *row = entry->benchmark->options; row && row->name; row++) {
		if (count < ARRAY_COUNT(known))
			known[count++] = row->name;
		const struct yaml_node *value = yaml_get(entry->node, row->name);
		if (value && entry->axis_count < ARRAY_COUNT(entry->axes))
			entry->axes[entry->axis_count++] = make_axis(row, value);
	}
	yaml_check_keys(r->mistakes, r->file, entry->node, known, count);
}

/* Fills `chosen` from the entry's list of names; all of them where there is no such key. */
static void read_chosen(const struct reader *r, const struct yaml_node *map, const char *key,
	const char *const *names, size_t count, bool *chosen)
{
	const struct yaml_node *list = map->kind == YAML_MAP ? yaml_get(map, key) : NULL;
	for (size_t i = 0; i < count; i++)
		chosen[i] = !list;
	if (!list || !expect_kind(r, list, YAML_LIST, key))
		return;
	for (size_t i = 0; i < list->count; i++) {
		const struct yaml_node *item = &list->items[i];
		size_t j = 0;
		if (!expect_kind(r, item, YAML_SCALAR, key))
			continue;
		while (j < count && strcmp(names[j], item->text))
			j++;
		if (j < count)
			chosen[j] = true;
		else
			MISTAKE(r, item, "%s: \"%s\" is not among the campaign's %s", key,
				item->text, key);
	}
}

static void read_entry(const struct reader *r, const struct yaml_node *node, unsigned runs,
	const struct campaign *campaign, struct entry *entry)
{
	const char **names =
		mem_new(campaign->target_count + campaign->placement_count + 1, sizeof(*names));
	entry->runs = runs;
	if (node->kind == YAML_MAP)
		read_count(r, node, "runs", 1, 1000, &entry->runs);
	for (size_t i = 0; i < campaign->placement_count; i++)
		names[i] = campaign->placements[i].text;
	read_chosen(r, node, "placements", names, campaign->placement_count, entry->placements);
	for (size_t i = 0; i < campaign->target_count; i++)
		names[i] = campaign->targets[i].name;
	read_chosen(r, node, "targets", names, campaign->target_count, entry->targets);
	read_axes(r, entry);
	free(names);
}

/* The options that the entry names, in the table's order: the identity of the cell. */
static char *parameters_text(const struct entry *entry, const void *options)
{
	struct text text = {0};
	for (size_t i = 0; i < entry->axis_count; i++) {
		const struct option_row *row = entry->axes[i].row;
		cleanup_free char *value = option_text(row, options);
		bool is_default = row->default_text && entry->axes[i].count == 1;
		if (is_default) {
			void *defaults = options_new(
				entry->benchmark->options, entry->benchmark->options_size);
			cleanup_free char *usual = option_text(row, defaults);
			is_default = !strcmp(usual, value);
			options_free(entry->benchmark->options, defaults);
		}
		if (!is_default)
			text_addf(&text, "%s%s=%s", text.count ? " " : "", row->name, value);
	}
	return text_take(&text);
}

static bool *copy_chosen(const bool *chosen, size_t count)
{
	bool *copy = mem_new(count + 1, sizeof(*copy));
	memcpy(copy, chosen, count * sizeof(*copy));
	return copy;
}

/* Combination number `index`: each axis a digit of it. */
static void add_combination(
	const struct reader *r, const struct entry *entry, size_t index, struct campaign *campaign)
{
	const struct benchmark *benchmark = entry->benchmark;
	void *options = options_new(benchmark->options, benchmark->options_size);
	struct error e = {""};
	for (size_t i = 0; i < entry->axis_count; i++) {
		const struct axis *axis = &entry->axes[i];
		set_option(r, axis->row, options, &axis->values[index % axis->count]);
		index /= axis->count;
	}
	if (benchmark->check && benchmark->check(options, &e) < 0) {
		MISTAKE(r, entry->node, "%s: %s", benchmark->name, e.text);
		options_free(benchmark->options, options);
		return;
	}
	campaign->benchmarks[campaign->benchmark_count++] = (struct campaign_benchmark){
		.benchmark = benchmark,
		.options = options,
		.parameters = parameters_text(entry, options),
		.options_json = options_json(benchmark->options, options),
		.placements = copy_chosen(entry->placements, campaign->placement_count),
		.targets = copy_chosen(entry->targets, campaign->target_count),
		.runs = entry->runs,
	};
}

static void check_duplicates(const struct reader *r, const struct entry *entry,
	const struct campaign *campaign, size_t first)
{
	for (size_t i = first; i < campaign->benchmark_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct campaign_benchmark *a = &campaign->benchmarks[i],
							*b = &campaign->benchmarks[j];
			if (a->benchmark == b->benchmark && !strcmp(a->parameters, b->parameters))
				MISTAKE(r, entry->node,
					"benchmarks: %s with the same options (%s) stands twice",
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
	if (!expect_kind(r, name, YAML_SCALAR, "benchmarks"))
		return;
	entry.benchmark = find_benchmark(r, name);
	if (!entry.benchmark)
		return;
	entry.placements = mem_new(campaign->placement_count + 1, sizeof(bool));
	entry.targets = mem_new(campaign->target_count + 1, sizeof(bool));
	read_entry(r, node, runs, campaign, &entry);
	size_t combinations = 1, first = campaign->benchmark_count;
	for (size_t i = 0; i < entry.axis_count && combinations <= COMBINATIONS_MAX; i++)
		combinations *= entry.axes[i].count;
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

void load_benchmarks(const struct reader *r, const struct yaml_node *list, unsigned runs,
	struct campaign *campaign)
{
	size_t capacity = 0;
	for (size_t i = 0; i < list->count; i++)
		load_entry(r, &list->items[i], runs, campaign, &capacity);
}
