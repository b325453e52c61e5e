/* The made campaign of loads, clocks, flushes and hosts: the model's numbers, what every format
 * makes of them, and its figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "report/write/words.h"
#include "report/plot/figures.h"
#include "report/write/formats.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "report/model/honesty.h"
#include "report/model/build.h"
#include "report/model/model.h"
#include "tests/report/make_loads.h"
#include "tests/report/read_made.h"

enum { NATIVE, XEN, KVM, OLD };

static struct store_data *data;
static struct report_model *model;

static int setup(void **state)
{
	struct report_options options = {.width = 120, .figures_all = true};
	struct error e = {""};

	(void)state;
	data = read_made(make_loads);
	if (!data)
		return -1;
	return report_model_new(data, &options, &model, &e);
}

static int teardown(void **state)
{
	(void)state;
	report_model_free(model);
	store_data_free(data);
	return 0;
}

static const struct report_interference *find(
	size_t target, const char *metric, const char *background)
{
	for (size_t i = 0; i < model->interference_count; i++) {
		const struct report_interference *found = &model->interferences[i];
		if (found->target == target &&
			strcmp(found->alone_row->metric->name, metric) == 0 &&
			strcmp(found->background, background) == 0)
			return found;
	}
	fail_msg("no %s beside %s", metric, background);
	return NULL;
}

static void assert_slowdown(const struct report_interference *found, double expected)
{
	assert_int_equal(found->slowdown.status, INTERVAL_OK);
	/* The noise is 2 %, over four pairs of blocks. */
	assert_true(fabs(found->slowdown.estimate / expected - 1) < 0.03);
	assert_true(found->slowdown.low < found->slowdown.estimate &&
		    found->slowdown.estimate < found->slowdown.high);
	assert_int_equal(found->slowdown.blocks, 4);
}

/* A rate that shrank and a time that grew are slower by the same. */
static void test_interference(void **state)
{
	static const char disk[] = "disk(op=write size=64M)";

	(void)state;
	assert_slowdown(find(KVM, "gflops", "linpack"), 1.35);
	assert_slowdown(find(NATIVE, "gflops", "linpack"), 1.175);
	assert_slowdown(find(KVM, "bandwidth", disk), 2.4);
	assert_slowdown(find(KVM, "latency_mean", disk), 2.4);
	assert_string_equal(find(KVM, "latency_mean", disk)->foreground, "disk, pattern=randread");
	assert_string_equal(find(KVM, "gflops", disk)->foreground, "linpack");
	/* Planned and not measured is not nothing. */
	assert_null(find(XEN, "bandwidth", disk)->value);
	assert_true(isnan(find(XEN, "bandwidth", disk)->slowdown.estimate));
	/* 3 places of linpack and 2 × 3 of disk, 2 loads, 4 targets. */
	assert_int_equal(model->interference_count, 9 * 2 * 4);
}

static void test_clocks(void **state)
{
	static const enum clock_honesty expected[] = {
		CLOCK_KEEPS, CLOCK_KEEPS, CLOCK_KEEPS, CLOCK_JUMPS};
	const struct report_honesty *old = &model->honesties[OLD];
	char verdict[WORDS_BYTES];

	(void)state;
	for (size_t t = 0; t < model->honesty_count; t++)
		assert_int_equal(model->honesties[t].clock, expected[t]);
	assert_true(fabs(model->honesties[XEN].pace - 3e-6) < 1e-9);
	assert_true(fabs(old->pace - 4e-4) < 1e-9);
	assert_int_equal(old->jumps, 1);
	assert_int_equal(old->flagged_runs, old->runs);
	assert_int_equal(model->honesties[KVM].flagged_runs, 0);
	assert_string_equal(words_clock(old, verdict), "jumps (in 1 run), drifts +400 ppm");
	/* Every value of that target is behind a flag, none of another. */
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			const struct report_value *values = model->groups[g].rows[i].values;
			assert_int_equal(values[OLD].flagged, values[OLD].series_count);
			assert_int_equal(values[KVM].flagged, 0);
		}
}

