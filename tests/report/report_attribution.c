/* What exits explain, out of a made campaign whose exits and prices are known: the part of the
 * slowdown that they were made to take, its interval, and what is said where that is little. */
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
#include "base/files.h"
#include "base/text.h"
#include "report/model/attribution.h"
#include "report/model/build.h"
#include "report/plot/figures.h"
#include "report/write/formats.h"
#include "report/write/table.h"
#include "store/store.h"
#include "tests/report/read_made.h"

enum { NATIVE, GUEST, PV, TARGETS, BLOCKS = 4 };
enum { SAMPLES = 4 };
enum { CPUID, HALT, FIRST, AGAIN, WORK, PRICES };

static const double run_s = 10;
static const int64_t start_ns = INT64_C(1767225600000000000);

static const char *const price_names[PRICES] = {
	"cpuid", "halt_wakeup", "page_first", "page_again", "cpuid_work"};
/* Of an operation in ns: what the guest has more is the price. */
static const double prices_ns[TARGETS][PRICES] = {
	{100, 5000, 500, 400, 2100}, {2100, 25000, 1600, 500, 4100}, {1100, 15000, 500, 400, 2100}};

/* Samples of a price: their mean is 1, their median is not. */
static const double skewed[SAMPLES] = {0.8, 0.8, 1.6, 0.8};

static unsigned made_blocks = BLOCKS;

/* Counted in a run of ten seconds. Of all exits 20,000 were halts and 1,000 page faults. */
static const double exits = 101000, halts = 20000, faults = 1000;

/* The share of the time that these exits took, of one CPU in use:
 * (80,000 × 2 us + 20,000 × 20 us + 1,000 × 1 us) / 10 s. */
static const double taken = 0.0561;

struct making {
	struct store *store;
	struct error *e;
	int64_t targets[TARGETS];
	unsigned order;
};

/* Differs from block to block, and is the same for all that is measured in one. */
static double wobble(unsigned block)
{
	return 1 + 0.01 * ((double)block - 1.5);
}

static int64_t add_metric(
	struct making *m, const char *benchmark, const char *name, const char *unit)
{
	struct store_metric metric = {.benchmark = benchmark,
		.name = name,
		.unit = unit,
		.better = strcmp(unit, "ns") == 0 ? "lower" : "higher",
		.statistic = "median",
		.scale = "ratio",
		.kind = strcmp(name, "cpuid_work") == 0 ? "detail" : "headline",
		.rank = strcmp(name, "cpuid_work") == 0 ? 0 : 1};

	return store_add_metric(m->store, &metric, m->e);
}

static int add_run(struct making *m, int64_t cell, int64_t block, const struct store_series *series,
	size_t count, const struct store_counter *counters, size_t counter_count)
{
	int64_t begin_ns = start_ns + (int64_t)m->order * 20000000000;
	struct store_run run = {.cell_id = cell,
		.block_id = block,
		.order = m->order++,
		.started_ns = begin_ns,
		.ended_ns = begin_ns + 11000000000,
		.host_s = run_s,
		.guest_s = run_s,
		.user_s = NAN,
		.system_s = NAN,
		.steal_s = NAN,
		.max_rss_bytes = -1,
		.counters = counters,
		.counter_count = counter_count,
		.command = "x",
		.output = "",
		.errors = "",
		.series = series,
		.series_count = count};

	return store_add_run(m->store, &run, m->e) < 0 ? -1 : 0;
}

static struct store_counter total(const char *source, const char *name, double growth)
{
	return (struct store_counter){
		.source = source, .name = name, .unit = "1", .kind = "total", .at_end = growth};
}

static int64_t add_cell(
	struct making *m, size_t target, const char *benchmark, const char *parameters)
{
	struct store_cell cell = {.target_id = m->targets[target],
		.placement = "1x1",
		.benchmark = benchmark,
		.parameters = parameters,
		.options_json = "{}",
		.planned_blocks = BLOCKS,
		.planned_runs = 1};

	return store_add_cell(m->store, &cell, m->e);
}

/* Rates of two benchmarks: one lost what its exits took, the other five times as much. The PV
 * guest's hypervisor does not count exits: its own interrupts are known. */
