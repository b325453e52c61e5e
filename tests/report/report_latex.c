/* The LaTeX of the made campaign and of names made of everything TeX knows compiles, nothing sticks
 * out of the page, and the text comes out as it went in. Skipped where there is no pdflatex. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/text.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"
#include "report/verdict/compare.h"
#include "report/write/latex.h"
#include "report/model/build.h"
#include "report/write/formats.h"
#include "report/plot/figures.h"
#include "report/write/words.h"
#include "tests/report/make_store.h"
#include "tests/report/read_made.h"

enum { COMPILE_S = 100 };

static bool have(const char *program, const char *option)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};
	bool found;

	argv_add_all(&argv, program, option, NULL);
	found = process_run(&argv, 10, &result, NULL) == 0;
	process_result_free(&result);
	return found;
}

/* Compiles dir/report.tex twice (longtable measures first) and returns the log. */
static char *compile(const char *dir, const struct text *tex)
{
	cleanup_free char *path = str_printf("%s/report.tex", dir);
	cleanup_free char *log = str_printf("%s/report.log", dir);
	cleanup_free char *out = str_printf("-output-directory=%s", dir);
	cleanup_argv struct argv argv = {0};
	struct error e = {""};
	char *bytes = NULL;
	size_t count;

	assert_int_equal(file_write(path, tex->bytes, tex->count, &e), 0);
	argv_add_all(
		&argv, "pdflatex", "-interaction=nonstopmode", "-halt-on-error", out, path, NULL);
	for (int pass = 0; pass < 2; pass++)
		if (process_check(&argv, COMPILE_S, &e) < 0)
			fail_msg("%s", e.text);
	assert_int_equal(file_read(log, 8 << 20, &bytes, &count, &e), 0);
	return bytes;
}

static char *text_of_pdf(const char *dir)
{
	cleanup_free char *pdf = str_printf("%s/report.pdf", dir);
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};
	struct error e = {""};

	argv_add_all(&argv, "pdftotext", "-raw", pdf, "-", NULL);
	if (process_run(&argv, COMPILE_S, &result, &e) < 0)
		fail_msg("%s", e.text);
	char *text = str_dup(result.output);
	process_result_free(&result);
	return text;
}

