/* JUnit XML as the common CI servers read it: one suite, one test case per compared item. */
#ifndef TARE_REPORT_JUNIT_H
#define TARE_REPORT_JUNIT_H

#include "report/verdict/compare.h"

/* REGRESSION is a failure; failed runs are an error; what is not measured or inconclusive is
 * skipped, with what would decide it; the rest passed. */
void junit_write(const struct comparison *comparison, struct text *out);

#endif
