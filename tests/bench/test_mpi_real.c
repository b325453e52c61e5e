/* mpi-pingpong, mpi-alltoall and mpi-collectives for real, with two ranks on this machine. */
#include "network_checks.h"

#include "base/cleanup.h"

enum { ATTEMPTS = 10 }; /* of what other load on this machine may disturb */

extern const struct benchmark bench_mpi_pingpong, bench_mpi_alltoall, bench_mpi_collectives;

/* Two ranks on this machine, with the command line of the benchmark, by the launcher whose library
 * its program is built for. seconds is an option: "seconds=0" for fixed work. */
static struct samples run_ranks(const struct benchmark *bench, const char *seconds,
	const char *sizes, const char *more, const char *root)
{
	static const char *const programs[] = {
		[LAUNCHER_HYDRA] = "mpiexec.mpich", [LAUNCHER_OPENMPI] = "mpirun.openmpi"};
	struct role role = {.count = 1, .cpus = 2, .machines = 1, .ranks = 2};
	void *options = options_with(bench, seconds, sizes, "iterations=20", more, root, NULL);
	struct command command = {0}, job = {0};
	struct samples samples;
	struct error e = {0};
	size_t length;
	cleanup_free char *text = NULL;

	assert_int_equal(bench->command(options, &role, &command, &e), 0);
	use_built_kernel(&command);
	argv_add_all(&job.argv, programs[command.launcher], "-n", "2", NULL);
	/* Version 5 prints a line about each interface that cannot reach itself: lo can. */
	if (command.launcher == LAUNCHER_OPENMPI)
		argv_add_all(&job.argv, "--allow-run-as-root", "--oversubscribe", "--mca",
			"btl_tcp_if_include", "lo", NULL);
	argv_append(&job.argv, &command.argv);
	text = run_command(&job, NULL, 0, &length);
	samples = parse_good(bench, text, length);
	bench_command_free(&job);
	bench_command_free(&command);
	options_free(bench->options, options);
	return samples;
}

static void test_pingpong_for_real(void **state)
{
	const struct benchmark *b = &bench_mpi_pingpong;
	struct samples samples = run_ranks(b, "seconds=0", "sizes=0,1,64K,4M", NULL, NULL);
	const double sizes[] = {0, 1, 65536, 4194304};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
		const struct series *s = series_at(b, &samples, "latency", sizes[i]);

		assert_int_equal(s->count, sizes[i] == 4194304 ? 10 : 20);
		for (size_t v = 0; v < s->count; v++)
			assert_true(s->values[v] > 0);
	}
	bench_samples_free(&samples);
}

/* A sample is long against the clock's reading. */
static bool samples_are_long(void)
{
	const struct benchmark *b = &bench_mpi_pingpong;
	struct samples samples = run_ranks(b, "seconds=0", "sizes=0", NULL, NULL);
	double sample_us = series_at(b, &samples, "latency", 0)->values[0] * 2 *
			   single_value(b, &samples, "batch", 0);
	double clock_ns = single_value(b, &samples, "clock_cost", 0);

	bench_samples_free(&samples);
	return sample_us * 1e3 > 100 * clock_ns;
}

/* A rank that lost its CPU has timed something else: one undisturbed attempt is enough. */
static void test_batch_for_real(void **state)
{
	bool long_enough = false;

	(void)state;
	for (int attempt = 0; attempt < ATTEMPTS && !long_enough; attempt++)
		long_enough = samples_are_long();
	assert_true(long_enough);
}

static void test_alltoall_for_real(void **state)
{
	const struct benchmark *b = &bench_mpi_alltoall;
	struct samples samples = run_ranks(b, "seconds=0", "sizes=0,64,64K", NULL, NULL);

	(void)state;
	assert_int_equal(series_at(b, &samples, "time", 65536)->count, 20);
	assert_true(single_value(b, &samples, "time_avg", 65536) > 0);
	assert_true(single_value(b, &samples, "bandwidth", 65536) > 0);
	bench_samples_free(&samples);
}

