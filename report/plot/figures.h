/* The figures of a report, drawn by gnuplot. */
#ifndef TARE_REPORT_FIGURES_H
#define TARE_REPORT_FIGURES_H

#include "report/model/model.h"

/* Draws the figures into dir (made if missing): NAME.svg, NAME.png, NAME.pdf, the caption NAME.txt,
 * and the script NAME.gp with its data NAME.dat, to be changed and run again. With
 * options.figures_all details are drawn, too. The HTML written from the model afterwards shows
 * them. *count (may be NULL) is how many were drawn. A figure that cannot be drawn is left out with
 * a warning; an error if that is so for all. Needs gnuplot in PATH. */
int report_figures(struct report_model *model, const char *dir, size_t *count, struct error *e);

#endif
