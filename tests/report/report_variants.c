/* What options change: variants of a target against the first of them, and the difference of its
 * domain, in the model, as text, as a page and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs those before it. */
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "report/model/build.h"
#include "report/write/formats.h"
#include "tests/report/read_made.h"

/* Two sweeps of one target, of which each measured its own benchmark, and a target that is another
 * one. Values are (100 + block) × factor. */
static const struct made {
	const char *name, *summary, *options, *benchmark;
	double factor;
} made[] = {
	{"native", "the host", "{\"pin\":\"true\"}", "disk", 1},
	{"native", "the host", "{\"pin\":\"true\"}", "net", 1},
	{"cache-none", "a guest", "{\"cache\":\"none\",\"io\":\"auto\"}", "disk", 2},
	{"cache-unsafe", "a guest", "{\"cache\":\"unsafe\",\"io\":\"auto\"}", "disk", 1.5},
	{"cache-slow", "a guest", "{\"cache\":\"directsync\",\"io\":\"threads\"}", "disk", 6},
	{"vhost-off", "a guest", "{\"cache\":\"auto\",\"vhost\":\"off\"}", "net", 3},
	{"vhost-on", "a guest", "{\"cache\":\"auto\",\"vhost\":\"on\"}", "net", 1.5},
	{"other", "another guest", "{\"cache\":\"none\"}", "disk", 4},
};

enum { BLOCKS = 4 };

static int add_metric(struct store *store, const char *benchmark, int64_t *id, struct error *e)
{
	const struct store_metric metric = {.benchmark = benchmark,
		.name = "time",
		.unit = "s",
		.better = "lower",
		.statistic = "mean",
		.scale = "ratio",
		.kind = "headline",
		.rank = 1};

	*id = store_add_metric(store, &metric, e);
	return *id < 0 ? -1 : 0;
}

static int add_made(struct store *store, const struct made *row, int64_t metric, struct error *e)
{
	const struct store_target target = {row->name, "libvirt", row->summary, row->options};
	int64_t known = store_find_target(store, row->name);
	const struct store_cell cell = {
		.target_id = known > 0 ? known : store_add_target(store, &target, e),
		.placement = "1x1",
		.benchmark = row->benchmark,
		.parameters = "",
		.planned_blocks = BLOCKS,
		.planned_runs = 1};
	int64_t id = store_add_cell(store, &cell, e);

	for (unsigned b = 0; id >= 0 && b < BLOCKS; b++) {
		double value = row->factor * (100 + b);
		const struct store_series series = {metric, 0, 0, &value, 1};
		const struct store_run run = {.cell_id = id,
			.block_id = store_find_block(store, "1x1", b),
			.host_s = 1,
			.guest_s = 1,
			.series = &series,
			.series_count = 1,
			.command = "x"};
		if (store_add_run(store, &run, e) < 0)
			return -1;
	}
	return id < 0 ? -1 : 0;
}

/* A line that is longer than any other fact may be. */
static char *long_line(void)
{
	struct text line = {0};

	text_add(&line, "+    <cmdline>");
	while (line.count < 600)
		text_addf(&line, "word%zu ", line.count);
	text_add(&line, "end</cmdline>");
	return text_take(&line);
}

static int add_machine(struct store *store, struct error *e)
{
	cleanup_free char *line = long_line();
	json_t *facts = json_pack("{s:[s, s, s]}", "domain_xml_diff", "@@ -1,2 +1,2 @@",
		"-    <cmdline>quiet</cmdline>", line);
	cleanup_free char *text = json_dumps(facts, 0);
	const struct store_machine machine = {.block_id = store_find_block(store, "1x1", 0),
		.target_id = store_find_target(store, "cache-unsafe"),
		.name = "cache-unsafe-1",
		.driver_json = text};

	json_decref(facts);
	return store_add_machines(store, &machine, 1, e);
}

static int make_variants(const char *dir, struct error *e)
{
	const struct store_campaign campaign = {.id = "0123abcd",
		.name = "variants",
		.yaml = "",
		.yaml_digest = "",
		.baseline = "native",
		.tare_version = "0",
		.started_ns = 1};
	struct store *store = NULL;
	int64_t disk = 0, net = 0;

	if (store_create(dir, &store, e) < 0)
		return -1;
	int status = store_add_campaign(store, &campaign, e) < 0 ? -1 : 0;
	if (status == 0)
		status = add_metric(store, "disk", &disk, e);
	if (status == 0)
		status = add_metric(store, "net", &net, e);
	for (unsigned b = 0; status == 0 && b < BLOCKS; b++)
		status = store_add_block(store, "1x1", b, b + 1, e) < 0 ? -1 : 0;
	for (size_t i = 0; status == 0 && i < ARRAY_COUNT(made); i++)
		status = add_made(
			store, &made[i], strcmp(made[i].benchmark, "disk") == 0 ? disk : net, e);
	if (status == 0)
		status = add_machine(store, e);
	store_close(store);
	return status;
}

