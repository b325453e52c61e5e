/* The parts of the HTML writer. Not for other rooms. */
#ifndef TARE_REPORT_HTML_H
#define TARE_REPORT_HTML_H

#include "base/text.h"
#include "report/write/table.h"

extern const char html_style[], html_script[];

/* The samples of a row, a lane per target, as an SVG element: every sample a dot, every block a
 * line that says its value. *budget is how many dots the page may still have; a row with more
 * shows every second, third … sample, and says so. Nothing where fewer than 2 were measured. */
void html_add_samples(struct text *out, const struct report_model *model,
	const struct report_row *row, size_t *budget);
/* Whether html_add_samples has something to show. */
bool html_has_samples(const struct report_model *model, const struct report_row *row);

/* The page up to its heading, the field that filters the tables, and the end, which says where the
 * numbers are from. */
void html_begin(struct text *out, const char *title);
void html_add_tools(struct text *out);
void html_end(struct text *out, const char *source);
/* A section with the table, number from 0. model and budget (html_add_samples) may be NULL where no
 * line begins with a row. */
void html_add_table(struct text *out, const struct report_model *model, const struct table *table,
	size_t number, size_t *budget);

#endif
