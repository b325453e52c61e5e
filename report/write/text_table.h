/* A table for a terminal, as every verb shows one. */
#ifndef TARE_REPORT_TEXT_TABLE_H
#define TARE_REPORT_TEXT_TABLE_H

#include "report/write/table.h"

/* Adds the table, and an empty line: aligned columns, where needed in several lines or parts, none
 * wider than width characters as far as its columns can be narrowed; colour: with the sequences
 * that every terminal knows for its tones. */
void text_table_add(const struct table *table, size_t width, bool colour, struct text *out);
/* Its first rows, without the empty line; where there are more, their number follows. */
void text_table_add_rows(
	const struct table *table, size_t rows, size_t width, bool colour, struct text *out);
/* Adds the text in lines of at most width characters. */
void text_table_add_lines(struct text *out, const char *text, size_t width);

#endif
