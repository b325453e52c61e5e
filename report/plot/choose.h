/* Choosing which figures a report has: what its files have in common. Not for
 * other rooms. */
#ifndef TARE_REPORT_CHOOSE_H
#define TARE_REPORT_CHOOSE_H

#include "report/plot/plot.h"

struct figures {
	struct report_model *model;
	struct plot *plots;
	size_t count, capacity;
};

/* A new figure. Names are numbered, so that whatever is replaced in them they differ. */
struct plot *figures_add_plot(
	struct figures *figures, const struct report_group *group, const char *title);
/* What a figure of the group is about, to which the metric is added; the caller frees it. */
char *figures_title(const struct report_model *model, const struct report_group *group);
bool figures_measured(const struct report_model *model, const struct report_row *row);
/* How many rows from this one on are of its metric; whether they make a curve: points of a
 * headline. */
size_t figures_rows(const struct report_group *group, size_t first);
bool figures_is_curve(
	const struct report_model *model, const struct report_row *rows, size_t count);

#endif
