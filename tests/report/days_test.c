/* Different campaigns: what a day does to all targets must not look like a change of one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/compare.h"
#include "tests/report/compare_fixture.h"

enum { BLOCKS = 8 };

/* The day that is being written: what it does to all, and to kvm alone. */
static double day, own;

static double day_value(unsigned target, unsigned metric, unsigned block)
{
	double common = .002 * (block % 3), start = .001 * ((block + 2 * target) % 4);

	(void)metric;
	return 100 * exp(day + common + start + (target ? .08 + own : 0));
}

static struct store_data *write_day(
	const char *id, double of_all, double of_kvm, const char *kernel)
{
	const struct fake fake = {.id = id,
		.kernel = kernel,
		.metrics = &fake_time,
		.metric_count = 1,
		.blocks = BLOCKS,
		.value = day_value};

	day = of_all;
	own = of_kvm;
	return fake_campaign(&fake);
}

struct night {
	struct store_data *base, *newer;
	struct comparison *comparison;
};

static void judge_target(
	struct night *night, const char *target, const struct compare_options *options)
{
	const struct compare_source base = {night->base, "BASE", target};
	const struct compare_source newer = {night->newer, "NEW", target};
	struct error e = {""};

	if (compare_new(&base, &newer, options, &night->comparison, &e) < 0)
		fail_msg("%s", e.text);
}

static void end(struct night *night)
{
	compare_free(night->comparison);
	store_data_free(night->base);
	store_data_free(night->newer);
}

static void judge(struct night *night, const struct compare_options *options)
{
	judge_target(night, NULL, options);
}

static const struct compare_item *item_of(const struct comparison *c, const char *target)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->items[i].base_target, target) == 0)
			return &c->items[i];
	fail();
	return NULL;
}

static const struct compare_options gate = {.all_of_base = true};

static void a_slow_day_is_not_red(void **state)
{
	struct night night = {
		write_day("00000001", 0, 0, NULL), write_day("00000002", .03, 0, NULL), NULL};
	cleanup_text struct text text = {0};

	(void)state;
	judge(&night, &gate);
	const struct compare_item *kvm = item_of(night.comparison, "kvm");

	assert_true(kvm->over_native && !kvm->paired);
	assert_int_equal(kvm->gate, GATE_PASS);
	assert_true(fabs(kvm->judged.centre) < 1e-9); /* the day has cancelled */
	assert_true(item_of(night.comparison, "native")->host);
	assert_int_equal(item_of(night.comparison, "native")->gate, GATE_NONE);
	assert_int_equal(compare_gate_status(night.comparison), 0);
	compare_write_text(night.comparison, &text);
	assert_non_null(strstr(text.bytes, "host: native changed by +3.05 %"));
	assert_non_null(strstr(text.bytes, "the spread between campaigns is not known"));
	end(&night);
}

static void a_slower_target_is_red(void **state)
{
	struct night night = {
		write_day("00000001", 0, 0, NULL), write_day("00000002", -.03, .03, NULL), NULL};

	(void)state;
	judge(&night, &gate);
	assert_int_equal(item_of(night.comparison, "kvm")->gate, GATE_REGRESSION);
	assert_int_equal(compare_gate_status(night.comparison), 1);
	end(&night);
}

/* kvm alone: nothing says what the day did. */
static void without_a_baseline_nothing_is_decided(void **state)
{
	struct night night = {
		write_day("00000001", 0, 0, NULL), write_day("00000002", .05, .05, NULL), NULL};
	char decides[256];

	(void)state;
	strcpy(night.newer->baseline, "kvm");
	judge(&night, &gate);
	const struct compare_item *kvm = item_of(night.comparison, "kvm");

	assert_int_equal(kvm->gate, GATE_INCONCLUSIVE);
	assert_non_null(strstr(compare_decides(kvm, decides), "two targets of one campaign"));
	assert_int_equal(compare_gate_status(night.comparison), 4);
	end(&night);
}

