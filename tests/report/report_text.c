/* The report as text: what fits two screens, everything, one group; no line wider than asked; and
 * where there is one target, what was varied against its first value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/numbers.h"
#include "base/utf8.h"
#include "report/model/build.h"
#include "report/write/formats.h"
#include "tests/report/make_loads.h"
#include "tests/report/make_store.h"
#include "tests/report/read_made.h"

static void write_text(
	const struct store_data *data, const struct report_options *options, struct text *out)
{
	struct report_model *model = NULL;
	struct error e = {""};

	if (report_model_new(data, options, &model, &e) < 0)
		fail_msg("%s", e.text);
	report_format_find("text")->write(model, out);
	report_model_free(model);
}

static void check_lines(const char *text, unsigned width, bool all)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		cleanup_free char *line = str_printf("%.*s", (int)length, text);
		if (utf8_width(line) > width)
			fail_msg("%zu instead of %u columns (all: %d): %s", utf8_width(line), width,
				all, line);
		text += length + (text[length] == '\n');
	}
}

static void test_width(void **state)
{
	static const unsigned widths[] = {60, 79, 80, 99, 100, 160};
	static int (*const makers[])(const char *dir, struct error *e) = {make_store, make_loads};

	(void)state;
	for (size_t m = 0; m < ARRAY_COUNT(makers); m++) {
		struct store_data *data = read_made(makers[m]);
		assert_non_null(data);
		for (size_t i = 0; i < 2 * ARRAY_COUNT(widths); i++) {
			const struct report_options options = {
				.width = widths[i / 2], .all = i % 2};
			cleanup_text struct text text = {0};
			write_text(data, &options, &text);
			check_lines(text.bytes, options.width, options.all);
		}
		store_data_free(data);
	}
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

enum { TWO_SCREENS = 92 };

/* The order of what fits two screens; details where they are asked for; a group alone. */
static void test_parts(void **state)
{
	static const char *const order[] = {"quick & <dirty>   baseline native",
		"Answer: ", "Slowdown against native", "Caveats", "Trust", "Machines: what differs",
		"Missing: ", "Record of the campaign", "--all"};
	struct store_data *data = read_made(make_store);
	cleanup_text struct text shown = {0}, all = {0}, disk = {0};
	const char *at;

	(void)state;
	assert_non_null(data);
	write_text(data, &(struct report_options){0}, &shown);
	write_text(data, &(struct report_options){.all = true}, &all);
	write_text(data, &(struct report_options){.area = "disk"}, &disk);
	at = shown.bytes;
	for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
		at = strstr(at, order[i]);
		if (!at) {
			fail_msg("%s is not there, or not in its place", order[i]);
			return;
		}
	}
	assert_null(strstr(shown.bytes, "all metrics"));
	assert_true(count_lines(shown.bytes) < count_lines(all.bytes) / 2);
	/* Two members of a fact differ: their names on two screens, all of it where asked for. */
	assert_non_null(strstr(shown.bytes, "1 differs: retbleed"));
	assert_non_null(strstr(shown.bytes, "2 differ: cache, queues"));
	assert_null(strstr(shown.bytes, "Vulnerable"));
	assert_non_null(strstr(all.bytes, "guest option queues"));
	assert_non_null(strstr(all.bytes, "mitigation of retbleed"));
	assert_null(strstr(all.bytes, "guest option machine"));
	assert_non_null(strstr(all.bytes, "MPI 1x2, all metrics"));
	assert_non_null(strstr(disk.bytes, "Disk 1x1, all metrics"));
	assert_null(strstr(disk.bytes, "Answer"));
	assert_null(strstr(disk.bytes, "MPI"));
	/* A mark stands once, at the name of its column. */
	assert_non_null(strstr(shown.bytes, "kvm-virtio¹"));
	assert_non_null(strstr(shown.bytes, "¹ emulated CPU, other kernel"));
	assert_null(strstr(shown.bytes, " emu "));
	store_data_free(data);
}

/* --- one target ------------------------------------------------------------------------ */

static const char *const conditions[] = {"none", "delay 250us rate 1Gbit",
	"delay 2ms jitter 200us rate 1Gbit", "delay 2ms jitter 900us rate 2Gbit"};

