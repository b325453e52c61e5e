/* hpcc: a captured output, failed verifications, damaged texts, and the input file. */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

extern const struct benchmark bench_hpcc;

static const char END[] = "End of Summary section.\n";

static void test_golden(void **state)
{
	static const struct {
		const char *metric;
		double value;
	} expected[] = {{"hpl_tflops", 0.0127185}, {"hpl_n", 896}, {"hpl_ctop", 1},
		{"hpl_rnormi", 1.0435e-12}, {"ptrans_gbs", 0.362765},
		{"mpirandomaccess_gups", 0.0218106}, {"starstream_triad", 84.0927},
		{"maxpingponglatency_usec", 0.1367}, {"hpl_dmach_rmax", 1.797693e308},
		{"memproc", -1}, {"mpifft_time6", 4.1e-08}, {"commworldprocs", 2}};
	size_t count, metrics = 0;
	char *text = golden_read("hpcc/two-ranks.txt", &count);
	struct samples samples = parse_good(&bench_hpcc, text, count);

	(void)state;
	while (bench_hpcc.metrics[metrics].name)
		metrics++;
	/* Every number of the summary: all its lines but the five that hold a word. */
	assert_int_equal(samples.count, metrics);
	assert_int_equal(metrics, 143);
	for (size_t i = 0; i < samples.count; i++)
		assert_int_equal(samples.series[i].count, 1);
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++)
		assert_true(series_at(&bench_hpcc, &samples, expected[i].metric, 0)->values[0] ==
			    expected[i].value);
	check_damage(&bench_hpcc, text, count, (size_t)(strstr(text, END) - text) + strlen(END), 5);
	bench_samples_free(&samples);
	free(text);
}

/* The summary of a run in an emulated guest, where rates are a hundredth. */
static void test_emulated(void **state)
{
	size_t count;
	char *text = golden_read("hpcc/two-ranks-emulated.txt", &count);
	struct samples samples = parse_good(&bench_hpcc, text, count);

	(void)state;
	assert_int_equal(samples.count, 143);
	assert_true(series_at(&bench_hpcc, &samples, "hpl_tflops", 0)->values[0] == 0.000114152);
	assert_true(series_at(&bench_hpcc, &samples, "stardgemm_gflops", 0)->values[0] == 0.058032);
	check_damage(&bench_hpcc, text, count, count, 1);
	bench_samples_free(&samples);
	free(text);
}

struct wrong {
	const char *from, *to, *message;
};

/* The text with each of these in it is refused, and the message says why. */
static void check_wrong(const char *text, const struct wrong *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *place = strstr(text, cases[i].from);

		assert_non_null(place);
		char *copy = str_printf("%.*s%s%s", (int)(place - text), text, cases[i].to,
			place + strlen(cases[i].from));
		parse_bad(&bench_hpcc, copy, strlen(copy), cases[i].message);
		free(copy);
	}
}

/* Other messages and fewer rings than HPCC's own: requested by a file, and printed in the output.
 */
static void test_short_messages(void **state)
{
	static const struct wrong cases[] = {
		{"done with    32768 bytes", "done with  2000000 bytes", "the image is older"},
		{"Random rings: 2 of HPCC's 30", "", "the image is older"},
		{"==> hpccsizes.txt <==\n32768 2", "==> hpccsizes.txt <==\n32768",
			"lacks the number of"},
		{"==> hpccsizes.txt <==\n32768 2", "==> hpccsizes.txt <==\nlarge 2",
			"lacks the number of"},
	};
	size_t count;
	char *text = golden_read("hpcc/short-messages.txt", &count);
	struct samples samples = parse_good(&bench_hpcc, text, count);

	(void)state;
	assert_int_equal(samples.count, 143);
	check_wrong(text, cases, ARRAY_COUNT(cases));
	bench_samples_free(&samples);
	free(text);
}

/* Each failed verification is an error, also where HPCC's own Success still says 1. */
static void test_failures(void **state)
{
	static const struct wrong cases[] = {
		{"Success=1", "Success=0", "Success=0"},
		{"...... PASSED", "...... FAILED", "FAILED"},
		{"(passed).", "(failed).", "(failed)"},
		{"Solution Validates:", "Failed Validation on array a[]", "Failed Validation"},
		{"HPL_RnormI=1.0435e-12", "HPL_RnormI=1.0435e-6", "HPL's scaled residual"},
		{"HPL_RnormI=1.0435e-12", "HPL_RnormI=-1", "HPL's scaled residual"},
		{"HPL_RnormI=1.0435e-12", "HPL_RnormI=nan", "hpl_rnormi is not a number"},
		{"HPL_N=896", "HPL_N=0", "HPL's scaled residual"},
		{"PTRANS_residual=0", "PTRANS_residual=0.5", "PTRANS' scaled residual"},
		{"MPIRandomAccess_ErrorsFraction=0", "MPIRandomAccess_ErrorsFraction=0.011",
			"MPIRandomAccess_ErrorsFraction"},
		{"MPIRandomAccess_LCG_ErrorsFraction=0", "MPIRandomAccess_LCG_ErrorsFraction=2",
			"MPIRandomAccess_LCG_ErrorsFraction"},
		{"MPIFFT_maxErr=1.29948e-15", "MPIFFT_maxErr=1e-9", "MPIFFT's scaled error"},
		{"HPL_Tflops=0", "HPL_Tflops=-0", "did not measure hpl_tflops"},
		{"MaxPingPongLatency_usec=0.1367", "MaxPingPongLatency_usec=-1",
			"did not measure maxpingponglatency_usec"},
		{"StarSTREAM_Copy=", "StarSTREAM_Copy=inf", "starstream_copy is not a number"},
		{"StarSTREAM_Copy=", "StarSTREAM_Copy=1e9", "starstream_copy is not a number"},
		{"StarSTREAM_Copy=", "StarSTREAM_Paste=", "unknown key \"StarSTREAM_Paste\""},
		{"StarSTREAM_Copy=", "StarSTREAM_Scale=", "duplicate"},
		{"StarSTREAM_Copy=", "\n", "unknown key"},
		{"MPI_Wtick=1.000000e-09\n", "", "mpi_wtick is missing"},
		{"End of Summary", "End of", "unknown key"},
		{"Begin of Summary", "Begin of", "no summary"},
		{"==> hpccoutf.txt <==", "==> other <==", "no hpccoutf.txt"},
	};
	size_t count;
	char *text = golden_read("hpcc/two-ranks.txt", &count);

	(void)state;
	check_wrong(text, cases, ARRAY_COUNT(cases));
	free(text);
}

