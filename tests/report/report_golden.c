/* Every format of the made campaign against the files in tests/golden/report. To renew them after
 * a wanted change, run with TARE_UPDATE_GOLDEN=1 and read the difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "report/model/build.h"
#include "report/write/formats.h"
#include "tests/report/make_store.h"
#include "tests/report/read_made.h"

enum { SHOWN_PARTS = 6 };

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

static void compare(const char *name, const struct text *found)
{
	cleanup_free char *path = str_printf("%s/tests/golden/report/%s", TARE_SOURCE_DIR, name);
	cleanup_free char *expected = NULL;
	struct error e = {""};
	size_t count;

	if (getenv("TARE_UPDATE_GOLDEN"))
		assert_int_equal(file_write(path, found->bytes, found->count, &e), 0);
	if (file_read(path, 16 << 20, &expected, &count, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0, line = 1; i < count && i < found->count; i++) {
		if (expected[i] != found->bytes[i])
			fail_msg("%s differs in line %zu:\n%.80s\n---\n%.80s", name, line,
				expected + i, found->bytes + i);
		line += expected[i] == '\n';
	}
	assert_int_equal(found->count, count);
}

static void write_out(const char *format, const struct report_options *options, struct text *out)
{
	struct report_model *model = NULL;
	struct error e = {""};

	assert_non_null(report_format_find(format));
	assert_int_equal(report_model_new(data, options, &model, &e), 0);
	report_format_find(format)->write(model, out);
	report_model_free(model);
}

static void write_format(
	const char *format, const struct report_options *options, const char *golden)
{
	cleanup_text struct text out = {0};

	write_out(format, options, &out);
	compare(golden, &out);
}

/* Only up to the end of the table after the first: what another width or colours change shows
 * there. */
static void write_beginning(const struct report_options *options, const char *golden)
{
	cleanup_text struct text out = {0};
	char *end;

	write_out("text", options, &out);
	end = out.bytes;
	for (int parts = 0; parts < SHOWN_PARTS && end; parts++)
		end = strstr(end + 1, "\n\n");
	assert_non_null(end);
	if (!end)
		return;
	end[1] = '\0';
	out.count = strlen(out.bytes);
	compare(golden, &out);
}

/* A line for each object of an array, and one for everything else of the document. */
static void add_lines(const char *json, struct text *out)
{
	json_t *root = json_loads(json, 0, NULL), *value, *item;
	const char *key;
	size_t i;

	assert_non_null(root);
	json_object_foreach(root, key, value)
	{
		if (!json_is_array(value)) {
			char *line = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
			text_addf(out, "%s %s\n", key, line);
			free(line);
		}
		json_array_foreach(value, i, item)
		{
			char *line = json_dumps(item, JSON_COMPACT | JSON_ENCODE_ANY);
			text_addf(out, "%s %s\n", key, line);
			free(line);
		}
	}
	json_decref(root);
}

static void test_text(void **state)
{
	(void)state;
	write_format("text", &(struct report_options){.width = 100}, "report.txt");
	write_beginning(&(struct report_options){.width = 200}, "report-wide.txt");
	write_beginning(&(struct report_options){.width = 80, .colour = true}, "report-colour.txt");
}

static void test_markdown(void **state)
{
	(void)state;
	write_format("md", &(struct report_options){0}, "report.md");
}

static void test_csv(void **state)
{
	(void)state;
	write_format("csv", &(struct report_options){0}, "report.csv");
}

static void test_json(void **state)
{
	(void)state;
	cleanup_text struct text out = {0}, lines = {0};

	write_out("json", &(struct report_options){0}, &out);
	add_lines(out.bytes, &lines);
	compare("report.json.txt", &lines);
}

/* The page's style and script are constants of html_assets.c; there is some of each. */
static void cut_between(char *page, const char *start, const char *end)
{
	char *from = strstr(page, start), *to = from ? strstr(from, end) : NULL;

	assert_non_null(to);
	if (!to)
		return;
	from += strlen(start);
	assert_true(to - from > 100);
	memmove(from, to, strlen(to) + 1);
}

/* The golden files are the same for every version of tare. */
static void cut_version(struct text *out)
{
	static const char version[] = "Made by tare " TARE_VERSION, name[] = "VERSION";
	char *at = strstr(out->bytes, version);

	assert_non_null(at);
	if (!at)
		return;
	cleanup_free char *rest = str_dup(at + strlen(version));
	out->count = (size_t)(at - out->bytes) + strlen("Made by tare ");
	text_add(out, name);
	text_add(out, rest);
}

static void test_html(void **state)
{
	(void)state;
	cleanup_text struct text out = {0};

	write_out("html", &(struct report_options){0}, &out);
	cut_between(out.bytes, "<style>", "</style>");
	cut_between(out.bytes, "<script>", "</script>");
	out.count = strlen(out.bytes);
	cut_version(&out);
	compare("report.html", &out);
}

/* A table's heading stands twice, for its first page and for the others: once is enough to read. */
static void cut_repeated_headings(char *tex)
{
	static const char first[] = "\\endfirsthead\n", others[] = "\\endhead\n";
	char *end;

	for (char *at = tex, *again; (end = strstr(at, first)); at = again) {
		again = end + strlen(first);
		char *rest = strstr(again, others);
		assert_non_null(rest);
		size_t length = (size_t)(rest - again);
		assert_true(length > 0 && length <= (size_t)(end - at));
		assert_memory_equal(again, end - length, length);
		memmove(again, rest, strlen(rest) + 1);
	}
}

/* Of the appendix some tables are enough to read. */
static void cut_appendix(char *tex)
{
	enum { KEPT_BYTES = 8000 };
	char *appendix = strstr(tex, "\\appendix");

	assert_non_null(appendix);
	if (appendix && strlen(appendix) > KEPT_BYTES)
		appendix[KEPT_BYTES] = '\0';
}

static void test_latex(void **state)
{
	cleanup_text struct text out = {0};

	(void)state;
	write_out("latex", &(struct report_options){0}, &out);
	cut_repeated_headings(out.bytes);
	cut_appendix(out.bytes);
	out.count = strlen(out.bytes);
	cut_version(&out);
	compare("report.tex", &out);
}

/* One line per stored value, in the store's order, each to the last bit. */
static void test_samples(void **state)
{
	struct report_options options = {0};
	struct report_model *model = NULL;
	struct error e = {""};
	cleanup_text struct text out = {0};
	char *line, *rest;
	size_t count = 0;

	(void)state;
	assert_int_equal(report_model_new(data, &options, &model, &e), 0);
	report_write_samples_csv(model, &out);
	line = strtok_r(out.bytes, "\n", &rest);
	assert_string_equal(line,
		"target,placement,benchmark,parameters,metric,unit,x,emulated,block,"
		"run,machine,flags,index,value");
	while ((line = strtok_r(NULL, "\n", &rest))) {
		const char *last = strrchr(line, ',');
		/* A quoted name with a newline in it takes two lines; the value is on the last. */
		if (!last || !last[1] || !strchr("-0123456789", last[1]))
			continue;
		assert_true(strtod(last + 1, NULL) == data->values[count]);
		count++;
	}
	assert_int_equal(count, data->value_count);
	report_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_latex),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
