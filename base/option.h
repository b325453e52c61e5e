/* Option rows: each has an option's name, type, offset in a struct, default, unit and help. YAML
 * keys, checks, defaults, `tare list`, the docs and the stored options all derive from them. */
#ifndef TARE_BASE_OPTION_H
#define TARE_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum option_type {
	OPTION_BOOL, /* bool */
	OPTION_INT, /* int64_t */
	OPTION_REAL, /* double */
	OPTION_SIZE, /* int64_t, bytes */
	OPTION_DURATION, /* double, seconds */
	OPTION_STRING, /* char *, owned, may be NULL */
	OPTION_CHOICE, /* int: index into choices */
	OPTION_INT_LIST, /* struct number_list */
	OPTION_SIZE_LIST, /* struct number_list, bytes */
};

struct number_list {
	int64_t *values;
	size_t count;
};

struct option_row {
	const char *name; /* NULL ends a table */
	enum option_type type;
	size_t offset; /* offsetof the member in the owner's struct */
	const char *default_text; /* as a user would write it; lists: "0,1K,4M"; NULL: unset */
	const char *unit; /* "s", "B", "1" … ; NULL where there is none */
	const char *help; /* one phrase, lower case, no full stop */
	double minimum, maximum; /* inclusive, checked for numbers when minimum < maximum */
	const char *const *choices; /* NULL-terminated, for OPTION_CHOICE */
};

/* A zeroed struct of size bytes with every default applied; options_free frees it and all it
 * owns. A default that does not parse is a programming error (asserted by the tests). */
void *options_new(const struct option_row *rows, size_t size);
void options_free(const struct option_row *rows, void *options);

/* NULL if there is none. */
const struct option_row *option_find(const struct option_row *rows, const char *name);
/* Parses text into the row's member and checks range and choice. The error names the option,
 * what was expected, and the nearest choice. */
int option_set(const struct option_row *row, void *options, const char *text, struct error *e);
/* The canonical text of the current value, e.g. "4K" or "0,1K"; "" if unset. Caller frees. */
char *option_text(const struct option_row *row, const void *options);
bool option_is_list(const struct option_row *row);

/* The candidate (of count names) nearest to name by edit distance, or NULL if none is near. */
const char *nearest_name(const char *name, const char *const *candidates, size_t count);
/* `; did you mean "NAME"?` with the nearest, else with those that contain the name, or "". Caller
 * frees. */
char *nearest_hint(const char *name, const char *const *candidates, size_t count);

#endif
