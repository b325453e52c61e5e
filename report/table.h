/* A table as text, markdown and HTML share it: columns in groups, cells with a tone. Which tables
 * a report has, and what stands in them, is sections.c; how they look is each format's. */
#ifndef TARE_REPORT_TABLE_H
#define TARE_REPORT_TABLE_H

#include "report/model.h"

enum tone { TONE_PLAIN, TONE_WORSE, TONE_BETTER, TONE_DIM, TONE_WARN };

struct column {
	char *group; /* owned: heading over several neighbours, or "" */
	char *heading; /* owned */
	bool right; /* aligned to the right: numbers */
	bool whole; /* broken into lines only when nothing else can be */
	bool repeated; /* stands in every part of a table that is too wide */
};

enum { COLUMN_RIGHT = 1 << 0, COLUMN_REPEATED = 1 << 1, COLUMN_WHOLE = 1 << 2 };

struct cell_text {
	char *text; /* owned, one line */
	const char *marks; /* "emu", "ker" …: said beside it */
	enum tone tone;
	const struct report_value *value; /* whose ratio this cell shows, or NULL */
};

struct table {
	char *title; /* owned */
	struct column *columns;
	struct cell_text *cells; /* row by row */
	size_t column_count, cell_count, column_capacity, cell_capacity;
};

struct sections {
	struct table *tables;
	size_t count, capacity;
};

void table_add_column(struct table *table, const char *group, const char *heading, unsigned flags);
/* The next cell, row by row from left to right. Valid until the next one is added. */
struct cell_text *table_add_cell(struct table *table, enum tone tone, const char *text);
size_t table_rows(const struct table *table);
void sections_free(struct sections *sections);

/* Every table of the report: first the answer, then the details, what is missing, the machines. */
void sections_make(const struct report_model *model, struct sections *out);

/* The lines over the first table: what was measured, when, by which tare. Added to out. */
void sections_header(const struct report_model *model, struct text *out);
/* What "cost" and the marks mean, in words. */
void sections_legend(const struct report_model *model, struct text *out);

#endif