static int add_rates(struct making *m, const int64_t *blocks, size_t target)
{
	static const char *const parameters[] = {"explained", "not"};
	static const double lost[] = {1, 5};
	struct store_counter counters[] = {total("kvm", "exits", exits),
		total("kvm", "halt_exits", halts), total("kvm", "pf_fixed", faults),
		total("guests", "vcpus", run_s * 0.9)};
	struct store_counter inside[] = {total("guest_interrupts", "reschedule", 20000),
		total("guest_cpu", "busy", run_s * 0.9)};

	for (size_t i = 0; i < ARRAY_COUNT(parameters); i++) {
		int64_t cell = add_cell(m, target, "cpu", parameters[i]);
		for (unsigned b = 0; b < made_blocks; b++) {
			/* 20,000 wake-ups of 10 us more: 2 %. */
			double share = target == GUEST ? taken * lost[i] : target == PV ? 0.04 : 0;
			double rate = 1000 * wobble(b) * (1 - share * wobble(BLOCKS - 1 - b));
			struct store_series series = {
				store_find_metric(m->store, "cpu", "rate"), 0, 0, &rate, 1};
			if (add_run(m, cell, blocks[b], &series, 1,
				    target == PV ? inside : counters,
				    target == GUEST ? ARRAY_COUNT(counters)
				    : target == PV  ? ARRAY_COUNT(inside)
						    : 0) < 0)
				return -1;
		}
	}
	return 0;
}

/* The prices; or the benchmark made of known exits alone: work of 2 us and a cpuid each. */
static int add_prices(
	struct making *m, const int64_t *blocks, size_t target, size_t first, size_t end)
{
	int64_t cell = add_cell(m, target, "exits", first == WORK ? "operations=cpuid_work" : "");
	double count = run_s * 1e9 / prices_ns[target][WORK];
	struct store_counter counters[] = {
		total("kvm", "exits", count), total("guests", "vcpus", run_s)};

	for (unsigned b = 0; b < made_blocks; b++) {
		struct store_series series[PRICES] = {{0}};
		double values[PRICES][SAMPLES];
		for (size_t p = first; p < end && p < PRICES; p++) {
			for (size_t i = 0; i < SAMPLES; i++)
				values[p][i] = prices_ns[target][p] * (p == WORK ? 1 : skewed[i]);
			series[p] = (struct store_series){
				store_find_metric(m->store, "exits", price_names[p]), 0, 0,
				values[p], SAMPLES};
		}
		if (add_run(m, cell, blocks[b], series + first, end - first, counters,
			    target == GUEST ? ARRAY_COUNT(counters) : 0) < 0)
			return -1;
	}
	return 0;
}

static int add_all(struct making *m)
{
	static const char *const names[TARGETS] = {"native", "kvm-virtio", "xen-pv"};
	struct store_campaign campaign = {.id = "0badcafe",
		.name = "made",
		.yaml = "",
		.yaml_digest = "",
		.site_yaml = "",
		.baseline = "native",
		.tare_version = "0.2.0",
		.started_ns = start_ns};
	int64_t blocks[BLOCKS];

	if (store_add_campaign(m->store, &campaign, m->e) < 0)
		return -1;
	for (size_t p = 0; p < PRICES; p++)
		if (add_metric(m, "exits", price_names[p], "ns") < 0)
			return -1;
	if (add_metric(m, "cpu", "rate", "1/s") < 0)
		return -1;
	for (unsigned b = 0; b < made_blocks; b++)
		if ((blocks[b] = store_add_block(m->store, "1x1", b, start_ns, m->e)) < 0)
			return -1;
	for (size_t t = 0; t < TARGETS; t++) {
		struct store_target target = {names[t], names[t], "", "{}"};
		m->targets[t] = store_add_target(m->store, &target, m->e);
		if (m->targets[t] < 0 || add_prices(m, blocks, t, CPUID, WORK) < 0 ||
			add_prices(m, blocks, t, WORK, PRICES) < 0 || add_rates(m, blocks, t) < 0)
			return -1;
	}
	return 0;
}

static int make(const char *dir, struct error *e)
{
	struct making m = {.e = e};

	if (store_create(dir, &m.store, e) < 0)
		return -1;
	int result = add_all(&m);
	store_close(m.store);
	return result;
}

static struct store_data *data;

static int setup(void **state)
{
	(void)state;
	data = read_made(make);
	return data ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	store_data_free(data);
	return 0;
}

static struct report_model *model_of(void)
{
	static const struct report_options options = {0};
	struct report_model *model = NULL;
	struct error e = {""};

