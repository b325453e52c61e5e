/* A plan as a matrix: what one run of each benchmark takes on each target. */
#ifndef TARE_CLI_PLAN_MATRIX_H
#define TARE_CLI_PLAN_MATRIX_H

#include "base/text.h"
#include "campaign/plan/forecast.h"
#include "campaign/plan/plan.h"

/* Adds the matrix, with as many targets beside each other as fit into width characters: a row for
 * each placement, benchmark and set of parameters, "–" with the number of a reason where it is
 * skipped; below what starting the machines takes once, and all blocks of a target. Then the
 * reasons. */
void plan_matrix_add(
	const struct plan *plan, const struct forecast *forecast, size_t width, struct text *out);

#endif
