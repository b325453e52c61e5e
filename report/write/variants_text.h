/* The words about variants of a target (model/variants.c). */
#ifndef TARE_REPORT_VARIANTS_TEXT_H
#define TARE_REPORT_VARIANTS_TEXT_H

#include "report/model/model.h"

/* Footnotes of the variations from first to end: a line for each variant, "\nNAME: cache=none",
 * with the options that differ from the first variant's; "" for other variations. The caller's. */
char *variants_text(const struct report_model *model, size_t first, size_t end);

#endif
