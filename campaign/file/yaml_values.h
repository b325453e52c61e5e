/* Checked values out of YAML nodes: each helper reports its mistake with its place and what was
 * expected, and leaves the default in place. */
#ifndef TARE_CAMPAIGN_YAML_VALUES_H
#define TARE_CAMPAIGN_YAML_VALUES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/option.h"
#include "base/yaml.h"

/* Where mistakes of one file go. */
struct reader {
	struct yaml_mistakes *mistakes;
	const struct yaml_file *file;
};

#define MISTAKE(reader, node, ...) \
	yaml_mistake((reader)->mistakes, (reader)->file, (node), __VA_ARGS__)

/* All of these do nothing when map has no such key. */
void yaml_read_string(
	const struct reader *r, const struct yaml_node *map, const char *key, char **out);
void yaml_read_count(const struct reader *r, const struct yaml_node *map, const char *key,
	unsigned minimum, unsigned maximum, unsigned *out);
void yaml_read_size(
	const struct reader *r, const struct yaml_node *map, const char *key, uint64_t *bytes);
void yaml_read_duration(
	const struct reader *r, const struct yaml_node *map, const char *key, double *seconds);
void yaml_read_fraction(
	const struct reader *r, const struct yaml_node *map, const char *key, double *fraction);
void yaml_read_bool(
	const struct reader *r, const struct yaml_node *map, const char *key, bool *out);

/* The node if it is of that kind; otherwise a mistake that says what was expected, and NULL. */
const struct yaml_node *yaml_expect(const struct reader *r, const struct yaml_node *node,
	enum yaml_kind kind, const char *what);

/* A list of CPU numbers and ranges such as "0-3,8" (a scalar) or a YAML list of numbers.
 * Returns how many; *cpus is the caller's. */
size_t yaml_read_cpus(const struct reader *r, const struct yaml_node *node, unsigned **cpus);

/* The same from a text alone; 0: it is none. *cpus is NULL before, and the caller's. */
size_t yaml_parse_cpus(const char *text, unsigned **cpus);

/* Sets the option from a scalar, or (list options) from a list of scalars. */
bool yaml_set_option(const struct reader *r, const struct option_row *row, void *options,
	const struct yaml_node *value);

/* {"name": "text", …} of all options, canonical. Caller frees. */
char *yaml_options_json(const struct option_row *rows, const void *options);

#endif
