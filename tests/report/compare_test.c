/* Comparisons: the numbers, what is refused, and a defined answer for everything bad. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare.h"
#include "report/verdict/junit.h"
#include "tests/report/compare_fixture.h"

static const double native[] = {100, 101.2, 99.4, 100.6, 100.1, 99.8};
static const double kvm[] = {100.3, 101.6, 99.5, 101.1, 100.2, 100.3};

static void assert_close(double found, double wanted)
{
	if (!(fabs(found - wanted) <= 1e-9 * fabs(wanted)))
		fail_msg("%.17g is not %.17g", found, wanted);
}

static double oracle_value(unsigned target, unsigned metric, unsigned block)
{
	(void)metric;
	return (target ? kvm : native)[block];
}

/* Blocks that differ by up to .2 %; kvm 5 % slower. */
static double slower_value(unsigned target, unsigned metric, unsigned block)
{
	return (100 + metric) * (1 + 0.001 * (block % 3)) * (target ? 1.05 : 1);
}

static double same_value(unsigned target, unsigned metric, unsigned block)
{
	return (100 + metric) * (1 + 0.001 * ((block + target + metric) % 3));
}

static double constant_value(unsigned target, unsigned metric, unsigned block)
{
	(void)metric;
	(void)block;
	return target ? 102 : 100;
}

static double zero_value(unsigned target, unsigned metric, unsigned block)
{
	return target && block == 1 ? 0 : same_value(target, metric, block);
}

/* Around 0: only a difference can be formed. */
static double drift_value(unsigned target, unsigned metric, unsigned block)
{
	(void)metric;
	return 0.1 * (block % 3) - 0.1 + (target ? 3 : 0);
}

static struct fake fake_of(unsigned blocks, double (*value)(unsigned, unsigned, unsigned))
{
	return (struct fake){
		.metrics = &fake_time, .metric_count = 1, .blocks = blocks, .value = value};
}

static struct comparison *compare_within(
	const struct store_data *data, const struct compare_options *options)
{
	const struct compare_source base = {data, "DIR", "native"}, newer = {data, "DIR", "kvm"};
	struct comparison *comparison;
	struct error e = {""};

	if (compare_new(&base, &newer, options, &comparison, &e) < 0)
		fail_msg("%s", e.text);
	return comparison;
}

static void test_oracle(void **state)
{
	struct fake fake = fake_of(6, oracle_value);
	struct store_data *data = fake_campaign(&fake);
	const struct compare_options options = {0};
	struct comparison *c = compare_within(data, &options);
	const struct compare_item *item = &c->items[0];
	cleanup_text struct text text = {0};

	(void)state;
	assert_int_equal(c->count, 1);
	assert_true(item->paired);
	assert_close(item->judged.centre, .0031499500189469);
	assert_close(item->p, .0081769555922025);
	assert_close(item->judged.p_equivalent, .00013054639730513);
	assert_close(item->signs_p, .03125);
	assert_true(fabs(item->change.low - 1.00124058) < 1e-8);
	assert_true(fabs(item->change.high - 1.00507292) < 1e-8);
	assert_string_equal(compare_state_text(item), "EQUIVALENT");
	assert_int_equal(compare_gate_status(c), 0);
	compare_write_text(c, &text);
	assert_non_null(strstr(text.bytes, "Paired by block"));
	assert_non_null(strstr(text.bytes, "EQUIVALENT"));
	compare_free(c);
	store_data_free(data);
}

