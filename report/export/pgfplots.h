/* Which figures the export "pgfplots" has, and what one is. Not for other rooms. */
#ifndef TARE_REPORT_PGFPLOTS_H
#define TARE_REPORT_PGFPLOTS_H

#include "report/export/export.h"

/* A point of a target's series, with the ends of its interval; NaN: it has none. */
struct pgfplots_point {
	double x, y, low, high;
};

/* A figure: a series per target. */
struct pgfplots_figure {
	char *name; /* owned; of its files, without their suffix */
	char *caption; /* owned; one line */
	char *x_label, *y_label; /* owned */
	char **ticks; /* owned: what stands at x = 1, 2 …; NULL: x is a number */
	size_t tick_count;
	bool x_log, y_log;
	struct pgfplots_series {
		size_t target;
		bool emulated;
		struct pgfplots_point *points; /* owned */
		size_t count, capacity;
	} * series; /* owned; those that have a point */
	size_t series_count;
};

struct pgfplots_figures {
	struct pgfplots_figure *list;
	size_t count, capacity;
};

/* The slowdowns of all headlines, and a figure for each curve of a headline metric. */
void pgfplots_figures_make(const struct report_model *model, struct pgfplots_figures *figures);
void pgfplots_figures_free(struct pgfplots_figures *figures);

#endif
