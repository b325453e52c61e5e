/* lockhold: a captured output, damaged ones, why_not, and the kernel with every lock. */
#include "network_checks.h"

#include <math.h>

#include "base/cleanup.h"

extern const struct benchmark bench_lockhold;

static double sum_over_bins(const struct samples *samples, const char *metric)
{
	double sum = 0;

	for (size_t i = 0; i < samples->count; i++) {
		const struct series *s = &samples->series[i];

		if (strcmp(bench_lockhold.metrics[s->metric].name, metric) == 0)
			sum += s->values[0];
	}
	return sum;
}

/* Four threads on two CPUs: almost all time goes into a few waits of a time slice, the picture of
 * Friebel and Biemueller. */
static void test_golden(void **state)
{
	size_t count;
	cleanup_free char *text = golden_read("lockhold/ticket-overcommitted.txt", &count);
	struct samples samples = parse_good(&bench_lockhold, text, count);
	const struct series *spin = series_at(&bench_lockhold, &samples, "spin_share", 0);

	(void)state;
	assert_int_equal(spin->count, 3);
	for (size_t i = 0; i < spin->count; i++)
		assert_true(spin->values[i] > 90 && spin->values[i] <= 100);
	assert_true(single_value(&bench_lockhold, &samples, "waits", 8) > 1000);
	assert_true(single_value(&bench_lockhold, &samples, "waited_share", 8) < 1);
	assert_true(single_value(&bench_lockhold, &samples, "waited_share", 25) > 10);
	assert_true(fabs(sum_over_bins(&samples, "waits_share") - 100) < 0.1);
	assert_true(fabs(sum_over_bins(&samples, "waited_share") - 100) < 0.1);
	check_damage(&bench_lockhold, text, count, count, 1);
	refuse_noise(&bench_lockhold);
	bench_samples_free(&samples);
}

/* Two threads on two CPUs, with each of the other locks. */
static void test_other_locks(void **state)
{
	static const struct {
		const char *file;
		double acquisitions[2], spin_share[2], fairness[2];
	} cases[] = {
		{"lockhold/test-and-set.txt", {637366.216219, 630774.464575},
			{3.46088653635, 4.14132170467}, {0.999999784397, 0.999998529413}},
		{"lockhold/mcs.txt", {638682.704767, 640481.319589}, {3.45266793236, 3.23249448362},
			{0.999999258554, 0.99999836972}},
		{"lockhold/futex.txt", {615660.792344, 624160.551401},
			{5.76297266879, 5.27495784624}, {0.999976881394, 0.999996647514}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		size_t count;
		cleanup_free char *text = golden_read(cases[i].file, &count);
		struct samples samples = parse_good(&bench_lockhold, text, count);
		const struct {
			const char *metric;
			const double *values;
		} rows[] = {{"acquisitions", cases[i].acquisitions},
			{"spin_share", cases[i].spin_share}, {"fairness", cases[i].fairness}};

		for (size_t r = 0; r < ARRAY_COUNT(rows); r++) {
			const struct series *s =
				series_at(&bench_lockhold, &samples, rows[r].metric, 0);
			assert_int_equal(s->count, 2);
			for (size_t j = 0; j < 2; j++)
				assert_true(fabs(s->values[j] - rows[r].values[j]) < 1e-9);
		}
		assert_true(fabs(sum_over_bins(&samples, "waits_share") - 100) < 0.1);
		assert_true(fabs(sum_over_bins(&samples, "waited_share") - 100) < 0.1);
		check_damage(&bench_lockhold, text, count, count, 1);
		bench_samples_free(&samples);
	}
}

static void test_why_not(void **state)
{
	static const struct {
		const char *threads;
		unsigned cpus;
		int can;
	} cases[] = {
		{"threads=0", 1, 0}, {"threads=0", 2, 1}, {"threads=1", 8, 0}, {"threads=4", 1, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct machine_facts facts = {.machines = 1, .cpus = cases[i].cpus};
		void *options = options_with(&bench_lockhold, cases[i].threads, NULL);

		assert_int_equal(!bench_lockhold.why_not(options, &facts), cases[i].can);
		options_free(bench_lockhold.options, options);
	}
}

static void test_kernel(void **state)
{
	static const char *const locks[] = {
		"lock=test-and-set", "lock=ticket", "lock=mcs", "lock=futex"};
	struct role role = {.count = 1, .cpus = 2, .machines = 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(locks); i++) {
		void *options = options_with(&bench_lockhold, locks[i], "threads=3",
			"repetitions=2", "seconds=0.1", "critical=100", NULL);
		struct command command = {0};
		struct samples samples;
		struct error e = {0};
		size_t count;
		cleanup_free char *text = NULL;

		assert_int_equal(bench_lockhold.command(options, &role, &command, &e), 0);
		use_built_kernel(&command);
		text = run_command(&command, NULL, 0, &count);
		samples = parse_good(&bench_lockhold, text, count);
		assert_int_equal(series_at(&bench_lockhold, &samples, "acquisitions", 0)->count, 2);
		assert_true(sum_over_bins(&samples, "waits") >= 1);
		bench_samples_free(&samples);
		bench_command_free(&command);
		options_free(bench_lockhold.options, options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
		cmocka_unit_test(test_other_locks), cmocka_unit_test(test_why_not),
		cmocka_unit_test(test_kernel)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