/* Against another campaign: Welch on logarithms; here with few metrics, so nothing is moderated. */
static void test_unpaired(void **state)
{
	struct fake fake = fake_of(6, oracle_value);
	struct store_data *old = fake_campaign(&fake);
	fake.id = "00000002";
	struct store_data *young = fake_campaign(&fake);
	const struct compare_source base = {old, "A", "native"}, newer = {young, "B", "kvm"};
	const struct compare_options options = {0};
	struct comparison *c;
	struct error e = {""};
	struct interval wanted;
	double logs[2][6];

	(void)state;
	for (int b = 0; b < 6; b++) {
		logs[0][b] = log(native[b]);
		logs[1][b] = log(kvm[b]);
	}
	assert_int_equal(interval_ratio_welch(logs[1], 6, logs[0], 6, .95, &wanted), 0);
	assert_int_equal(compare_new(&base, &newer, &options, &c, &e), 0);
	assert_false(c->items[0].paired);
	assert_close(c->items[0].change.estimate, wanted.estimate);
	assert_close(c->items[0].change.low, wanted.low);
	assert_close(c->items[0].change.high, wanted.high);
	assert_close(c->items[0].p, wanted.p);
	assert_close(c->items[0].change.df, wanted.df);
	compare_free(c);
	store_data_free(old);
	store_data_free(young);
}

/* What one odd campaign gets, compared within itself. */
/* NOLINTNEXTLINE(readability-function-size): a table of cases, and what to expect of each */
static void test_odd_data(void **state)
{
	static const struct fake_metric drift = {"drift", "us", "lower", "difference", NULL};
	/* Additive, around 0, and without a margin of its own. */
	static const struct fake_metric wander = {"wander", "us", "lower", "difference", NULL};
	static const struct fake_metric info = {"info", "1", "none", "ratio", NULL};
	static const struct fake_metric rate = {"rate", "1/s", "higher", "ratio", NULL};
	const struct {
		const char *what;
		struct fake fake;
		const char *verdict, *reason; /* reason: part of it */
		int gate;
	} rows[] = {
		{"n = 1", fake_of(1, same_value), "INCONCLUSIVE", "fewer than 3", 4},
		{"n = 2", fake_of(2, same_value), "INCONCLUSIVE", "at least 1 more", 4},
		{"all equal", fake_of(5, constant_value), "REGRESSION", "", 1},
		{"a zero under a logarithm", fake_of(5, zero_value), "INCONCLUSIVE",
			"(scale: difference)", 4},
		{"slower", fake_of(5, slower_value), "REGRESSION", "", 1},
		{"slower is more",
			{.metrics = &rate, .metric_count = 1, .blocks = 5, .value = slower_value},
			"IMPROVEMENT", "", 0},
		{"additive",
			{.metrics = &drift, .metric_count = 1, .blocks = 6, .value = drift_value},
			"REGRESSION", "", 1},
		{"no direction",
			{.metrics = &info, .metric_count = 1, .blocks = 5, .value = slower_value},
			"exploratory", "", 4},
		{"a block missing",
			{.metrics = &fake_time,
				.metric_count = 1,
				.blocks = 6,
				.kvm_lacks = 2,
				.value = slower_value},
			"REGRESSION", "1 missing", 1},
		{"a block missing, else equivalent",
			{.metrics = &fake_time,
				.metric_count = 1,
				.blocks = 9,
				.kvm_lacks = 2,
				.value = same_value},
			"EQUIVALENT", "1 missing", 4},
		{"skipped",
			{.metrics = &fake_time,
				.metric_count = 1,
				.blocks = 5,
				.skip = "needs 2 machines",
				.value = same_value},
			"NOT MEASURED", "needs 2 machines", 4},
		{"failed",
			{.metrics = &fake_time,
				.metric_count = 1,
				.blocks = 3,
				.failed = 3,
				.value = same_value},
			"FAILED", "it broke", 4},
		{"one failed",
			{.metrics = &fake_time,
				.metric_count = 1,
				.blocks = 9,
				.failed = 1,
				.value = same_value},
			"EQUIVALENT", "1 run failed", 4},
		{"not all was reached",
			{.metrics = &fake_time,
				.metric_count = 1,
				.blocks = 9,
				.planned_blocks = 10,
				.value = same_value},
			"EQUIVALENT", "2 missing", 4},
		{"a margin of 0",
			{.metrics = &wander, .metric_count = 1, .blocks = 3, .value = drift_value},
			"INCONCLUSIVE", "--delta wander=VALUE", 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct store_data *data = fake_campaign(&rows[i].fake);
		const struct compare_margin margin = {"bm.drift", .5};
		const struct compare_options options = {
			.margins = &margin,
			.margin_count = rows[i].fake.metrics == &drift,
		};
		struct comparison *c = compare_within(data, &options);
		char decides[256];
		compare_decides(&c->items[0], decides);
		if (c->count != 1 || strcmp(compare_state_text(&c->items[0]), rows[i].verdict) ||
			!strstr(decides, rows[i].reason) || compare_gate_status(c) != rows[i].gate)
			fail_msg("%s: %zu, %s, \"%s\", gate %d", rows[i].what, c->count,
				compare_state_text(&c->items[0]), decides, compare_gate_status(c));
		compare_free(c);
		store_data_free(data);
	}
}

static void test_unpaired_block_is_counted(void **state)
{
	struct fake fake = fake_of(6, same_value);
	fake.kvm_lacks = 2;
	struct store_data *data = fake_campaign(&fake);
	const struct compare_options options = {0};
	struct comparison *c = compare_within(data, &options);

	(void)state;
	assert_int_equal(c->items[0].change.blocks, 5);
	assert_int_equal(c->items[0].unpaired, 1);
	assert_int_equal(c->items[0].base.blocks, 6);
	compare_free(c);
	store_data_free(data);
}

/* A store refuses them, but another tool may have written it. */
static void test_not_finite(void **state)
{
	const double odd[] = {NAN, INFINITY, -INFINITY};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(odd); i++) {
		struct fake fake = fake_of(5, same_value);
		struct store_data *data = fake_campaign(&fake);
		const struct compare_options options = {0};
		cleanup_text struct text text = {0};
		data->values[3] = odd[i];
		struct comparison *c = compare_within(data, &options);
		assert_string_equal(compare_state_text(&c->items[0]), "INCONCLUSIVE");
		assert_non_null(strstr(c->items[0].reason, "block"));
		assert_int_equal(compare_gate_status(c), 4);
		compare_write_json(c, &text);
		assert_null(strstr(text.bytes, "nan"));
		compare_free(c);
		store_data_free(data);
	}
}

