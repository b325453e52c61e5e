/* Campaign files made from another one. See variants.h. The nodes of the new file are copies that
 * share their children with the old one's. */
#include "bisect/variants.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

/* A map that is being made. Its keys and values are not its own, its array is. */
struct map {
	struct yaml_node node;
	size_t capacity;
};

static struct yaml_node scalar(const char *text)
{
	return (struct yaml_node){.kind = YAML_SCALAR, .text = (char *)text};
}

static void map_add_node(struct map *map, struct yaml_node key, struct yaml_node value)
{
	map->node.kind = YAML_MAP;
	array_reserve(&map->node.items, &map->capacity, 2 * map->node.count + 2);
	map->node.items[2 * map->node.count] = key;
	map->node.items[2 * map->node.count++ + 1] = value;
}

static void map_add(struct map *map, const char *key, struct yaml_node value)
{
	map_add_node(map, scalar(key), value);
}

/* All entries of the other, but those with these keys (which end with NULL). */
static void map_add_others(
	struct map *map, const struct yaml_node *other, const char *const *without)
{
	for (size_t i = 0; i < other->count; i++) {
		bool kept = true;

		for (const char *const *key = without; *key; key++)
			kept = kept && strcmp(yaml_key(other, i)->text, *key) != 0;
		if (kept)
			map_add_node(map, *yaml_key(other, i), *yaml_value(other, i));
	}
}

/* --- the target ------------------------------------------------------------------------------- */

static const char *text_of(const struct yaml_node *node)
{
	return node && node->kind == YAML_SCALAR ? node->text : NULL;
}

/* A target's name, by which the rest of the file means it. */
static const char *target_name(const struct yaml_node *entry)
{
	const char *name = entry->kind == YAML_MAP ? text_of(yaml_get(entry, "name")) : NULL;

	if (entry->kind == YAML_MAP && !name)
		name = text_of(yaml_get(entry, "target"));
	return name ? name : text_of(entry);
}

/* A driver's name cannot be asked about here: options are checked when the new file is loaded. */
static const struct yaml_node *find_target(const struct variants *variants,
	const struct yaml_file *file, const struct yaml_node *targets,
	struct yaml_mistakes *mistakes)
{
	const char *baseline = text_of(yaml_get(file->root, "baseline"));
	const struct yaml_node *found = NULL;
	size_t others = 0;

	for (size_t i = 0; i < targets->count; i++) {
		const struct yaml_node *entry = &targets->items[i];
		const char *name = target_name(entry);

		if (!name || (variants->target && strcmp(name, variants->target) != 0))
			continue;
		if (!variants->target && targets->count > 1 &&
			(baseline ? strcmp(name, baseline) == 0 : i == 0))
			continue;
		found = entry;
		others++;
	}
	if (others == 1)
		return found;
	if (variants->target)
		yaml_mistake(mistakes, file, targets, "targets: there is no target \"%s\"",
			variants->target);
	else
		yaml_mistake(
			mistakes, file, targets, "targets: name with --target the one to bisect");
	return NULL;
}

static void make_target(const struct variants *variants, size_t index,
	const struct yaml_node *entry, struct map *to)
{
	const char *const without[] = {"name", variants->option, NULL};

	if (entry->kind == YAML_MAP)
		map_add_others(to, entry, without);
	else
		map_add(to, "target", *entry);
	map_add(to, "name", scalar(variants->list[index].name));
	map_add(to, variants->option, scalar(variants->list[index].value));
}

/* --- benchmarks ------------------------------------------------------------------------------- */

static bool names_target(const struct yaml_node *list, const char *name)
{
	if (list->kind == YAML_SCALAR)
		return strcmp(list->text, name) == 0;
	for (size_t i = 0; list->kind == YAML_LIST && i < list->count; i++)
		if (text_of(&list->items[i]) && strcmp(list->items[i].text, name) == 0)
			return true;
	return false;
}

/* The entries that are measured on the target, without their lists of targets. maps: room for all
 * entries. */
