/* JUnit XML as the common CI servers read it: suites of test cases. A comparison is a suite, and
 * every item that counts is a case. */
#ifndef TARE_REPORT_JUNIT_H
#define TARE_REPORT_JUNIT_H

#include "report/verdict/compare.h"

/* REGRESSION is a failure; failed runs are an error; what is not measured or inconclusive is
 * skipped, with what would decide it; the rest passed. */
struct junit_case {
	char *classname, *name, *message; /* the suite's own */
	const char *type; /* the verdict */
	enum compare_gate outcome;
};

struct junit_suite {
	char *name;
	const struct store_data *data; /* when and how long it was measured */
	struct junit_case *cases;
	size_t count, capacity;
	const char *const *notes; /* not the suite's own */
	size_t note_count;
};

/* Takes the case's texts. */
void junit_add_case(struct junit_suite *suite, const struct junit_case *one);
void junit_suite_free(struct junit_suite *suite);
/* The comparison as a suite; it must outlive the suite. Freed by junit_suite_free. */
struct junit_suite junit_suite_of(const struct comparison *comparison);
/* "target.placement.benchmark parameters": servers cut it at the dots. Caller frees. */
char *junit_classname(
	const char *target, const char *placement, const char *benchmark, const char *parameters);
/* "bandwidth @ 4 KiB"; metric NULL: all metrics. Caller frees. */
char *junit_name(const struct report_metric *metric, double x);

void junit_write_suites(
	const char *title, const struct junit_suite *suites, size_t count, struct text *out);
/* One comparison, as a gate writes it. */
void junit_write(const struct comparison *comparison, struct text *out);

#endif
