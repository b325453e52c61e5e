/* The figures of reports, comparisons and histories, drawn by gnuplot. */
#ifndef TARE_REPORT_FIGURES_H
#define TARE_REPORT_FIGURES_H

#include "report/model/model.h"

/* Draws the figures into dir (made if missing): NAME.svg, NAME.png, NAME.pdf, the caption NAME.txt,
 * and the script NAME.gp with its data NAME.dat, to be changed and run again. With
 * options.figures_all details are drawn, too. The HTML written from the model afterwards shows
 * them. *count (may be NULL) is how many were drawn. A figure that cannot be drawn is left out with
 * a warning; an error if that is so for all. Needs gnuplot in PATH. */
int report_figures(struct report_model *model, const char *dir, size_t *count, struct error *e);

struct comparison;
struct history;

/* The looks of every headline of a comparison (report/verdict/compare.h), in the same way. *count:
 * how many; 0 where the campaign did not run until it was decided. */
int compare_figures(
	const struct comparison *comparison, const char *dir, size_t *count, struct error *e);
/* Every series of a history (report/verdict/history.h), in the same way. *count: how many. */
int history_figures(const struct history *history, const char *dir, size_t *count, struct error *e);

#endif
