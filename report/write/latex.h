/* LaTeX as every writer of it makes it. Not for other rooms. */
#ifndef TARE_REPORT_LATEX_H
#define TARE_REPORT_LATEX_H

#include "report/write/table.h"

/* Adds valid UTF-8 text so that LaTeX typesets it as it is: plain ASCII, no character with a
 * meaning, newlines as spaces. What has no command stands as U+ and its number. */
void latex_add(struct text *out, const char *text);
/* The same; long words may be broken anywhere. */
void latex_add_breakable(struct text *out, const char *text);
/* The document up to its heading; ended by "\end{document}". */
void latex_begin(struct text *out, const char *title);
/* A booktabs table, with its note in the caption, labelled tab:tare-NUMBER; in parts where it is
 * too wide. */
void latex_add_table(struct text *out, const struct table *table, size_t number);

#endif
