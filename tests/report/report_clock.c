/* What the report says of clocks, out of made runs: which are flagged, and the pace over a block in
 * which the machines were started anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/array.h"
#include "report/model/honesty.h"
#include "report/model/model.h"

static const int64_t second_ns = 1000000000;

/* One run: when, for how long its one job ran, and its clock's offsets. */
struct made {
	double started_s, ended_s, job_s, before_s, after_s, error_s;
};

static struct data_run run_of(const struct made *made)
{
	return (struct data_run){
		.started_ns = second_ns + (int64_t)(made->started_s * 1e9),
		.ended_ns = second_ns + (int64_t)(made->ended_s * 1e9),
		.host_s = made->job_s,
		.guest_s = made->job_s,
		.steal_s = NAN,
	};
}

/* What the report says about one target, whose runs are in one block; the first flag in *flagged.
 * others: the clocks of further machines. continued_s: when the campaign was continued; NAN: never.
 */
static struct report_honesty judge_all(const struct made *made, size_t count,
	const struct data_clock *others, size_t other_count, double continued_s, bool *flagged)
{
	struct data_target target = {.name = (char *)"t"};
	struct report_target shown = {.name = "t"};
	struct data_cell cell = {.target_index = 0};
	struct data_block block = {0};
	struct data_event event = {.kind = (char *)"continued", .text = (char *)""};
	struct data_run *runs = calloc(count, sizeof(*runs));
	struct data_clock *clocks = calloc(count + other_count, sizeof(*clocks));
	size_t other = 0, clock_count = 0;
	struct report_model *model = calloc(1, sizeof(*model));
	struct report_honesty honesty;

	assert_true(runs && model && clocks);
	for (size_t i = 0; i < count; i++) {
		runs[i] = run_of(&made[i]);
		clocks[clock_count++] = (struct data_clock){
			i, 0, made[i].before_s, made[i].after_s, made[i].error_s};
		while (other < other_count && others[other].run_index == i)
			clocks[clock_count++] = others[other++];
	}
	if (isfinite(continued_s))
		event.time_ns = second_ns + (int64_t)(continued_s * 1e9);
	const struct store_data data = {.started_ns = 1,
		.targets = &target,
		.cells = &cell,
		.blocks = &block,
		.runs = runs,
		.clocks = clocks,
		.clock_count = clock_count,
		.events = &event,
		.target_count = 1,
		.cell_count = 1,
		.block_count = 1,
		.run_count = count,
		.event_count = isfinite(continued_s)};
	model->data = &data;
	model->targets = &shown;
	model->target_count = 1;
	model_flag_clocks(model);
	model_mark_runs(model);
	model_be_honest(model);
	*flagged = model->clock_flags[0];
	honesty = model->honesties[0];
	report_model_free(model);
	free(runs);
	free(clocks);
	return honesty;
}

static struct report_honesty judge(
	const struct made *made, size_t count, double continued_s, bool *flagged)
{
	return judge_all(made, count, NULL, 0, continued_s, flagged);
}

/* The offsets are those at the ends of the run, which may hold more than its one job. */
static void test_the_run_is_the_span(void **state)
{
	/* 60 ppm over 100 s, of which the job took 10. */
	static const struct made slow = {0, 100, 10, 0, 6e-3, 1e-6};
	/* 200 ppm. */
	static const struct made bad = {0, 100, 10, 0, 2e-2, 1e-6};
	/* 0.05 %, which a time daemon may give it, and no jump; over the job alone it would be. */
	static const struct made steered = {0, 100, 10, 0, 5e-2, 1e-6};
	struct report_honesty honesty;
	bool flagged;

	(void)state;
	honesty = judge(&slow, 1, NAN, &flagged);
	assert_false(flagged);
	assert_float_equal(honesty.drift, 6e-5, 1e-9);
	assert_float_equal(honesty.pace, 6e-5, 1e-9);
	judge(&bad, 1, NAN, &flagged);
	assert_true(flagged);
	honesty = judge(&steered, 1, NAN, &flagged);
	assert_int_equal(honesty.jumps, 0);
	assert_true(flagged);
}

/* Without a job in the probed machine nothing was timed by its clock, but what it did counts. */
static void test_no_job(void **state)
{
	static const struct made set = {0, 10, NAN, 0, 2, 1e-6};
	static const struct made two[] = {
		{0, 1000, 1000, 0, 0, 1e-6}, {1000, 1010, NAN, 0, 0.5, 1e-6}};
	bool flagged;

	(void)state;
	assert_float_equal(judge(&set, 1, NAN, &flagged).drift, 0.2, 1e-9);
	assert_false(flagged);
	assert_int_equal(judge(two, ARRAY_COUNT(two), NAN, &flagged).jumps, 1);
}

