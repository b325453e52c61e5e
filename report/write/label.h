/* Short names for what stands in a report's lines: areas, parameters, headlines. */
#ifndef TARE_REPORT_LABEL_H
#define TARE_REPORT_LABEL_H

#include "report/model/model.h"

/* All of these are for the caller to free. */

/* "MPI 1x2"; "MPI" where the campaign has one placement only. mark: of a footnote, or "". */
char *label_area(
	const struct report_model *model, const struct report_area *area, const char *mark);
/* "delay 2 ms, 1 Gbit/s", "randread", "queue depth 4": a parameter's value as people say it; of a
 * network's conditions as many as tell it from the campaign's others. */
char *label_value(const struct report_model *model, const char *key, const char *value);
/* Of the parameters those in which the group differs from others of its benchmark and placement:
 * "randread, queue depth 4", or "". axis: the row has an x, which lists of sizes stand for.
 * without: a key to be left out, or NULL. */
char *label_varied(const struct report_model *model, const struct report_group *group, bool axis,
	const char *without);
/* "randread bandwidth at 4 KiB": the benchmark, where the area has several, what is varied, the
 * metric. */
char *label_row(const struct report_model *model, const struct report_group *group,
	const struct report_row *row, const char *without);
/* "disk: size=64M seconds=2s; flush: …": what the area's groups have in common, or "". */
char *label_shared(const struct report_model *model, const struct report_area *area);
/* The area that a group is of. */
const struct report_area *label_area_of(
	const struct report_model *model, const struct report_group *group);

#endif
