/* Reading a machine's output: lines, numbers and collected files, in untrusted bytes of a given
 * length that are not NUL-terminated. Knows no benchmark. */
#ifndef TARE_BENCH_READ_H
#define TARE_BENCH_READ_H

#include <stdbool.h>
#include <stddef.h>

/* A view of bytes that it does not own. */
struct piece {
	const char *bytes;
	size_t count;
};

/* Removes the next line (without its newline) from the front of rest. False at the end; a last line
 * without a newline is truncated text, and counts as the end too. */
bool read_line(struct piece *rest, struct piece *line);

/* Removes everything up to the first separator from the front of rest, into part (without the
 * separator); without a separator, part is all of rest, and rest becomes empty. */
void read_part(struct piece *rest, char separator, struct piece *part);

bool read_is(struct piece piece, const char *text);
bool read_starts(struct piece piece, const char *text);
bool read_has(struct piece piece, const char *text);

/* The whole piece as a finite decimal number; blanks before and after are allowed, "nan", "inf",
 * hexadecimal and overflow are not. False if it is none; *value is then unchanged. */
bool read_number(struct piece piece, double *value);

/* The content of the collected file NAME: what follows the line "==> NAME <==", up to the line
 * "==> NEXT <==" (next == NULL: up to the end). False if such a line is missing. */
bool read_collected(struct piece text, const char *name, const char *next, struct piece *content);

#endif
