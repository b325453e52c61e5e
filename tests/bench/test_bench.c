/* What all benchmarks share: the list, the tables of every benchmark, samples and commands. */
#include "harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; benchmarks[i]; i++) {
		check_tables(benchmarks[i]);
		assert_ptr_equal(benchmark_find(benchmarks[i]->name), benchmarks[i]);
	}
	assert_null(benchmark_find("no-such-benchmark"));
	assert_null(benchmark_find(""));
}

/* Where a cell has all it could ask for, nothing is skipped; in an empty machine, none runs that
 * needs a second one. */
static void test_why_not(void **state)
{
	static const struct machine_facts rich = {.hosts = 4,
		.machines = 16,
		.cpus = 8,
		.memory_bytes = 64LL << 30,
		.scratch_bytes = 1LL << 40,
		.ranks = 128,
		.can_save = true,
		.can_migrate = true,
		.has_storage_counters = true,
		.spare_memory_bytes = 64LL << 30,
		.image_packages =
			"bc\nbison\nflex\ngcc\ngromacs\nlibc6-dev\nlibelf-dev\nlibssl-dev\n"
			"linux-source-6.1\nmake\nperl\nxz-utils\n"};
	static const struct machine_facts poor = {.hosts = 1, .machines = 1, .cpus = 1, .ranks = 1};

	(void)state;
	for (size_t i = 0; benchmarks[i]; i++) {
		const struct benchmark *b = benchmarks[i];
		void *options = options_new(b->options, b->options_size);

		if (b->why_not) {
			assert_null(b->why_not(options, &rich));
			if (b->topology == TOPOLOGY_PAIR || b->topology == TOPOLOGY_RANKS)
				assert_non_null(b->why_not(options, &poor));
		}
		options_free(b->options, options);
	}
}

/* Every command has an absolute program, a forecast, and no shell. */
static void test_commands(void **state)
{
	const struct role role = {.index = 1,
		.count = 2,
		.cpus = 2,
		.memory_bytes = 1 << 30,
		.machines = 2,
		.ranks = 4,
		.peer = "198.18.0.1",
		.port = 5201,
		.scratch_dir = "/scratch",
		.scratch_bytes = 1 << 30};
	struct error e = {0};

	(void)state;
	for (size_t i = 0; benchmarks[i]; i++) {
		const struct benchmark *b = benchmarks[i];
		void *options = options_new(b->options, b->options_size);
		struct command command = {0};

		assert_int_equal(b->command(options, &role, &command, &e), 0);
		assert_int_equal(command.argv.words[0][0], '/');
		assert_null(strstr(command.argv.words[0], "/sh"));
		assert_true(command.expected_s > 0 && command.expected_s < 3600);
		command_free(&command);
		assert_int_equal(command.argv.count, 0);
		options_free(b->options, options);
	}
}

static void test_samples(void **state)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY};
	struct samples samples = {0};
	struct error e = {0};

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(samples_add(&samples, 0, 0, i, &e), 0);
		assert_int_equal(samples_add(&samples, 1, i % 2, -i, &e), 0);
	}
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		assert_int_equal(samples_add(&samples, 0, 0, bad[i], &e), -1);
		assert_int_equal(samples_add(&samples, 0, bad[i], 1, &e), -1);
	}
	assert_int_equal(samples.count, 3);
	assert_int_equal(samples.series[0].count, 100);
	assert_int_equal(samples.series[1].count, 50);
	assert_int_equal(samples.series[2].count, 50);
	for (int i = 0; i < 100; i++)
		assert_true(samples.series[0].values[i] == i);
	assert_true(samples.series[2].x == 1 && samples.series[2].values[49] == -99);
	samples_free(&samples);
	assert_null(samples.series);
	samples_free(&samples);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(better_text(BETTER_LOWER), "lower");
	assert_string_equal(better_text(BETTER_NONE), "none");
	assert_string_equal(statistic_text(STATISTIC_P99), "p99");
	assert_string_equal(statistic_text(STATISTIC_SUM), "sum");
	assert_string_equal(topology_text(TOPOLOGY_RANKS), "ranks");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables),
		cmocka_unit_test(test_why_not), cmocka_unit_test(test_commands),
		cmocka_unit_test(test_samples), cmocka_unit_test(test_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
