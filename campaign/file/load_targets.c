/* Targets of a campaign file: sweeps unrolled into one campaign_target for every combination. */
#include "campaign/file/load_targets.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/file/keys.h"

enum { AXES_MAX = 64, COMBINATIONS_MAX = 1000 };

/* An option that the entry sets: to one value, or to several in turn. */
struct axis {
	const struct option_row *row;
	const struct yaml_node *values;
	size_t count;
	bool is_sweep;
};

struct entry {
	const struct target *base;
	const struct yaml_node *node; /* the name, or the map */
	struct axis axes[AXES_MAX];
	size_t axis_count, combinations;
	size_t sweeps; /* options with several values */
};

/* --- names ------------------------------------------------------------------------------------ */

static char *target_hint(const char *name)
{
	const char *names[64];
	size_t count = 0;

	for (const struct target *t = targets; t->name && count < ARRAY_COUNT(names); t++)
		names[count++] = t->name;
	return nearest_hint(name, names, count);
}

static const struct target *find_target(const struct reader *r, const struct yaml_node *at)
{
	const struct target *target = target_find(at->text);

	if (target)
		return target;
	cleanup_free char *hint = target_hint(at->text);
	MISTAKE(r, at, "targets: there is no target \"%s\"%s", at->text,
		hint[0] ? hint : "; `tare list targets` shows all");
	return NULL;
}

/* A value as part of a name: of a path its last part; what a host name cannot have becomes '-'. */
static char *name_part(const char *value)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
	const char *last = strrchr(value, '/');
	char *part = str_dup(last && last[1] ? last + 1 : value);

	for (char *at = part; *at; at++)
		if (!strchr(letters, *at))
			*at = '-';
	return part;
}

/* "kvm-virtio-cache-none": the swept options with their values. Where the entry has a name of its
 * own for one swept option, the name says which: "cache-none". */
static void add_sweep_name(
	const struct entry *entry, const struct axis *axis, struct campaign_target *target)
{
	bool says_option = entry->sweeps == 1 && yaml_get(entry->node, "name");
	cleanup_free char *value = option_text(axis->row, target->options);
	cleanup_free char *part = name_part(value);
	char *longer = says_option ? str_printf("%s-%s", target->name, part)
				   : str_printf("%s-%s-%s", target->name, axis->row->name, part);

	free(target->name);
	target->name = longer;
}

/* --- options ---------------------------------------------------------------------------------- */

/* As for benchmarks: a list of lists sweeps over lists. */
static struct axis make_axis(const struct option_row *row, const struct yaml_node *value)
{
	bool is_sweep = value->kind == YAML_LIST && value->count > 0 &&
			(!option_is_list(row) || value->items[0].kind == YAML_LIST);

	return is_sweep ? (struct axis){row, value->items, value->count, true}
			: (struct axis){row, value, 1, false};
}

/* Whether the option takes all the values, so that none is reported once for each combination. */
static bool check_values(
	const struct reader *r, const struct driver *driver, const struct axis *axis)
{
	void *scratch = options_new(driver->options, driver->options_size);
	bool ok = true;

	for (size_t i = 0; i < axis->count; i++)
		ok &= yaml_set_option(r, axis->row, scratch, &axis->values[i]);
	options_free(driver->options, scratch);
	return ok;
}

static void read_axes(const struct reader *r, struct entry *entry)
{
	const struct driver *driver = driver_find(entry->base->driver);
	const struct option_row *rows = driver->options;

	entry->combinations = 1;
	if (entry->node->kind != YAML_MAP)
		return;
	keys_check(r, entry->node, target_keys, rows);
	for (size_t i = 0; i < entry->node->count && entry->axis_count < AXES_MAX; i++) {
		const struct yaml_node *value = yaml_value(entry->node, i);
		const struct option_row *row = option_find(rows, yaml_key(entry->node, i)->text);
		if (!row)
			continue;
		entry->axes[entry->axis_count] = make_axis(row, value);
		if (!check_values(r, driver, &entry->axes[entry->axis_count]))
			continue;
		entry->sweeps += entry->axes[entry->axis_count].is_sweep;
		entry->combinations *= entry->axes[entry->axis_count++].count;
		if (entry->combinations > COMBINATIONS_MAX) {
			MISTAKE(r, value, "%s: more than %d targets of one entry", row->name,
				COMBINATIONS_MAX);
			entry->combinations = 0;
			return;
		}
	}
}

