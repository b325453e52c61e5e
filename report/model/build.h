/* Makes the model behind every format from what a store holds. */
#ifndef TARE_REPORT_BUILD_H
#define TARE_REPORT_BUILD_H

#include "report/model/model.h"

/* Reads data (which must outlive the model) and computes every block value, ratio and interval.
 * Fails only on what makes a report meaningless: a baseline that is no target, a confidence
 * outside 0 … 1. Freed by report_model_free. */
int report_model_new(const struct store_data *data, const struct report_options *options,
	struct report_model **out, struct error *e);

#endif
