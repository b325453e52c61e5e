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

#endif
