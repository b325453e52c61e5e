/* What the tests of the network and of the MPI benchmarks share beyond harness.h. */
#ifndef TARE_TESTS_BENCH_NETWORK_CHECKS_H
#define TARE_TESTS_BENCH_NETWORK_CHECKS_H

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#include "base/array.h"

/* The only value of a metric at x. */
static inline double single_value(
	const struct benchmark *bench, const struct samples *samples, const char *metric, double x)
{
	const struct series *s = series_at(bench, samples, metric, x);

	assert_int_equal(s->count, 1);
	return s->values[0];
}

/* Bytes from a fixed generator are never an output. */
static inline void refuse_noise(const struct benchmark *bench)
{
	uint32_t state = 1;
	char noise[512];

	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(noise); i++) {
			state = state * 1664525 + 1013904223;
			noise[i] = (char)(state >> 24);
		}
		parse_bad(bench, noise, sizeof(noise), "");
	}
}

static inline bool has_metric(
	const struct benchmark *bench, const struct samples *samples, const char *metric, double x)
{
	for (size_t i = 0; i < samples->count; i++)
		if (strcmp(bench->metrics[samples->series[i].metric].name, metric) == 0 &&
			samples->series[i].x == x)
			return true;
	return false;
}

static inline double mean_of(const struct series *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->count; i++)
		sum += s->values[i];
	return sum / (double)s->count;
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
