/* YAML files as nodes with their places, read by libyaml; and the list of mistakes found in
 * them, so that several are reported at once, each as "file:line:column: …". */
#ifndef TARE_BASE_YAML_H
#define TARE_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	unsigned line, column; /* 1-based */
	const char *origin; /* what it comes from instead of the file, of the file's; NULL: it */
	char *text; /* YAML_SCALAR: its text, as written (quotes removed) */
	bool quoted; /* YAML_SCALAR: was quoted: never a number or null */
	struct yaml_node *items; /* YAML_LIST: the items; YAML_MAP: keys and values alternate */
	size_t count; /* number of items, or of pairs */
};

struct yaml_file {
	char *path;
	char *source; /* the file's text */
	struct yaml_node *root;
	char **origins; /* of nodes that were put into the tree */
	size_t origin_count, origin_capacity;
};

/* Mistakes in one file. Zero-initialised is empty. */
struct yaml_mistakes {
	char **lines;
	size_t count, capacity;
};

/* Reads and parses path (at most 1 MiB, depth at most 32; anchors, aliases and several documents
 * are refused). Returns NULL after adding syntax errors, with their places, or that the file
 * is unreadable to mistakes. */
struct yaml_file *yaml_load(const char *path, struct yaml_mistakes *mistakes);
/* Safe with NULL. (Not yaml_free, which libyaml exports.) */
void yaml_file_free(struct yaml_file *file);

/* Keeps a name of what nodes come from that are put into the tree; returns the copy. */
const char *yaml_add_origin(struct yaml_file *file, const char *origin);

/* Adds "path:line:column: message" ("path: message" where at is NULL), in the order of the places
 * in the file; before these "origin: message" of nodes that do not come from the file. */
void yaml_mistake(struct yaml_mistakes *mistakes, const struct yaml_file *file,
	const struct yaml_node *at, const char *format, ...) __attribute__((format(printf, 4, 5)));
void yaml_mistakes_free(struct yaml_mistakes *mistakes);

static inline const struct yaml_node *yaml_key(const struct yaml_node *map, size_t i)
{
	return &map->items[2 * i];
}

static inline const struct yaml_node *yaml_value(const struct yaml_node *map, size_t i)
{
	return &map->items[2 * i + 1];
}

/* The value under key in a map, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* Duplicate keys and keys that are not among the count known ones are mistakes; the message
 * names the nearest known key, or all of them. */
void yaml_check_keys(struct yaml_mistakes *mistakes, const struct yaml_file *file,
	const struct yaml_node *map, const char *const *known, size_t count);
/* Adds the tree as a YAML file, which yaml_load reads back as the same tree. */
int yaml_write(const struct yaml_node *root, struct text *out, struct error *e);

const char *yaml_kind_text(enum yaml_kind kind); /* "a single value", "a list", "a map" */

#endif
