/* For the tests of benchmarks: captured outputs, what was parsed from them, and damage. */
#ifndef TARE_TESTS_BENCH_PARSE_CHECKS_H
#define TARE_TESTS_BENCH_PARSE_CHECKS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "bench/bench.h"

/* A file under tests/golden/bench/. Caller frees. */
static inline char *golden_read(const char *name, size_t *count)
{
	cleanup_free char *path = str_printf("%s/tests/golden/bench/%s", TARE_SOURCE_DIR, name);
	struct error e = {0};
	char *bytes;

	if (file_read(path, 1 << 20, &bytes, count, &e) < 0)
		fail_msg("%s", e.text);
	return bytes;
}

/* The series of a metric at x, or NULL. */
static inline const struct series *series_find(
	const struct benchmark *bench, const struct samples *samples, const char *metric, double x)
{
	for (size_t i = 0; i < samples->count; i++) {
		const struct series *s = &samples->series[i];
		if (strcmp(bench->metrics[s->metric].name, metric) == 0 && s->x == x)
			return s;
	}
	return NULL;
}

/* The only value of a metric at x. */
static inline double single_value(
	const struct benchmark *bench, const struct samples *samples, const char *metric, double x)
{
	const struct series *s = series_find(bench, samples, metric, x);

	if (!s)
		fail_msg("no %s at %g", metric, x);
	assert_int_equal(s->count, 1);
	return s->values[0];
}

/* Parses a copy of exactly length bytes, so that the sanitizer sees a read beyond. On error the
 * text must be one line that is not empty. */
static inline int parse_exactly(const struct benchmark *bench, const char *text, size_t length,
	struct samples *samples, struct error *e)
{
	cleanup_free char *copy = mem_new(length ? length : 1, 1);
	int status;

	memcpy(copy, text, length);
	*e = (struct error){0};
	status = bench->parse(copy, length, samples, e);
	if (status < 0) {
		assert_true(e->text[0] != '\0');
		assert_null(strchr(e->text, '\n'));
	}
	return status;
}

static inline void assert_refused(
	const struct benchmark *bench, const char *text, size_t length, const char *reason)
{
	struct samples samples = {0};
	struct error e;

	if (parse_exactly(bench, text, length, &samples, &e) == 0)
		fail_msg("%s accepted %zu bytes: %.60s", bench->name, length, text);
	if (reason && !strstr(e.text, reason))
		fail_msg("expected \"%s\" in the error, got: %s", reason, e.text);
	samples_free(&samples);
}

/* Every prefix of a captured output is an error; `whole` is the length from which on it is not. */
static inline void assert_prefixes_refused(
	const struct benchmark *bench, const char *text, size_t whole)
{
	for (size_t i = 0; i < whole; i++)
		assert_refused(bench, text, i, NULL);
}

/* Captured outputs with one byte changed: an error or numbers, never a crash. */
static inline void survive_damage(const struct benchmark *bench, const char *text, size_t length)
{
	static const char replacements[] = {'\0', '"', '9', '-', ' ', '\n', '}', (char)0xff};
	cleanup_free char *damaged = mem_new(length, 1);

	for (size_t i = 0; i < length; i++) {
		struct samples samples = {0};
		struct error e;

		memcpy(damaged, text, length);
		damaged[i] = replacements[i % sizeof(replacements)];
		parse_exactly(bench, damaged, length, &samples, &e);
		samples_free(&samples);
	}
}

/* Bytes from a fixed generator. */
static inline void refuse_noise(const struct benchmark *bench)
{
	uint32_t state = 1;
	char noise[512];

	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(noise); i++) {
			state = state * 1664525 + 1013904223;
			noise[i] = (char)(state >> 24);
		}
		assert_refused(bench, noise, sizeof(noise), NULL);
	}
}

/* The program of a command is taken from the build tree instead of from the image. */
static inline void use_built_kernel(struct command *command)
{
	const char *name = strrchr(command->argv.words[0], '/') + 1;
	char *path = str_printf("%s/kernels/%s", TARE_BINARY_DIR, name);

	free(command->argv.words[0]);
	command->argv.words[0] = path;
}

#endif
