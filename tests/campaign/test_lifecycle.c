/* Runs of lifecycle benchmarks over plain processes as machines: a driver around the fake one,
 * which can save and count as told. What is observed, that nothing is left, and that the team stays
 * as it was. */
#include "tests/campaign/campaign_test.h"

#include <math.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/campaign/rig.h"

/* --- the driver ------------------------------------------------------------------------------- */

enum fault { FAULT_NONE, FAULT_START, FAULT_SAVE, FAULT_RESTORE, FAULT_COUNTERS };

static struct {
	const struct driver *driver;
	int started, stopped, saved, restored, counted;
	enum fault fault;
	char name[64]; /* of the machine that was started last */
	unsigned index;
	struct storage_counters step; /* by each job */
	uint64_t burst_bytes; /* of somebody else, between the first two readings */
} told;

static const struct driver *fake(void)
{
	return driver_find("fake");
}

static int told_start(const struct machine_spec *spec, struct machine **out, struct error *e)
{
	if (told.fault == FAULT_START && told.started > 0)
		return error_set(e, "no room");
	told.started++;
	told.index = spec->index;
	snprintf(told.name, sizeof(told.name), "%s", spec->name);
	if (fake()->start(spec, out, e) < 0)
		return -1;
	(*out)->driver = told.driver;
	return 0;
}

static void told_stop(struct machine *machine)
{
	told.stopped++;
	fake()->stop(machine);
}

static int told_save(struct machine *machine, struct error *e)
{
	(void)machine;
	if (told.fault == FAULT_SAVE)
		return error_set(e, "disk full");
	told.saved++;
	clock_sleep_s(0.1);
	return 0;
}

static int told_restore(struct machine *machine, struct error *e)
{
	(void)machine;
	if (told.fault == FAULT_RESTORE)
		return error_set(e, "file gone");
	told.restored++;
	clock_sleep_s(0.05);
	return 0;
}

static struct storage_counts times(struct storage_counts step, uint64_t count)
{
	return (struct storage_counts){
		step.writes * count, step.written_bytes * count, step.flushes * count};
}

static int told_counters(struct machine *machine, struct storage_counters *out, struct error *e)
{
	(void)machine;
	if (told.fault == FAULT_COUNTERS)
		return error_set(e, "not to be had");
	/* Two readings before each job and two after it; at rest nothing is written, but for one
	 * burst. */
	uint64_t jobs = (uint64_t)(told.counted++ + 2) / 4;
	out->machine = times(told.step.machine, jobs);
	out->host = times(told.step.host, jobs);
	out->host.written_bytes += told.counted > 1 ? told.burst_bytes : 0;
	out->machine_known = told.step.machine_known;
	out->host_known = told.step.host_known;
	return 0;
}

/* --- a team of one ---------------------------------------------------------------------------- */

static struct rig *told_rig(void)
{
	static struct driver driver;

	memset(&told, 0, sizeof(told));
	driver = *fake();
	driver.start = told_start;
	driver.stop = told_stop;
	driver.save = told_save;
	driver.restore = told_restore;
	driver.storage_counters = told_counters;
	told.driver = &driver;
	return rig_new(&driver, 1, NULL);
}

/* Everything that was started is stopped. */
static void told_free(struct rig *rig)
{
	rig_free(rig);
	assert_int_equal(told.started, told.stopped);
}

/* --- benchmarks, with the build tree's programs -------------------------------------------------
 */

static const struct benchmark *real;

static int built_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	if (real->command(options, role, out, e) < 0)
		return -1;
	const char *name = strrchr(out->argv.words[0], '/') + 1;
	if (strncmp(name, "tare-", 5) == 0) {
		char *path = str_printf(TARE_BINARY_DIR "/kernels/%s", name);
		free(out->argv.words[0]);
		out->argv.words[0] = path;
	}
	return 0;
}

/* Runs it once in the rig's team. */
static void run(struct rig *rig, const char *name, struct outcome *outcome)
{
	static const struct {
		const char *option, *value;
	} smaller[] = {{"memory", "1M"}, {"before", "20ms"}, {"count", "4"}};
	real = benchmark_find(name);
	struct benchmark benchmark = *real;
	struct campaign_benchmark b = {
		.benchmark = &benchmark, .options = options_new(real->options, real->options_size)};
	benchmark.command = built_command;
	for (size_t i = 0; i < ARRAY_COUNT(smaller); i++) {
		const struct option_row *row = option_find(real->options, smaller[i].option);
		if (row)
			assert_int_equal(option_set(row, b.options, smaller[i].value, NULL), 0);
	}
	run_cell(&rig->context, &rig->team, &b, 7, outcome);
	options_free(real->options, b.options);
}

static double value_of(const struct outcome *outcome, const char *metric)
{
	for (size_t i = 0; i < outcome->samples[0].count; i++) {
		const struct series *series = &outcome->samples[0].series[i];
		if (strcmp(real->metrics[series->metric].name, metric) == 0)
			return series->values[0];
	}
	return NAN;
}

static void assert_measured(const struct outcome *outcome)
{
	if (error_is_set(&outcome->failure))
		fail_msg("%s\n%s", outcome->failure.text, outcome->output);
	assert_int_equal(outcome->sample_count, 1);
	assert_false(outcome->lost);
	/* The team's own machine still answers, and its clock was there before and after. */
	assert_true(isfinite(outcome->clocks.readings[0].before_s));
	assert_true(isfinite(outcome->clocks.readings[0].after_s));
}

/* --- the tests ---------------------------------------------------------------------------------
 */

