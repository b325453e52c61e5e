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

/* Headlines in the order of their rank. `at` and `unless` as in struct metric. */
struct headline {
	const char *benchmark, *metric;
	enum headline_at at;
	const char *unless;
};

static const struct headline headlines[] = {
	{"cpu", "integer_rate", HEADLINE_ENDS, NULL},
	{"cpu", "floating_rate", HEADLINE_ENDS, NULL},
	{"micro", "syscall", HEADLINE_ENDS, NULL},
	{"micro", "page_fault", HEADLINE_ENDS, NULL},
	{"micro", "wakeup_futex", HEADLINE_ENDS, NULL},
	{"exits", "cpuid", HEADLINE_ENDS, NULL},
	{"exits", "halt_wakeup", HEADLINE_ENDS, NULL},
	{"lockhold", "acquisitions", HEADLINE_ENDS, NULL},
	{"lockhold", "spin_share", HEADLINE_ENDS, NULL},
	{"noise", "work_noise", HEADLINE_ENDS, NULL},
	{"noise", "slowdown", HEADLINE_LARGEST, NULL},
	{"timer-latency", "latency_p99", HEADLINE_ENDS, NULL},
	{"linpack", "gflops", HEADLINE_LARGEST, NULL},
	{"hpcc", "hpl_tflops", HEADLINE_ENDS, NULL},
	{"hpcc", "stardgemm_gflops", HEADLINE_ENDS, NULL},
	{"hpcc", "starstream_triad", HEADLINE_ENDS, NULL},
	{"hpcc", "ptrans_gbs", HEADLINE_ENDS, NULL},
	{"hpcc", "mpirandomaccess_gups", HEADLINE_ENDS, NULL},
	{"hpcc", "mpifft_gflops", HEADLINE_ENDS, NULL},
	{"hpcc", "randomlyorderedringlatency_usec", HEADLINE_ENDS, NULL},
	{"hpcc", "randomlyorderedringbandwidth_gbytes", HEADLINE_ENDS, NULL},
	{"disk", "bandwidth", HEADLINE_ENDS, NULL},
	{"disk", "latency_p99", HEADLINE_ENDS, "sync_median"},
	{"disk", "sync_median", HEADLINE_ENDS, NULL},
	{"shared", "bandwidth", HEADLINE_ENDS, NULL},
	{"shared", "latency_p99", HEADLINE_ENDS, "sync_median"},
	{"shared", "sync_median", HEADLINE_ENDS, NULL},
	{"shared", "create_rate", HEADLINE_ENDS, NULL},
	{"shared", "stat_rate", HEADLINE_ENDS, NULL},
	{"shared", "unlink_rate", HEADLINE_ENDS, NULL},
	{"bonnie", "block_write", HEADLINE_ENDS, NULL},
	{"bonnie", "block_read", HEADLINE_ENDS, NULL},
	{"bonnie", "seeks", HEADLINE_ENDS, NULL},
	{"kernbuild", "elapsed", HEADLINE_ENDS, NULL},
	{"gromacs", "performance", HEADLINE_ENDS, NULL},
	{"net", "throughput", HEADLINE_ENDS, "loss"},
	{"net", "throughput_reverse", HEADLINE_ENDS, "loss_reverse"},
	{"net", "delivered", HEADLINE_ENDS, "retransmits"},
	{"net", "delivered_reverse", HEADLINE_ENDS, "retransmits_reverse"},
	{"net", "loss", HEADLINE_ENDS, NULL},
	{"net", "loss_reverse", HEADLINE_ENDS, NULL},
	{"latency", "round_trip", HEADLINE_ENDS, NULL},
	{"latency", "round_trip_p99", HEADLINE_ENDS, NULL},
	{"mpi-pingpong", "latency", HEADLINE_SMALLEST, NULL},
	{"mpi-pingpong", "bandwidth", HEADLINE_LARGEST, NULL},
	{"mpi-alltoall", "time", HEADLINE_ENDS, NULL},
	{"mpi-collectives", "time", HEADLINE_ENDS, NULL},
	{"mpi-collectives", "bandwidth", HEADLINE_ENDS, NULL},
	{"boot", "ready", HEADLINE_ENDS, NULL},
	{"saverestore", "downtime", HEADLINE_ENDS, NULL},
	{"saverestore", "clock_behind", HEADLINE_ENDS, NULL},
	{"migrate", "total", HEADLINE_ENDS, NULL},
	{"migrate", "gap_peer", HEADLINE_ENDS, NULL},
	{"flush", "latency", HEADLINE_ENDS, NULL},
	{"null", "value", HEADLINE_ENDS, NULL},
};

