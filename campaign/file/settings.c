/* Settings "KEY=VALUE" from the command line, put into the tree of a campaign file. */
#include "campaign/file/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "base/text.h"

/* The keys of a campaign that hold maps, where KEY is MAP.KEY. */
static const char *const maps[] = {"resources", "decide", "limits"};

struct setting {
	struct yaml_file *file;
	struct yaml_mistakes *mistakes;
	const char *word; /* "KEY=VALUE" */
	const char *value;
	const char *origin; /* "--set KEY=VALUE" */
};

/* Nodes are freed with the file, so all in them is allocated as the parser does it. origin NULL:
 * the node stands in the file, at the place of `at`. */
static struct yaml_node scalar_node(
	const struct yaml_node *at, const char *origin, const char *text, size_t length)
{
	struct yaml_node node = {
		.kind = YAML_SCALAR, .line = at->line, .column = at->column, .origin = origin};
	char *copy = mem_new(length + 1, 1);

	memcpy(copy, text, length);
	node.text = copy;
	return node;
}

static struct yaml_node value_node(const struct setting *setting, const struct yaml_node *at)
{
	const char *value = setting->value, *origin = setting->origin;
	size_t length = strlen(value);

	if (length < 2 || value[0] != '[' || value[length - 1] != ']')
		return scalar_node(at, origin, value, length);
	struct yaml_node list = {
		.kind = YAML_LIST, .line = at->line, .column = at->column, .origin = origin};
	size_t capacity = 0;
	const char *end = value + length - 1;
	for (const char *item = value + 1; item < end;) {
		const char *comma = memchr(item, ',', (size_t)(end - item));
		const char *stop = comma ? comma : end;
		array_reserve(&list.items, &capacity, list.count + 1);
		list.items[list.count++] = scalar_node(at, origin, item, (size_t)(stop - item));
		item = stop + 1;
	}
	return list;
}

static void free_node(struct yaml_node *node)
{
	size_t items = node->kind == YAML_MAP ? 2 * node->count : node->count;

	for (size_t i = 0; i < items; i++)
		free_node(&node->items[i]);
	free(node->items);
	free(node->text);
}

/* Replaces the key's value, or adds the key. */
static void set_key(const struct setting *setting, struct yaml_node *map, const char *key)
{
	size_t i = 0;

	while (i < map->count && strcmp(map->items[2 * i].text, key) != 0)
		i++;
	if (i == map->count) {
		size_t capacity = 2 * map->count;
		array_reserve(&map->items, &capacity, 2 * (map->count + 1));
		map->items[2 * i] = scalar_node(map, setting->origin, key, strlen(key));
		map->count++;
	} else {
		free_node(&map->items[2 * i + 1]);
	}
	map->items[2 * i + 1] = value_node(setting, &map->items[2 * i]);
}

/* An entry that is just a benchmark's name becomes a map. */
static void make_map(struct yaml_node *entry)
{
	struct yaml_node name = *entry;

	*entry = (struct yaml_node){.kind = YAML_MAP, .line = name.line, .column = name.column};
	entry->items = mem_new(2, sizeof(*entry->items));
	entry->items[0] = scalar_node(&name, NULL, "benchmark", strlen("benchmark"));
	entry->items[1] = name;
	entry->count = 1;
}

/* The benchmark that an entry of the list is of, or NULL. */
static const struct yaml_node *benchmark_name(const struct yaml_node *entry)
{
	const struct yaml_node *name =
		entry->kind == YAML_MAP ? yaml_get(entry, "benchmark") : entry;

	return name && name->kind == YAML_SCALAR ? name : NULL;
}

/* Whether the campaign has entries of that benchmark. */
static bool set_in_benchmarks(const struct setting *setting, struct yaml_node *root,
	const char *benchmark, const char *key)
{
	struct yaml_node *list = (struct yaml_node *)yaml_get(root, "benchmarks");
	bool found = false;

	for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
		struct yaml_node *entry = &list->items[i];
		const struct yaml_node *name = benchmark_name(entry);
		if (!name || strcmp(name->text, benchmark) != 0)
			continue;
		if (entry->kind == YAML_SCALAR)
			make_map(entry);
		set_key(setting, entry, key);
		found = true;
	}
	return found;
}

