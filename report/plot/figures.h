/* The figures of a report, drawn by gnuplot. */
#ifndef TARE_REPORT_FIGURES_H
#define TARE_REPORT_FIGURES_H

#include "report/model/model.h"

/* Draws every figure into dir (made if missing): NAME.svg, NAME.png, NAME.pdf, and
 * the script NAME.gp with its data NAME.dat, to be changed and run again. The HTML written
 * from the model afterwards shows them. *count (may be NULL) is how many were drawn. Needs
 * gnuplot in PATH. */
int report_figures(struct report_model *model, const char *dir, size_t *count, struct error *e);

#endif