/* The row of a metric, or NULL; *rank: from 1, among those of its benchmark. */
static const struct headline *find_headline(
	const char *benchmark, const char *metric, unsigned *rank)
{
	*rank = 0;
	for (size_t i = 0; i < ARRAY_COUNT(headlines); i++) {
		*rank += strcmp(headlines[i].benchmark, benchmark) == 0;
		if (strcmp(headlines[i].benchmark, benchmark) == 0 &&
			strcmp(headlines[i].metric, metric) == 0)
			return &headlines[i];
	}
	return NULL;
}

static bool has_metric(const struct benchmark *benchmark, const char *name)
{
	for (const struct metric *m = benchmark->metrics; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return true;
	return false;
}

/* A misplaced declaration changes what verdicts are about: headlines are listed here once more. */
static void test_headlines(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; benchmarks[i]; i++) {
		const struct benchmark *b = benchmarks[i];
		size_t before = found;

		for (const struct metric *m = b->metrics; m->name; m++) {
			unsigned rank;
			const struct headline *row = find_headline(b->name, m->name, &rank);

			if ((m->kind == METRIC_HEADLINE) != (row != NULL))
				fail_msg("%s %s: headline or not?", b->name, m->name);
			if (!row) {
				assert_int_equal(m->rank, 0);
				continue;
			}
			found++;
			assert_int_equal(m->rank, rank);
			assert_int_equal(m->headline_at, row->at);
			assert_int_not_equal(m->better, BETTER_NONE);
			assert_int_equal(!m->headline_unless, !row->unless);
			if (row->unless) {
				assert_string_equal(m->headline_unless, row->unless);
				assert_true(has_metric(b, row->unless));
			}
		}
		assert_true(found > before);
	}
	assert_int_equal(found, ARRAY_COUNT(headlines));
}

/* Settings and sizes have no better or worse; shares that decide whether results are valid may. */
static void test_validity(void **state)
{
	static const struct {
		const char *benchmark, *metric;
		enum metric_kind kind;
	} cases[] = {{"hpcc", "sizeof_double", METRIC_VALIDITY}, {"hpcc", "hpl_n", METRIC_VALIDITY},
		{"hpcc", "versionmajor", METRIC_VALIDITY},
		{"hpcc", "mpirandomaccess_errors", METRIC_VALIDITY},
		{"hpcc", "singlestream_triad", METRIC_DETAIL}, {"disk", "iops", METRIC_DETAIL},
		{"flush", "device_share", METRIC_VALIDITY},
		{"gromacs", "energy_drift", METRIC_VALIDITY},
		{"mpi-pingpong", "batch", METRIC_VALIDITY}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct metric *m = benchmark_find(cases[i].benchmark)->metrics;

		while (strcmp(m->name, cases[i].metric) != 0)
			assert_non_null((++m)->name);
		assert_int_equal(m->kind, cases[i].kind);
	}
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
			"linux-source-6.1\nmake\nperl\nrt-tests\nxz-utils\n"};
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
		bench_command_free(&command);
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
		assert_int_equal(bench_samples_add(&samples, 0, 0, i, &e), 0);
		assert_int_equal(bench_samples_add(&samples, 1, i % 2, -i, &e), 0);
	}
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		assert_int_equal(bench_samples_add(&samples, 0, 0, bad[i], &e), -1);
		assert_int_equal(bench_samples_add(&samples, 0, bad[i], 1, &e), -1);
	}
	assert_int_equal(samples.count, 3);
	assert_int_equal(samples.series[0].count, 100);
	assert_int_equal(samples.series[1].count, 50);
	assert_int_equal(samples.series[2].count, 50);
	for (int i = 0; i < 100; i++)
		assert_true(samples.series[0].values[i] == i);
	assert_true(samples.series[2].x == 1 && samples.series[2].values[49] == -99);
	bench_samples_free(&samples);
	assert_null(samples.series);
	bench_samples_free(&samples);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(bench_better_text(BETTER_LOWER), "lower");
	assert_string_equal(bench_better_text(BETTER_NONE), "none");
	assert_string_equal(bench_statistic_text(STATISTIC_P99), "p99");
	assert_string_equal(bench_statistic_text(STATISTIC_SUM), "sum");
	assert_string_equal(bench_topology_text(TOPOLOGY_RANKS), "ranks");
	assert_string_equal(bench_metric_kind_text(METRIC_DETAIL), "detail");
	assert_string_equal(bench_metric_kind_text(METRIC_HEADLINE), "headline");
	assert_string_equal(bench_metric_kind_text(METRIC_VALIDITY), "validity");
	assert_string_equal(bench_headline_at_text(HEADLINE_ENDS), "ends");
	assert_string_equal(bench_headline_at_text(HEADLINE_SMALLEST), "smallest");
	assert_string_equal(bench_headline_at_text(HEADLINE_LARGEST), "largest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables),
		cmocka_unit_test(test_headlines), cmocka_unit_test(test_validity),
		cmocka_unit_test(test_why_not), cmocka_unit_test(test_commands),
		cmocka_unit_test(test_samples), cmocka_unit_test(test_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
