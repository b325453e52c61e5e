/* Reports: readers of the store. The store and the statistics are read once into one model; every
 * format is a small writer over it, so that all formats agree. Nothing here runs, changes or
 * prints anything; figures are the only thing that starts a program (gnuplot). */
#ifndef TARE_REPORT_REPORT_H
#define TARE_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"
#include "store/store.h"

struct report_model;

struct report_options {
	double confidence; /* of the intervals, two-sided; 0: 0.95 */
	unsigned width; /* columns of the terminal that text is for; 0: 100 */
	bool colour; /* text for a terminal that shows colours */
	/* A published data set whose numbers stand beside the measured ones they can be compared
	 * with; NULL: none. Must outlive the model. */
	const struct store_data *beside;
};

/* Reads data (which must outlive the model) and computes every block value, ratio and interval.
 * Fails only on what makes a report meaningless: a baseline that is no target, a confidence
 * outside 0 … 1. Freed by report_model_free. */
int report_model_new(const struct store_data *data, const struct report_options *options,
	struct report_model **out, struct error *e);
void report_model_free(struct report_model *model); /* safe with NULL */

/* A published data set (results/published/NAME.csv: target, benchmark, metric, unit, better, block,
 * run, value, with a header line) as if a campaign had measured it: one placement "1x1", the first
 * target is the baseline. The name is the file's without its suffix. Freed by store_data_free. */
int report_published_read(const char *path, struct store_data **out, struct error *e);

struct report_format {
	const char *name; /* as --format has it, and the usual file name extension; NULL ends */
	const char *summary;
	void (*write)(const struct report_model *model, struct text *out);
};
extern const struct report_format report_formats[];
const struct report_format *report_format_find(const char *name); /* NULL if there is none */

/* Every stored sample as CSV, one per line: target, placement, benchmark, parameters, metric,
 * unit, x, emulated, block, run, machine, index, value. Values with all their digits. */
void report_write_samples_csv(const struct report_model *model, struct text *out);

/* Where the campaign's wall time went, host by host: booting, measuring, and what is neither; as text
 * or as JSON. Refused for data that no campaign measured. */
int report_timing(const struct store_data *data, bool json, struct text *out, struct error *e);

/* Draws every figure into dir (made if missing): NAME.svg, NAME.png, NAME.pdf, and
 * the script NAME.gp with its data NAME.dat, to be changed and run again. The HTML written
 * from the model afterwards shows them. *count (may be NULL) is how many were drawn. Needs
 * gnuplot in PATH. */
int report_figures(struct report_model *model, const char *dir, size_t *count, struct error *e);

#endif
