/* The formats of a report, and their writers. */
#ifndef TARE_REPORT_FORMATS_H
#define TARE_REPORT_FORMATS_H

#include "report/model/model.h"

struct report_format {
	const char *name; /* as --format has it; NULL ends */
	const char *file; /* what it is called beside other formats */
	const char *summary;
	void (*write)(const struct report_model *model, struct text *out);
};
extern const struct report_format report_formats[];
const struct report_format *report_format_find(const char *name); /* NULL if there is none */

/* Every stored sample as CSV, one per line: target, placement, benchmark, parameters, metric,
 * unit, x, emulated, block, run, machine, index, value. Values with all their digits. */
void report_write_samples_csv(const struct report_model *model, struct text *out);

/* Every counter at both edges of every run as CSV: target, placement, benchmark, parameters, block,
 * run, machine, source, counter, unit, kind, at_start, at_end, growth, run_s, note. */
void report_write_counters_csv(const struct report_model *model, struct text *out);

void report_write_text(const struct report_model *model, struct text *out);
void report_write_markdown(const struct report_model *model, struct text *out);
void report_write_csv(const struct report_model *model, struct text *out);
void report_write_json(const struct report_model *model, struct text *out);
void report_write_html(const struct report_model *model, struct text *out);
void report_write_latex(const struct report_model *model, struct text *out);

/* One field of a line of CSV, without its comma: in quotes where it has to be, and behind an
 * apostrophe where a spreadsheet would take it for a formula; a number that is not known is empty,
 * for zero is a value. */
void csv_add_field(struct text *out, const char *text);
void csv_add_number(struct text *out, double value);
/* The samples of a series, a line each: the prefix, the sample's index, and its value with all its
 * digits. */
void csv_add_samples(struct text *out, const struct text *prefix, const struct data_series *series);

#endif
