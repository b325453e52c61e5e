/* What campaigns of a bisection measured: which metric the anchors differ in, and its values. */
#ifndef TARE_BISECT_MEASURED_H
#define TARE_BISECT_MEASURED_H

#include "base/text.h"
#include "stats/bisect.h"
#include "store/store.h"

/* One metric of one cell. Zero-initialised is empty. */
struct measured_metric {
	char *placement, *benchmark, *parameters, *name;
	double x; /* NaN: it has no axis */
	bool additive, higher_is_better;
	double margin; /* on the scale of y of stats/bisect.h */
	char *change; /* "+5.1 % [+4.2, +6.0]": of the bad anchor */
};

/* The metric in which target `bad` is most clearly worse than target `good`, as a gate decides from
 * the store. None is a REGRESSION: -1, and the error says what was measured. Freed by
 * measured_metric_free, also after an error. */
int measured_find(const struct store_data *data, const char *good, const char *bad,
	struct measured_metric *out, struct error *e);
void measured_metric_free(struct measured_metric *metric);
/* "integer_rate of cpu, 1x1". Caller frees. */
char *measured_metric_text(const struct measured_metric *metric);

/* Why a target has no value: of a run that failed, else of a cell that was skipped. The text is the
 * data's. */
const char *measured_why_not(const struct store_data *data, const char *target);

/* A target of the store, and which revision it is. */
struct measured_target {
	const char *name;
	size_t revision;
};

/* The metric's values of these targets (at most BISECT_STARTS_MOST), block by block. *blocks is the
 * caller's to free; blocks without any value are left out. */
int measured_read(const struct store_data *data, const struct measured_metric *metric,
	const struct measured_target *targets, size_t count, struct bisect_block **blocks,
	size_t *block_count, struct error *e);

#endif
