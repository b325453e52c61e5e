/* The tables of the export "tidy": their columns, once for the CSV files and for their dictionary.
 * Not for other rooms. */
#ifndef TARE_REPORT_TIDY_H
#define TARE_REPORT_TIDY_H

#include "report/model/model.h"

struct tidy_column {
	const char *name; /* NULL ends a table */
	const char *type; /* of the standard Table Schema */
	const char *help; /* with the unit, where it has one that is always the same */
};

struct tidy_table {
	const char *name; /* of its file, without ".csv"; NULL ends */
	const char *help;
	const struct tidy_column *columns;
	const char *const *key; /* names of the columns that tell rows apart; NULL ends */
	void (*write)(const struct report_model *model, struct text *out); /* the rows */
};
extern const struct tidy_table tidy_tables[];

/* The rows of each, in the order of its columns. */
void tidy_write_samples(const struct report_model *model, struct text *out);
void tidy_write_runs(const struct report_model *model, struct text *out);
void tidy_write_cells(const struct report_model *model, struct text *out);
void tidy_write_metrics(const struct report_model *model, struct text *out);

#endif
