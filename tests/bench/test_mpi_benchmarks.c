/* mpi-pingpong, mpi-alltoall and mpi-collectives: captured outputs and damaged ones. */
#include "network_checks.h"

#include <math.h>

#include "base/cleanup.h"

extern const struct benchmark bench_mpi_pingpong, bench_mpi_alltoall, bench_mpi_collectives;

static struct samples parse_golden(const struct benchmark *bench, const char *file)
{
	size_t length;
	cleanup_free char *text = golden_read(file, &length);

	return parse_good(bench, text, length);
}

/* Equal but for rounding. */
static void assert_near(double a, double b)
{
	if (fabs(a - b) > 1e-3 * fabs(b) + 1e-4)
		fail_msg("%g is not %g", a, b);
}

static void test_pingpong_golden(void **state)
{
	const struct benchmark *b = &bench_mpi_pingpong;
	struct samples samples = parse_golden(b, "mpi-pingpong/two-ranks.txt");

	(void)state;
	assert_int_equal(series_at(b, &samples, "latency", 0)->count, 40);
	assert_int_equal(series_at(b, &samples, "latency", 4194304)->count, 40);
	assert_true(single_value(b, &samples, "elapsed", 0) >= 2);
	assert_near(series_at(b, &samples, "latency", 0)->values[2], 0.4165);
	assert_near(single_value(b, &samples, "batch", 0), 16);
	assert_near(single_value(b, &samples, "batch", 4194304), 1);
	assert_near(single_value(b, &samples, "clock_cost", 0), 27.5185);
	assert_false(has_metric(b, &samples, "bandwidth", 0));
	assert_near(single_value(b, &samples, "latency_mean", 65536),
		mean_of(series_at(b, &samples, "latency", 65536)));
	assert_near(single_value(b, &samples, "bandwidth_mean", 65536),
		65536 / single_value(b, &samples, "latency_mean", 65536));
	bench_samples_free(&samples);
	samples = parse_golden(b, "mpi-pingpong/fixed-work.txt");
	assert_int_equal(series_at(b, &samples, "latency", 0)->count, 40);
	assert_int_equal(series_at(b, &samples, "latency", 4194304)->count, 10); /* 40M / 4M */
	assert_true(single_value(b, &samples, "elapsed", 4194304) < 0.1);
	bench_samples_free(&samples);
}

/* Open MPI's mpirun and library: the same format. */
static void test_openmpi_golden(void **state)
{
	const struct benchmark *b = &bench_mpi_pingpong;
	struct samples samples = parse_golden(b, "mpi-pingpong/openmpi.txt");

	(void)state;
	assert_int_equal(series_at(b, &samples, "latency", 65536)->count, 20);
	assert_near(series_at(b, &samples, "latency", 0)->values[2], 0.2599);
	assert_near(single_value(b, &samples, "clock_cost", 0), 31.0446);
	bench_samples_free(&samples);
}

static void test_alltoall_golden(void **state)
{
	const struct benchmark *b = &bench_mpi_alltoall;
	struct samples samples = parse_golden(b, "mpi-alltoall/three-ranks.txt");
	const struct series *average, *slowest;

	(void)state;
	average = series_at(b, &samples, "time", 4096);
	slowest = series_at(b, &samples, "time_slowest", 4096);
	assert_int_equal(average->count, 31);
	assert_int_equal(slowest->count, 31);
	for (size_t i = 0; i < 31; i++)
		assert_true(average->values[i] <= slowest->values[i]);
	assert_near(single_value(b, &samples, "time_avg", 4096), mean_of(average));
	assert_true(single_value(b, &samples, "time_min", 4096) <=
		    single_value(b, &samples, "time_avg", 4096));
	assert_true(single_value(b, &samples, "time_avg", 4096) <=
		    single_value(b, &samples, "time_max", 4096));
	bench_samples_free(&samples);
}

/* IMB's own figures follow from the times by its definitions. */
static void test_collectives_golden(void **state)
{
	const struct benchmark *b = &bench_mpi_collectives;
	struct samples exchange = parse_golden(b, "mpi-collectives/exchange.txt");
	struct samples bcast = parse_golden(b, "mpi-collectives/bcast.txt");

	(void)state;
	assert_int_equal(series_at(b, &exchange, "time", 64)->count, 40);
	assert_near(single_value(b, &exchange, "batch", 0), 1);
	assert_near(single_value(b, &exchange, "time_max", 65536), 7825.299);
	assert_near(single_value(b, &exchange, "bandwidth_mean", 65536), 4 * 65536 / 7825.299);
	assert_near(single_value(b, &exchange, "time_avg", 64),
		mean_of(series_at(b, &exchange, "time", 64)));
	assert_false(has_metric(b, &exchange, "bandwidth", 0));
	assert_false(has_metric(b, &bcast, "bandwidth", 65536));
	assert_near(single_value(b, &bcast, "batch", 64), 1);
	bench_samples_free(&exchange);
	bench_samples_free(&bcast);
}

