/* Markdown as every writer of it makes it. Not for other rooms. */
#ifndef TARE_REPORT_MARKDOWN_H
#define TARE_REPORT_MARKDOWN_H

#include "report/write/table.h"

/* Adds text so that it is shown as it is, in the midst of a line: every character that could mean
 * something there, or to HTML in it, gets a backslash or is an entity; newlines and tabs are
 * spaces; nothing becomes a mention, a reference or a link. What means something at the start of a
 * line only is left: nothing may start one with it. */
void markdown_add(struct text *out, const char *text);
/* The table (GitHub's and GitLab's) below a heading of that level. */
void markdown_add_table(struct text *out, const struct table *table, int level);

#endif
