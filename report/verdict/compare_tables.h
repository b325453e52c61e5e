/* Private to compare*.c: a comparison as tables, which its formats lay out. */
#ifndef TARE_REPORT_COMPARE_TABLES_H
#define TARE_REPORT_COMPARE_TABLES_H

#include "report/verdict/compare.h"
#include "report/write/table.h"

/* One table per target, placement, benchmark and parameters, with the columns that lines of width
 * characters have room for. Freed by sections_free. */
enum { COMPARE_ANY_WIDTH = 10000 };
void compare_tables(const struct comparison *comparison, size_t width, struct sections *out);
/* One table of these items, of any group each, in their order. */
void compare_table_of_items(const struct comparison *comparison,
	const struct compare_item *const *items, size_t count, struct sections *out);
/* Lines on what was compared, and how. */
void compare_add_header(const struct comparison *comparison, struct text *out);
/* One line: how many items have which verdict. */
void compare_add_counts(const struct comparison *comparison, struct text *out);

#endif