static struct command command_for(const char *option, const struct role *role)
{
	void *options = options_with(&bench_hpcc, option, NULL);
	struct command command = {0};
	struct error e = {0};

	if (bench_hpcc.command(options, role, &command, &e) < 0)
		fail_msg("%s", e.text);
	options_free(bench_hpcc.options, options);
	return command;
}

/* The very file that the captured output was made from. */
static void test_input_file(void **state)
{
	const struct role role = {
		.count = 1, .cpus = 2, .memory_bytes = 1 << 30, .machines = 1, .ranks = 2};
	struct command command = command_for("max_n=1000", &role);
	size_t count;
	char *expected = golden_read("hpcc/hpccinf.txt", &count);

	(void)state;
	assert_string_equal(command.files[0].name, "hpccinf.txt");
	assert_string_equal(command.files[0].bytes, expected);
	assert_int_equal(command.files[0].count, count);
	assert_string_equal(command.collect[0], "hpccoutf.txt");
	assert_int_equal(command.file_count, 1);
	bench_command_free(&command);
	free(expected);
	command = command_for("bandwidth_size=32K", &role);
	assert_int_equal(command.file_count, 2);
	assert_string_equal(command.files[1].name, "hpccsizes.txt");
	assert_string_equal(command.files[1].bytes, "32768 30\n");
	assert_int_equal(command.collect_count, 2);
	bench_command_free(&command);
	command = command_for("random_rings=2", &role);
	assert_int_equal(command.file_count, 2);
	assert_string_equal(command.files[1].bytes, "2000000 2\n");
	bench_command_free(&command);
}

/* N fills its part of all machines' memory, whole blocks; the grid is as square as can be. */
static void test_sizes(void **state)
{
	static const struct {
		const char *option;
		uint64_t memory_bytes;
		unsigned machines, ranks;
		const char *n, *p, *q;
	} cases[] = {
		{"memory_fraction=0.8", 8ull << 30, 16, 64, "\n117120     Ns", "\n8        Ps",
			"\n8        Qs"},
		{"memory_fraction=0.5", 1ull << 30, 2, 6, "\n11520     Ns", "\n2        Ps",
			"\n3        Qs"},
		{"memory_fraction=0.5", 1ull << 30, 1, 7, "\n8192     Ns", "\n1        Ps",
			"\n7        Qs"},
		{"max_n=1000", 1ull << 30, 1, 12, "\n896     Ns", "\n3        Ps", "\n4        Qs"},
		{"memory_fraction=0.01", 1 << 20, 1, 2, "\n128     Ns", "\n1        Ps",
			"\n2        Qs"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct role role = {.count = 1,
			.memory_bytes = cases[i].memory_bytes,
			.machines = cases[i].machines,
			.ranks = cases[i].ranks};
		struct command command = command_for(cases[i].option, &role);

		if (!strstr(command.files[0].bytes, cases[i].n) ||
			!strstr(command.files[0].bytes, cases[i].p) ||
			!strstr(command.files[0].bytes, cases[i].q))
			fail_msg("case %zu: %s", i, command.files[0].bytes);
		bench_command_free(&command);
	}
}

static void test_rules(void **state)
{
	static const struct machine_facts one = {.machines = 1, .cpus = 1, .ranks = 1},
					  two = {.machines = 2, .cpus = 1, .ranks = 2};
	void *options = options_with(&bench_hpcc, "max_n=100", "block=128", NULL);
	struct error e = {0};

	(void)state;
	assert_int_equal(bench_hpcc.check(options, &e), -1);
	assert_non_null(strstr(e.text, "max_n"));
	assert_non_null(bench_hpcc.why_not(options, &one));
	assert_null(bench_hpcc.why_not(options, &two));
	options_free(bench_hpcc.options, options);
	options = options_with(&bench_hpcc, "launcher=openmpi", NULL);
	assert_int_equal(bench_hpcc.check(options, &e), -1);
	assert_non_null(strstr(e.text, "built with MPICH"));
	options_free(bench_hpcc.options, options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
		cmocka_unit_test(test_emulated), cmocka_unit_test(test_short_messages),
		cmocka_unit_test(test_failures), cmocka_unit_test(test_input_file),
		cmocka_unit_test(test_sizes), cmocka_unit_test(test_rules)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