static void test_margin_that_cannot_be(void **state)
{
	static const struct fake_metric drift = {"drift", "us", "lower", "difference", NULL};
	struct fake fake = {
		.metrics = &drift, .metric_count = 1, .blocks = 3, .value = drift_value};
	struct store_data *data = fake_campaign(&fake);
	const struct compare_margin misspelt = {"drfit", .5};
	struct compare_options options = {.margins = &misspelt, .margin_count = 1};
	const struct compare_source base = {data, "DIR", "native"}, newer = {data, "DIR", "kvm"};
	struct comparison *c;
	struct error e = {""};

	(void)state;
	assert_int_equal(compare_new(&base, &newer, &options, &c, &e), -1);
	assert_non_null(strstr(e.text, "did you mean \"drift\"?"));
	options = (struct compare_options){.delta = -1};
	assert_int_equal(compare_new(&base, &newer, &options, &c, &e), -1);
	options = (struct compare_options){.alpha = NAN};
	assert_int_equal(compare_new(&base, &newer, &options, &c, &e), -1);
	store_data_free(data);
}

static void test_refusals(void **state)
{
	static const struct fake_metric in_ms = {"time", "ms", "lower", "ratio", NULL};
	static const struct fake_metric higher = {"time", "s", "higher", "ratio", NULL};
	static const struct fake_metric difference = {"time", "s", "lower", "difference", NULL};
	struct fake plain = fake_of(5, same_value), rows[5];
	const char *const expected[] = {"different images", "in s in A and in ms in B",
		"declared differently", "declared differently", "is emulated"};

	(void)state;
	plain.image = "sha256:aaaa";
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		rows[i] = plain;
		rows[i].id = "00000002";
	}
	rows[0].image = "sha256:bbbb";
	rows[1].metrics = &in_ms;
	rows[2].metrics = &higher;
	rows[3].metrics = &difference;
	rows[4].emulated = true;
	struct store_data *old = fake_campaign(&plain);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct store_data *young = fake_campaign(&rows[i]);
		const struct compare_source base = {old, "A", NULL}, newer = {young, "B", NULL};
		struct compare_options options = {0};
		struct comparison *c;
		struct error e = {""};
		cleanup_text struct text text = {0};
		assert_int_equal(compare_new(&base, &newer, &options, &c, &e), -1);
		if (!strstr(e.text, expected[i]) || !strstr(e.text, "--force"))
			fail_msg("\"%s\" does not say \"%s\"", e.text, expected[i]);
		options.force = true;
		assert_int_equal(compare_new(&base, &newer, &options, &c, &e), 0);
		compare_write_markdown(c, &text);
		assert_non_null(strstr(text.bytes, expected[i]));
		assert_non_null(strstr(text.bytes, "because of --force"));
		compare_free(c);
		store_data_free(young);
	}
	store_data_free(old);
}

