/* LaTeX's escaping, for every writer of it. Not for other rooms. */
#ifndef TARE_REPORT_LATEX_H
#define TARE_REPORT_LATEX_H

#include "base/text.h"

/* Adds valid UTF-8 text so that LaTeX typesets it as it is: plain ASCII, no character with a
 * meaning, newlines as spaces. What has no command stands as U+ and its number. */
void latex_add(struct text *out, const char *text);

#endif
