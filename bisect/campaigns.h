/* Running one campaign of a search, and reading what it measured. */
#ifndef TARE_BISECT_CAMPAIGNS_H
#define TARE_BISECT_CAMPAIGNS_H

#include "bisect/search.h"
#include "bisect/variants.h"

/* Whether campaigns can be made of the setup's file, target, option and margin. */
int campaigns_check(const struct search_setup *search, struct error *e);

/* Writes DIR/NAME.yaml and runs it into DIR/NAME. only: the cell that is measured; NULL: all. setup
 * has the seed and the order. A refusal's reason is in e. */
enum run_result campaigns_run(const struct search_setup *search, const char *name,
	const struct variants *variants, const struct measured_metric *only,
	struct run_setup *setup, struct error *e);

/* The store in DIR/NAME, or NULL. Freed by store_data_free. */
struct store_data *campaigns_read(
	const struct search_setup *search, const char *name, struct error *e);

#endif
