/* Captured outputs, damage, and running commands for the tests of bench/: see harness.h. */
#include "harness.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "stats/quantile.h"

enum { OUTPUT_BYTES_MAX = 1 << 20 };

static char *read_all(const char *path, size_t *count)
{
	struct error e = {0};
	char *bytes = NULL;

	if (file_read(path, OUTPUT_BYTES_MAX, &bytes, count, &e) < 0)
		fail_msg("%s", e.text);
	return bytes;
}

char *golden_read(const char *name, size_t *count)
{
	cleanup_free char *path = str_printf(TARE_SOURCE_DIR "/tests/golden/bench/%s", name);

	return read_all(path, count);
}

void *options_with(const struct benchmark *benchmark, ...)
{
	void *options = options_new(benchmark->options, benchmark->options_size);
	struct error e = {0};
	const char *pair;
	va_list pairs;

	va_start(pairs, benchmark);
	while ((pair = va_arg(pairs, const char *))) {
		cleanup_free char *name = str_dup(pair);
		char *value = strchr(name, '=');

		*value++ = '\0';
		if (option_set(option_find(benchmark->options, name), options, value, &e) < 0)
			fail_msg("%s: %s", pair, e.text);
	}
	va_end(pairs);
	return options;
}

struct samples parse_good(const struct benchmark *benchmark, const char *text, size_t count)
{
	struct samples samples = {0};
	struct error e = {0};

	if (benchmark->parse(text, count, &samples, &e) < 0)
		fail_msg("%s: %s", benchmark->name, e.text);
	assert_true(samples.count > 0);
	return samples;
}

/* A copy of exactly count bytes, so that the sanitizer sees a read beyond them. */
static int parse_copy(
	const struct benchmark *benchmark, const char *text, size_t count, struct error *e)
{
	char *copy = mem_new(count, 1);
	struct samples samples = {0};
	int status;

	memcpy(copy, text, count);
	status = benchmark->parse(copy, count, &samples, e);
	for (size_t i = 0; status == 0 && i < samples.count; i++)
		for (size_t k = 0; k < samples.series[i].count; k++)
			assert_true(isfinite(samples.series[i].values[k]));
	bench_samples_free(&samples);
	free(copy);
	return status;
}

void parse_bad(
	const struct benchmark *benchmark, const char *text, size_t count, const char *expected)
{
	struct error e = {0};

	if (parse_copy(benchmark, text, count, &e) == 0)
		fail_msg("%s took a text that should fail with \"%s\"", benchmark->name, expected);
	if (!strstr(e.text, expected))
		fail_msg("\"%s\" does not have \"%s\" in it", e.text, expected);
}

const struct series *series_at(const struct benchmark *benchmark, const struct samples *samples,
	const char *metric, double x)
{
	for (size_t i = 0; i < samples->count; i++)
		if (strcmp(benchmark->metrics[samples->series[i].metric].name, metric) == 0 &&
			samples->series[i].x == x)
			return &samples->series[i];
	fail_msg("no %s at %g", metric, x);
	return NULL;
}

double median_at(const struct benchmark *benchmark, const struct samples *samples,
	const char *metric, double x)
{
	const struct series *series = series_at(benchmark, samples, metric, x);

	return quantile_median(series->values, series->count);
}

void check_damage(const struct benchmark *benchmark, const char *text, size_t count, size_t needed,
	size_t step)
{
	cleanup_free char *damaged = mem_new(count, 1);
	struct error e = {0};
	uint64_t state = 1;

	assert_true(count > 0);
	for (size_t cut = 0; cut < count; cut += step)
		if (parse_copy(benchmark, text, cut, &e) == 0 && cut < needed)
			fail_msg("%s took the first %zu of %zu bytes", benchmark->name, cut, count);
	for (size_t round = 0; round < 2000; round++) {
		memcpy(damaged, text, count);
		for (size_t flips = 0; flips <= round % 8; flips++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			damaged[((state >> 33) * count) >> 31] = (char)(state >> 56);
		}
		parse_copy(benchmark, damaged, count, &e);
	}
}

static void check_name(const char *name)
{
	assert_true(name[0] != '\0');
	for (const char *c = name; *c; c++)
		assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '_');
}

void check_tables(const struct benchmark *benchmark)
{
	void *options = options_new(benchmark->options, benchmark->options_size);
	struct error e = {0};

	assert_non_null(benchmark->summary);
	assert_non_null(benchmark->source);
	for (const struct option_row *row = benchmark->options; row->name; row++) {
		check_name(row->name);
		assert_non_null(row->help);
		assert_ptr_equal(option_find(benchmark->options, row->name), row);
		if (row->default_text && option_set(row, options, row->default_text, &e) < 0)
			fail_msg("%s %s: %s", benchmark->name, row->name, e.text);
	}
	if (benchmark->check && benchmark->check(options, &e) < 0)
		fail_msg("%s: %s", benchmark->name, e.text);
	for (const struct metric *metric = benchmark->metrics; metric->name; metric++) {
		check_name(metric->name);
		assert_non_null(metric->unit);
		assert_non_null(metric->help);
		assert_int_equal(!metric->x_name, !metric->x_unit);
		for (const struct metric *other = benchmark->metrics; other < metric; other++)
			assert_string_not_equal(other->name, metric->name);
	}
	options_free(benchmark->options, options);
}

static void put_files(const struct command *command, const char *dir)
{
	for (size_t i = 0; i < command->file_count; i++) {
		cleanup_free char *path = str_printf("%s/%s", dir, command->files[i].name);
		cleanup_file FILE *file = fopen(path, "wb");

		assert_non_null(file);
		assert_int_equal(fwrite(command->files[i].bytes, 1, command->files[i].count, file),
			command->files[i].count);
	}
}

static void collect_files(const struct command *command, const char *dir, struct text *text)
{
	for (size_t i = 0; i < command->collect_count; i++) {
		cleanup_free char *path = str_printf("%s/%s", dir, command->collect[i]);
		cleanup_free char *bytes = NULL;
		size_t count;

		bytes = read_all(path, &count);
		text_addf(text, "==> %s <==\n", command->collect[i]);
		text_add_bytes(text, bytes, count);
	}
}

char *run_command(const struct command *command, const char *program, int status, size_t *count)
{
	char dir[] = "/tmp/tare-bench-test-XXXXXX";
	struct process_result result;
	struct argv argv = {0}, remove = {0};
	struct text text = {0};
	struct error e = {0};

	assert_non_null(mkdtemp(dir));
	put_files(command, dir);
	argv_add_all(&argv, "/usr/bin/env", "-C", dir, NULL);
	argv_append(&argv, &command->env);
	argv_add(&argv, program ? program : command->argv.words[0]);
	for (size_t i = 1; i < command->argv.count; i++)
		argv_add(&argv, command->argv.words[i]);
	if (process_run(&argv, 100, &result, &e) < 0)
		fail_msg("%s", e.text);
	if (result.exit_status != status)
		fail_msg("exit status %d: %s", result.exit_status, result.output);
	text_add_bytes(&text, result.output, result.output_bytes);
	if (status == 0)
		collect_files(command, dir, &text);
	argv_add_all(&remove, "/bin/rm", "-rf", dir, NULL);
	assert_int_equal(process_check(&remove, 10, &e), 0);
	argv_free(&argv);
	argv_free(&remove);
	process_result_free(&result);
	*count = text.count;
	return text_take(&text);
}