static void another_host_decides_nothing(void **state)
{
	struct night night = {write_day("00000001", 0, 0, "6.1.0"),
		write_day("00000002", .03, .03, "6.12.0"), NULL};
	struct compare_options options = gate;

	(void)state;
	judge(&night, &options);
	assert_non_null(night.comparison->host_changed);
	assert_non_null(strstr(night.comparison->host_changed, "kernel 6.1.0 → 6.12.0"));
	assert_int_equal(compare_gate_status(night.comparison), 4);
	compare_free(night.comparison);
	/* Also where a single target is asked about. */
	judge_target(&night, "kvm", &options);
	assert_non_null(night.comparison->host_changed);
	assert_int_equal(compare_gate_status(night.comparison), 4);
	compare_free(night.comparison);
	options.cost = true;
	judge(&night, &options);
	assert_int_equal(compare_gate_status(night.comparison), 1);
	end(&night);
	/* Another kernel that changes nothing for native is no other host. */
	night = (struct night){
		write_day("00000001", 0, 0, "6.1.0"), write_day("00000002", 0, 0, "6.12.0"), NULL};
	judge(&night, &gate);
	assert_null(night.comparison->host_changed);
	assert_int_equal(compare_gate_status(night.comparison), 0);
	end(&night);
}

/* Five campaigns that differ by more than 2 % make 3 % nothing special. */
static void earlier_campaigns_widen(void **state)
{
	static const double moves[] = {-.02, .02, .01, -.025, .015};
	const struct store_data *earlier[5];
	struct compare_options options = gate;
	struct night night = {
		write_day("00000001", 0, 0, NULL), write_day("00000002", 0, .03, NULL), NULL};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char id[9];
		snprintf(id, sizeof(id), "%08zx", i + 3);
		earlier[i] = write_day(id, .01, moves[i], NULL);
	}
	options.earlier = earlier;
	options.earlier_count = 5;
	judge(&night, &options);
	const struct compare_item *kvm = item_of(night.comparison, "kvm");

	assert_int_equal(kvm->earlier, 5);
	assert_true(kvm->judged.df == 4);
	assert_int_equal(kvm->gate, GATE_INCONCLUSIVE);
	compare_free(night.comparison);
	options.earlier_count = 4;
	judge(&night, &options);
	assert_int_equal(item_of(night.comparison, "kvm")->gate, GATE_REGRESSION);
	for (size_t i = 0; i < 5; i++)
		store_data_free((struct store_data *)earlier[i]);
	end(&night);
}

static void each_earlier_campaign_counts_once(void **state)
{
	struct night night = {
		write_day("00000001", 0, 0, NULL), write_day("00000002", 0, 0, NULL), NULL};
	const struct store_data *earlier[] = {
		write_day("00000003", 0, 0, NULL), write_day("00000003", 0, 0, NULL)};
	const struct store_data *newer[] = {night.newer};
	struct compare_options options = gate;
	const struct compare_source base = {night.base, "BASE", NULL};
	const struct compare_source next = {night.newer, "NEW", NULL};
	struct comparison *c = NULL;
	struct error e = {""};

	(void)state;
	options.earlier = earlier;
	options.earlier_count = 2;
	assert_int_equal(compare_new(&base, &next, &options, &c, &e), -1);
	assert_non_null(strstr(e.text, "(00000003) is named twice"));
	options.earlier = newer;
	options.earlier_count = 1;
	assert_int_equal(compare_new(&base, &next, &options, &c, &e), -1);
	assert_non_null(strstr(e.text, "(00000002) is named twice"));
	const struct compare_source native = {night.base, "BASE", "native"};
	const struct compare_source kvm = {night.base, "BASE", "kvm"};
	assert_int_equal(compare_new(&native, &kvm, &options, &c, &e), -1);
	assert_non_null(strstr(e.text, "both targets are of one campaign"));
	for (size_t i = 0; i < ARRAY_COUNT(earlier); i++)
		store_data_free((struct store_data *)earlier[i]);
	store_data_free(night.base);
	store_data_free(night.newer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_day_is_not_red),
		cmocka_unit_test(a_slower_target_is_red),
		cmocka_unit_test(without_a_baseline_nothing_is_decided),
		cmocka_unit_test(another_host_decides_nothing),
		cmocka_unit_test(earlier_campaigns_widen),
		cmocka_unit_test(each_earlier_campaign_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