/* Whether a run measured about the time that was asked for, on every size; few samples are recorded
 * of it in any case. */
static bool time_is_measured(const struct benchmark *b, const char *metric, const char *operation)
{
	const double sizes[] = {0, 65536};
	struct samples samples = run_ranks(b, "seconds=0.2", "sizes=0,64K", operation, NULL);
	bool measured = true;

	for (size_t s = 0; s < ARRAY_COUNT(sizes); s++) {
		assert_in_range(series_at(b, &samples, metric, sizes[s])->count, 1, 40);
		measured &= single_value(b, &samples, "elapsed", sizes[s]) > 0.1;
	}
	bench_samples_free(&samples);
	return measured;
}

/* A warm-up that lost its CPUs plans too little: one undisturbed attempt is enough. */
static void test_time_for_real(void **state)
{
	static const struct {
		const struct benchmark *bench;
		const char *metric, *operation;
	} cases[] = {{&bench_mpi_pingpong, "latency", NULL}, {&bench_mpi_alltoall, "time", NULL},
		{&bench_mpi_collectives, "time", "operation=bcast"},
		{&bench_mpi_collectives, "time", "operation=exchange"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		bool measured = false;
		for (int attempt = 0; attempt < ATTEMPTS && !measured; attempt++)
			measured = time_is_measured(
				cases[i].bench, cases[i].metric, cases[i].operation);
		assert_true(measured);
	}
}

/* The same program over the other library. */
static void test_openmpi_for_real(void **state)
{
	struct samples pingpong = run_ranks(
		&bench_mpi_pingpong, "seconds=0", "sizes=0,64K", "launcher=openmpi", NULL);
	struct samples alltoall =
		run_ranks(&bench_mpi_alltoall, "seconds=0", "sizes=64K", "launcher=openmpi", NULL);

	(void)state;
	assert_int_equal(series_at(&bench_mpi_pingpong, &pingpong, "latency", 65536)->count, 20);
	assert_true(single_value(&bench_mpi_alltoall, &alltoall, "time_avg", 65536) > 0);
	bench_samples_free(&pingpong);
	bench_samples_free(&alltoall);
}

/* Every operation, with the sizes that it has: barrier none, allreduce whole floats. */
static void test_collectives_for_real(void **state)
{
	static const struct {
		const char *operation;
		double smallest, largest;
		bool bandwidth;
		const char *root;
	} cases[] = {{"operation=bcast", 0, 64001, false, NULL},
		{"operation=bcast", 0, 64001, false, "root=rotate"},
		{"operation=allreduce", 0, 4096, false, NULL},
		{"operation=barrier", 0, 0, false, NULL},
		{"operation=exchange", 0, 64001, true, NULL},
		{"operation=sendrecv", 0, 64001, true, NULL},
		{"operation=pingping", 0, 64001, true, NULL}};
	const struct benchmark *b = &bench_mpi_collectives;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct samples samples = run_ranks(
			b, "seconds=0", "sizes=0,4096,64001", cases[i].operation, cases[i].root);
		const struct series *s = series_at(b, &samples, "time", cases[i].largest);

		assert_int_equal(s->count, 20);
		assert_true(mean_of(s) > 0);
		series_at(b, &samples, "time", cases[i].smallest);
		assert_int_equal(has_metric(b, &samples, "time", 64001), cases[i].largest == 64001);
		assert_int_equal(
			has_metric(b, &samples, "bandwidth", cases[i].largest), cases[i].bandwidth);
		bench_samples_free(&samples);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pingpong_for_real),
		cmocka_unit_test(test_batch_for_real),
		cmocka_unit_test(test_time_for_real),
		cmocka_unit_test(test_openmpi_for_real),
		cmocka_unit_test(test_alltoall_for_real),
		cmocka_unit_test(test_collectives_for_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
