/* Private to *_write.c: what their documents of JSON share. */
#ifndef TARE_REPORT_VERDICT_JSON_H
#define TARE_REPORT_VERDICT_JSON_H

#include "report/verdict/compare.h"
#include "report/verdict/history.h"
#include "report/write/json.h"

/* Whole documents, of the schemas tare-compare and tare-history. */
json_t *compare_json(const struct comparison *comparison);
json_t *history_json(const struct history *history);

/* "pass", "regression" … */
const char *compare_gate_text(enum compare_gate gate);
/* Null for NULL. */
json_t *compare_expectation_json(const struct expectation *one);

#endif
