/* Figures are drawn, complete, and can be drawn again from what lies beside them; names that mean
 * something to gnuplot or to HTML do no harm. Skipped where there is no gnuplot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "report/model/build.h"
#include "report/write/formats.h"
#include "report/plot/figures.h"
#include "tests/report/make_store.h"
#include "tests/report/read_made.h"

static const char *const suffixes[] = {"svg", "png", "pdf", "gp", "dat"};

static bool have_gnuplot(void)
{
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, "gnuplot", "--version", NULL);
	return process_check(&argv, 10, NULL) == 0;
}

static struct report_model *open_model(struct store_data **data)
{
	struct report_options options = {0};
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
	static const char latency[] = "06-mpi-pingpong_1x2__latency";
	struct store_data *data = NULL;
	struct error e = {""};
	size_t count = 0;

	(void)state;
	if (!have_gnuplot())
		skip();
	assert_non_null(mkdtemp(dir));
	/* A directory whose name has quotes and backquotes in it. */
	cleanup_free char *figures = str_printf("%s/it's `id` \"here\"", dir);
	struct report_model *model = open_model(&data);
	if (report_figures(model, figures, &count, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(count, 16);
	for (size_t i = 0; i < ARRAY_COUNT(suffixes); i++)
		free(read_text(figures, latency, suffixes[i]));

	cleanup_free char *svg = read_text(figures, latency, "svg");
	assert_non_null(strstr(svg, "kvm-virtio (emulated)"));
	assert_non_null(strstr(svg, "lower is better"));
	assert_non_null(strstr(svg, "&lt;b>&amp;amp;"));
	assert_non_null(strstr(svg, "`id`"));
	assert_null(strstr(svg, "<b>"));

	cleanup_text struct text page = {0};
	report_format_find("html")->write(model, &page);
	assert_non_null(strstr(page.bytes, "data:image/svg+xml;base64,"));
	assert_null(strstr(page.bytes, "http:"));
	assert_null(strstr(page.bytes, "https:"));
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
	struct report_model *model = open_model(&data);
	/* Below a file. */
	cleanup_free char *figures = str_printf("%s/figures", file);
	assert_int_equal(report_figures(model, figures, NULL, &e), -1);
	assert_string_not_equal(e.text, "");
	report_model_free(model);
	store_data_free(data);
	assert_int_equal(dir_remove(dir, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
