/* Scaling, fairness and honesty of the made campaign, published data sets, and published numbers
 * beside measured ones; and that all formats say the same numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "report/write/formats.h"
#include "report/model/published.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/model/build.h"
#include "report/model/model.h"
#include "report/write/words.h"
#include "tests/report/make_store.h"
#include "tests/report/read_made.h"

static void assert_near(double found, double expected)
{
	assert_true(fabs(found - expected) <= 1e-9 * fabs(expected));
}

static struct store_data *data;

static int setup(void **state)
{
	(void)state;
	data = read_made(make_store);
	return data ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	store_data_free(data);
	return 0;
}

static struct report_model *model_of(
	const struct store_data *measured, const struct report_model *published)
{
	struct report_options options = {.published = published};
	struct report_model *model = NULL;
	struct error e = {""};

	if (report_model_new(measured, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	return model;
}

static struct store_data *published(const char *name)
{
	cleanup_free char *path = str_printf("%s/results/published/%s.csv", TARE_SOURCE_DIR, name);
	struct store_data *read = NULL;
	struct error e = {""};

	if (report_published_read(path, &read, &e) < 0)
		fail_msg("%s", e.text);
	return read;
}

static void test_scaling(void **state)
{
	struct report_model *model = model_of(data, NULL);

	(void)state;
	/* cpu alone is in two placements, for every target. */
	assert_int_equal(model->scaling_count, model->target_count);
	for (size_t i = 0; i < model->scaling_count; i++) {
		const struct report_scaling *scaling = &model->scalings[i];
		const struct report_value *here = &scaling->row->values[scaling->target];
		const struct report_value *first = &scaling->first->rows[0].values[scaling->target];
		assert_string_equal(scaling->first->placement, "1x1");
		assert_string_equal(scaling->group->placement, "1x2");
		assert_near(scaling->speedup.estimate,
			2 * here->value.estimate / first->value.estimate);
		assert_near(scaling->efficiency, scaling->speedup.estimate);
		assert_int_equal(scaling->speedup.status, INTERVAL_TOO_FEW);
	}
	report_model_free(model);
}

static void test_fairness(void **state)
{
	struct report_model *model = model_of(data, NULL);

	(void)state;
	assert_int_equal(model->fairness_count, model->target_count);
	for (size_t i = 0; i < model->fairness_count; i++) {
		const struct report_fairness *fairness = &model->fairnesses[i];
		bool guest = fairness->target == 2;
		assert_int_equal(fairness->machines, 2);
		assert_near(fairness->shares[0], guest ? 2.0 / 3 : 0.5);
		assert_near(fairness->shares[1], guest ? 1.0 / 3 : 0.5);
		assert_near(fairness->jain, guest ? 0.9 : 1);
		assert_near(fairness->jain_low, guest ? 0.9 : 1);
		assert_near(fairness->max_min_high, guest ? 2 : 1);
		/* A value is the mean over the machines; of its few runs all are near it. */
		assert_true(fabs(fairness->aggregate / (2 * fairness->row->values[fairness->target]
								       .value.estimate) -
				    1) < 0.01);
	}
	report_model_free(model);
}

static void test_honesty(void **state)
{
	struct report_model *model = model_of(data, NULL);
	const struct report_honesty *native = &model->honesties[0], *guest = &model->honesties[2];

	(void)state;
	assert_int_equal(model->honesty_count, model->target_count);
	assert_int_equal(native->probed_runs, 0);
	assert_true(isnan(native->offset_s) && isnan(native->drift));
	assert_false(native->emulated);
	assert_int_equal(guest->probed_runs, guest->runs);
	assert_near(guest->offset_s, 0.011);
	assert_near(guest->offset_error_s, 0.0002);
	/* A millisecond in the 2.5 s of a run; 50 ms stolen from two CPUs. */
	assert_true(fabs(guest->drift - 4e-4) < 1e-12);
	assert_true(fabs(guest->steal_high - 0.01) < 1e-12);
	assert_true(guest->emulated && guest->kernel_differs);
	report_model_free(model);
}

static void test_published(void **state)
{
	static const struct {
		const char *name;
		size_t targets, values;
	} sets[] = {
		{"nussbaum-2009", 9, 9},
		{"birkenheuer-2008", 8, 21},
		{"birkenheuer-2008-disk", 4, 8},
		{"friebel-2008", 5, 14},
		{"cesga-2007", 2, 6},
		{"bjerke-2006", 4, 8},
		{"kemp-2007", 2, 2},
		{"felter-2014", 5, 12},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(sets); i++) {
		struct store_data *set = published(sets[i].name);
		struct report_model *model = model_of(set, NULL);
		assert_string_equal(set->name, sets[i].name);
		assert_int_equal(set->target_count, sets[i].targets);
		assert_int_equal(set->value_count, sets[i].values);
		/* What a source does not have was not missed. */
		assert_int_equal(model->problem_count, 0);
		assert_int_equal(model->honesty_count, 0);
		report_model_free(model);
		store_data_free(set);
	}
}

/* What the paper says is lost of the rate; a cost is the slowdown by that. */
static void test_published_costs(void **state)
{
	struct store_data *set = published("nussbaum-2009");
	struct report_model *model = model_of(set, NULL);
	const struct report_row *hpl = &model->groups[0].rows[0];
	static const double costs[] = {0, 0.31, 0.32, -0.05, 0.18};

	(void)state;
	for (size_t t = 1; t < ARRAY_COUNT(costs); t++) {
		assert_true(hpl->values[t].compared);
		assert_true(fabs(1 - 1 / (1 + hpl->values[t].cost) - costs[t]) < 0.005);
		assert_int_equal(hpl->values[t].change.status, INTERVAL_TOO_FEW);
	}
	report_model_free(model);
	store_data_free(set);
}