	if (report_model_new(data, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	return model;
}

static const struct report_attribution *find(const struct report_model *model,
	const char *benchmark, const char *parameters, size_t target)
{
	for (size_t i = 0; i < model->attribution_count; i++) {
		const struct report_attribution *found = &model->attributions[i];
		if (strcmp(found->group->benchmark, benchmark) == 0 &&
			strcmp(found->group->parameters, parameters) == 0 &&
			found->target == target)
			return found;
	}
	fail_msg("%s %s is not explained", benchmark, parameters);
	return NULL;
}

/* A slowdown that is made of known exits is explained by them. */
static void test_known(void **state)
{
	struct report_model *model = model_of();
	const struct report_attribution *found = find(model, "cpu", "explained", GUEST);

	(void)state;
	assert_float_equal(found->explained, taken, 1e-6);
	assert_float_equal(found->lost, taken, 1e-3);
	assert_true(found->part.estimate > 0.9 && found->part.estimate < 1.1);
	assert_int_equal(found->part.status, INTERVAL_OK);
	assert_true(found->part.low < 1 && found->part.high > 1);
	assert_true(found->part.high - found->part.low < 0.2);
	assert_int_equal(found->part.blocks, BLOCKS);
	assert_int_equal(found->term_count, 3);
	assert_string_equal(found->terms[0].price, "cpuid");
	assert_float_equal(found->terms[0].rate, 8000, 1e-6);
	assert_float_equal(found->terms[0].price_ns, 2000, 1e-6);
	assert_string_equal(found->terms[1].price, "page_first");
	assert_float_equal(found->terms[1].share, 1000 * 1e-6 / 10, 1e-9);
	assert_float_equal(found->terms[2].share, 0.04, 1e-6);
	assert_false(found->from_guest);
	/* The benchmark that was built for it: half of its time is one cpuid each. */
	found = find(model, "exits", "operations=cpuid_work", GUEST);
	assert_string_equal(found->row->metric->name, "cpuid_work");
	assert_float_equal(found->part.estimate, 1, 1e-6);
	report_model_free(model);
}

static void test_little(void **state)
{
	struct report_model *model = model_of();
	const struct report_attribution *found = find(model, "cpu", "not", GUEST);
	struct sections sections = {0};
	bool said = false;

	(void)state;
	assert_float_equal(found->part.estimate, 0.2, 0.01);
	sections_add_attributions(model, &sections);
	const struct table *table = &sections.tables[0];
	for (size_t i = 0; i < table->cell_count; i++)
		said = said || strcmp(table->cells[i].text, "80 %: most is unexplained") == 0;
	assert_true(said);
	assert_int_equal(table_rows(table), model->attribution_count);
	sections_free(&sections);
	report_model_free(model);
}

/* Without the hypervisor's counts: the guest's own interrupts. */
static void test_from_guest(void **state)
{
	struct report_model *model = model_of();
	const struct report_attribution *found = find(model, "cpu", "explained", PV);

	(void)state;
	assert_true(found->from_guest);
	assert_float_equal(found->explained, 0.02, 1e-6);
	assert_float_equal(found->part.estimate, 0.5, 0.01);
	report_model_free(model);
}

/* One block has no interval, and no invented one. */
static void test_one_block(void **state)
{
	struct store_data *all = data;
	struct sections sections = {0};
	bool said = false;

	(void)state;
	made_blocks = 1;
	data = read_made(make);
	made_blocks = BLOCKS;
	assert_non_null(data);
	struct report_model *model = model_of();
	const struct report_attribution *found = find(model, "cpu", "explained", GUEST);
	assert_int_equal(found->part.status, INTERVAL_TOO_FEW);
	assert_true(found->part.estimate > 0.9 && found->part.estimate < 1.1);
	sections_add_attributions(model, &sections);
	for (size_t i = 0; i < sections.tables[0].cell_count; i++)
		said = said || strstr(sections.tables[0].cells[i].text, "n=1: no interval");
	assert_true(said);
	sections_free(&sections);
	report_model_free(model);
	store_data_free(data);
	data = all;
}

static void test_formats(void **state)
{
	struct report_model *model = model_of();
	cleanup_text struct text json = {0};

	(void)state;
	report_write_json(model, &json);
	assert_non_null(strstr(json.bytes, "\"attributions\""));
	assert_non_null(strstr(json.bytes, "\"operation\": \"halt_wakeup\""));
	report_model_free(model);
}

static void test_figure(void **state)
{
	char dir[] = "/tmp/tare-attribution-XXXXXX";
	struct report_model *model = model_of();
	struct error e = {""};
	bool drawn = false;
	size_t count = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	if (report_figures(model, dir, &count, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < model->figure_count; i++)
		drawn = drawn ||
			strcmp(model->figures[i].title, "what exits explain: kvm-virtio") == 0;
	assert_true(drawn);
	if (!getenv("TARE_KEEP_FIGURES"))
		assert_int_equal(dir_remove(dir, NULL), 0);
	report_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_little),
		cmocka_unit_test(test_from_guest),
		cmocka_unit_test(test_one_block),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_figure),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
