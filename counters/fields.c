/* Files of lines "NAME NUMBER": the numbers of the names that are wanted. */
#include "counters/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct field_row *find_row(
	const struct field_row *rows, const char *word, size_t length)
{
	for (; rows->word; rows++)
		if (strlen(rows->word) == length && strncmp(rows->word, word, length) == 0)
			return rows;
	return NULL;
}

size_t fields_read(struct reading *reading, const char *text, const struct field_row *rows)
{
	size_t added = 0;

	while (*text) {
		size_t line = strcspn(text, "\n"), length = strcspn(text, ": \t\n");
		const struct field_row *row = find_row(rows, text, length);
		const char *at = text + length + strspn(text + length, ": \t");
		char *end;
		errno = 0;
		unsigned long long number = strtoull(at, &end, 10);
		if (row && *at >= '0' && *at <= '9' && end != at && !errno) {
			reading_add(reading, row->name, row->unit, row->kind,
				(double)number * row->scale);
			added++;
		}
		text += line + (text[line] == '\n');
	}
	return added;
}