static void test_boot(void **state)
{
	struct rig *rig = told_rig();
	struct outcome outcome;

	(void)state;
	run(rig, "boot", &outcome);
	assert_measured(&outcome);
	assert_int_equal(told.started, 2);
	assert_int_equal(told.stopped, 1);
	assert_string_equal(told.name, "told-more-1");
	assert_int_equal(told.index, 1);
	assert_true(value_of(&outcome, "ready") >= value_of(&outcome, "started"));
	assert_true(value_of(&outcome, "first_job") > 0);
	/* Its clock is its host's. */
	assert_true(isnan(value_of(&outcome, "kernel")));
	assert_non_null(strstr(outcome.output, "tare-lifecycle 1\nstarted 0 1\n"));
	assert_string_equal(outcome.command, "/bin/true");
	assert_true(isnan(outcome.host_s));
	outcome_free(&outcome);
	told_free(rig);
}

static void test_boot_fails(void **state)
{
	struct rig *rig = told_rig();
	struct outcome outcome;

	(void)state;
	told.fault = FAULT_START;
	run(rig, "boot", &outcome);
	assert_string_equal(outcome.failure.text, "cannot start told-more-1 on localhost: no room");
	assert_int_equal(outcome.sample_count, 0);
	assert_false(outcome.lost);
	outcome_free(&outcome);
	told_free(rig);
}

static void test_save_restore(void **state)
{
	struct rig *rig = told_rig();
	struct outcome outcome;

	(void)state;
	run(rig, "saverestore", &outcome);
	assert_measured(&outcome);
	assert_int_equal(told.saved, 1);
	assert_int_equal(told.restored, 1);
	double save = value_of(&outcome, "save"), restore = value_of(&outcome, "restore");
	assert_true(save >= 0.1 && restore >= 0.05);
	assert_true(value_of(&outcome, "downtime") >= save + restore);
	/* This machine goes on meanwhile: nothing stands still, nothing jumps. */
	assert_true(value_of(&outcome, "ticks") > 20);
	assert_true(value_of(&outcome, "clock_behind") < 0.05);
	outcome_free(&outcome);
	told_free(rig);
}

static void test_save_restore_fails(void **state)
{
	static const struct {
		enum fault fault;
		const char *message;
	} cases[] = {{FAULT_SAVE, "cannot save it: disk full"},
		{FAULT_RESTORE, "cannot restore it: file gone"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct rig *rig = told_rig();
		struct outcome outcome;

		told.fault = cases[i].fault;
		run(rig, "saverestore", &outcome);
		assert_string_equal(outcome.failure.text, cases[i].message);
		/* What there is to explain it: the job's output so far, and the log. */
		assert_non_null(strstr(outcome.output, "==> job 0 <==\ntare-tick 1\n"));
		assert_non_null(strstr(outcome.errors, "==> console of told-more-1 <=="));
		assert_false(outcome.lost);
		outcome_free(&outcome);
		told_free(rig);
	}
}

/* Without a network its migration cannot be observed, and it is not moved. */
static void test_migrate_alone(void **state)
{
	struct rig *rig = told_rig();
	struct outcome outcome;

	(void)state;
	run(rig, "migrate", &outcome);
	assert_string_equal(outcome.failure.text, "it has no address for echo requests");
	assert_false(outcome.lost);
	outcome_free(&outcome);
	told_free(rig);
}

/* What the host's device had been given, and what becomes of it. */
static void test_flush(void **state)
{
	/* Four blocks of 64 KiB are asked for. */
	static const struct storage_counts all = {4, 262144, 4}, half = {2, 131072, 1}, none = {0};
	const struct {
		struct storage_counters step;
		double device_share, flush_share;
	} cases[] = {
		{{all, half, true, true}, 0.5, 0.25},
		{{all, none, true, false}, NAN, NAN},
		{{none, half, false, true}, 0.5, 0.25},
		{{none, none, false, false}, NAN, NAN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct rig *rig = told_rig();
		struct outcome outcome;

		told.step = cases[i].step;
		told.burst_bytes = 100000000;
		run(rig, "flush", &outcome);
		assert_measured(&outcome);
		assert_int_equal(told.started, 1);
		assert_int_equal(told.counted, 8);
		assert_true(value_of(&outcome, "acknowledged_bytes") == 262144);
		assert_true(value_of(&outcome, "direct_bytes") == 262144);
		bool machine_known = cases[i].step.machine_known;
		double bytes = value_of(&outcome, "machine_bytes");
		assert_true(machine_known ? bytes == 262144 : isnan(bytes));
		double flushes = value_of(&outcome, "machine_flushes");
		assert_true(machine_known ? flushes == 4 : isnan(flushes));
		bytes = value_of(&outcome, "direct_machine_bytes");
		assert_true(machine_known ? bytes == 262144 : isnan(bytes));
		double share = value_of(&outcome, "device_share");
		assert_true(
			cases[i].step.host_known ? share == cases[i].device_share : isnan(share));
		share = value_of(&outcome, "flush_share");
		assert_true(
			cases[i].step.host_known ? share == cases[i].flush_share : isnan(share));
		assert_true(outcome.host_s > 0);
		outcome_free(&outcome);
		told_free(rig);
	}
}

static void test_flush_fails(void **state)
{
	struct rig *rig = told_rig();
	struct outcome outcome;

	(void)state;
	told.fault = FAULT_COUNTERS;
	run(rig, "flush", &outcome);
	assert_string_equal(outcome.failure.text, "the storage's counters: not to be had");
	outcome_free(&outcome);
	told_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_boot),
		cmocka_unit_test(test_boot_fails), cmocka_unit_test(test_save_restore),
		cmocka_unit_test(test_save_restore_fails), cmocka_unit_test(test_migrate_alone),
		cmocka_unit_test(test_flush), cmocka_unit_test(test_flush_fails)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