static void test_campaign(void **state)
{
	char dir[] = "/dev/shm/tare-test-latex-XXXXXX";
	struct report_options options = {0};
	struct report_model *model = NULL;
	struct error e = {""};
	cleanup_text struct text tex = {0};

	(void)state;
	if (!have("pdflatex", "--version")) {
		print_message("pdflatex is missing: apt-get install texlive-latex-recommended "
			      "texlive-science lmodern\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	cleanup_free char *figures = str_printf("%s/figures", dir);
	struct store_data *data = read_made(make_store);
	assert_non_null(data);
	if (report_model_new(data, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	if (have("gnuplot", "--version") && report_figures(model, figures, NULL, &e) < 0)
		fail_msg("%s", e.text);
	report_format_find("latex")->write(model, &tex);
	cleanup_free char *log = compile(dir, &tex);
	assert_null(strstr(log, "Overfull"));
	assert_null(strstr(log, "LaTeX Warning: Reference"));
	if (have("pdftotext", "-v")) {
		cleanup_free char *text = text_of_pdf(dir);
		assert_non_null(strstr(text, "quick & <dirty>"));
		assert_non_null(strstr(text, "read_p99"));
		assert_non_null(strstr(text, "95 % confidence"));
		assert_non_null(strstr(text, "5 blocks (fresh starts)"));
	}
	report_model_free(model);
	store_data_free(data);
	dir_remove(dir, NULL);
}

/* Marks behind a unit and two behind a number have their room, too. */
static void test_marks(void **state)
{
	static const char *const cells[] = {"latency", "27.17 us²", "×39.3 ~²·⁴", "[×31.6, ×48.9]",
		"bandwidth", "104.5 MB/s", "+12.5 %³", "[+9.1, +15.2]", "downtime", "skipped",
		"12,345 ms²·⁴", ""};
	static const struct report_value slowdown;
	char dir[] = "/dev/shm/tare-test-latex-XXXXXX";
	struct sections sections = {0};
	cleanup_text struct text tex = {0};

	(void)state;
	if (!have("pdflatex", "--version"))
		skip();
	assert_non_null(mkdtemp(dir));
	struct table *table = sections_add(&sections, str_dup("Network 1x2"));
	table->kind = TABLE_COMPARISON;
	table->note = str_dup("3 blocks");
	table->footnotes = str_dup("² busy\n³ over a network\n⁴ clock suspect");
	table_add_column(table, "", "headline", 0);
	table_add_column(table, "", "native", COLUMN_RIGHT);
	table_add_column(table, "kvm-virtio", "slowdown", COLUMN_RIGHT);
	table_add_column(table, "kvm-virtio", "95 % interval", COLUMN_OPTIONAL);
	for (size_t i = 0; i < ARRAY_COUNT(cells); i++)
		table_add_cell(table, TONE_PLAIN, cells[i])->value =
			i % 4 == 2 && i < 8 ? &slowdown : NULL;
	latex_begin(&tex, "marks");
	latex_add_comparison(&tex, table, 1);
	text_add(&tex, "\\end{document}\n");
	cleanup_free char *log = compile(dir, &tex);
	assert_null(strstr(log, "Overfull"));
	if (have("pdftotext", "-v")) {
		cleanup_free char *text = text_of_pdf(dir);
		assert_non_null(strstr(text, "12,345 ms"));
	}
	sections_free(&sections);
	dir_remove(dir, NULL);
}

/* The verdicts, between a target and one with a hostile name. */
static void test_comparison(void **state)
{
	char dir[] = "/dev/shm/tare-test-latex-XXXXXX";
	struct compare_options options = {.force = true};
	struct comparison *comparison = NULL;
	struct error e = {""};
	cleanup_text struct text tex = {0};

	(void)state;
	if (!have("pdflatex", "--version"))
		skip();
	assert_non_null(mkdtemp(dir));
	struct store_data *data = read_made(make_store);
	assert_non_null(data);
	cleanup_text struct text target = {0};
	text_add_clean(&target, data->targets[3].name);
	const struct compare_source base = {data, "quick & <dirty>", "native"};
	const struct compare_source newer = {data, "quick_2 50 %", target.bytes};
	if (compare_new(&base, &newer, &options, &comparison, &e) < 0)
		fail_msg("%s", e.text);
	compare_write_latex(comparison, &tex);
	cleanup_free char *log = compile(dir, &tex);
	assert_null(strstr(log, "Overfull"));
	if (have("pdftotext", "-v")) {
		cleanup_free char *text = text_of_pdf(dir);
		assert_non_null(strstr(text, "REGRESSION"));
		assert_non_null(strstr(text, "5 pairs of blocks (fresh starts)"));
		assert_non_null(strstr(text, "= 1 %"));
	}
	compare_free(comparison);
	store_data_free(data);
	dir_remove(dir, NULL);
}

/* Every printable character, then pairs that TeX reads as one. */
static void test_characters(void **state)
{
	static const char pairs[] = "-- --- `` '' ,, << >> !` ?` \\\\ \\[x] \\*";
	char dir[] = "/dev/shm/tare-test-latex-XXXXXX";
	cleanup_text struct text tex = {0}, all = {0};

	(void)state;
	if (!have("pdflatex", "--version") || !have("pdftotext", "-v")) {
		print_message("pdflatex or pdftotext is missing\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	for (char c = 0x21; c < 0x7f; c++)
		text_add_bytes(&all, &c, 1);
	text_add(&tex, "\\documentclass{article}\\usepackage[T1]{fontenc}"
		       "\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}"
		       "\\usepackage{textcomp}\\pagestyle{empty}\\parindent0pt\\begin{document}"
		       "\\raggedright\n");
	for (size_t i = 0; i < all.count; i += 10) {
		cleanup_free char *ten = str_printf("%.10s", all.bytes + i);
		latex_add(&tex, ten);
		text_add(&tex, "\\\\\n");
	}
	latex_add(&tex, pairs);
	text_add(&tex, "\n\\end{document}\n");
	free(compile(dir, &tex));
	cleanup_free char *text = text_of_pdf(dir);
	for (size_t i = 0; i < all.count; i += 10) {
		cleanup_free char *ten = str_printf("%.10s", all.bytes + i);
		if (!strstr(text, ten))
			fail_msg("%s is not in %s", ten, text);
	}
	if (!strstr(text, pairs))
		fail_msg("%s is not in %s", pairs, text);
	dir_remove(dir, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_campaign),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_comparison),
		cmocka_unit_test(test_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