/* Each operation by itself: which sizes it has, and which of IMB's bandwidths. */
static void test_operations_golden(void **state)
{
	static const struct {
		const char *file;
		double size;
		size_t calls;
		double time_max; /* us */
		double passes; /* times that the size goes in and out of a rank; 0: no bandwidth */
	} cases[] = {
		{"mpi-collectives/allreduce.txt", 64, 17, 9883.0395, 0},
		{"mpi-collectives/allreduce.txt", 65536, 15, 13879.2705, 0},
		{"mpi-collectives/barrier.txt", 0, 20, 8494.5227, 0},
		{"mpi-collectives/sendrecv.txt", 65536, 20, 8858.0718, 2},
		{"mpi-collectives/pingping.txt", 65536, 20, 4.75645, 1},
	};
	const struct benchmark *b = &bench_mpi_collectives;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct samples samples = parse_golden(b, cases[i].file);
		double size = cases[i].size, passes = cases[i].passes;
		const struct series *time = series_at(b, &samples, "time", size);
		const struct series *slowest = series_at(b, &samples, "time_slowest", size);
		double average = single_value(b, &samples, "time_avg", size);

		assert_int_equal(time->count, slowest->count);
		assert_int_equal(time->count, cases[i].calls);
		for (size_t j = 0; j < time->count; j++)
			assert_true(time->values[j] <= slowest->values[j]);
		assert_near(single_value(b, &samples, "time_max", size), cases[i].time_max);
		assert_near(average, mean_of(time));
		assert_true(single_value(b, &samples, "time_min", size) <= average);
		assert_true(average <= cases[i].time_max);
		assert_int_equal(has_metric(b, &samples, "bandwidth_mean", size), passes > 0);
		if (passes > 0)
			assert_true(fabs(single_value(b, &samples, "bandwidth_mean", size) /
						    (passes * size / cases[i].time_max) -
					    1) < 1e-4);
		bench_samples_free(&samples);
	}
}

