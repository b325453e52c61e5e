/* Files of lines "NAME NUMBER" or "NAME: NUMBER", such as /proc/vmstat. */
#ifndef TARE_COUNTERS_FIELDS_H
#define TARE_COUNTERS_FIELDS_H

#include "counters/source.h"

struct field_row {
	const char *word; /* in the file; NULL: the end of the table */
	const char *name, *unit; /* of the counter */
	enum counter_kind kind;
	double scale; /* the file's number × scale is in the unit */
};

/* Adds those that are there; of a line the first number counts. Returns how many. */
size_t fields_read(struct reading *reading, const char *text, const struct field_row *rows);

#endif