static int add_condition(
	struct store *store, int64_t target, int64_t metric, size_t index, struct error *e)
{
	cleanup_free char *parameters =
		str_printf("count=500 network=%s seconds=5s", conditions[index]);
	const struct store_cell cell = {.target_id = target,
		.placement = "1x2",
		.benchmark = "latency",
		.parameters = parameters,
		.planned_blocks = 4,
		.planned_runs = 1};
	int64_t id = store_add_cell(store, &cell, e);
	int status = id < 0 ? -1 : 0;

	for (unsigned b = 0; status == 0 && b < 4; b++) {
		double value = (index + 1) * (100 + b);
		const struct store_series series = {metric, 0, 0, &value, 1};
		const struct store_run run = {.cell_id = id,
			.block_id = store_find_block(store, "1x2", b),
			.host_s = 1,
			.guest_s = 1,
			.series = &series,
			.series_count = 1,
			.command = "latency"};
		status = store_add_run(store, &run, e) < 0 ? -1 : 0;
	}
	return status;
}

static int make_conditions(const char *dir, struct error *e)
{
	const struct store_campaign campaign = {.id = "c0",
		.name = "wan",
		.yaml = "",
		.yaml_digest = "d",
		.baseline = "kvm-virtio",
		.tare_version = "0.1.0",
		.image_digest = "",
		.started_ns = INT64_C(1767225600000000000)};
	const struct store_target target = {"kvm-virtio", "libvirt", "", "{}"};
	const struct store_metric metric = {"latency", "round_trip", "us", "lower", "median",
		"ratio", NULL, NULL, NULL, "headline", 1, NULL, NULL};
	struct store *store;

	if (store_create(dir, &store, e) < 0)
		return -1;
	int status = store_add_campaign(store, &campaign, e);
	int64_t target_id = status < 0 ? -1 : store_add_target(store, &target, e);
	int64_t metric_id = target_id < 0 ? -1 : store_add_metric(store, &metric, e);
	status = metric_id < 0 ? -1 : 0;
	for (unsigned b = 0; status == 0 && b < 4; b++)
		status = store_add_block(store, "1x2", b, campaign.started_ns + b, e) < 0 ? -1 : 0;
	for (size_t i = 0; status == 0 && i < ARRAY_COUNT(conditions); i++)
		status = add_condition(store, target_id, metric_id, i, e);
	store_close(store);
	return status;
}

static void test_variations(void **state)
{
	/* Short names, but no two the same. */
	static const char *const texts[] = {"Answer: what each condition costs kvm-virtio",
		"delay 250 us, 1 Gbit/s  round trip ×2.00; against no condition.",
		"delay 2 ms, 1 Gbit/s    round trip ×3.00; against no condition.",
		"delay 2 ms, 2 Gbit/s    round trip ×4.00; against no condition.",
		"Slowdown by network: kvm-virtio, against no condition"};
	struct store_data *data = read_made(make_conditions);
	cleanup_text struct text text = {0};

	(void)state;
	assert_non_null(data);
	write_text(data, &(struct report_options){0}, &text);
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		if (!strstr(text.bytes, texts[i]))
			fail_msg("\"%s\" is not in\n%s", texts[i], text.bytes);
	assert_null(strstr(text.bytes, "jitter"));
	store_data_free(data);
}

/* Where the baseline has no value, what the targets have is shown as it is, with its unit. */
static void test_values_without_a_ratio(void **state)
{
	struct store_data *data = read_made(make_store);
	struct report_model *model = NULL;
	struct error e = {""};
	cleanup_text struct text text = {0}, latex = {0};
	char number[NUMBER_BYTES];

	(void)state;
	assert_non_null(data);
	if (report_model_new(data, &(struct report_options){0}, &model, &e) < 0)
		fail_msg("%s", e.text);
	const struct report_row *row = &model->groups[0].rows[0];
	struct report_value *value = &row->values[model->baseline + 1];
	assert_true(value->headline && value->compared && value->status == REPORT_MEASURED);
	number_with_unit(value->value.estimate, row->metric->unit, number);
	report_format_find("text")->write(model, &text);
	assert_null(strstr(text.bytes, number));
	value->compared = false;
	report_format_find("text")->write(model, &text);
	assert_non_null(strstr(text.bytes, number));
	report_format_find("latex")->write(model, &latex);
	cleanup_free char *cell = str_printf("& {\\num{%.*s}", (int)strcspn(number, " "), number);
	assert_non_null(strstr(latex.bytes, cell));
	report_model_free(model);
	store_data_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_variations),
		cmocka_unit_test(test_values_without_a_ratio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
