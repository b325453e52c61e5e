/* Lines, numbers and collected files in untrusted bytes: see read.h. */
#include "bench/read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 64, MARK_BYTES = 128 };

bool read_line(struct piece *rest, struct piece *line)
{
	const char *end = rest->count ? memchr(rest->bytes, '\n', rest->count) : NULL;

	if (!end)
		return false;
	read_part(rest, '\n', line);
	return true;
}

void read_part(struct piece *rest, char separator, struct piece *part)
{
	const char *end = rest->count ? memchr(rest->bytes, separator, rest->count) : NULL;
	size_t used;

	part->bytes = rest->bytes;
	part->count = end ? (size_t)(end - rest->bytes) : rest->count;
	used = part->count + (end != NULL);
	rest->bytes += used;
	rest->count -= used;
}

bool read_is(struct piece piece, const char *text)
{
	return piece.count == strlen(text) && read_starts(piece, text);
}

bool read_starts(struct piece piece, const char *text)
{
	size_t count = strlen(text);

	return piece.count >= count && (count == 0 || memcmp(piece.bytes, text, count) == 0);
}

bool read_has(struct piece piece, const char *text)
{
	return piece.count && memmem(piece.bytes, piece.count, text, strlen(text));
}

bool read_number(struct piece piece, double *value)
{
	char copy[NUMBER_BYTES], *end;
	double number;

	while (piece.count && piece.bytes[0] == ' ') {
		piece.bytes++;
		piece.count--;
	}
	while (piece.count && piece.bytes[piece.count - 1] == ' ')
		piece.count--;
	if (piece.count == 0 || piece.count >= sizeof(copy))
		return false;
	memcpy(copy, piece.bytes, piece.count);
	copy[piece.count] = '\0';
	/* The set excludes inf, nan and hexadecimal, which strtod would accept, and a NUL. */
	if (strspn(copy, "+-.0123456789eE") != piece.count)
		return false;
	number = strtod(copy, &end);
	if (end == copy || *end || !isfinite(number))
		return false;
	*value = number;
	return true;
}

bool read_collected(struct piece text, const char *name, const char *next, struct piece *content)
{
	char mark[MARK_BYTES], next_mark[MARK_BYTES];
	struct piece line;

	snprintf(mark, sizeof(mark), "==> %s <==", name);
	snprintf(next_mark, sizeof(next_mark), "==> %s <==", next ? next : "");
	do {
		if (!read_line(&text, &line))
			return false;
	} while (!read_is(line, mark));
	*content = text;
	if (!next)
		return true;
	while (read_line(&text, &line)) {
		if (read_is(line, next_mark)) {
			content->count = (size_t)(line.bytes - content->bytes);
			return true;
		}
	}
	return false;
}
