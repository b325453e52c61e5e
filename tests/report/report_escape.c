/* Whatever names, reasons and facts consist of, every format stays what it is: JSON and CSV give
 * the very text back, HTML and Markdown gain no markup, a table's line stays one line. Names are
 * random strings over what the formats treat specially. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/array.h"
#include "base/text.h"
#include "base/cleanup.h"
#include "report/verdict/compare.h"
#include "report/model/build.h"
#include "report/write/formats.h"
#include "report/write/words.h"

enum { ROUNDS = 200, NAME_PIECES = 8, NAME_BYTES = 96 };

static const char *const pieces[] = {"<", ">", "&", "\"", "'", "\\", "_", "%", "$", "|", "`", "\n",
	"\t", ",", ";", "=", "#", "@", "*", "[", "](x)", "{", "}", "</td>", "<script>", "&lt;",
	"-->", "\xff", "\xc3", "\xe2\x82", "\xe2\x82\xac", "\x1b[31m", "\x01", "\r", "%s%n", " ",
	"a", "0", "!", "~", "GH-", "gh-7", "www.", "://", "x_"};

static uint32_t random_state = 7;

static void make_name(char name[NAME_BYTES], const char *prefix)
{
	strcpy(name, prefix);
	for (int i = 0; i < NAME_PIECES; i++) {
		random_state = random_state * 1664525 + 1013904223;
		strcat(name, pieces[(random_state >> 16) % ARRAY_COUNT(pieces)]);
	}
}

struct names {
	char campaign[NAME_BYTES], target[NAME_BYTES], benchmark[NAME_BYTES],
		parameters[NAME_BYTES], metric[NAME_BYTES], unit[NAME_BYTES], reason[NAME_BYTES];
};

/* One measured target and one that failed. */
static struct report_model *model_of(struct names *names, struct store_data *data)
{
	static double value = 2;
	static struct data_target targets[2];
	static struct data_metric metric;
	static struct data_cell cells[2];
	static struct data_block block;
	static struct data_run runs[2];
	static struct data_series series;
	struct report_options options = {0};
	struct report_model *model = NULL;
	struct error e = {""};

