/* Which runs are marked as disturbed, out of made counters, and what the report says of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/model/counters.h"
#include "report/model/honesty.h"
#include "report/write/table.h"
#include "report/write/words.h"

enum counter {
	CLOCK,
	WATCHED,
	BUSY,
	STEAL,
	OWN,
	KERNEL_THREADS,
	WARNINGS,
	CORE,
	APERF,
	MPERF,
	MEMORY,
	OTHER,
	IRQ,
	ABSENT,
	GUEST,
	COUNTERS
};

#define COUNTER(id, source, name, unit, kind) \
	{ \
		id, (char *)(source), (char *)(name), (char *)(unit), (char *)(kind) \
	}

static struct data_counter counters[COUNTERS] = {
	[CLOCK] = COUNTER(1, "cpu", "clock", "s", "total"),
	[WATCHED] = COUNTER(2, "cpu", "watched", "1", "level"),
	[BUSY] = COUNTER(3, "cpu", "busy", "s", "total"),
	[STEAL] = COUNTER(4, "cpu", "steal", "s", "total"),
	[OWN] = COUNTER(5, "processes", "own", "s", "total"),
	[KERNEL_THREADS] = COUNTER(6, "processes", "kernel_threads", "s", "total"),
	[WARNINGS] = COUNTER(7, "kernel", "warnings", "1", "total"),
	[CORE] = COUNTER(8, "throttle", "core", "1", "total"),
	[APERF] = COUNTER(9, "frequency", "aperf", "cycles", "total"),
	[MPERF] = COUNTER(10, "frequency", "mperf", "cycles", "total"),
	[MEMORY] = COUNTER(11, "pressure", "memory_some", "s", "total"),
	[OTHER] = COUNTER(12, "cpu", "idle", "s", "total"),
	[IRQ] = COUNTER(13, "irq", "timer", "1", "total32"),
	[ABSENT] = COUNTER(14, "thermal", "", "", "total"),
	[GUEST] = COUNTER(15, "guest_cpu", "busy", "s", "total"),
};

/* One counter of a host: its growth in a run that takes 10 s. */
struct made {
	enum counter counter;
	double growth;
	unsigned machine;
};

/* The table has the first message alone. */
static void check_warning_cell(const struct report_model *model)
{
	struct sections sections = {0};

	sections_add_disturbances(model, &sections);
	const struct table *table = &sections.tables[0];
	assert_string_equal(table->cells[table->cell_count - 1].text, "a \xef\xbf\xbd warning …");
	sections_free(&sections);
}

/* Marks of a run with these counters, and the honesty of its target. */
static unsigned judge(const struct made *made, size_t count, struct report_honesty *honesty)
{
	static const double start = 1000;
	struct report_target shown = {.name = "t"};
	struct data_target target = {.name = (char *)"t"};
	struct data_cell cell = {0};
	struct data_block block = {0};
	struct data_run run = {.started_ns = 1, .ended_ns = 10000000001, .steal_s = NAN};
	cleanup_free struct data_reading *readings = mem_new(count + 1, sizeof(*readings));
	struct report_model *model = mem_new(1, sizeof(*model));

	for (size_t i = 0; i < count; i++)
		readings[i] = (struct data_reading){0, made[i].counter, made[i].machine, start,
			made[i].counter == WATCHED ? made[i].growth : start + made[i].growth,
			made[i].counter == WARNINGS ? (char *)"a \x1b warning; a trace" : NULL};
	const struct store_data data = {.started_ns = 1,
		.targets = &target,
		.cells = &cell,
		.blocks = &block,
		.runs = &run,
		.counters = counters,
		.readings = readings,
		.target_count = 1,
		.cell_count = 1,
		.block_count = 1,
		.run_count = 1,
		.counter_count = COUNTERS,
		.reading_count = count};
	model->data = &data;
	model->targets = &shown;
	model->target_count = 1;
	model_flag_clocks(model);
	model_mark_runs(model);
	model_be_honest(model);
	unsigned marks = model->run_marks[0];
	*honesty = model->honesties[0];
	if (honesty->warning) {
		assert_string_equal(honesty->warning, "a \xef\xbf\xbd warning; a trace");
		check_warning_cell(model);
	}
	honesty->warning = NULL; /* the model's */
	report_model_free(model);
	return marks;
}

/* On two CPUs for 10 s. The bound is (0.05 x 10 s + 0.02 s) x sqrt(2) = 0.735 s. */
static unsigned judge_busy(double busy_s, double own_s, double kernel_s, double steal_s,
	struct report_honesty *honesty)
{
	const struct made made[] = {{WATCHED, 2, 0}, {BUSY, busy_s, 0}, {STEAL, steal_s, 0},
		{OWN, own_s, 0}, {KERNEL_THREADS, kernel_s, 0}, {OTHER, 1, 0}};

