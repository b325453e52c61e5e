/* noise: a captured output, damaged ones, the expected maximum, and the kernel beside a burner. */
#include "network_checks.h"

#include <math.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bench/kernels/noise_max.h"
#include "bench/kernels/noise_periods.h"

extern const struct benchmark bench_noise;

static double median_of(const struct samples *samples, const char *metric, double x)
{
	return median_at(&bench_noise, samples, metric, x);
}

/* On two CPUs that others use, too. */
static void test_golden(void **state)
{
	static const double ranks[] = {1e2, 1e3, 1e4, 1e5};
	size_t count;
	cleanup_free char *text = golden_read("noise/busy.txt", &count);
	struct samples samples = parse_good(&bench_noise, text, count);
	double before = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(ranks); i++) {
		assert_int_equal(series_at(&bench_noise, &samples, "slowdown", ranks[i])->count, 3);
		assert_true(median_of(&samples, "slowdown", ranks[i]) >= before);
		before = median_of(&samples, "slowdown", ranks[i]);
	}
	assert_true(median_of(&samples, "work_noise", 0) > 0);
	assert_true(median_of(&samples, "longest", 0) > 1);
	assert_true(single_value(&bench_noise, &samples, "threshold", 0) >= 1);
	assert_true(single_value(&bench_noise, &samples, "cpus", 0) == 2);
	check_damage(&bench_noise, text, count, count, 1);
	refuse_noise(&bench_noise);
	bench_samples_free(&samples);
}

static void test_expected_max(void **state)
{
	static const double die[] = {1, 2, 3, 4, 5, 6}, same[] = {3, 3, 3};
	static const double rare[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 101};

	(void)state;
	assert_true(fabs(noise_expected_max(die, 6, 1) - 3.5) < 1e-12);
	/* Of two dice: 161 / 36. */
	assert_true(fabs(noise_expected_max(die, 6, 2) - 161. / 36) < 1e-12);
	assert_true(fabs(noise_expected_max(same, 3, 1e5) - 3) < 1e-12);
	/* One in ten takes 100 longer: with n ranks a step meets it with 1 - 0.9^n. */
	assert_true(fabs(noise_expected_max(rare, 10, 5) - (1 + 100 * (1 - pow(.9, 5)))) < 1e-9);
	assert_true(noise_expected_max(rare, 10, 1e5) <= 101);
}

enum { SPAN_MS = 1000, DETOURS_MOST = 4000 };

/* 0 … 1, the same every time. */
static double uniform(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (double)(*random >> 11) / 9007199254740992.0;
}

/* Detours of one period, each a little late, beside random ones. Returns how many. */
static long make_detours(double period_ns, double late_ns, long randoms, uint64_t seed, double *ns)
{
	long periodic = period_ns > 0 ? (long)(SPAN_MS * 1e6 / period_ns) : 0;

	for (long i = 0; i < periodic; i++)
		ns[i] = 1234 + (double)i * period_ns + late_ns * uniform(&seed);
	for (long i = periodic; i < periodic + randoms; i++)
		ns[i] = SPAN_MS * 1e6 * uniform(&seed);
	return periodic + randoms;
}

/* A tick of 250 Hz on one CPU and a daemon of 50 Hz on another are found, and nothing else. */
static void test_periods(void **state)
{
	static double ticks[DETOURS_MOST], daemon[DETOURS_MOST], randoms[DETOURS_MOST];
	struct noise_period found[8];
	struct noise_times series[] = {{ticks, make_detours(4e6, 1e5, 100, 1, ticks)},
		{daemon, make_detours(20e6, 3e5, 20, 2, daemon)}};

	(void)state;
	assert_int_equal(noise_find_periods(series, 1, SPAN_MS * 1e6, found, 8), 1);
	assert_true(fabs(found[0].period_us - 4000) < 10);
	assert_true(found[0].strength > 0.4 && found[0].strength <= 1);
	assert_int_equal(noise_find_periods(series + 1, 1, SPAN_MS * 1e6, found, 8), 1);
	assert_true(fabs(found[0].period_us - 20000) < 100);
	/* No period, no finding: ten times of random detours only. */
	for (uint64_t seed = 10; seed < 20; seed++) {
		struct noise_times none = {randoms, make_detours(0, 0, 1000, seed, randoms)};
		assert_int_equal(noise_find_periods(&none, 1, SPAN_MS * 1e6, found, 8), 0);
	}
	/* Too few to tell. */
	series[0].count = 19;
	assert_int_equal(noise_find_periods(series, 1, SPAN_MS * 1e6, found, 8), 0);
}

static struct samples run_kernel(void)
{
	void *options =
		options_with(&bench_noise, "seconds=300ms", "repetitions=2", "steps=2000", NULL);
	struct command command = {0};
	struct error e = {""};
	size_t count;

	assert_int_equal(bench_noise.command(options, NULL, &command, &e), 0);
	cleanup_free char *text =
		run_command(&command, TARE_BINARY_DIR "/kernels/tare-noise", 0, &count);
	struct samples samples = parse_good(&bench_noise, text, count);
	bench_command_free(&command);
	options_free(bench_noise.options, options);
	return samples;
}

/* One that shares the first CPU takes turns with the kernel: detours of time slices. */
static void test_kernel_beside_a_burner(void **state)
{
	pid_t parent = getpid(), pid = fork();

	(void)state;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			;
		_exit(0);
	}
	struct samples samples = run_kernel();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(median_of(&samples, "detour_noise", 0) > 1);
	assert_true(median_of(&samples, "detour_noise", 0) < 100);
	assert_true(median_of(&samples, "longest", 0) > 500);
	assert_true(median_of(&samples, "slowdown", 1e5) > 2);
	assert_true(single_value(&bench_noise, &samples, "cpus", 0) >= 1);
	bench_samples_free(&samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_expected_max),
		cmocka_unit_test(test_periods),
		cmocka_unit_test(test_kernel_beside_a_burner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