static void test_damaged(void **state)
{
	static const char header[] = "target,benchmark,metric,unit,better,block,run,value\n";
	static const struct {
		const char *lines, *says;
	} files[] = {
		{"a,b,m,u,higher,0,0,1\n", NULL},
		{"a,b,m,u,higher,0,0,1", NULL},
		{"\"a, \"\"x\"\"\",b,m,u,lower,0,0,-1e3\r\n", NULL},
		{"", "has no numbers"},
		{"a,b,m,u,higher,0,0\n", ":2: a field is missing"},
		{"a,b,m,u,higher,0,0,1,2\n", ":2: too many fields"},
		{"a,b,m,u,up,0,0,1\n", ":2: better must be"},
		{"a,b,m,u,none,0,0,x\n", ":2: the value \"x\" is not a number"},
		{"a,b,m,u,none,0,0,inf\n", ":2: the value \"inf\" is not a number"},
		{"a,b,m,u,none,-1,0,1\n", ":2: block and run count from 0"},
		{"\"a,b,m,u,none,0,0,1\n", ":2: a quote in the wrong place"},
		{"\"a\"x,b,m,u,none,0,0,1\n", ":2: a quote in the wrong place"},
	};
	char path[] = "/dev/shm/tare-test-published-XXXXXX";
	cleanup_fd int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		cleanup_free char *text = str_printf("%s%s", header, files[i].lines);
		struct store_data *read = NULL;
		struct error e = {""};
		assert_int_equal(file_write(path, text, strlen(text), &e), 0);
		int result = report_published_read(path, &read, &e);
		assert_int_equal(result, files[i].says ? -1 : 0);
		if (files[i].says && !strstr(e.text, files[i].says))
			fail_msg("%s instead of %s", e.text, files[i].says);
		store_data_free(read);
	}
	unlink(path);
}

static void test_comparable(void **state)
{
	struct store_data *set = published("birkenheuer-2008");
	struct report_model *of_set = model_of(set, NULL);
	struct report_model *model = model_of(data, of_set);
	const struct report_published *latency = &model->published_numbers[1],
				      *bandwidth = &model->published_numbers[0];

	(void)state;
	/* Between hosts was not measured; inside one, native alone is in both. */
	assert_int_equal(model->published_count, 2);
	if (strcmp(latency->row->metric->name, "latency") != 0) {
		latency = &model->published_numbers[0];
		bandwidth = &model->published_numbers[1];
	}
	assert_string_equal(latency->row->metric->name, "latency");
	assert_true(latency->published == 0.9 && latency->row->x == 1);
	assert_true(bandwidth->published == 1200 && bandwidth->row->x == 4194304);
	assert_true(isnan(latency->published_cost));
	assert_string_equal(latency->source, "birkenheuer-2008");
	report_model_free(model);
	report_model_free(of_set);
	store_data_free(set);
}

/* The numbers of a paper, with a model's own numbers measured on the "same" targets. */
static void test_comparable_units(void **state)
{
	struct store_data *set = published("cesga-2007");
	struct report_model *of_set = model_of(set, NULL);
	struct report_model *model = model_of(data, of_set);

	(void)state;
	/* Per cents of native are no GFLOP/s. */
	assert_int_equal(model->published_count, 0);
	report_model_free(model);
	report_model_free(of_set);
	store_data_free(set);
}

static void assert_says(const struct text *out, const char *what, const char *format)
{
	if (!strstr(out->bytes, what))
		fail_msg("%s lacks %s", format, what);
}

/* Every cost of the model stands in every format, rounded the same way; JSON and CSV have it with
 * the same twelve digits. */
static void test_formats_agree(void **state)
{
	struct report_model *model = model_of(data, NULL);
	model->options.all = true;
	cleanup_text struct text text = {0}, md = {0}, csv = {0}, json = {0}, html = {0};
	json_t *root, *results;
	size_t index = 0;

	(void)state;
	report_format_find("text")->write(model, &text);
	report_format_find("md")->write(model, &md);
	report_format_find("csv")->write(model, &csv);
	report_format_find("json")->write(model, &json);
	report_format_find("html")->write(model, &html);
	root = json_loads(json.bytes, 0, NULL);
	results = json_object_get(root, "results");
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++)
			for (size_t t = 0; t < model->target_count; t++) {
				const struct report_row *row = &model->groups[g].rows[i];
				const struct report_value *value = &row->values[t];
				json_t *result = json_array_get(results, index++);
				json_t *cost = json_object_get(result, "cost");
				char words[WORDS_BYTES];
				assert_true(json_is_null(cost) == isnan(value->cost));
				if (isnan(value->cost))
					continue;
				cleanup_free char *digits = str_printf(",%.12g,", value->cost);
				assert_true(fabs(json_real_value(cost) - value->cost) <=
					    1e-11 * fabs(value->cost));
				words_cost(value, row->metric, words);
				assert_says(&csv, digits, "csv");
				assert_says(&text, words, "text");
				words[strcspn(words, "~")] = '\0'; /* escaped in Markdown */
				assert_says(&md, words, "md");
				assert_says(&html, words, "html");
			}
	assert_int_equal(index, json_array_size(results));
	json_decref(root);
	report_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scaling),
		cmocka_unit_test(test_fairness),
		cmocka_unit_test(test_honesty),
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_published_costs),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_comparable),
		cmocka_unit_test(test_comparable_units),
		cmocka_unit_test(test_formats_agree),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