static struct store_data *data;
static struct report_model *model;

static int set_up(void **state)
{
	struct error e = {""};

	(void)state;
	data = read_made(make_variants);
	if (data && report_model_new(data, &(struct report_options){0}, &model, &e) < 0)
		print_error("%s\n", e.text);
	return model ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	report_model_free(model);
	store_data_free(data);
	return 0;
}

/* Each sweep against its own first, "other" against nothing, nothing against the baseline. */
static void in_the_model(void **state)
{
	static const struct {
		const char *name, *first;
		double cost;
		int decided;
	} expected[] = {
		{"cache-unsafe", "cache-none", -0.25, -1},
		{"cache-slow", "cache-none", 2, 1},
		{"vhost-on", "vhost-off", -0.5, -1},
	};

	(void)state;
	assert_int_equal(model->variation_count, ARRAY_COUNT(expected));
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		const struct report_variation *v = &model->variations[i];
		assert_string_equal(v->key, "options");
		assert_string_equal(v->value, expected[i].name);
		assert_string_equal(v->first_value, expected[i].first);
		assert_true(fabs(v->shown.cost - expected[i].cost) < 1e-9);
		assert_int_equal(v->shown.decided, expected[i].decided);
	}
}

static void as_text(void **state)
{
	static const char *const texts[] = {
		"What options change: slowdown against cache-none",
		"What options change: slowdown against vhost-off",
		"cache-slow: cache=directsync io=threads",
		"vhost-on: vhost=on",
	};
	cleanup_text struct text text = {0};

	(void)state;
	report_write_text(model, &text);
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		if (!strstr(text.bytes, texts[i]))
			fail_msg("\"%s\" is not in\n%s", texts[i], text.bytes);
}

/* A sweep of which nothing could be compared is no table. */
static void without_a_value(void **state)
{
	struct report_value *value = &model->variations[2].shown;
	cleanup_text struct text text = {0};

	(void)state;
	value->compared = false;
	value->status = REPORT_FAILED;
	report_write_text(model, &text);
	value->compared = true;
	value->status = REPORT_MEASURED;
	assert_non_null(strstr(text.bytes, "slowdown against cache-none"));
	assert_null(strstr(text.bytes, "slowdown against vhost-off"));
}

static void as_json(void **state)
{
	cleanup_text struct text text = {0};

	(void)state;
	report_write_json(model, &text);
	json_t *root = json_loads(text.bytes, 0, NULL);
	json_t *variants = json_object_get(root, "variants");
	assert_int_equal(json_array_size(variants), 3);
	const char *target = NULL, *first = NULL, *io = NULL;
	double ratio = 0;
	assert_int_equal(
		json_unpack(json_array_get(variants, 1), "{s:s, s:s, s:F, s:{s:s}}", "target",
			&target, "first", &first, "ratio", &ratio, "options", "io", &io),
		0);
	assert_string_equal(target, "cache-slow");
	assert_string_equal(first, "cache-none");
	assert_string_equal(io, "threads");
	assert_true(fabs(ratio - 3) < 1e-9);
	json_decref(root);
}

/* Whole, where everything is asked for, with the blanks that it begins with. */
static void the_domain(void **state)
{
	static const char title[] = "Domain of cache-unsafe: difference from";
	cleanup_text struct text text = {0}, all = {0}, page = {0}, json = {0};
	cleanup_free char *line = long_line();

	(void)state;
	assert_int_equal(model->domain_count, 1);
	assert_int_equal(model->domains[0].line_count, 3);
	assert_string_equal(model->domains[0].lines[2], line);
	report_write_text(model, &text);
	assert_null(strstr(text.bytes, title));
	model->options.all = true;
	report_write_text(model, &all);
	model->options.all = false;
	assert_non_null(strstr(all.bytes, title));
	assert_non_null(strstr(all.bytes, "\n-\u00a0\u00a0\u00a0\u00a0<cmdline>quiet</cmdline>"));
	assert_non_null(strstr(all.bytes, "end</cmdline>"));
	report_write_html(model, &page);
	assert_non_null(strstr(page.bytes, "end&lt;/cmdline&gt;"));
	report_write_json(model, &json);
	json_t *root = json_loads(json.bytes, 0, NULL);
	json_t *domain = json_array_get(json_object_get(root, "domains"), 0);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(domain, "diff"), 2)), line);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(in_the_model),
		cmocka_unit_test(as_text), cmocka_unit_test(without_a_value),
		cmocka_unit_test(as_json), cmocka_unit_test(the_domain)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