/* Between two boots of a machine there is no pace: its clock begins anew. */
static void test_another_boot(void **state)
{
	static const struct {
		const char *what;
		struct made runs[4];
		double continued_s, pace;
	} cases[] = {
		{"nothing between",
			{{0, 100, 100, 0, 1e-3, 0}, {101, 200, 99, 1.01e-3, 2e-3, 0},
				{201, 300, 99, 2.01e-3, 3e-3, 0}, {301, 400, 99, 3.01e-3, 4e-3, 0}},
			NAN, 1e-5},
		{"lost in the second run",
			{{0, 100, 100, 0, 0, 0}, {101, 150, 49, 0, NAN, 0},
				{200, 300, 100, 5e-3, 5e-3, 0}, {301, 450, 149, 5e-3, 5e-3, 0}},
			NAN, 0},
		{"another offset",
			{{0, 100, 100, 0, 1e-3, 0}, {101, 200, 99, 1e-3, 2e-3, 0},
				{201, 300, 99, 0.5, 0.501, 0}, {301, 500, 199, 0.501, 0.503, 0}},
			NAN, 3e-3 / 299},
		{"continued",
			{{0, 100, 100, 0, 0, 0}, {101, 200, 99, 0, 0, 0},
				{201, 300, 99, 5e-3, 5e-3, 0}, {301, 500, 199, 5e-3, 5e-3, 0}},
			200.5, 0},
		/* The probes were that unsure. */
		{"a bad probe",
			{{0, 100, 100, 0, 0, 0}, {101, 200, 99, 0, 0, 0.1},
				{201, 300, 99, 0.08, 0.08, 0.1}, {301, 400, 99, 0, 4e-3, 0}},
			NAN, 1e-5},
	};
	bool flagged;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct report_honesty honesty = judge(
			cases[i].runs, ARRAY_COUNT(cases[i].runs), cases[i].continued_s, &flagged);
		if (!(fabs(honesty.pace - cases[i].pace) < 1e-9))
			fail_msg("%s: a pace of %g instead of %g", cases[i].what, honesty.pace,
				cases[i].pace);
		assert_int_equal(honesty.jumps, 0);
	}
}

/* The first machine's clock is right; what the others' do counts for the target all the same. */
static void test_the_worst_machine_counts(void **state)
{
	static const struct made runs[] = {
		{0, 100, 100, 0, 0, 1e-6}, {100, 110, 10, 0, 0, 1e-6}, {110, 200, 90, 0, 0, 1e-6}};
	static const struct {
		const char *what;
		struct data_clock clocks[4];
		size_t count;
		double pace;
		enum clock_honesty clock;
		size_t flagged, jumps, probed;
	} cases[] = {
		{"no one else", {{0}}, 0, 0, CLOCK_KEEPS, 0, 0, 3},
		/* It took no part in the second run. */
		{"machine 2 drifts", {{0, 2, 0, 5e-3, 1e-6}, {2, 2, 5.5e-3, 1e-2, 1e-6}}, 2, 5e-5,
			CLOCK_DRIFTS, 0, 0, 3},
		{"and more than machine 1",
			{{0, 1, 0, 2e-3, 1e-6}, {0, 2, 0, -8e-3, 1e-6}, {2, 1, 2.2e-3, 4e-3, 1e-6},
				{2, 2, -8.8e-3, -1.6e-2, 1e-6}},
			4, -8e-5, CLOCK_DRIFTS, 0, 0, 3},
		{"machine 1 jumps", {{0, 1, 0, 0, 1e-6}, {1, 1, 0, 1, 1e-6}, {2, 1, 1, 1, 1e-6}}, 3,
			5e-3, CLOCK_JUMPS, 1, 3, 3},
		{"numbers of a file from elsewhere",
			{{0, UINT_MAX, 0, 5e-3, 1e-6}, {2, UINT_MAX, 5.5e-3, 1e-2, 1e-6}}, 2, 5e-5,
			CLOCK_DRIFTS, 0, 0, 3},
		{"machine 1 is lost", {{1, 1, 0, NAN, 1e-6}}, 1, 0, CLOCK_KEEPS, 0, 0, 2},
	};
	bool flagged;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct report_honesty honesty = judge_all(
			runs, ARRAY_COUNT(runs), cases[i].clocks, cases[i].count, NAN, &flagged);
		if (honesty.clock != cases[i].clock || honesty.flagged_runs != cases[i].flagged ||
			honesty.jumps != cases[i].jumps || honesty.probed_runs != cases[i].probed ||
			!(fabs(honesty.pace - cases[i].pace) < 1e-9))
			fail_msg("%s: clock %d, pace %g, %zu flagged, %zu with a jump, %zu probed",
				cases[i].what, honesty.clock, honesty.pace, honesty.flagged_runs,
				honesty.jumps, honesty.probed_runs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_run_is_the_span),
		cmocka_unit_test(test_no_job),
		cmocka_unit_test(test_another_boot),
		cmocka_unit_test(test_the_worst_machine_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
