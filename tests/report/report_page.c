/* The page in a browser: it sorts and filters, complains about nothing, fits a telephone, and is
 * whole without scripts. Skipped where there is no chromium; pictures of it are left in
 * TARE_BINARY_DIR for people to look at. */
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
#include "base/process.h"
#include "report/model/build.h"
#include "report/write/formats.h"
#include "report/plot/figures.h"
#include "tests/report/make_store.h"
#include "tests/report/read_made.h"

enum { BROWSER_S = 100, PAGE_LIMIT_BYTES = 2 << 20 };

/* Presses what a reader presses and writes down what the page shows then, line by line. */
static const char reader[] =
	"<script>window.addEventListener('load',function(){"
	"var said=[],tables=document.querySelectorAll('main table'),table;"
	"[].forEach.call(tables,function(t){if(t.closest('section').querySelector('h2')"
	".textContent==='CPU 1x1, all metrics')table=t;});"
	"function shown(t){return [].filter.call(t.tBodies[0].rows,function(r){"
	"return !r.hidden;});}"
	"function column(i){return shown(table).map(function(r){return "
	"r.cells[i].textContent;}).join(' ');}"
	"var heads=table.tHead.rows[1].cells,at=heads[3],name=heads[2];"
	"said.push('heading '+at.textContent+' '+at.getAttribute('aria-sort'));"
	"at.querySelector('button').click();"
	"said.push(at.getAttribute('aria-sort')+' '+column(3));"
	"at.querySelector('button').click();"
	"said.push(at.getAttribute('aria-sort')+' '+column(3));"
	"said.push('names '+column(2));"
	"at.querySelector('button').click();"
	"said.push(at.getAttribute('aria-sort')+' '+column(3));"
	"var input=document.querySelector('.tools input');"
	"input.value='linpack 100';input.dispatchEvent(new Event('input'));"
	"said.push('filtered '+shown(table).length+' '+document.querySelector('.tools output')"
	".textContent);"
	"input.value='';input.dispatchEvent(new Event('input'));"
	"said.push('unfiltered '+shown(table).length);"
	"var details=table.querySelector('details');details.open=true;"
	"said.push('lanes '+details.querySelectorAll('svg .s:not(.f)').length+' blocks '"
	"+details.querySelectorAll('svg .b title').length);"
	"details.open=false;"
	"said.push('wide '+(document.documentElement.scrollWidth>innerWidth));"
	"said.push('unlabelled '+[].filter.call(document.querySelectorAll('table'),function(t){"
	"return !t.caption||!t.querySelector('th[scope=row]')&&t.tBodies[0].rows.length;})"
	".length);"
	"var "
	"p=document.createElement('pre');p.id='said';p.hidden=true;p.textContent=said.join('\\n');"
	"document.body.appendChild(p);});</script>\n";

static bool have_chromium(void)
{
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, "chromium", "--version", NULL);
	if (process_check(&argv, BROWSER_S, NULL) == 0)
		return true;
	print_message("chromium is missing: apt-get install chromium\n");
	return false;
}

/* What chromium says about the page: its DOM after the scripts and, mixed in, its log. */
static char *browse(const char *page, const char *dir, const char *size, const char *picture)
{
	cleanup_free char *profile = str_printf("--user-data-dir=%s/profile", dir);
	cleanup_free char *window = str_printf("--window-size=%s", size);
	cleanup_free char *url = str_printf("file://%s", page);
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};
	struct error e = {""};

	argv_add_all(&argv, "chromium", "--headless", "--no-sandbox", "--disable-gpu",
		"--hide-scrollbars", "--disable-dev-shm-usage", "--enable-logging=stderr", profile,
		window, NULL);
	if (picture)
		argv_addf(&argv, "--screenshot=%s/%s.png", TARE_BINARY_DIR, picture);
	else
		argv_add(&argv, "--dump-dom");
	argv_add(&argv, url);
	if (process_run(&argv, BROWSER_S, &result, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(result.exit_status, 0);
	char *output = str_dup(result.output);
	process_result_free(&result);
	return output;
}

static void make_page(const char *dir, struct text *page)
{
	cleanup_free char *figures = str_printf("%s/figures", dir);
	struct report_options options = {0};
	struct report_model *model = NULL;
	struct store_data *data = read_made(make_store);
	struct error e = {""};

	assert_non_null(data);
	if (report_model_new(data, &options, &model, &e) < 0)
		fail_msg("%s", e.text);
	/* Without gnuplot the page has no figures, and everything else. */
	report_figures(model, figures, NULL, NULL);
	report_format_find("html")->write(model, page);
	report_model_free(model);
	store_data_free(data);
}

static void test_page(void **state)
{
	static const char *const lines[] = {
		"heading at none",
		"ascending 100 2000",
		"descending 2000 100",
		"names performance performance rate",
		"none  100 2000",
		"filtered 1 ",
		"unfiltered 3",
		"lanes 4 blocks 20",
		"wide false",
		"unlabelled 0",
	};
	static const char *const sizes[] = {"1280,2000", "500,1600"};
	char dir[] = "/tmp/tare-test-page-XXXXXX";
	cleanup_text struct text page = {0};
	struct error e = {""};

	(void)state;
	if (!have_chromium())
		skip();
	assert_non_null(mkdtemp(dir));
	make_page(dir, &page);
	assert_true(page.count < PAGE_LIMIT_BYTES);
	assert_null(strstr(page.bytes, "http"));
	text_add(&page, reader);
	cleanup_free char *path = str_printf("%s/page.html", dir);
	assert_int_equal(file_write(path, page.bytes, page.count, &e), 0);
	for (size_t s = 0; s < ARRAY_COUNT(sizes); s++) {
		cleanup_free char *dom = browse(path, dir, sizes[s], NULL);
		const char *said = strstr(dom, "id=\"said\"");
		assert_null(strstr(dom, "CONSOLE"));
		if (!said)
			fail_msg("the page's scripts did not run through: %.2000s", dom);
		for (size_t i = 0; i < ARRAY_COUNT(lines); i++)
			if (said && !strstr(said, lines[i]))
				fail_msg("\"%s\" is not in %s", lines[i], said);
		free(browse(path, dir, sizes[s], s ? "page-phone" : "page-desktop"));
	}
	dir_remove(dir, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_page)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