	targets[0] = (struct data_target){.name = (char *)"base", .driver = names->unit};
	targets[1] = (struct data_target){.name = names->target, .driver = names->unit};
	metric = (struct data_metric){.benchmark = names->benchmark,
		.name = names->metric,
		.unit = names->unit,
		.better = (char *)"lower",
		.statistic = (char *)"mean",
		.scale = (char *)"ratio"};
	for (size_t t = 0; t < 2; t++)
		cells[t] = (struct data_cell){.target_index = t,
			.placement = (char *)"1x1",
			.benchmark = names->benchmark,
			.parameters = names->parameters,
			.planned_blocks = 1,
			.planned_runs = 1};
	block = (struct data_block){.placement = (char *)"1x1"};
	runs[0] = (struct data_run){.cell_index = 0};
	runs[1] = (struct data_run){.cell_index = 1, .failure = names->reason};
	series = (struct data_series){.values = &value, .count = 1};
	*data = (struct store_data){.campaign_id = (char *)"0",
		.name = names->campaign,
		.baseline = (char *)"base",
		.tare_version = (char *)"0",
		.targets = targets,
		.metrics = &metric,
		.cells = cells,
		.blocks = &block,
		.runs = runs,
		.series = &series,
		.target_count = 2,
		.metric_count = 1,
		.cell_count = 2,
		.block_count = 1,
		.run_count = 2,
		.series_count = 1};
	if (report_model_new(data, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	return model;
}

/* What begins like a formula is text in a spreadsheet; numbers stay numbers. */
static void test_formulas(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {{"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"}, {"@SUM(A1)", "'@SUM(A1)"},
		{"+1", "'+1"}, {"-1+1", "'-1+1"}, {"\t=1", "'\t=1"}, {"=1,2", "\"'=1,2\""},
		{"", ""}, {"a=1", "a=1"}, {"1x1", "1x1"}};
	cleanup_text struct text number = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_text struct text out = {0};
		csv_add_field(&out, cases[i].text);
		assert_string_equal(out.bytes ? out.bytes : "", cases[i].field);
	}
	csv_add_number(&number, -1.5);
	assert_string_equal(number.bytes, "-1.5");
}

static void assert_clean(const char *found, const char *original)
{
	cleanup_text struct text clean = {0};

	text_add_clean(&clean, original);
	assert_string_equal(found, clean.bytes);
}

static void check_json(const struct names *names, const char *text)
{
	json_error_t error;
	json_t *root = json_loads(text, 0, &error);
	json_t *result;

	assert_non_null(root);
	result = json_array_get(json_object_get(root, "results"), 1);
	assert_clean(json_string_value(json_object_get(result, "target")), names->target);
	assert_clean(json_string_value(json_object_get(result, "benchmark")), names->benchmark);
	assert_clean(json_string_value(json_object_get(result, "parameters")), names->parameters);
	assert_clean(json_string_value(json_object_get(result, "metric")), names->metric);
	assert_clean(json_string_value(json_object_get(result, "reason")), names->reason);
	json_decref(root);
}

/* Reads the next field of CSV into out; returns what follows its separator. */
static const char *csv_field(const char *text, struct text *out)
{
	out->count = 0;
	text_add(out, "");
	if (*text != '"') {
		size_t length = strcspn(text, ",\n");
		text_add_bytes(out, text, length);
		return text + length + 1;
	}
	for (text++; *text && (*text != '"' || text[1] == '"'); text++) {
		text += *text == '"';
		text_add_bytes(out, text, 1);
	}
	assert_true(*text == '"');
	return text + 2;
}

static void check_csv(const struct names *names, const char *text)
{
	enum { COLUMNS = 24 };
	cleanup_text struct text field = {0};

	/* The header and the baseline's line. */
	for (int i = 0; i < 2 * COLUMNS; i++)
		text = csv_field(text, &field);
	text = csv_field(text, &field);
	assert_clean(field.bytes, names->target);
	for (int i = 0; i < 3; i++)
		text = csv_field(text, &field);
	assert_clean(field.bytes, names->parameters);
	text = csv_field(text, &field);
	assert_clean(field.bytes, names->metric);
	for (int i = 5; i < COLUMNS; i++)
		text = csv_field(text, &field);
	assert_clean(field.bytes, names->reason);
	assert_string_equal(text, "");
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}

/* The number of tags and of unescaped bars depends on the shape of the report alone. */
struct shape {
	size_t tags, bars, lines, cells, rows;
};

static size_t unescaped(const char *text, char what)
{
	size_t count = 0;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else
			count += *text == what;
	}
	return count;
}

/* What TeX gives a meaning is the report's own: the same in every round. Plain ASCII, and every
 * brace is closed. */
static void check_latex(const char *text, struct shape *shape)
{
	long depth = 0;

	shape->cells = unescaped(text, '&');
	shape->rows = count_of(text, "\\\\\n");
	assert_int_equal(unescaped(text, '#'), 0);
	assert_int_equal(unescaped(text, '^'), 0);
	for (; *text; text++) {
		assert_true((*text >= 0x20 && *text < 0x7f) || *text == '\n');
		if (*text == '\\' && text[1])
			text++;
		else
			depth += *text == '{' ? 1 : *text == '}' ? -1 : 0;
		assert_true(depth >= 0);
	}
	assert_int_equal(depth, 0);
}

/* What the server has when all escapes are undone: 1 stands for the word joiner. */
static char *rendered(const char *md)
{
	static const struct {
		const char *entity, *is;
	} entities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}, {"&#8288;", "\1"}};
	struct text text = {0};

	while (*md) {
		size_t length = 0;
		for (size_t i = 0; i < ARRAY_COUNT(entities); i++)
			if (strncmp(md, entities[i].entity, strlen(entities[i].entity)) == 0) {
				length = strlen(entities[i].entity);
				text_add(&text, entities[i].is);
			}
		if (!length) {
			md += *md == '\\' && md[1];
			length = 1;
			text_add_bytes(&text, md, 1);
		}
		md += length;
	}
	return text_take(&text);
}

