/* The second stage: how many blocks the pilot says are needed, from a store made by hand. */
#include <math.h>

#include "campaign/plan/precision.h"
#include "stats/stein.h"
#include "tests/campaign/campaign_test.h"

enum { PILOT = 5 };

static const char yaml[] = "campaign: c\nbaseline: a\n"
			   "targets: [{target: fake, name: a}, {target: fake, name: b}]\n"
			   "benchmarks: [\"null\"]\nblocks: 5\nprecision: 1%\n";

/* d(b) = ln of these, exactly, since the baseline is 1 in every block. */
static const double ratios[PILOT] = {1.00, 1.02, 0.98, 1.01, 0.99};

struct fixture {
	struct site *site;
	struct campaign *campaign;
	struct plan *plan;
	struct data_target targets[2];
	struct data_metric metrics[2];
	struct data_cell cells[2];
	struct data_block blocks[PILOT + 1];
	struct data_run runs[2 * (PILOT + 1)];
	struct data_series series[2 * (PILOT + 1)];
	double values[2 * (PILOT + 1)];
	struct store_data data;
};

/* The store's structs own their texts; here they only borrow them. */
static char one_by_one[] = "1x1", null_name[] = "null", nothing[] = "", value_name[] = "value",
	    elapsed_name[] = "elapsed";

/* One value per target and block; block PILOT is past the pilot and far off. */
static void fill(struct fixture *f)
{
	for (size_t t = 0; t < 2; t++) {
		f->targets[t].name = f->campaign->targets[t].name;
		f->cells[t] = (struct data_cell){.target_index = t,
			.placement = one_by_one,
			.benchmark = null_name,
			.parameters = nothing};
	}
	f->metrics[0].name = value_name;
	f->metrics[1].name = elapsed_name;
	for (size_t b = 0; b <= PILOT; b++) {
		f->blocks[b].number = (unsigned)b;
		for (size_t t = 0; t < 2; t++) {
			size_t i = 2 * b + t;
			f->values[i] = t == 0 ? 1 : b < PILOT ? ratios[b] : 100;
			f->runs[i] = (struct data_run){.cell_index = t, .block_index = b};
			f->series[i] = (struct data_series){
				.run_index = i, .values = &f->values[i], .count = 1};
		}
	}
	f->data = (struct store_data){.targets = f->targets,
		.metrics = f->metrics,
		.cells = f->cells,
		.blocks = f->blocks,
		.runs = f->runs,
		.series = f->series,
		.target_count = 2,
		.metric_count = 2,
		.cell_count = 2,
		.block_count = PILOT + 1,
		.run_count = 2 * (PILOT + 1),
		.series_count = 2 * (PILOT + 1)};
}

static int setup(void **state)
{
	struct yaml_mistakes mistakes = {0};
	struct fixture *f = calloc(1, sizeof(*f));
	f->site = small_site();
	f->campaign = load_text(yaml, f->site, &mistakes);
	assert_non_null(f->campaign);
	f->plan = plan_new(f->campaign, f->site, NULL, false, 1);
	fill(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	plan_free(f->plan);
	campaign_free(f->campaign);
	site_free(f->site);
	free(f);
	return 0;
}

static void test_what_stein_says_of_the_pilot(void **state)
{
	struct fixture *f = *state;
	double mean = 0, squares = 0;
	for (size_t b = 0; b < PILOT; b++)
		mean += log(ratios[b]) / PILOT;
	for (size_t b = 0; b < PILOT; b++)
		squares += (log(ratios[b]) - mean) * (log(ratios[b]) - mean);
	size_t expected = stein_blocks(sqrt(squares / (PILOT - 1)), PILOT, log1p(0.01), 0.95);
	assert_true(expected > PILOT);
	assert_int_equal(precision_blocks(f->plan, &f->plan->cells[1], &f->data), expected);
	/* The baseline as often as what is compared with it. */
	assert_int_equal(precision_blocks(f->plan, &f->plan->cells[0], &f->data), expected);
}

static void test_without_spread_the_pilot_is_enough(void **state)
{
	struct fixture *f = *state;
	for (size_t b = 0; b < PILOT; b++)
		f->values[2 * b + 1] = 1.5;
	assert_in_range(precision_blocks(f->plan, &f->plan->cells[1], &f->data), 0, PILOT);
}

static void test_other_metrics_do_not_decide(void **state)
{
	struct fixture *f = *state;
	for (size_t i = 0; i < f->data.series_count; i++)
		f->series[i].metric_index = 1;
	assert_int_equal(precision_blocks(f->plan, &f->plan->cells[1], &f->data), 0);
}

static void test_too_few_pairs_decide_nothing(void **state)
{
	struct fixture *f = *state;
	f->data.series_count = 4;
	assert_int_equal(precision_blocks(f->plan, &f->plan->cells[1], &f->data), 0);
}

static void test_values_that_have_no_logarithm_decide_nothing(void **state)
{
	struct fixture *f = *state;
	f->values[1] = 0;
	assert_int_equal(precision_blocks(f->plan, &f->plan->cells[1], &f->data), 0);
}

/* A run in two machines at once counts as the mean of what each says: neither do they stand for two
 * runs, nor are their samples thrown together. */
static void test_machines_of_a_run_are_averaged(void **state)
{
	struct fixture *f = *state;
	struct data_series series[3 * (PILOT + 1)];
	/* Medians 1.5 and r − 0.5: their mean is r / 2 + 0.5, the median of all five is 1.5. */
	static double first[] = {1.5, 1.5, 1.5};
	double second[PILOT + 1][2];
	size_t count = 0;
	double values[PILOT], mean = 0, squares = 0;
	for (size_t b = 0; b <= PILOT; b++) {
		double ratio = b < PILOT ? ratios[b] : 100;
		second[b][0] = second[b][1] = ratio - 0.5;
		series[count++] = f->series[2 * b];
		series[count] = f->series[2 * b + 1];
		series[count].values = first;
		series[count++].count = 3;
		series[count] = f->series[2 * b + 1];
		series[count].machine = 1;
		series[count].values = second[b];
		series[count++].count = 2;
	}
	for (size_t b = 0; b < PILOT; b++) {
		values[b] = log((1.5 + ratios[b] - 0.5) / 2);
		mean += values[b] / PILOT;
	}
	for (size_t b = 0; b < PILOT; b++)
		squares += (values[b] - mean) * (values[b] - mean);
	f->data.series = series;
	f->data.series_count = count;
	f->campaign->precision = 0.003;
	size_t expected = stein_blocks(sqrt(squares / (PILOT - 1)), PILOT, log1p(0.003), 0.95);
	assert_true(expected > PILOT);
	assert_int_equal(precision_blocks(f->plan, &f->plan->cells[1], &f->data), expected);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	static const struct CMUnitTest tests[] = {
		WITH_STORE(test_what_stein_says_of_the_pilot),
		WITH_STORE(test_without_spread_the_pilot_is_enough),
		WITH_STORE(test_other_metrics_do_not_decide),
		WITH_STORE(test_machines_of_a_run_are_averaged),
		WITH_STORE(test_too_few_pairs_decide_nothing),
		WITH_STORE(test_values_that_have_no_logarithm_decide_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
