/* The keys of campaign and site files: one row each, from which the loaders' checks and the
 * reference (`tare list campaign`, `tare list site`) derive. What a target's or a benchmark's own
 * options are, the tables of drivers and benchmarks say. */
#ifndef TARE_CAMPAIGN_KEYS_H
#define TARE_CAMPAIGN_KEYS_H

#include "base/option.h"
#include "campaign/file/yaml_values.h"

/* What a key holds, and what keys_read makes of it. */
enum key_type {
	KEY_OTHER, /* read by the loader itself */
	KEY_TEXT, /* char *, owned */
	KEY_COUNT, /* unsigned, within minimum and maximum */
	KEY_SIZE, /* uint64_t, bytes */
	KEY_DURATION, /* double, s */
	KEY_SHARE, /* double, of 1 */
	KEY_BOOL, /* bool */
};

struct key_row {
	const char *name; /* NULL ends a table */
	const char *form; /* what is expected, for people; NULL: its type says it (key_form) */
	const char *usual; /* what holds without it; NULL: it has to be there */
	const char *help; /* one phrase */
	enum key_type type;
	unsigned minimum, maximum; /* of KEY_COUNT, inclusive */
};

extern const struct key_row campaign_keys[], resource_keys[], limit_keys[], decide_keys[],
	target_keys[], entry_keys[], background_keys[], condition_keys[];
extern const struct key_row site_keys[], host_keys[], environment_keys[], data_keys[];

/* The tables of a file with what each is about, for the reference; ends at title NULL. */
struct key_section {
	const char
		*title; /* the key that holds these keys, e.g. "resources"; the file itself first */
	const char *about; /* one sentence */
	const struct key_row *keys;
};
extern const struct key_section campaign_sections[], site_sections[];

/* What is expected of a key, e.g. "whole number, 1 to 1000". Caller frees. */
char *key_form(const struct key_row *row);
/* Reads the key of that name, by its row in the table, to out, which points to what its type says;
 * a value that does not fit is a mistake. Does nothing where the map lacks the key. */
void keys_read(const struct reader *r, const struct yaml_node *map, const struct key_row *keys,
	const char *name, void *out);
/* Keys of the map that are neither in the table nor options' names (NULL: none) are mistakes. */
void keys_check(const struct reader *r, const struct yaml_node *map, const struct key_row *keys,
	const struct option_row *options);

#endif