static struct yaml_node make_benchmarks(const struct yaml_node *benchmarks, const char *target,
	struct yaml_node *list, struct map *maps)
{
	static const char *const without[] = {"targets", NULL};
	struct yaml_node made = {.kind = YAML_LIST, .items = list};

	for (size_t i = 0; i < benchmarks->count; i++) {
		const struct yaml_node *entry = &benchmarks->items[i];
		const struct yaml_node *only =
			entry->kind == YAML_MAP ? yaml_get(entry, "targets") : NULL;

		if (only && !names_target(only, target))
			continue;
		if (only)
			map_add_others(&maps[i], entry, without);
		list[made.count++] = only ? maps[i].node : *entry;
	}
	return made;
}

/* --- the file --------------------------------------------------------------------------------- */

static void add_question(
	const struct variants *variants, const struct yaml_node *root, struct map *decide)
{
	static const char *const base[] = {"base", NULL}, *const both[] = {"base", "delta", NULL};
	const struct yaml_node *asked = yaml_get(root, "decide");

	if (asked && asked->kind == YAML_MAP)
		map_add_others(decide, asked, variants->delta ? both : base);
	map_add(decide, "base", scalar(variants->list[0].name));
	if (variants->delta)
		map_add(decide, "delta", scalar(variants->delta));
}

static int write_root(const char *to, const struct yaml_node *root, struct error *e)
{
	cleanup_text struct text text = {0};

	text_add(&text, "# Written by tare bisect.\n");
	return yaml_write(root, &text, e) < 0 ? -1 : file_write(to, text.bytes, text.count, e);
}

static int write_file(const struct variants *variants, const struct yaml_file *file,
	const struct yaml_node *target, const char *to, struct error *e)
{
	static const char *const without[] = {
		"targets", "baseline", "decide", "precision", "blocks", "benchmarks", NULL};
	const struct yaml_node *benchmarks = yaml_get(file->root, "benchmarks");
	size_t count = benchmarks && benchmarks->kind == YAML_LIST ? benchmarks->count : 0;
	cleanup_free struct yaml_node *list = mem_new(count + 1, sizeof(*list));
	cleanup_free struct map *maps = mem_new(count + 1, sizeof(*maps));
	struct yaml_node targets[VARIANTS_MOST];
	struct map made[VARIANTS_MOST] = {0}, root = {0}, decide = {0};

	map_add_others(&root, file->root, without);
	for (size_t i = 0; i < variants->count; i++) {
		make_target(variants, i, target, &made[i]);
		targets[i] = made[i].node;
	}
	map_add(&root, "targets",
		(struct yaml_node){.kind = YAML_LIST, .items = targets, .count = variants->count});
	map_add(&root, "baseline", scalar(variants->list[0].name));
	add_question(variants, file->root, &decide);
	if (variants->decide)
		map_add(&root, "decide", decide.node);
	else
		map_add(&root, "blocks", scalar("1"));
	if (count)
		map_add(&root, "benchmarks",
			make_benchmarks(benchmarks, target_name(target), list, maps));
	int status = write_root(to, &root.node, e);
	for (size_t i = 0; i < count; i++)
		free(maps[i].node.items);
	for (size_t i = 0; i < variants->count; i++)
		free(made[i].node.items);
	free(decide.node.items);
	free(root.node.items);
	return status;
}

int variants_write(const struct variants *variants, const char *to, struct yaml_mistakes *mistakes)
{
	struct yaml_file *file = yaml_load(variants->path, mistakes);
	const struct yaml_node *targets, *target = NULL;
	struct error e = {""};
	int status = -1;

	if (!file)
		return -1;
	targets = file->root->kind == YAML_MAP ? yaml_get(file->root, "targets") : NULL;
	if (!targets || targets->kind != YAML_LIST)
		yaml_mistake(mistakes, file, targets ? targets : file->root,
			"targets: expected a list with the target to bisect");
	else
		target = find_target(variants, file, targets, mistakes);
	if (target) {
		status = write_file(variants, file, target, to, &e);
		if (status < 0)
			yaml_mistake(mistakes, file, NULL, "%s", e.text);
	}
	yaml_file_free(file);
	return status;
}
