/* LaTeX as every writer of it makes it. Not for other rooms. */
#ifndef TARE_REPORT_LATEX_H
#define TARE_REPORT_LATEX_H

#include "report/write/table.h"

/* Adds valid UTF-8 text so that LaTeX typesets it as it is: plain ASCII, no character with a
 * meaning, newlines as spaces. What has no command stands as U+ and its number. */
void latex_add(struct text *out, const char *text);
/* The same; long words may be broken anywhere. */
void latex_add_breakable(struct text *out, const char *text);
/* One or the other. */
void latex_add_any(struct text *out, const char *text, bool breakable);
/* Text of a column of numbers: every number goes through siunitx, "x12" is twelve times. breakable:
 * lines may end between a number and its unit. */
void latex_add_numbers(struct text *out, const char *text, bool breakable);
/* The document up to its heading; ended by "\end{document}". */
void latex_begin(struct text *out, const char *title);
/* A booktabs table, with its note in the caption, labelled tab:tare-NUMBER; in parts where it is
 * too wide. */
void latex_add_table(struct text *out, const struct table *table, size_t number);

/* The comparison of an area (TABLE_COMPARISON): a table float whose columns are the baseline's
 * value and every target's slowdown, with its interval below. */
void latex_add_comparison(struct text *out, const struct table *table, size_t number);

/* A report in files of its own: the document, which is "", and what it takes with \input. */
struct latex_file {
	char *name; /* "disk-1x1", "appendix"; owned */
	struct text text; /* owned */
};
/* Makes them, the document first; stem: what their names begin with, as in "quick-disk-1x1.tex".
 * The caller frees them with latex_files_free. */
struct latex_file *latex_files_new(
	const struct report_model *model, const char *stem, size_t *count);
void latex_files_free(struct latex_file *files, size_t count);

#endif
