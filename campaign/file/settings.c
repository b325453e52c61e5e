/* Settings "KEY=VALUE" from the command line, put into the tree of a campaign file. */
#include "campaign/file/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

struct setting {
	struct yaml_file *file;
	struct yaml_mistakes *mistakes;
	const char *word; /* "KEY=VALUE" */
	const char *value;
};

/* Nodes are freed with the file, so all in them is allocated as the parser does it. */
static struct yaml_node scalar_node(const struct yaml_node *at, const char *text, size_t length)
{
	struct yaml_node node = {.kind = YAML_SCALAR, .line = at->line, .column = at->column};
	char *copy = mem_new(length + 1, 1);
	memcpy(copy, text, length);
	node.text = copy;
	return node;
}

static struct yaml_node value_node(const struct yaml_node *at, const char *value)
{
	size_t length = strlen(value);
	if (length < 2 || value[0] != '[' || value[length - 1] != ']')
		return scalar_node(at, value, length);
	struct yaml_node list = {.kind = YAML_LIST, .line = at->line, .column = at->column};
	size_t capacity = 0;
	const char *end = value + length - 1;
	for (const char *item = value + 1; item < end;) {
		const char *comma = memchr(item, ',', (size_t)(end - item));
		const char *stop = comma ? comma : end;
		array_reserve(&list.items, &capacity, list.count + 1);
		list.items[list.count++] = scalar_node(at, item, (size_t)(stop - item));
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
		map->items[2 * i] = scalar_node(map, key, strlen(key));
		map->count++;
	} else {
		free_node(&map->items[2 * i + 1]);
	}
	map->items[2 * i + 1] = value_node(&map->items[2 * i], setting->value);
}

/* An entry that is just a benchmark's name becomes a map. */
static void make_map(struct yaml_node *entry)
{
	struct yaml_node name = *entry;
	*entry = (struct yaml_node){.kind = YAML_MAP, .line = name.line, .column = name.column};
	entry->items = mem_new(2, sizeof(*entry->items));
	entry->items[0] = scalar_node(&name, "benchmark", strlen("benchmark"));
	entry->items[1] = name;
	entry->count = 1;
}

/* Whether the campaign has entries of that benchmark. */
static bool set_in_benchmarks(const struct setting *setting, struct yaml_node *root,
	const char *benchmark, const char *key)
{
	struct yaml_node *list = (struct yaml_node *)yaml_get(root, "benchmarks");
	bool found = false;
	for (size_t i = 0; list && list->kind == YAML_LIST && i < list->count; i++) {
		struct yaml_node *entry = &list->items[i];
		const struct yaml_node *name =
			entry->kind == YAML_MAP ? yaml_get(entry, "benchmark") : entry;
		if (!name || name->kind != YAML_SCALAR || strcmp(name->text, benchmark) != 0)
			continue;
		if (entry->kind == YAML_SCALAR)
			make_map(entry);
		set_key(setting, entry, key);
		found = true;
	}
	return found;
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
	struct yaml_node *map = (struct yaml_node *)yaml_get(root, key);
	if (map && map->kind == YAML_MAP)
		set_key(setting, map, dot + 1);
	else if (!set_in_benchmarks(setting, root, key, dot + 1))
		yaml_mistake(setting->mistakes, setting->file, NULL,
			"--set %s: the campaign has neither a map nor a benchmark \"%s\"",
			setting->word, key);
}

void settings_apply(struct yaml_file *file, const char *settings, struct yaml_mistakes *mistakes)
{
	cleanup_free char *words = str_dup(settings ? settings : "");
	char *rest = NULL;
	for (char *word = strtok_r(words, " \t\n", &rest); word;
		word = strtok_r(NULL, " \t\n", &rest)) {
		const char *equals = strchr(word, '=');
		struct setting setting = {file, mistakes, word, equals ? equals + 1 : NULL};
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