static void test_damage(void **state)
{
	static const struct {
		const struct benchmark *bench;
		const char *file;
	} cases[] = {
		{&bench_mpi_pingpong, "mpi-pingpong/two-ranks.txt"},
		{&bench_mpi_alltoall, "mpi-alltoall/three-ranks.txt"},
		{&bench_mpi_collectives, "mpi-collectives/exchange.txt"},
		{&bench_mpi_collectives, "mpi-collectives/allreduce.txt"},
		{&bench_mpi_collectives, "mpi-collectives/barrier.txt"},
		{&bench_mpi_collectives, "mpi-collectives/sendrecv.txt"},
		{&bench_mpi_collectives, "mpi-collectives/pingping.txt"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		size_t length;
		cleanup_free char *text = golden_read(cases[i].file, &length);

		check_damage(cases[i].bench, text, length, length, 1);
		refuse_noise(cases[i].bench);
	}
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"", "truncated"},
		{"tare-mpi-alltoall 1\ndone 0\n", "expected \"tare-mpi-pingpong 1\""},
		{"tare-mpi-pingpong 2\ndone 0\n", "rebuild the image"},
		{"tare-mpi-pingpong 1\ndone 0\n", "measured no latency"},
		{"tare-mpi-pingpong 1\nclock_cost 0 1\n20\ndone 1\n", "measured no latency"},
		{"tare-mpi-pingpong 1\nspeed 0 1\n20\ndone 1\n", "unknown metric \"speed\""},
		{"tare-mpi-pingpong 1\nclock_cost 8 1\n20\ndone 1\n", "has no axis"},
		{"tare-mpi-pingpong 1\nlatency 0 0\ndone 1\n", "without values"},
		{"tare-mpi-pingpong 1\nlatency 0 1.5\n1\ndone 1\n", "expected a count"},
		{"tare-mpi-pingpong 1\nlatency 0 99999999\n1\ndone 1\n", "expected a number"},
		{"tare-mpi-pingpong 1\nlatency 0 2\n1\ndone 1\n", "got \"done\""},
		{"tare-mpi-pingpong 1\nlatency 0 1\n1 2\ndone 1\n", "unknown metric \"2\""},
		{"tare-mpi-pingpong 1\nlatency 0 1\nnan\ndone 1\n", "got \"nan\""},
		{"tare-mpi-pingpong 1\nlatency 0 1\ninf\ndone 1\n", "got \"inf\""},
		{"tare-mpi-pingpong 1\nlatency 0 1\n1e999\ndone 1\n", "got \"1e999\""},
		{"tare-mpi-pingpong 1\nlatency 0 1\n0x1\ndone 1\n", "got \"0x1\""},
		{"tare-mpi-pingpong 1\nlatency 0 1\n-1\ndone 1\n", "got \"-1\""},
		{"tare-mpi-pingpong 1\nlatency 0 1\n1\nlatency 0 1\n1\ndone 2\n", "duplicate"},
		{"tare-mpi-pingpong 1\nlatency 0 1\n1\ndone 2\n", "1 series instead of 2"},
		{"tare-mpi-pingpong 1\nlatency 0 1\n1\ndone 1\nmore\n", "text after the end"},
		{"tare-mpi-pingpong 1\nlatency 0 1\n\x1b[2J\ndone 1\n", "unexpected character"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		parse_bad(
			&bench_mpi_pingpong, cases[i].text, strlen(cases[i].text), cases[i].reason);
}

static void test_why_not(void **state)
{
	static const struct {
		struct machine_facts facts;
		int can;
	} cases[] = {
		{{.machines = 1, .cpus = 1, .ranks = 1, .memory_bytes = 1 << 30}, 0},
		{{.machines = 1, .cpus = 2, .ranks = 2, .memory_bytes = 1 << 30}, 1},
		{{.machines = 2, .cpus = 1, .ranks = 2, .memory_bytes = 1 << 30}, 1},
		{{.machines = 1, .cpus = 1, .ranks = 2, .memory_bytes = 1 << 30}, 0},
	};
	const struct benchmark *benches[] = {
		&bench_mpi_pingpong, &bench_mpi_alltoall, &bench_mpi_collectives};

	(void)state;
	for (size_t b = 0; b < ARRAY_COUNT(benches); b++) {
		void *options = options_new(benches[b]->options, benches[b]->options_size);
		struct machine_facts small = cases[1].facts;

		for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
			assert_int_equal(benches[b]->why_not(options, &cases[i].facts) == NULL,
				cases[i].can);
		small.memory_bytes = 32 << 20; /* too little for the buffers of 4 MiB */
		assert_int_equal(benches[b]->why_not(options, &small) == NULL, b == 0);
		options_free(benches[b]->options, options);
	}
}

static void test_launcher_why_not(void **state)
{
	static const struct {
		const char *launcher;
		struct machine_facts facts;
		const char *reason; /* NULL: it can */
	} cases[] = {
		{"launcher=hydra", {.image_packages = "mpich\n"}, NULL},
		{"launcher=openmpi", {.image_packages = "mpich\n"}, "no openmpi-bin"},
		{"launcher=openmpi", {.image_packages = "libopenmpi3\nopenmpi-bin\n"}, NULL},
		{"launcher=openmpi", {.image_packages = "libopenmpi40\nopenmpi-bin\n"}, NULL},
		{"launcher=openmpi", {.own_userspace = true}, NULL},
		{"launcher=srun", {.image_packages = "openmpi-bin\n"}, "nodes of a Slurm"},
		{"launcher=srun", {.own_userspace = true}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		void *options = options_with(&bench_mpi_pingpong, cases[i].launcher, NULL);
		struct machine_facts facts = cases[i].facts;

		facts.cpus = facts.ranks = 2;
		facts.machines = 2;
		const char *reason = bench_mpi_pingpong.why_not(options, &facts);
		assert_int_equal(reason == NULL, cases[i].reason == NULL);
		if (reason && cases[i].reason)
			assert_non_null(strstr(reason, cases[i].reason));
		options_free(bench_mpi_pingpong.options, options);
	}
}

static void test_tables(void **state)
{
	(void)state;
	check_tables(&bench_mpi_pingpong);
	check_tables(&bench_mpi_alltoall);
	check_tables(&bench_mpi_collectives);
}

/* Whether the benchmark's command line has the words one after the other. */
static bool commands(const char *operation, const char *root, const char *words)
{
	void *options = options_with(&bench_mpi_collectives, operation, root, NULL);
	struct role role = {.count = 1, .cpus = 2, .machines = 1, .ranks = 2};
	struct command command = {0};
	struct error e = {0};

	assert_int_equal(bench_mpi_collectives.command(options, &role, &command, &e), 0);
	cleanup_free char *text = argv_text(&command.argv);
	bool found = strstr(text, words) != NULL;
	bench_command_free(&command);
	options_free(bench_mpi_collectives.options, options);
	return found;
}

/* A bcast says which root it is from: an older program must not take its own. */
static void test_collectives_root(void **state)
{
	(void)state;
	assert_true(commands("operation=bcast", NULL, "--operation bcast --root fixed"));
	assert_true(commands("operation=bcast", "root=rotate", "--root rotate"));
	assert_false(commands("operation=allreduce", NULL, "--root"));
}

static void test_collectives_rules(void **state)
{
	void *bytes = options_with(&bench_mpi_collectives, "sizes=1,2", NULL);
	void *barrier =
		options_with(&bench_mpi_collectives, "sizes=1,2", "operation=barrier", NULL);
	struct error e = {0};

	(void)state;
	assert_int_equal(bench_mpi_collectives.check(bytes, &e), -1);
	assert_non_null(strstr(e.text, "multiple of 4"));
	assert_int_equal(bench_mpi_collectives.check(barrier, &e), 0);
	options_free(bench_mpi_collectives.options, bytes);
	options_free(bench_mpi_collectives.options, barrier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_pingpong_golden),
		cmocka_unit_test(test_openmpi_golden),
		cmocka_unit_test(test_alltoall_golden),
		cmocka_unit_test(test_collectives_golden),
		cmocka_unit_test(test_collectives_root),
		cmocka_unit_test(test_operations_golden),
		cmocka_unit_test(test_collectives_rules),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_why_not),
		cmocka_unit_test(test_launcher_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