	return judge(made, ARRAY_COUNT(made), honesty);
}

static void test_busy(void **state)
{
	struct report_honesty honesty;

	(void)state;
	assert_int_equal(judge_busy(10.7, 9.8, .2, 0, &honesty), 0);
	assert_float_equal(honesty.others, .035, 1e-9);
	assert_int_equal(honesty.watched_runs, 1);
	assert_int_equal(honesty.busy_runs, 0);
	assert_int_equal(judge_busy(10.8, 9.8, .2, 0, &honesty), RUN_BUSY);
	assert_int_equal(honesty.busy_runs, 1);
	/* What the hypervisor gave to other guests counts, too. */
	assert_int_equal(judge_busy(10, 9.8, .2, .8, &honesty), RUN_BUSY);
	assert_float_equal(honesty.others_high, .04, 1e-9);
	/* The run's processes were elsewhere, too: that is not less than nothing. */
	assert_int_equal(judge_busy(10, 15, 0, 0, &honesty), 0);
	assert_true(honesty.others == 0);
}

static void test_unknown_is_not_busy(void **state)
{
	const struct made no_own[] = {
		{WATCHED, 2, 0}, {BUSY, 20, 0}, {STEAL, 0, 0}, {KERNEL_THREADS, 0, 0}};
	const struct made none[] = {{ABSENT, NAN, 0}};
	struct report_honesty honesty;

	(void)state;
	assert_int_equal(judge_busy(20, NAN, 0, 5, &honesty), 0);
	assert_true(isnan(honesty.others) && isnan(honesty.others_high));
	assert_int_equal(honesty.watched_runs, 0);
	assert_int_equal(judge(no_own, ARRAY_COUNT(no_own), &honesty), 0);
	assert_int_equal(honesty.watched_runs, 0);
	assert_int_equal(judge(none, ARRAY_COUNT(none), &honesty), 0);
	assert_int_equal(judge(NULL, 0, &honesty), 0);
	/* A total that fell is of another boot or another process. */
	assert_int_equal(judge_busy(20, -1, 0, 0, &honesty), 0);
	assert_int_equal(honesty.watched_runs, 0);
}

/* One bad host is enough. */
static void test_two_hosts(void **state)
{
	const struct made made[] = {{WATCHED, 2, 0}, {BUSY, 10, 0}, {STEAL, 0, 0}, {OWN, 10, 0},
		{KERNEL_THREADS, 0, 0}, {WATCHED, 1, 4}, {BUSY, 9, 4}, {STEAL, 0, 4}, {OWN, 3, 4},
		{KERNEL_THREADS, 0, 4}};
	struct report_honesty honesty;

	(void)state;
	assert_int_equal(judge(made, ARRAY_COUNT(made), &honesty), RUN_BUSY);
	assert_float_equal(honesty.others, 6. / 30, 1e-9);
	assert_float_equal(honesty.others_high, .6, 1e-9);
	assert_int_equal(honesty.watched_runs, 1);
}

/* What a second guest on the host counted in itself says nothing of another host. */
static void test_guests_are_no_hosts(void **state)
{
	const struct made made[] = {{WATCHED, 2, 0}, {BUSY, 12, 0}, {STEAL, 0, 0}, {OWN, 10, 0},
		{KERNEL_THREADS, 0, 0}, {GUEST, 9, 0}, {GUEST, 9, 1}};
	struct report_honesty honesty;

	(void)state;
	assert_int_equal(judge(made, ARRAY_COUNT(made), &honesty), RUN_BUSY);
	assert_int_equal(honesty.watched_runs, 1);
	assert_int_equal(honesty.busy_runs, 1);
	assert_float_equal(honesty.others, .1, 1e-9);
}

/* Of two hosts one that does not know is enough for the run not to be known; not where the other
 * was busy. */
static void test_one_of_two_hosts_is_known(void **state)
{
	struct made made[] = {{WATCHED, 2, 0}, {BUSY, 10, 0}, {STEAL, 0, 0}, {OWN, 10, 0},
		{KERNEL_THREADS, 0, 0}, {ABSENT, NAN, 1}};
	struct report_honesty honesty;

	(void)state;
	assert_int_equal(judge(made, ARRAY_COUNT(made), &honesty), 0);
	assert_int_equal(honesty.watched_runs, 0);
	made[1].growth = 12;
	assert_int_equal(judge(made, ARRAY_COUNT(made), &honesty), RUN_BUSY);
	assert_int_equal(honesty.watched_runs, 1);
}

