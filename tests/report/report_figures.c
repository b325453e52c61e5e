/* Figures are drawn, complete, and can be drawn again from what lies beside them; names that mean
 * something to gnuplot or to HTML do no harm. Skipped where there is no gnuplot. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "report/model/build.h"
#include "report/verdict/compare.h"
#include "report/write/formats.h"
#include "report/plot/figures.h"
#include "report/plot/plot.h"
#include "tests/report/make_store.h"
#include "tests/report/read_made.h"

static const char *const suffixes[] = {"svg", "png", "pdf", "gp", "dat", "txt"};

static bool have_gnuplot(void)
{
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, "gnuplot", "--version", NULL);
	return process_check(&argv, 10, NULL) == 0;
}

static struct report_model *open_model(struct store_data **data, bool figures_all)
{
	struct report_options options = {.figures_all = figures_all};
	struct report_model *model = NULL;
	struct error e = {""};

	*data = read_made(make_store);
	assert_non_null(*data);
	if (report_model_new(*data, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	return model;
}

static char *read_text(const char *dir, const char *name, const char *suffix)
{
	cleanup_free char *path = str_printf("%s/%s.%s", dir, name, suffix);
	char *bytes = NULL;
	size_t count = 0;
	struct error e = {""};

	if (file_read(path, 4 << 20, &bytes, &count, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(count > 50);
	return bytes;
}

static void test_figures(void **state)
{
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	static const char latency[] = "03-mpi-pingpong_1x2__latency__bandwidth";
	struct store_data *data = NULL;
	struct error e = {""};
	size_t count = 0;

	(void)state;
	if (!have_gnuplot())
		skip();
	assert_non_null(mkdtemp(dir));
	/* A directory whose name has quotes and backquotes in it. */
	cleanup_free char *figures = str_printf("%s/it's `id` \"here\"", dir);
	struct report_model *model = open_model(&data, true);
	if (report_figures(model, figures, &count, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(count, 20);
	for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++)
		free(read_text(figures, latency, suffixes[i]));

	cleanup_free char *caption = read_text(figures, latency, "txt");
	assert_non_null(strstr(caption, "mpi-pingpong 1x2: latency, bandwidth."));
	cleanup_free char *svg = read_text(figures, latency, "svg");
	assert_non_null(strstr(svg, "kvm-virtio (emulated)"));
	assert_non_null(strstr(svg, "lower is better"));
	assert_non_null(strstr(svg, "&lt;b>&amp;amp;"));
	assert_non_null(strstr(svg, "`id`"));
	assert_null(strstr(svg, "<b>"));

	cleanup_text struct text page = {0};
	report_format_find("html")->write(model, &page);
	/* The drawings are elements in the page's colours, and share no ids. */
	assert_non_null(strstr(page.bytes, "<svg role=\"img\" aria-label=\"headlines: "));
	assert_non_null(strstr(page.bytes, " id=\"f1-gnuplot_canvas\""));
	assert_non_null(strstr(page.bytes, " id=\"f2-gnuplot_canvas\""));
	assert_null(strstr(page.bytes, " id=\"gnuplot_canvas\""));
	assert_null(strstr(page.bytes, "href='#gpPt"));
	assert_null(strstr(page.bytes, "fill=\"#ffffff\""));
	assert_null(strstr(page.bytes, "data:image"));
	assert_null(strstr(page.bytes, "Gnuplot"));
	assert_null(strstr(page.bytes, "http:"));
	assert_null(strstr(page.bytes, "https:"));
	report_model_free(model);
	store_data_free(data);
	assert_int_equal(dir_remove(dir, &e), 0);
}

