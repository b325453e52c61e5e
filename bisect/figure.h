/* The answer of a search as a figure. */
#ifndef TARE_BISECT_FIGURE_H
#define TARE_BISECT_FIGURE_H

#include "bisect/search.h"

/* Draws DIR/figures/bisect (SVG, PNG, PDF): above the chance of every revision to be the first bad
 * one, below every start against the good one of its block. The answer has chances. */
int figure_draw(
	const struct search_setup *setup, const struct search_answer *answer, struct error *e);

#endif