static bool may_have_map(const char *key)
{
	for (size_t i = 0; i < ARRAY_COUNT(maps); i++)
		if (strcmp(maps[i], key) == 0)
			return true;
	return false;
}

/* Adds an empty map under the key. */
static struct yaml_node *add_map(
	const struct setting *setting, struct yaml_node *root, const char *key)
{
	size_t capacity = 2 * root->count;

	array_reserve(&root->items, &capacity, 2 * (root->count + 1));
	root->items[2 * root->count] = scalar_node(root, setting->origin, key, strlen(key));
	root->items[2 * root->count + 1] = (struct yaml_node){.kind = YAML_MAP,
		.line = root->line,
		.column = root->column,
		.origin = setting->origin};
	return &root->items[2 * root->count++ + 1];
}

/* The map under the key, made where a campaign may have it and does not; NULL: it has none. */
static struct yaml_node *find_map(
	const struct setting *setting, struct yaml_node *root, const char *key)
{
	struct yaml_node *map = (struct yaml_node *)yaml_get(root, key);

	if (!map && may_have_map(key))
		return add_map(setting, root, key);
	return map && map->kind == YAML_MAP ? map : NULL;
}

static void refuse(const struct setting *setting, const char *key)
{
	const struct yaml_node *list = yaml_get(setting->file->root, "benchmarks");
	cleanup_free const char **names = NULL;
	size_t count = 0, capacity = 0;

	for (size_t i = 0; i < ARRAY_COUNT(maps); i++) {
		array_reserve(&names, &capacity, count + 1);
		names[count++] = maps[i];
	}
	for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
		const struct yaml_node *name = benchmark_name(&list->items[i]);
		if (!name)
			continue;
		array_reserve(&names, &capacity, count + 1);
		names[count++] = name->text;
	}
	cleanup_free char *hint = nearest_hint(key, names, count);
	yaml_mistake(setting->mistakes, setting->file, NULL,
		"--set %s: the campaign has neither a map nor a benchmark \"%s\"%s", setting->word,
		key, hint);
}

static void apply(const struct setting *setting)
{
	struct yaml_node *root = setting->file->root;

	if (root->kind != YAML_MAP)
		return; /* a mistake of its own */
	cleanup_free char *key =
		str_printf("%.*s", (int)(setting->value - 1 - setting->word), setting->word);
	char *dot = strrchr(key, '.');
	if (!dot) {
		set_key(setting, root, key);
		return;
	}
	*dot = '\0';
	struct yaml_node *map = find_map(setting, root, key);
	if (map)
		set_key(setting, map, dot + 1);
	else if (!set_in_benchmarks(setting, root, key, dot + 1))
		refuse(setting, key);
}

void settings_apply(struct yaml_file *file, const char *settings, struct yaml_mistakes *mistakes)
{
	cleanup_free char *words = str_dup(settings ? settings : "");
	char *rest = NULL;

	for (char *word = strtok_r(words, " \t\n", &rest); word;
		word = strtok_r(NULL, " \t\n", &rest)) {
		const char *equals = strchr(word, '=');
		cleanup_free char *origin = str_printf("--set %s", word);
		struct setting setting = {file, mistakes, word, equals ? equals + 1 : NULL,
			yaml_add_origin(file, origin)};
		if (!equals || equals == word) {
			yaml_mistake(mistakes, file, NULL,
				"--set %s: expected KEY=VALUE, such as blocks=2 or "
				"hpcc.max_n=256",
				word);
			continue;
		}
		apply(&setting);
		char *source = str_printf("%s%s# --set %s\n", file->source,
			file->source[0] && file->source[strlen(file->source) - 1] == '\n' ? ""
											  : "\n",
			word);
		free(file->source);
		file->source = source;
	}
}