/* Every headline in the first figure, and no details unless asked for. */
static void test_forest(void **state)
{
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	static const char forest[] = "01-headlines__slowdown_against_native";
	static const char *const labels[] = {"CPU 1x1: cpu rate",
		"CPU 1x1: linpack performance at 2000", "Disk 1x1: block size 4K, randread read<",
		"read read p99", "MPI 1x2: pingpong latency at 1 B",
		"MPI 1x2: pingpong bandwidth at 4 MiB", "MPI 1x2: hpcc hpl",
		"slowdown against native (1: none)", "Other 1x1: clock drift",
		"kvm-virtio: -3.02 us/s"};
	struct store_data *data = NULL;
	struct error e = {""};
	size_t count = 0;

	(void)state;
	if (!have_gnuplot())
		skip();
	assert_non_null(mkdtemp(dir));
	struct report_model *model = open_model(&data, false);
	if (report_figures(model, dir, &count, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(count, 7);
	assert_non_null(strstr(model->figures[0].svg_path, forest));
	cleanup_free char *svg = read_text(dir, forest, "svg");
	for (size_t i = 0; i < ARRAY_COUNT(labels); i++)
		if (!strstr(svg, labels[i]))
			fail_msg("the forest lacks %s", labels[i]);
	/* Colours belong to targets. */
	cleanup_free char *script = read_text(dir, forest, "gp");
	assert_non_null(strstr(script, "'#D55E00' pt 9 ps 1 title 'kvm-virtio (emulated)'"));
	report_model_free(model);
	store_data_free(data);
	assert_int_equal(dir_remove(dir, &e), 0);
}

static char *line_with(const char *script, const char *begin)
{
	const char *line = strstr(script, begin);

	assert_non_null(line);
	return str_printf("%.*s", (int)strcspn(line, "\n"), line);
}

/* Rows of a forest; 0 where it has none. */
static size_t count_ticks(const char *script)
{
	const char *tick = strstr(script, "set ytics scale 0 (");
	const char *end = tick ? strstr(tick, ")\n") : NULL;
	size_t count = 0;

	for (; end && tick && tick < end; tick = strstr(tick + 1, ", \\\n\t"))
		count++;
	return count;
}

/* More headlines than a page has room for: parts that have all of them, each once, on one axis. */
static void test_forest_in_parts(void **state)
{
	struct store_data *data = NULL;
	struct report_model *model = open_model(&data, false);
	size_t rows = plot_forest_rows(model);
	struct plot whole = {.name = str_dup("whole"), .title = str_dup("")};
	struct plot parts[2] = {{.name = str_dup("first"), .title = str_dup("")},
		{.name = str_dup("second"), .title = str_dup("")}};

	(void)state;
	assert_true(rows > 5);
	plot_forest(model, 0, rows, &whole);
	plot_forest(model, 0, 4, &parts[0]);
	plot_forest(model, 4, rows - 4, &parts[1]);
	cleanup_free char *range = line_with(whole.script.bytes, "low = ");
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++)
		assert_non_null(strstr(parts[i].script.bytes, range));
	assert_int_equal(count_ticks(parts[0].script.bytes), 4);
	assert_int_equal(count_ticks(parts[1].script.bytes), rows - 4);
	/* The last headline is a difference, which is words: a part of it alone is drawn, too. */
	struct plot last = {.name = str_dup("last"), .title = str_dup("")};
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	struct error e = {""};
	plot_forest(model, rows - 1, 1, &last);
	assert_non_null(strstr(last.script.bytes, "set label"));
	assert_non_null(mkdtemp(dir));
	if (have_gnuplot() && plot_draw(&last, dir, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(dir_remove(dir, &e), 0);
	plot_free(&last);
	plot_free(&whole);
	plot_free(&parts[0]);
	plot_free(&parts[1]);
	report_model_free(model);
	store_data_free(data);
}

/* What the user set in ~/.gnuplot changes no figure. */
static void test_user_settings(void **state)
{
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	static const char settings[] = "set datafile separator ','\nset polar\n";
	cleanup_free char *home = str_dup(getenv("HOME") ? getenv("HOME") : "/");
	char *svgs[2] = {NULL};
	struct error e = {""};

	(void)state;
	if (!have_gnuplot())
		skip();
	assert_non_null(mkdtemp(dir));
	cleanup_free char *file = str_printf("%s/.gnuplot", dir);
	setenv("HOME", dir, 1);
	for (size_t i = 0; i < 2; i++) {
		struct store_data *data = NULL;
		struct report_model *model = open_model(&data, false);
		if (i)
			assert_int_equal(file_write(file, settings, strlen(settings), &e), 0);
		if (report_figures(model, dir, NULL, &e) < 0)
			fail_msg("%s", e.text);
		svgs[i] = read_text(dir, "02-linpack_1x1__performance", "svg");
		report_model_free(model);
		store_data_free(data);
	}
	setenv("HOME", home, 1);
	assert_string_equal(svgs[0], svgs[1]);
	free(svgs[0]);
	free(svgs[1]);
	assert_int_equal(dir_remove(dir, &e), 0);
}

/* A figure that cannot be drawn is left out; an error where that is so for all. */
static void test_undrawn(void **state)
{
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	static const char fails_for_second[] =
		"#!/bin/sh\ncase $* in *02-*) echo no >&2; exit 1;; esac\n";
	static const char fails[] = "#!/bin/sh\necho no >&2\nexit 1\n";
	cleanup_free char *path = str_dup(getenv("PATH"));
	struct store_data *data = NULL;
	struct error e = {""};
	size_t count = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	cleanup_free char *program = str_printf("%s/gnuplot", dir);
	cleanup_free char *first = str_printf("%s:%s", dir, path);
	struct report_model *model = open_model(&data, false);
	assert_int_equal(file_write(program, fails_for_second, strlen(fails_for_second), &e), 0);
	assert_int_equal(chmod(program, 0755), 0);
	setenv("PATH", first, 1);
	assert_int_equal(report_figures(model, dir, &count, &e), 0);
	assert_int_equal(count, 6);
	assert_int_equal(model->figure_count, 6);
	for (size_t i = 0; i < model->figure_count; i++)
		assert_null(strstr(model->figures[i].svg_path, "/02-"));

	assert_int_equal(file_write(program, fails, strlen(fails), &e), 0);
	assert_int_equal(chmod(program, 0755), 0);
	assert_int_equal(report_figures(model, dir, &count, &e), -1);
	assert_int_equal(count, 0);
	assert_non_null(strstr(e.text, "no figure could be drawn"));
	setenv("PATH", path, 1);
	report_model_free(model);
	store_data_free(data);
	assert_int_equal(dir_remove(dir, &e), 0);
}

static void test_no_room(void **state)
{
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	struct store_data *data = NULL;
	struct error e = {""};

	(void)state;
	assert_non_null(mkdtemp(dir));
	cleanup_free char *file = str_printf("%s/file", dir);
	assert_int_equal(file_write(file, "", 0, &e), 0);
	struct report_model *model = open_model(&data, false);
	/* Below a file. */
	cleanup_free char *figures = str_printf("%s/figures", file);
	assert_int_equal(report_figures(model, figures, NULL, &e), -1);
	assert_string_not_equal(e.text, "");
	report_model_free(model);
	store_data_free(data);
	assert_int_equal(dir_remove(dir, &e), 0);
}

/* Labels are numbers as people write them, and no more of them than was asked for. */
static void test_ticks(void **state)
{
	static const struct {
		double low, high;
		size_t most;
		const char *ticks;
	} cases[] = {
		{0, 1.84, 6, "set xtics nomirror ('0' 0, '0.5' 0.5, '1' 1, '1.5' 1.5)\n"},
		{-8.1, 7.6, 5, "set xtics nomirror ('-5' -5, '0' 0, '5' 5)\n"},
		{0, 2.1e6, 5,
			"set xtics nomirror ('0' 0, '500k' 500000, '1M' 1000000, "
			"'1.5M' 1500000, '2M' 2000000)\n"},
		{0, 4.1e-5, 2, "set xtics nomirror ('0' 0, '20u' 2e-05, '40u' 4e-05)\n"},
		{0, 3e24, 2, "set xtics nomirror ('0' 0, '2·10^24' 2e+24)\n"},
		{999999, 1000001, 2,
			"set xtics nomirror ('999.999k' 999999, '1M' 1000000, '1.000001M' "
			"1000001)\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_text struct text out = {0};
		plot_add_ticks(&out, "x", cases[i].low, cases[i].high, cases[i].most);
		assert_string_equal(out.bytes, cases[i].ticks);
	}
}

/* At least two ticks say what a logarithmic axis is. */
static void test_log_ticks(void **state)
{
	static const struct {
		double low, high;
		size_t most;
		const char *ticks;
	} cases[] = {
		{400, 8000, 6,
			"set xtics nomirror ('500' 500, '1000' 1000, '2000' 2000, '5000' 5000)\n"},
		{0.011, 0.09, 6, "set xtics nomirror ('0.02' 0.02, '0.05' 0.05)\n"},
		{7, 200, 6,
			"set xtics nomirror ('' 7 1, '' 8 1, '' 9 1, '10' 10, '' 20 1, '' 30 1, "
			"'' 40 1, '' 50 1, '' 60 1, '' 70 1, '' 80 1, '' 90 1, '100' 100, '' 200 "
			"1)\n"},
		{0.5, 2e8, 4,
			"set xtics nomirror ('1' 1, '' 10 1, '' 100 1, '1k' 1000, '' 10000 1, "
			"'' 100000 1, '1M' 1000000, '' 10000000 1, '' 100000000 1)\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_text struct text out = {0};
		plot_add_log_ticks(&out, "x", cases[i].low, cases[i].high, cases[i].most);
		assert_string_equal(out.bytes, cases[i].ticks);
	}
}

/* Whether any text of a drawing is a number in e-notation. */
static bool has_e_notation(const char *svg)
{
	for (const char *text = strstr(svg, "<text>"); text; text = strstr(text + 1, "<text>")) {
		double number;
		char end[2];
		const char *word = strchr(text, '>') + 1;
		word += strspn(word, " \n");
		if (sscanf(word, "<tspan%*[^>]>%lf%1[<]", &number, end) == 2 &&
			strcspn(strchr(word, '>'), "eE") < strcspn(strchr(word, '>'), "<"))
			return true;
	}
	return false;
}

static const struct report_row *first_compared(const struct report_model *model, size_t *target)
{
	for (size_t g = 0; g < model->group_count; g++)
		for (size_t i = 0; i < model->groups[g].row_count; i++)
			for (*target = 0; *target < model->target_count; (*target)++)
				if (model->groups[g].rows[i].values[*target].compared)
					return &model->groups[g].rows[i];
	return NULL;
}

/* Bars whose intervals are wide and whose names are long: room for the axis, and an arrow. */
static void test_wide_intervals(void **state)
{
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	char label[] = "integer_rate, iterations=3 seconds=0.05s";
	struct store_data *data = NULL;
	struct report_model *model = open_model(&data, false);
	struct plot plot = {.name = str_dup("bars"), .title = str_dup("")};
	struct error e = {""};
	size_t target = 0;
	double low, high;

	(void)state;
	struct report_row row = *first_compared(model, &target);
	cleanup_free struct report_value *values = mem_new(model->target_count, sizeof(*values));
	memcpy(values, row.values, model->target_count * sizeof(*values));
	row.values = values;
	values[target].change.status = INTERVAL_OK;
	values[target].change.estimate = 1.6;
	values[target].change.low = 0.01;
	values[target].change.high = 100;
	const struct plot_bar bar = {&row, label};
	plot_bars(model, &bar, 1, &plot);
	assert_true(plot.wide);
	cleanup_free char *range = line_with(plot.script.bytes, "set xrange");
	assert_int_equal(sscanf(range, "set xrange [%lf:%lf]", &low, &high), 2);
	assert_true(low >= 0 && high > 1 && high < 10);
	assert_non_null(strstr(plot.script.bytes, "($4 > high ? high_inside : NaN)"));
	assert_non_null(mkdtemp(dir));
	if (have_gnuplot()) {
		if (plot_draw(&plot, dir, &e) < 0)
			fail_msg("%s", e.text);
		cleanup_free char *svg = read_text(dir, "bars", "svg");
		assert_non_null(strstr(svg, "more is better"));
		assert_non_null(strstr(svg, label));
	}
	assert_int_equal(dir_remove(dir, &e), 0);
	plot_free(&plot);
	report_model_free(model);
	store_data_free(data);
}

/* Every sample of a rate in the ten thousands. */
static void test_large_samples(void **state)
{
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	struct store_data *data = NULL;
	struct report_model *model = open_model(&data, false);
	struct plot plot = {.name = str_dup("samples"), .title = str_dup("")};
	struct error e = {""};
	size_t target = 0;

	(void)state;
	if (!have_gnuplot())
		skip();
	const struct report_row *row = first_compared(model, &target);
	const struct report_value *value = &row->values[target];
	for (size_t i = 0; i < value->series_count; i++) {
		struct data_series *series = &data->series[value->series[i]];
		for (size_t k = 0; k < series->count; k++)
			series->values[k] = k % 2 ? 1.2e3 : 2.3e6;
	}
	plot_samples(model, row, &plot);
	assert_non_null(mkdtemp(dir));
	if (plot_draw(&plot, dir, &e) < 0)
		fail_msg("%s", e.text);
	cleanup_free char *svg = read_text(dir, "samples", "svg");
	assert_non_null(strstr(svg, ">1M<"));
	assert_false(has_e_notation(svg));
	assert_true(has_e_notation("<text><tspan font-family=\"sans\" >1e+05</tspan></text>"));
	assert_int_equal(dir_remove(dir, &e), 0);
	plot_free(&plot);
	report_model_free(model);
	store_data_free(data);
}

/* The looks say what was measured, of whom and against whom, and what has the interval. */
static void test_looks(void **state)
{
	static const char *const texts[] = {"memory 1x1: latency at 4 KiB",
		"slowdown against old (%), + is worse", "new: slowdown with its interval",
		">the margin<"};
	char dir[] = "/dev/shm/tare-test-figures-XXXXXX";
	const struct report_metric metric = {
		.name = "latency", .unit = "s", .x_name = "size", .x_unit = "B"};
	struct compare_look looks[] = {
		{4, -0.005, -0.08, 0.076}, {6, 0.1, NAN, NAN}, {200, 0, -0.02, 0.02}};
	struct compare_item item = {.base_target = "old",
		.new_target = "new",
		.placement = "1x1",
		.benchmark = "memory",
		.parameters = "",
		.metric = &metric,
		.x = 4096,
		.headline = true,
		.margin = 0.01,
		.looked_pairs = 200,
		.looks = looks,
		.look_count = ARRAY_COUNT(looks)};
	const struct comparison comparison = {.items = &item, .count = 1};
	struct error e = {""};
	size_t count = 0;

	(void)state;
	if (!have_gnuplot())
		skip();
	assert_non_null(mkdtemp(dir));
	if (compare_figures(&comparison, dir, &count, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(count, 1);
	cleanup_free char *svg = read_text(dir, "looks-01", "svg");
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		if (!strstr(svg, texts[i]))
			fail_msg("the looks lack %s", texts[i]);
	assert_int_equal(dir_remove(dir, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_forest),
		cmocka_unit_test(test_forest_in_parts),
		cmocka_unit_test(test_user_settings),
		cmocka_unit_test(test_undrawn),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_log_ticks),
		cmocka_unit_test(test_wide_intervals),
		cmocka_unit_test(test_large_samples),
		cmocka_unit_test(test_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
