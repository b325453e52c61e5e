/* What the tests of bench/ share: captured outputs, damaged copies of them, and running a
 * benchmark's command on this machine as an agent would. */
#ifndef TARE_TESTS_BENCH_HARNESS_H
#define TARE_TESTS_BENCH_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs those before it. */
#include <cmocka.h>

#include "bench/bench.h"

/* The bytes of tests/golden/bench/NAME; the caller frees. Fails the test if there are none. */
char *golden_read(const char *name, size_t *count);

/* Options with the texts "name=value" set, up to NULL; the test fails if one is refused. */
void *options_with(const struct benchmark *benchmark, ...) __attribute__((sentinel));

/* Parses; the test fails unless that succeeds. The caller frees the samples. */
struct samples parse_good(const struct benchmark *benchmark, const char *text, size_t count);

/* The test fails unless parsing fails, with a message that has `expected` in it. */
void parse_bad(
	const struct benchmark *benchmark, const char *text, size_t count, const char *expected);

/* The series of a metric at x; the test fails if there is none. */
const struct series *series_at(const struct benchmark *benchmark, const struct samples *samples,
	const char *metric, double x);
/* Its median. */
double median_at(const struct benchmark *benchmark, const struct samples *samples,
	const char *metric, double x);

/* Every step-th prefix of text must be refused, but for those that lack only what follows the
 * first `needed` bytes; and copies with some bytes changed must not crash (they may well parse). */
void check_damage(const struct benchmark *benchmark, const char *text, size_t count, size_t needed,
	size_t step);

/* Every text of the option table's defaults parses, names are unique and well-formed, help is
 * there, and the default options pass the check. */
void check_tables(const struct benchmark *benchmark);

/* Runs the command in a fresh directory, with argv[0] replaced if program is not NULL, and returns
 * what parse would get; the caller frees. Fails the test unless the exit status is `status`. */
char *run_command(const struct command *command, const char *program, int status, size_t *count);

#endif