/* No mention, reference or link, in any place. */
static void check_references(const char *md)
{
	cleanup_free char *text = rendered(md);
	static const char name[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	for (const char *c = text; *c; c++) {
		if (strchr("@#!~%$&", *c) && c[1] && strchr(name, c[1]))
			fail_msg("a reference: %.20s", c);
		if (strncmp(c, "://", 3) == 0 || strncmp(c, "www.", 4) == 0)
			assert_int_equal(c[*c == ':' ? 1 : 4], '\1');
		if (strncasecmp(c, "gh-", 3) == 0)
			assert_null(c[3] ? strchr("0123456789", c[3]) : NULL);
	}
}

static void assert_no_control(const char *text)
{
	for (; *text; text++)
		assert_true((unsigned char)*text >= 0x20 || *text == '\n');
}

/* The same of a comparison of the two targets, of which the second failed. */
static void check_comparison(const struct names *names, const struct store_data *data)
{
	cleanup_text struct text target = {0};
	text_add_clean(&target, names->target);
	const struct compare_source base = {data, names->campaign, "base"};
	const struct compare_source newer = {data, names->reason, target.bytes};
	struct compare_options options = {0};
	struct comparison *comparison = NULL;
	cleanup_text struct text md = {0}, html = {0}, latex = {0};
	struct error e = {""};
	struct shape shape = {0};
	static size_t tags;

	if (compare_new(&base, &newer, &options, &comparison, &e) < 0)
		fail_msg("%s", e.text);
	compare_write_markdown(comparison, &md);
	compare_write_html(comparison, &html);
	compare_write_latex(comparison, &latex);
	check_references(md.bytes);
	check_latex(latex.bytes, &shape);
	assert_no_control(html.bytes);
	assert_non_null(strstr(html.bytes, "FAILED"));
	if (!tags)
		tags = count_of(html.bytes, "<");
	assert_int_equal(count_of(html.bytes, "<"), tags);
	compare_free(comparison);
}

static void test_any_text(void **state)
{
	struct shape first = {0};

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		cleanup_text struct text text = {0}, md = {0}, csv = {0}, json = {0}, html = {0},
					 latex = {0};
		struct names names;
		struct store_data data;
		make_name(names.campaign, "c");
		make_name(names.target, "t");
		make_name(names.benchmark, "b");
		make_name(names.parameters, "p");
		make_name(names.metric, "m");
		make_name(names.unit, "u");
		make_name(names.reason, "r");
		struct report_model *model = model_of(&names, &data);
		report_format_find("text")->write(model, &text);
		report_format_find("md")->write(model, &md);
		report_format_find("csv")->write(model, &csv);
		report_format_find("json")->write(model, &json);
		report_format_find("html")->write(model, &html);
		report_format_find("latex")->write(model, &latex);
		check_json(&names, json.bytes);
		check_csv(&names, csv.bytes);
		assert_no_control(text.bytes);
		assert_no_control(md.bytes);
		check_references(md.bytes);
		struct shape shape = {count_of(html.bytes, "<"), unescaped(md.bytes, '|'),
			count_of(md.bytes, "\n"), 0, 0};
		check_latex(latex.bytes, &shape);
		if (round == 0)
			first = shape;
		assert_int_equal(shape.tags, first.tags);
		assert_int_equal(shape.bars, first.bars);
		assert_int_equal(shape.lines, first.lines);
		assert_int_equal(shape.cells, first.cells);
		assert_int_equal(shape.rows, first.rows);
		assert_int_equal(count_of(md.bytes, "<"), 0);
		report_model_free(model);
		check_comparison(&names, &data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formulas), cmocka_unit_test(test_any_text)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