/* The readings are a little before and after the run: that is what their time is divided by. */
static void test_readings_take_longer(void **state)
{
	const struct made made[] = {{CLOCK, 20, 0}, {WATCHED, 1, 0}, {BUSY, 1.0, 0}, {STEAL, 0, 0},
		{OWN, 0, 0}, {KERNEL_THREADS, 0, 0}};
	struct report_honesty honesty;

	(void)state;
	assert_int_equal(judge(made, ARRAY_COUNT(made), &honesty), 0);
	assert_float_equal(honesty.others, .05, 1e-9);
	assert_int_equal(judge(made + 1, ARRAY_COUNT(made) - 1, &honesty), RUN_BUSY);
}

static void test_throttled(void **state)
{
	const struct made hot[] = {{CORE, 1, 0}};
	const struct made cool[] = {{CORE, 0, 0}};
	const struct made slow[] = {
		{WATCHED, 2, 0}, {BUSY, 15, 0}, {APERF, 80, 0}, {MPERF, 100, 0}};
	const struct made idle[] = {{WATCHED, 2, 0}, {BUSY, 5, 0}, {APERF, 80, 0}, {MPERF, 100, 0}};
	const struct made fast[] = {
		{WATCHED, 2, 0}, {BUSY, 15, 0}, {APERF, 130, 0}, {MPERF, 100, 0}};
	struct report_honesty honesty;

	(void)state;
	assert_int_equal(judge(hot, 1, &honesty), RUN_THROTTLED);
	assert_int_equal(honesty.throttled_runs, 1);
	assert_int_equal(judge(cool, 1, &honesty), 0);
	assert_int_equal(judge(slow, ARRAY_COUNT(slow), &honesty), RUN_THROTTLED);
	assert_int_equal(judge(idle, ARRAY_COUNT(idle), &honesty), 0);
	assert_int_equal(judge(fast, ARRAY_COUNT(fast), &honesty), 0);
}

static void test_warnings_and_memory(void **state)
{
	const struct made warned[] = {{WARNINGS, 2, 0}};
	const struct made quiet[] = {{WARNINGS, 0, 0}, {MEMORY, .09, 0}};
	const struct made short_of_memory[] = {{MEMORY, .11, 0}};
	struct report_honesty honesty;

	(void)state;
	assert_int_equal(judge(warned, 1, &honesty), RUN_WARNED);
	assert_int_equal(honesty.warned_runs, 1);
	assert_int_equal(judge(quiet, 2, &honesty), 0);
	assert_int_equal(judge(short_of_memory, 1, &honesty), RUN_STALLED);
	assert_int_equal(honesty.stalled_runs, 1);
}

static void test_growth(void **state)
{
	const struct store_data data = {.counters = counters};
	const struct {
		enum counter counter;
		double start, end, growth;
	} cases[] = {
		{BUSY, 5, 7, 2},
		{BUSY, 7, 5, NAN},
		{BUSY, NAN, 5, NAN},
		{BUSY, 5, NAN, NAN},
		{WATCHED, 7, 5, 5},
		{WATCHED, NAN, 5, 5},
		{IRQ, 4294967290., 10, 16},
		/* Sums over CPUs, of which two began anew. */
		{IRQ, 2 * 4294967290., 20, 32},
		{IRQ, 10, 30, 20},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct data_reading reading = {
			0, cases[i].counter, 0, cases[i].start, cases[i].end, NULL};
		double growth = counters_growth(&data, &reading);
		if (!(growth == cases[i].growth || (isnan(growth) && isnan(cases[i].growth))))
			fail_msg("case %zu: %g", i, growth);
	}
}

static void test_words(void **state)
{
	struct report_cell cell = {.emulated = true, .network_differs = true};
	struct report_value value = {.cell = &cell, .marks = RUN_BUSY | RUN_WARNED};
	char text[WORDS_BYTES];

	(void)state;
	assert_string_equal(words_slowdown_marks(&value), "net bsy");
	assert_string_equal(words_value_marks(&value), "bsy");
	value.flagged = 1;
	value.marks |= RUN_THROTTLED;
	cell.emulated = cell.network_differs = false;
	assert_string_equal(words_slowdown_marks(&value), "bsy thr");
	assert_string_equal(words_value_marks(&value), "clk bsy thr");
	assert_string_equal(
		words_flags(true, value.marks | RUN_STALLED, text), "clk bsy thr wrn mem");
	assert_string_equal(words_flags(false, RUN_BUSY, text), "bsy");
	assert_string_equal(words_flags(false, 0, text), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_unknown_is_not_busy),
		cmocka_unit_test(test_two_hosts),
		cmocka_unit_test(test_guests_are_no_hosts),
		cmocka_unit_test(test_one_of_two_hosts_is_known),
		cmocka_unit_test(test_readings_take_longer),
		cmocka_unit_test(test_throttled),
		cmocka_unit_test(test_warnings_and_memory),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
