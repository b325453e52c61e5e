/* How a site's hosts are reached: by the words of its file, by its batch system, or by ssh. */
#include "campaign/file/site_reach.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/file/batch.h"

/* How other hosts are reached where the site does not say it. */
static const char *const default_reach[] = {"ssh", "-T", "-o", "BatchMode=yes", "-o",
	"ServerAliveInterval=15", "-o", "ServerAliveCountMax=16", "root@{host}"};

/* A relative path is looked for beside the site file first, so that the file works from everywhere,
 * then where tare was called; a word without a slash is a program of PATH. */
static void find_program(const struct reader *r, struct argv *words)
{
	const char *slash = strrchr(r->file->path, '/');

	if (words->count == 0)
		return;
	const char *word = words->words[0];
	if (word[0] == '/' || !strchr(word, '/') || !slash)
		return;
	char *path = str_printf("%.*s/%s", (int)(slash - r->file->path), r->file->path, word);
	if (access(path, X_OK) == 0) {
		free(words->words[0]);
		words->words[0] = take_ptr(path);
	}
	free(path);
}

void site_read_words(
	const struct reader *r, const struct yaml_node *node, const char *key, struct argv *words)
{
	if (!yaml_expect(r, node, YAML_LIST, key))
		return;
	for (size_t i = 0; i < node->count; i++)
		if (yaml_expect(r, &node->items[i], YAML_SCALAR, key))
			argv_add(words, node->items[i].text);
	if (node->count == 0)
		MISTAKE(r, node, "%s: expected the words of a command", key);
	find_program(r, words);
}

void site_read_reach(const struct reader *r, const struct yaml_node *root,
	const struct yaml_node *hosts, struct site *site)
{
	struct error e = {""};
	const struct yaml_node *node = yaml_get(root, "reach");
	const struct yaml_node *first = hosts->kind == YAML_LIST && hosts->count == 1
						? yaml_get(&hosts->items[0], "host")
						: NULL;

	if (node && node->kind == YAML_SCALAR && strcmp(node->text, "local") == 0)
		return;
	if (node) {
		site_read_words(r, node, "reach", &site->reach);
		if (argv_check_stream(&site->reach, &e) < 0)
			MISTAKE(r, node, "reach: %s", e.text);
		return;
	}
	if (hosts->kind == YAML_SCALAR)
		return; /* the batch system's */
	if (hosts->count == 1 && hosts->items[0].kind == YAML_MAP &&
		(!first || (first->kind == YAML_SCALAR && strcmp(first->text, "localhost") == 0)))
		return;
	for (size_t i = 0; i < ARRAY_COUNT(default_reach); i++)
		argv_add(&site->reach, default_reach[i]);
}

bool site_is_reached(const char *path, bool *host_network)
{
	*host_network = false;
	struct yaml_mistakes mistakes = {0};
	struct site site = {0};
	if (!path || batch_find(path))
		return path != NULL;
	struct yaml_file *file = yaml_load(path, &mistakes);
	bool is_map = file && file->root->kind == YAML_MAP;
	struct reader r = {&mistakes, file};
	const struct yaml_node *hosts = is_map ? yaml_get(file->root, "hosts") : NULL;
	if (hosts)
		site_read_reach(&r, file->root, hosts, &site);
	bool reached = !hosts || hosts->kind == YAML_SCALAR || site.reach.count > 0;
	const struct yaml_node *data = is_map ? yaml_get(file->root, "data") : NULL;
	*host_network = data && data->kind == YAML_MAP && yaml_get(data, "network");
	argv_free(&site.reach);
	yaml_file_free(file);
	yaml_mistakes_free(&mistakes);
	return reached;
}
