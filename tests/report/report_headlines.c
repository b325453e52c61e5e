/* Headlines: which values they are, and that they are judged together. */
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
#include "report/model/build.h"
#include "tests/report/make_store.h"
#include "tests/report/read_made.h"

static struct store_data *data;

static int set_up(void **state)
{
	(void)state;
	data = read_made(make_store);
	return data ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	store_data_free(data);
	return 0;
}

static struct report_model *model_of(double confidence)
{
	const struct report_options options = {.confidence = confidence};
	struct report_model *model = NULL;
	struct error e = {""};

	if (report_model_new(data, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	return model;
}

/* "metric@x " of every headline of the benchmark. */
static char *headlines(const struct report_model *model, const char *benchmark)
{
	struct text found = {0};

	text_add(&found, "");
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++) {
			const struct report_row *row = &model->groups[g].rows[i];
			if (strcmp(model->groups[g].benchmark, benchmark) == 0 &&
				row->values[0].headline)
				text_addf(&found, "%s@%g ", row->metric->name,
					row->metric->x_name ? row->x : 0);
		}
	return text_take(&found);
}

/* Curves have the ends that were declared; settings are none. */
static void test_which(void **state)
{
	static const struct {
		const char *benchmark, *headlines;
	} cases[] = {
		{"linpack", "performance@2000 "},
		{"mpi-pingpong", "latency@1 bandwidth@4.1943e+06 "},
		{"clock", "drift@0 "},
	};
	struct report_model *model = model_of(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_free char *found = headlines(model, cases[i].benchmark);
		assert_string_equal(found, cases[i].headlines);
	}
	report_model_free(model);
}

/* Where a metric was declared to give way to another one that was measured. */
static void test_unless(void **state)
{
	struct data_metric *latency = NULL;

	(void)state;
	for (size_t i = 0; i < data->metric_count; i++)
		if (strcmp(data->metrics[i].name, "latency") == 0)
			latency = &data->metrics[i];
	if (!latency) {
		fail_msg("no metric latency");
		return;
	}
	latency->headline_unless = str_dup("bandwidth");
	struct report_model *model = model_of(0);
	cleanup_free char *found = headlines(model, "mpi-pingpong");
	assert_string_equal(found, "bandwidth@4.1943e+06 ");
	report_model_free(model);
	free(latency->headline_unless);
	latency->headline_unless = NULL;
}

static size_t count_decided(const struct report_model *model, bool *beyond)
{
	size_t decided = 0;

	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++)
			for (size_t t = 0; t < model->target_count; t++) {
				const struct report_value *value =
					&model->groups[g].rows[i].values[t];
				decided += value->decided != 0;
				/* Nothing is decided that its own interval leaves open. */
				if (value->decided && value->change.status == INTERVAL_OK &&
					value->cost_low < 0 && value->cost_high > 0)
					*beyond = true;
				assert_true(value->headline || value->decided == 0);
			}
	return decided;
}

/* More confidence decides less; details and the baseline are never decided. */
static void test_together(void **state)
{
	static const double levels[] = {0.5, 0.95, 0.999999999};
	size_t decided[ARRAY_COUNT(levels)];
	bool beyond = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
		struct report_model *model = model_of(levels[i]);
		decided[i] = count_decided(model, &beyond);
		report_model_free(model);
	}
	assert_true(decided[0] > decided[1] && decided[1] > decided[2]);
	assert_true(decided[1] > 0);
	assert_false(beyond);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_unless),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