/* By threads within a placement, against the fewest. */
static void test_scaling(void **state)
{
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < model->scaling_count; i++) {
		const struct report_scaling *scaling = &model->scalings[i];
		double times = scaling->cpus / scaling->first_cpus;
		if (scaling->target != NATIVE)
			continue;
		assert_string_equal(scaling->group->benchmark, "gromacs");
		assert_true(scaling->first_cpus == 1 && (times == 2 || times == 4));
		assert_true(fabs(scaling->speedup.estimate / times - 1) < 0.05);
		assert_true(fabs(scaling->efficiency - 1) < 0.05);
		count++;
	}
	assert_int_equal(count, 2);
	assert_int_equal(model->scaling_count, 2 * 4);
}

/* A clock that only drifts, and one whose probes are too coarse to say so. */
static void test_pace(void **state)
{
	static const struct {
		double drift, error_s;
		enum clock_honesty expected;
	} cases[] = {
		{1.2e-5, 1e-6, CLOCK_DRIFTS},
		{-1.2e-5, 1e-6, CLOCK_DRIFTS},
		{9e-6, 1e-6, CLOCK_KEEPS},
		{1.2e-5, 1e-2, CLOCK_KEEPS},
		{NAN, 1e-6, CLOCK_UNKNOWN},
	};
	struct data_target target = {.name = (char *)"t"};
	struct data_cell cell = {.target_index = 0};
	struct data_block block = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		struct data_run runs[2];
		for (size_t r = 0; r < 2; r++)
			runs[r] = (struct data_run){
				.started_ns = (int64_t)r * 50000000000,
				.ended_ns = (int64_t)(r + 1) * 50000000000,
				.host_s = 50,
				.guest_s = 50,
			};
		struct data_clock offsets[2];
		for (size_t r = 0; r < 2; r++)
			offsets[r] = (struct data_clock){r, 0, 50 * (double)r * cases[i].drift,
				50 * (double)(r + 1) * cases[i].drift, cases[i].error_s};
		const struct store_data made = {.targets = &target,
			.cells = &cell,
			.blocks = &block,
			.runs = runs,
			.clocks = offsets,
			.clock_count = 2,
			.target_count = 1,
			.cell_count = 1,
			.block_count = 1,
			.run_count = 2};
		bool flags[2] = {false};
		size_t clocks[3] = {0, 1, 2};
		const struct report_model one = {
			.data = &made, .clock_flags = flags, .first_clocks = clocks};
		struct report_honesty honesty = {.target = 0};
		clock_judge(&one, &honesty);
		assert_int_equal(honesty.clock, cases[i].expected);
		assert_int_equal(honesty.jumps, 0);
	}
}

static void test_flushes(void **state)
{
	static const enum flush_honesty expected[] = {
		FLUSH_HONEST, FLUSH_CACHED, FLUSH_UNCLEAR, FLUSH_LYING};

	(void)state;
	assert_int_equal(model->flush_count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(model->flushes[i].target, i);
		assert_int_equal(model->flushes[i].verdict, expected[i]);
	}
	/* Three of its four blocks look honest. */
	assert_true(fabs(model->flushes[KVM].device_share - 1.02) < 1e-9);
	assert_true(fabs(model->flushes[OLD].device_share - 0.01) < 1e-9);
	assert_true(model->flushes[OLD].machine_flushes == 0);
}

static void test_hosts(void **state)
{
	bool found = false;

	(void)state;
	assert_string_equal(model->environments[XEN], "xen");
	assert_string_equal(model->environments[KVM], "linux");
	for (size_t i = 0; i < model->fact_count; i++)
		if (strcmp(model->facts[i].name, "CPU model") == 0) {
			assert_string_equal(model->facts[i].value,
				"node1: Example CPU 3000; node2: Example CPU 2000");
			found = true;
		}
	assert_true(found);
	assert_string_equal(model->target_facts[OLD][FACT_HYPERVISOR_VERSION], "0.14");
}

