/* Comma-separated values (RFC 4180) into records that know their line. */
#ifndef TARE_CLI_CSV_H
#define TARE_CLI_CSV_H

#include <stddef.h>

struct csv_record {
	unsigned line; /* 1-based, of its first character */
	char **fields; /* inside csv.bytes */
	size_t count;
};

struct csv {
	char *bytes; /* owned, changed in place */
	char **fields; /* of all records */
	struct csv_record *records;
	size_t count;
	/* The line of a quote that is never closed, or of text behind a closed one; 0: none. */
	unsigned bad_line;
};

/* Takes ownership of text. Empty lines are no records; a byte order mark, and CR before LF, are
 * left out. Spaces belong to their field. */
void csv_parse(char *text, struct csv *csv);
void csv_free(struct csv *csv);

#endif