static void test_kernels_are_said(void **state)
{
	struct fake fake = fake_of(5, same_value);
	fake.kernel = "6.1.0";
	struct store_data *old = fake_campaign(&fake);
	fake.kernel = "6.12.0";
	fake.id = "00000002";
	struct store_data *young = fake_campaign(&fake);
	const struct compare_source base = {old, "A", NULL}, newer = {young, "B", NULL};
	const struct compare_options options = {0};
	struct comparison *c;
	struct error e = {""};
	cleanup_text struct text text = {0};

	(void)state;
	assert_int_equal(compare_new(&base, &newer, &options, &c, &e), 0);
	assert_true(c->items[0].kernel_differs);
	compare_write_text(c, &text);
	assert_non_null(strstr(text.bytes, "different kernels"));
	assert_non_null(strstr(text.bytes, " ker"));
	compare_free(c);
	store_data_free(old);
	store_data_free(young);
}

static void test_targets(void **state)
{
	struct fake fake = fake_of(3, same_value);
	struct store_data *data = fake_campaign(&fake);
	const struct {
		const char *base, *newer, *said;
	} rows[] = {
		{NULL, NULL, "same campaign"},
		{"kvm", "kvm", "same campaign"},
		{"kvm", NULL, "same campaign"},
		{"native", "kvn", "did you mean \"kvm\"?"},
		{"nothing-like-it", "kvm", "it has native, kvm"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const struct compare_source base = {data, "A", rows[i].base};
		const struct compare_source newer = {data, "A", rows[i].newer};
		const struct compare_options options = {0};
		struct comparison *c;
		struct error e = {""};
		assert_int_equal(compare_new(&base, &newer, &options, &c, &e), -1);
		if (!strstr(e.text, rows[i].said))
			fail_msg("\"%s\" does not say \"%s\"", e.text, rows[i].said);
	}
	store_data_free(data);
}

/* What the newer campaign lost is not green; what it gained is. */
static void test_lost_and_gained(void **state)
{
	static const struct fake_metric both[] = {
		{"time", "s", "lower", "ratio", NULL}, {"more", "s", "lower", "ratio", NULL}};
	struct fake one = fake_of(9, same_value), two = one;
	two.metrics = both;
	two.metric_count = 2;
	two.id = "00000002";
	struct store_data *small = fake_campaign(&one), *large = fake_campaign(&two);
	const struct compare_source sources[] = {{small, "S", "kvm"}, {large, "L", "kvm"}};
	const struct compare_options options = {.all_of_base = true};
	struct comparison *c;
	struct error e = {""};

	(void)state;
	assert_int_equal(compare_new(&sources[0], &sources[1], &options, &c, &e), 0);
	/* kvm's, and native's, which say what the host did. */
	assert_int_equal(c->count, 4);
	assert_int_equal(c->counts.only_new, 2);
	assert_int_equal(compare_gate_status(c), 0);
	compare_free(c);
	assert_int_equal(compare_new(&sources[1], &sources[0], &options, &c, &e), 0);
	assert_int_equal(c->count, 4);
	assert_int_equal(c->counts.not_measured, 2);
	assert_int_equal(compare_gate_status(c), 4);
	compare_free(c);
	store_data_free(small);
	store_data_free(large);
}

/* Declared for what it is: a headline is judged, of a detail only that it is worse, a setting not
 * at all. */
static const struct fake_metric kinds[] = {
	{"time", "s", "lower", "ratio", "headline"},
	{"slow_detail", "s", "lower", "ratio", "detail"},
	{"size", "1", "lower", "ratio", "validity"},
};

/* Only the detail, and the size, are worse. */
static double kinds_value(unsigned target, unsigned metric, unsigned block)
{
	return metric ? slower_value(target, metric, block) : same_value(target, metric, block);
}

/* Only the size. */
static double same_kinds_value(unsigned target, unsigned metric, unsigned block)
{
	return metric == 2 ? slower_value(target, metric, block)
			   : same_value(target, metric, block);
}

static void test_a_worse_detail_is_red(void **state)
{
	const struct fake fake = {
		.metrics = kinds, .metric_count = 3, .blocks = 9, .value = kinds_value};
	struct store_data *data = fake_campaign(&fake);
	struct comparison *c = compare_within(data, &(struct compare_options){0});
	cleanup_text struct text shown = {0}, xml = {0};

	(void)state;
	assert_string_equal(c->items[0].metric->name, "slow_detail");
	assert_string_equal(compare_state_text(&c->items[0]), "REGRESSION");
	assert_string_equal(c->items[0].reason, "not a headline");
	assert_true(c->items[0].judged.adjusted_worse <= .01);
	assert_string_equal(compare_state_text(&c->items[1]), "EQUIVALENT");
	assert_int_equal(c->counts.details_worse, 1);
	assert_int_equal(compare_gate_status(c), 1);
	compare_write_text(c, &shown);
	assert_non_null(strstr(shown.bytes, "slow_detail"));
	assert_non_null(strstr(shown.bytes, "1 REGRESSION of details"));
	junit_write(c, &xml);
	assert_non_null(strstr(xml.bytes, "tests=\"2\" failures=\"1\""));
	compare_free(c);
	store_data_free(data);
}

static void test_details_pass_nothing(void **state)
{
	const struct fake fake = {
		.metrics = kinds, .metric_count = 3, .blocks = 9, .value = same_kinds_value};
	struct store_data *data = fake_campaign(&fake);
	struct compare_options options = {0};
	struct comparison *c = compare_within(data, &options);
	cleanup_text struct text shown = {0}, all = {0}, xml = {0};

	(void)state;
	assert_int_equal(c->count, 2);
	assert_string_equal(c->items[0].metric->name, "slow_detail");
	assert_string_equal(compare_state_text(&c->items[0]), "exploratory");
	assert_string_equal(compare_state_text(&c->items[1]), "EQUIVALENT");
	assert_int_equal(c->counts.details, 1);
	assert_int_equal(compare_gate_status(c), 0);
	compare_write_text(c, &shown);
	assert_null(strstr(shown.bytes, "slow_detail"));
	assert_non_null(strstr(shown.bytes, "by Holm over 1 headline."));
	assert_non_null(strstr(shown.bytes, "Details: 1 other metric not shown"));
	junit_write(c, &xml);
	assert_non_null(strstr(xml.bytes, "tests=\"1\" failures=\"0\""));
	compare_free(c);
	options.details = true;
	c = compare_within(data, &options);
	compare_write_text(c, &all);
	assert_non_null(strstr(all.bytes, "slow_detail"));
	assert_null(strstr(all.bytes, "size"));
	compare_free(c);
	store_data_free(data);
}

/* Who gives a detail a margin declares that it matters. */
static void test_a_margin_makes_a_headline(void **state)
{
	const struct fake fake = {
		.metrics = kinds, .metric_count = 3, .blocks = 9, .value = kinds_value};
	struct store_data *data = fake_campaign(&fake);
	const struct compare_margin margin = {"bm.slow_detail", .02};
	const struct compare_options options = {.margins = &margin, .margin_count = 1};
	struct comparison *c = compare_within(data, &options);

	(void)state;
	assert_string_equal(compare_state_text(&c->items[0]), "REGRESSION");
	assert_int_equal(c->counts.details, 0);
	assert_int_equal(compare_gate_status(c), 1);
	compare_free(c);
	store_data_free(data);
}

/* A cell that failed counts once for each headline, and its details count for nothing. */
static void test_details_of_a_failed_cell(void **state)
{
	const struct fake fake = {.metrics = kinds,
		.metric_count = 3,
		.blocks = 3,
		.failed = 3,
		.value = kinds_value};
	struct store_data *data = fake_campaign(&fake);
	const struct compare_options options = {0};
	struct comparison *c = compare_within(data, &options);

	(void)state;
	assert_int_equal(c->counts.failed, 1);
	assert_int_equal(c->counts.details, 1);
	assert_int_equal(compare_gate_status(c), 4);
	compare_free(c);
	store_data_free(data);
}

static void test_many_metrics(void **state)
{
	enum { METRICS = 10000 };
	struct fake_metric *metrics = mem_new(METRICS, sizeof(*metrics));
	char(*names)[16] = mem_new(METRICS, sizeof(*names));

	(void)state;
	for (size_t i = 0; i < METRICS; i++) {
		snprintf(names[i], sizeof(names[i]), "m%zu", i);
		metrics[i] = (struct fake_metric){names[i], "s", "lower", "ratio", NULL};
	}
	struct fake fake = {
		.metrics = metrics, .metric_count = METRICS, .blocks = 5, .value = slower_value};
	struct store_data *data = fake_campaign(&fake);
	const struct compare_options options = {0};
	struct comparison *c = compare_within(data, &options);
	cleanup_text struct text csv = {0};
	size_t lines = 0;
	assert_int_equal(c->count, METRICS);
	assert_int_equal(c->counts.regressions, METRICS);
	compare_write_csv(c, &csv);
	for (const char *p = csv.bytes; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, METRICS + 1);
	compare_free(c);
	store_data_free(data);
	free(metrics);
	free(names);
}

static void test_junit_escapes(void **state)
{
	static const struct fake_metric hostile = {
		"a<b>&\"c'\x01\xff]]>", "s", "lower", "ratio", NULL};
	struct fake fake = {
		.metrics = &hostile, .metric_count = 1, .blocks = 5, .value = slower_value};
	struct store_data *data = fake_campaign(&fake);
	const struct compare_options options = {0};
	struct comparison *c = compare_within(data, &options);
	cleanup_text struct text xml = {0};

	(void)state;
	junit_write(c, &xml);
	assert_non_null(strstr(xml.bytes, "tests=\"1\" failures=\"1\" errors=\"0\""));
	assert_non_null(strstr(xml.bytes, "a&lt;b&gt;&amp;&quot;c"));
	assert_null(strstr(xml.bytes, "\x01"));
	assert_null(strstr(xml.bytes, "\xff"));
	assert_null(strstr(xml.bytes, "]]>"));
	assert_non_null(strstr(xml.bytes, "<failure message=\"REGRESSION: +5.00 %"));
	compare_free(c);
	store_data_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oracle),
		cmocka_unit_test(test_unpaired),
		cmocka_unit_test(test_odd_data),
		cmocka_unit_test(test_unpaired_block_is_counted),
		cmocka_unit_test(test_not_finite),
		cmocka_unit_test(test_margin_that_cannot_be),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_kernels_are_said),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_lost_and_gained),
		cmocka_unit_test(test_a_worse_detail_is_red),
		cmocka_unit_test(test_details_pass_nothing),
		cmocka_unit_test(test_a_margin_makes_a_headline),
		cmocka_unit_test(test_details_of_a_failed_cell),
		cmocka_unit_test(test_many_metrics),
		cmocka_unit_test(test_junit_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