/* All formats say it, the JSON with the same digits. */
static void test_formats(void **state)
{
	static const char *const formats[] = {"text", "md", "html"};
	static const char *const all[] = {"Interference: kvm-old with a load in another machine",
		"drifts +400 ppm", "cached by the host", "lying", "QEMU 0.14", "1.35"};
	struct text json = {0};

	(void)state;
	for (size_t f = 0; f < ARRAY_COUNT(formats); f++) {
		struct text text = {0};
		model->options.all = true;
		report_format_find(formats[f])->write(model, &text);
		for (size_t i = 0; i < ARRAY_COUNT(all); i++)
			if (!strstr(text.bytes, all[i]))
				fail_msg("%s lacks %s", formats[f], all[i]);
		assert_non_null(strstr(text.bytes, "clk"));
		text_free(&text);
	}
	report_format_find("json")->write(model, &json);
	json_t *root = json_loads(json.bytes, 0, NULL);
	json_t *matrix = json_object_get(root, "interference");
	json_t *clock = json_array_get(json_object_get(root, "honesty"), OLD);
	assert_int_equal(json_array_size(matrix), model->interference_count);
	for (size_t i = 0; i < model->interference_count; i++) {
		json_t *slowdown = json_object_get(json_array_get(matrix, i), "slowdown");
		double expected = model->interferences[i].slowdown.estimate;
		assert_true(json_is_null(slowdown) == isnan(expected));
		if (!isnan(expected))
			assert_true(fabs(json_real_value(slowdown) / expected - 1) < 1e-11);
	}
	assert_int_equal(json_integer_value(json_object_get(clock, "clock_jumps")), 1);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(root, "flushes"), OLD), "verdict")),
		"lying");
	json_decref(root);
	text_free(&json);
}

static void assert_in_svg(const char *dir, const char *name, const char *const *texts, size_t count)
{
	cleanup_free char *path = str_printf("%s/%s.svg", dir, name);
	cleanup_free char *bytes = NULL;
	struct error e = {""};
	size_t length;

	if (file_read(path, 4 << 20, &bytes, &length, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < count; i++)
		if (!strstr(bytes, texts[i]))
			fail_msg("%s lacks %s", name, texts[i]);
}

static void test_figures(void **state)
{
	char dir[] = "/dev/shm/tare-test-loads-XXXXXX";
	static const char *const waits[] = {"xen-pv", "2^24", "100 %", "cycles waited"};
	static const char *const course[] = {"time within the run (s)", "throughput (Mbit/s)"};
	static const char *const stages[] = {"first job", "kernel", "s, lower is better"};
	static const char *const matrix[] = {"disk(op=write size=64M)", "latency_mean at",
		"without a load", " to 2.", ">kvm-virtio<", ">xen-pv<"};
	cleanup_argv struct argv argv = {0};
	struct error e = {""};
	size_t count = 0;

	(void)state;
	argv_add_all(&argv, "gnuplot", "--version", NULL);
	if (process_check(&argv, 10, NULL) < 0)
		skip();
	assert_non_null(mkdtemp(dir));
	if (report_figures(model, dir, &count, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(model->figure_count, count);
	/* The forest, 2 of curves and 3 of their details, 3 of lockhold, 3 of net, 1 of boot, 2 of
	 * flush, bars and speed-up of gromacs, a matrix, 3 of headlines as measured. */
	assert_int_equal(count, 1 + 2 + 3 + 3 + 3 + 1 + 2 + 2 + 1 + 3);
	assert_in_svg(dir, "15-lockhold_1x2__waited_share", waits, ARRAY_COUNT(waits));
	assert_in_svg(dir, "20-net_1x2__throughput__over_time", course, ARRAY_COUNT(course));
	assert_in_svg(dir, "04-boot_1x2__times", stages, ARRAY_COUNT(stages));
	assert_in_svg(dir, "06-interference__with_a_load", matrix, ARRAY_COUNT(matrix));
	assert_non_null(strstr(model->figures[1].note, "4 blocks (fresh starts)"));
	dir_remove(dir, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interference),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_scaling),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_flushes),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_figures),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
