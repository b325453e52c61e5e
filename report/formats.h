/* The writers behind report_formats. Not for other rooms. */
#ifndef TARE_REPORT_FORMATS_H
#define TARE_REPORT_FORMATS_H

#include "report/model.h"

void report_write_text(const struct report_model *model, struct text *out);
void report_write_markdown(const struct report_model *model, struct text *out);
void report_write_csv(const struct report_model *model, struct text *out);
void report_write_json(const struct report_model *model, struct text *out);
void report_write_html(const struct report_model *model, struct text *out);
void report_write_latex(const struct report_model *model, struct text *out);

/* One field of a line of CSV, without its comma: in quotes where it has to be; a number that is not
 * known is empty, for zero is a value. */
void csv_add_field(struct text *out, const char *text);
void csv_add_number(struct text *out, double value);

#endif
