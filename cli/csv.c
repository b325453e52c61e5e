/* See csv.h. */
#include "cli/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct cursor {
	char *read, *write; /* fields are unquoted in place */
	unsigned line;
	bool bad;
};

/* A field in quotes, the first of which is read already. */
static void read_quoted(struct cursor *c)
{
	for (;; c->read++) {
		if (!*c->read) {
			c->bad = true;
			return;
		}
		if (*c->read == '"') {
			if (c->read[1] != '"')
				break;
			c->read++;
		}
		c->line += *c->read == '\n';
		*c->write++ = *c->read;
	}
	c->read++;
	c->bad = c->bad || !strchr(",\r\n", *c->read);
}

/* One field; returns what ended it: ',', '\n' or 0. */
static char read_field(struct cursor *c)
{
	char end;

	if (*c->read == '"') {
		c->read++;
		read_quoted(c);
	}
	while (*c->read && *c->read != ',' && *c->read != '\n' &&
		!(c->read[0] == '\r' && (c->read[1] == '\n' || !c->read[1])))
		*c->write++ = *c->read++;
	if (*c->read == '\r')
		c->read++;
	end = *c->read;
	c->read += end != '\0';
	c->line += end == '\n';
	*c->write++ = '\0';
	return end;
}

void csv_parse(char *text, struct csv *csv)
{
	size_t capacity = 0, field_capacity = 0, fields = 0;
	struct cursor c = {text, text, 1, false};
	char end;

	*csv = (struct csv){.bytes = text};
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		c.read += 3;
	while (*c.read) {
		struct csv_record record = {.line = c.line};
		char *first = c.write;
		size_t before = fields;
		do {
			array_reserve(&csv->fields, &field_capacity, fields + 1);
			csv->fields[fields++] = c.write;
			end = read_field(&c);
		} while (end == ',');
		record.count = fields - before;
		if (c.bad && !csv->bad_line)
			csv->bad_line = record.line;
		if (record.count == 1 && !*first) {
			fields = before;
			continue;
		}
		array_reserve(&csv->records, &capacity, csv->count + 1);
		csv->records[csv->count++] = record;
	}
	/* The array of fields has moved while it grew: only now do they have their places. */
	for (size_t i = 0, next = 0; i < csv->count; i++) {
		csv->records[i].fields = csv->fields + next;
		next += csv->records[i].count;
	}
}

void csv_free(struct csv *csv)
{
	free(csv->bytes);
	free(csv->fields);
	free(csv->records);
	*csv = (struct csv){0};
}