static void set_axis(const struct reader *r, const struct entry *entry, const struct axis *axis,
	size_t index, struct campaign_target *target)
{
	const struct yaml_node *value = &axis->values[index];
	struct option_place *place = &target->places[target->place_count++];

	*place = (struct option_place){axis->row->name, value->line, value->column};
	if (yaml_set_option(r, axis->row, target->options, value) && axis->is_sweep)
		add_sweep_name(entry, axis, target);
}

static void check_name(const struct reader *r, const struct entry *entry,
	const struct campaign *campaign, const struct campaign_target *target)
{
	for (size_t i = 0; i + 1 < campaign->target_count; i++)
		if (strcmp(campaign->targets[i].name, target->name) == 0)
			MISTAKE(r, entry->node,
				"targets: the name \"%s\" is used twice; give one another name",
				target->name);
}

/* The last option changes fastest. */
static void add_target(const struct reader *r, const struct entry *entry, size_t combination,
	struct campaign *campaign)
{
	struct campaign_target *target = &campaign->targets[campaign->target_count++];
	const struct target *base = entry->base;
	size_t rest = combination, block = entry->combinations;

	*target = (struct campaign_target){
		.name = str_dup(base->name),
		.base = base,
		.environment = str_dup(base->environment),
		.driver = driver_find(base->driver),
		.options = target_options(base),
		.places = mem_new(entry->axis_count + 1, sizeof(*target->places)),
	};
	if (entry->node->kind == YAML_MAP) {
		keys_read(r, entry->node, target_keys, "name", &target->name);
		keys_read(r, entry->node, target_keys, "environment", &target->environment);
	}
	if (entry->sweeps > 0)
		target->sweep = str_dup(target->name);
	for (size_t i = 0; i < entry->axis_count; i++) {
		block /= entry->axes[i].count;
		set_axis(r, entry, &entry->axes[i], rest / block, target);
		rest %= block;
	}
	target->options_json = yaml_options_json(target->driver->options, target->options);
	check_name(r, entry, campaign, target);
}

static const struct yaml_node *target_name(const struct reader *r, const struct yaml_node *node)
{
	const struct yaml_node *name = node->kind == YAML_MAP ? yaml_get(node, "target") : node;

	if (!name)
		MISTAKE(r, node, "targets: expected a key \"target\" that names one");
	return yaml_expect(r, name, YAML_SCALAR, "targets");
}

void load_targets(const struct reader *r, const struct yaml_node *list, struct campaign *campaign)
{
	size_t capacity = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct entry entry = {.node = &list->items[i]};
		const struct yaml_node *name = target_name(r, entry.node);
		entry.base = name ? find_target(r, name) : NULL;
		if (!entry.base)
			continue;
		read_axes(r, &entry);
		array_reserve(
			&campaign->targets, &capacity, campaign->target_count + entry.combinations);
		for (size_t c = 0; c < entry.combinations; c++)
			add_target(r, &entry, c, campaign);
	}
}

void campaign_target_free(struct campaign_target *target)
{
	options_free(target->driver->options, target->options);
	free(target->options_json);
	free(target->environment);
	free(target->places);
	free(target->sweep);
	free(target->name);
}

/* --- checks ----------------------------------------------------------------------------------- */

const struct option_place *campaign_option_place(
	const struct campaign_target *target, const char *text)
{
	size_t length = strcspn(text, ":");

	for (size_t i = 0; i < target->place_count; i++)
		if (strlen(target->places[i].option) == length &&
			strncmp(target->places[i].option, text, length) == 0)
			return &target->places[i];
	return NULL;
}

/* False with a mistake at the option that the error begins with. */
static bool check_target(const struct reader *r, const struct campaign_target *target,
	unsigned cpus, const char *placement)
{
	struct error e = {""};

	if (!target->driver->check || target->driver->check(target->options, cpus, &e) == 0)
		return true;
	const struct option_place *place = campaign_option_place(target, e.text);
	const struct yaml_node at = {
		.line = place ? place->line : 1, .column = place ? place->column : 1};
	MISTAKE(r, place ? &at : NULL, "%s (target %s%s%s)", e.text, target->name,
		placement ? ", placement " : "", placement ? placement : "");
	return false;
}

void load_targets_check(
	const struct reader *r, const struct campaign *campaign, const unsigned *cpus)
{
	for (size_t t = 0; t < campaign->target_count; t++) {
		const struct campaign_target *target = &campaign->targets[t];
		bool ok = check_target(r, target, 0, NULL);
		for (size_t p = 0; ok && p < campaign->placement_count; p++)
			ok = cpus[p] == 0 ||
			     check_target(r, target, cpus[p], campaign->placements[p].text);
	}
}
