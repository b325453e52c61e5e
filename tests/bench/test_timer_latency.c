/* timer-latency: cyclictest's captured output, damaged and hostile ones, and the command line. */
#include "network_checks.h"

#include "base/cleanup.h"
#include "base/text.h"

extern const struct benchmark bench_timer_latency;

/* Three seconds on two CPUs. */
static void test_golden(void **state)
{
	size_t count, rows = 0;
	cleanup_free char *text = golden_read("timer-latency/two-cpus.txt", &count);
	struct samples samples = parse_good(&bench_timer_latency, text, count);
	double delays = 0;

	(void)state;
	assert_true(single_value(&bench_timer_latency, &samples, "latency_p99", 0) == 67);
	assert_true(single_value(&bench_timer_latency, &samples, "beyond", 0) == 0);
	const struct series *longest = series_at(&bench_timer_latency, &samples, "latency_max", 0);
	assert_int_equal(longest->count, 2);
	assert_true(longest->values[0] == 8522 && longest->values[1] == 7888);
	assert_true(series_at(&bench_timer_latency, &samples, "cycles", 0)->values[1] == 2985);
	for (size_t i = 0; i < samples.count; i++)
		if (strcmp(bench_timer_latency.metrics[samples.series[i].metric].name, "delays") ==
			0) {
			delays += samples.series[i].values[0];
			rows++;
		}
	assert_true(delays == 2973 + 2985);
	assert_true(rows > 3);
	/* The closing bracket is the last thing that it needs. */
	check_damage(&bench_timer_latency, text, count, count - 1, 13);
	refuse_noise(&bench_timer_latency);
	bench_samples_free(&samples);
}

#define THREAD(members) "==> cyclictest.json <==\n{\"thread\": {\"0\": {" members "}}}\n"

static void test_hostile(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"", "wrote no cyclictest.json"},
		{"==> cyclictest.json <==\n{", "line"},
		{"==> cyclictest.json <==\n[]\n", "no threads"},
		{"==> cyclictest.json <==\n{\"thread\": {}}\n", "no threads"},
		{THREAD(""), "measured nothing"},
		{THREAD("\"cycles\": 0, \"min\": 1, \"max\": 2, \"avg\": 1, \"histogram\": {}"),
			"measured nothing"},
		{THREAD("\"cycles\": 5, \"min\": 3, \"max\": 2, \"avg\": 1, \"histogram\": {}"),
			"measured nothing"},
		{THREAD("\"cycles\": 5, \"min\": 1, \"max\": 2, \"avg\": -1, \"histogram\": {}"),
			"measured nothing"},
		{THREAD("\"cycles\": 5, \"min\": 1, \"max\": 2, \"avg\": 1, \"histogram\": "
			"{\"1e9\": 3}"),
			"histogram is invalid"},
		{THREAD("\"cycles\": 5, \"min\": 1, \"max\": 2, \"avg\": 1, \"histogram\": "
			"{\"-1\": 3}"),
			"histogram is invalid"},
		{THREAD("\"cycles\": 5, \"min\": 1, \"max\": 2, \"avg\": 1, \"histogram\": "
			"{\"1\": -3}"),
			"histogram is invalid"},
		{THREAD("\"cycles\": 5, \"min\": 1, \"max\": 2, \"avg\": 1, \"histogram\": "
			"{\"1.5\": 3}"),
			"histogram is invalid"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		parse_bad(&bench_timer_latency, cases[i].text, strlen(cases[i].text),
			cases[i].reason);
}

/* Delays beyond the histogram count as the longest. */
static void test_beyond(void **state)
{
	static const char text[] =
		THREAD("\"cycles\": 100, \"min\": 1, \"max\": 250000, \"avg\": 9000.5, "
		       "\"histogram\": {\"1\": 50, \"16\": 40, \"17\": 5}");
	struct samples samples = parse_good(&bench_timer_latency, text, sizeof(text) - 1);

	(void)state;
	assert_true(single_value(&bench_timer_latency, &samples, "latency_p99", 0) == 250000);
	assert_true(single_value(&bench_timer_latency, &samples, "beyond", 0) == 5);
	assert_true(single_value(&bench_timer_latency, &samples, "delays", 0) == 50);
	assert_true(single_value(&bench_timer_latency, &samples, "delays", 4) == 40);
	assert_true(single_value(&bench_timer_latency, &samples, "delays", 5) == 5);
	assert_true(single_value(&bench_timer_latency, &samples, "delays", 17) == 5);
	bench_samples_free(&samples);
}

static void test_command(void **state)
{
	static const struct machine_facts without = {.image_packages = "fio\n"},
					  with = {.image_packages = "fio\nrt-tests\n"};
	struct role role = {.count = 1, .cpus = 3, .machines = 1};
	void *options = options_with(&bench_timer_latency, "seconds=1500ms", "priority=0", NULL);
	struct command command = {0};
	struct error e = {0};

	(void)state;
	assert_int_equal(bench_timer_latency.command(options, &role, &command, &e), 0);
	cleanup_free char *line = argv_text(&command.argv);
	assert_non_null(strstr(line, "--threads=3"));
	assert_non_null(strstr(line, "--duration=2"));
	assert_null(strstr(line, "--priority"));
	assert_string_equal(command.collect[0], "cyclictest.json");
	assert_null(bench_timer_latency.why_not(options, &with));
	assert_non_null(strstr(bench_timer_latency.why_not(options, &without), "--with rt-tests"));
	bench_command_free(&command);
	options_free(bench_timer_latency.options, options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_beyond),
		cmocka_unit_test(test_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
