/* Tables of the kernel with a column per CPU: the sum of a line's numbers over the watched CPUs. */
#include "counters/columns.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *columns_read(const struct counters *counters, const char *text, struct columns *columns)
{
	columns->count = 0;
	while (*text && *text != '\n') {
		while (*text == ' ')
			text++;
		if (strncmp(text, "CPU", 3) != 0 || columns->count == COLUMNS_MOST)
			return NULL;
		char *end;
		unsigned long cpu = strtoul(text + 3, &end, 10);
		if (end == text + 3)
			return NULL;
		columns->is_watched[columns->count++] = reading_watches(counters, (unsigned)cpu);
		text = end + strspn(end, " ");
	}
	return *text && columns->count ? text + 1 : NULL;
}

const char *columns_label(const char **text, size_t *length)
{
	const char *label = *text + strspn(*text, " ");

	*length = strcspn(label, ":\n");
	*text = label + *length + (label[*length] == ':');
	return label;
}

double columns_sum(const struct columns *columns, const char **text)
{
	const char *at = *text;
	double sum = 0;

	for (size_t i = 0; i < columns->count; i++) {
		at += strspn(at, " \t");
		if (!isdigit((unsigned char)*at))
			break;
		char *end;
		unsigned long long number = strtoull(at, &end, 10);
		sum += columns->is_watched[i] ? (double)number : 0;
		at = end;
	}
	at += strcspn(at, "\n");
	*text = *at ? at + 1 : at;
	return sum;
}
