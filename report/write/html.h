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

/* The drawing of an SVG file as an element of the page, the number-th figure, in the page's
 * colours. false, and nothing added, where it is not one that a page can take in. */
bool html_add_drawing(struct text *out, const char *svg, const char *title, size_t number);

/* The pieces of a table, for tables with cells of their own. */
const char *html_tone_class(enum tone tone);
void html_add_marks(struct text *out, const char *marks);
void html_add_cell_text(struct text *out, const struct cell_text *cell);
/* A whole cell; index counts the table's cells, line by line. */
void html_add_cell(struct text *out, const struct table *table, size_t index);
/* Opens a section with the table's title as its heading. */
void html_begin_section(struct text *out, const struct table *table, size_t number, bool folded);
/* Opens the table, up to its body. attributes: of the element, with a blank before each, or "". */
void html_begin_table(
	struct text *out, const struct table *table, size_t number, const char *attributes);
/* Whether its lines are rows of the model, so that their samples can be shown. */
bool html_has_rows(const struct table *table);
/* A section with the table, number from 0. model and budget (html_add_samples) may be NULL where no
 * line begins with a row. */
void html_add_table(struct text *out, const struct report_model *model, const struct table *table,
	size_t number, size_t *budget);

/* The first screen: which of the report's tables belong to it, and their sections. */
bool html_is_answer(const struct table *table);
bool html_is_overview(const struct table *table);
void html_add_answer(struct text *out, const struct table *table, size_t number);
void html_add_overview(struct text *out, const struct table *table, size_t number);

#endif
