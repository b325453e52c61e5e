/* tare gate: a comparison that decides by its exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/gate_sources.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "report/plot/figures.h"
#include "report/verdict/junit.h"
#include "report/write/text_table.h"
#include "report/write/words.h"

/* Of a log a line, however long; on a terminal as many as it takes. */
static void print_line(const char *line)
{
	unsigned width = isatty(STDOUT_FILENO) ? terminal_columns(STDOUT_FILENO) : 0;
	cleanup_text struct text lines = {0};

	if (width)
		text_table_add_lines(&lines, line, width);
	printf("%s%s", width ? lines.bytes : line, width ? "" : "\n");
}

/* The compared items that are not green, one line each: what CI logs show. */
static void print_reasons(const struct comparison *comparison)
{
	static const char *const words[] = {
		[GATE_REGRESSION] = "REGRESSION",
		[GATE_INCONCLUSIVE] = "INCONCLUSIVE",
		[GATE_NOT_MEASURED] = "NOT MEASURED",
		[GATE_FAILED] = "FAILED",
		[GATE_EXPECTED] = "EXPECTED",
	};
	size_t count;
	cleanup_free const struct compare_item **items = compare_worst(comparison, &count);

	for (size_t i = 0; i < count; i++) {
		const struct compare_item *item = items[i];
		char decides[256], x[WORDS_BYTES] = "", slowdown[COMPARE_TEXT_BYTES],
				   interval[COMPARE_TEXT_BYTES];
		compare_numbers(item, slowdown, interval);
		compare_decides(item, decides);
		text_one_line(decides);
		if (item->metric)
			words_x(item->metric, item->x, x);
		cleanup_free char *line = str_printf("%s: %s %s %s%s%s%s%s%s%s%s%s%s%s",
			words[item->gate], item->new_target, item->placement, item->benchmark,
			item->parameters[0] ? " " : "", item->parameters, item->metric ? " " : "",
			item->metric ? item->metric->name : "", x[0] ? " @ " : "", x,
			slowdown[0] ? ": " : "", slowdown, decides[0] ? ": " : "", decides);
		print_line(line);
	}
}

/* All of them, also where one fails. */
static int write_files(const struct arguments *arguments, const struct comparison *comparison,
	const struct compare_format *format, struct error *e)
{
	const struct {
		const char *path;
		void (*write)(const struct comparison *comparison, struct text *out);
	} files[] = {
		{flag_value(arguments, 'j'), junit_write},
		{flag_value(arguments, 'm'), compare_write_summary},
		{flag_value(arguments, 'o'), format->write},
	};

	int status = 0;
	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		cleanup_text struct text text = {0};
		if (!files[i].path)
			continue;
		files[i].write(comparison, &text);
		if (sources_write(files[i].path, &text, status == 0 ? e : NULL) < 0)
			status = -1;
	}
	return status;
}

static int print_answer(const struct arguments *arguments, const struct comparison *comparison)
{
	static const struct {
		int code;
		const char *words;
	} answers[] = {
		[0] = {EXIT_OK, "passed: no regression, and everything was measured and decided"},
		[1] = {EXIT_SOME_FAILED, "REGRESSION"},
		[4] = {EXIT_INCONCLUSIVE,
			"inconclusive: no regression was found, but not everything is decided"},
	};
	int status = compare_gate_status(comparison);

	print_reasons(comparison);
	bool changed = comparison->host_changed && !comparison->options.cost;
	cleanup_free char *line = changed ? str_printf("gate inconclusive: the host changed (%s)",
						    comparison->host_changed)
					  : str_printf("gate %s", answers[status].words);
	print_line(line);
	/* Another revision would not help. */
	if (changed)
		return flag_given(arguments, 'r') ? EXIT_BISECT_ABORT : EXIT_INCONCLUSIVE;
	return answers[status].code;
}

/* The answer first: files may fail. */
static int print_and_write(const struct arguments *arguments, const struct comparison *comparison,
	const struct compare_format *format, struct error *e)
{
	cleanup_text struct text text = {0};

	if (!flag_given(arguments, 'q'))
		compare_write_text(comparison, &text);
	if (text.count && sources_write(NULL, &text, e) < 0)
		return EXIT_USAGE;
	int status = print_answer(arguments, comparison);
	const char *figures = flag_value(arguments, 'g');
	size_t drawn;
	if (write_files(arguments, comparison, format, e) < 0 ||
		(figures && compare_figures(comparison, figures, &drawn, e) < 0))
		return EXIT_USAGE;
	return status;
}

static int gate(const struct arguments *arguments, const struct gate_sources *campaigns,
	const struct expectations *expectations, struct error *e)
{
	const struct source *base = &campaigns->base, *newer = &campaigns->newer;
	struct compare_options options = {.all_of_base = true,
		.cost = flag_given(arguments, 'c'),
		.earlier = campaigns->earlier_data,
		.earlier_count = campaigns->earlier_count,
		.remark = campaigns->remark,
		.expectations = expectations};
	struct margins margins = {0};
	struct comparison *comparison = NULL;
	const struct compare_format *format;
	const char *only = flag_value(arguments, 't');
	const struct compare_source sources[2] = {
		{base->data, base->label, base->target ? base->target : only},
		{newer->data, newer->label, newer->target ? newer->target : only}};
	int status = EXIT_USAGE;

	if (flag_given(arguments, 'f') && !flag_given(arguments, 'o'))
		error_set(e, "--format is the format of --output: add --output FILE");
	else if (source_parse_format(arguments, &format, e) == 0 &&
		 source_parse_comparison(arguments, &options, &margins, e) == 0 &&
		 compare_new(&sources[0], &sources[1], &options, &comparison, e) == 0)
		status = print_and_write(arguments, comparison, format, e);
	compare_free(comparison);
	margins_free(&margins);
	return status;
}

static int decide(const struct arguments *arguments, struct error *e)
{
	struct gate_sources campaigns;
	struct expectations *expectations;

	if (source_load_expectations(arguments, &expectations) < 0)
		return EXIT_USAGE;
	int status = EXIT_USAGE, opened = gate_sources_open(arguments, &campaigns, e);
	if (opened == 1)
		status = gate(arguments, &campaigns, expectations, e);
	if (opened == 0) {
		printf("%s\ngate inconclusive: there is nothing to compare with (`tare baseline "
		       "add` keeps a campaign)\n",
			campaigns.remark);
		status = EXIT_INCONCLUSIVE;
	}
	gate_sources_close(&campaigns);
	expectations_free(expectations);
	return status;
}

/* What git bisect run makes of an exit code: 0 is good, 125 skips the revision, any other below 128
 * is bad, and the rest ends the bisection. */
static int exit_for_git(int status)
{
	switch (status) {
	case EXIT_OK:
	case EXIT_SOME_FAILED:
		return status;
	case EXIT_INCONCLUSIVE:
		return EXIT_BISECT_SKIP;
	default:
		return EXIT_BISECT_ABORT;
	}
}

int cmd_gate(const struct arguments *arguments, struct error *e)
{
	int status = decide(arguments, e);

	return flag_given(arguments, 'r') ? exit_for_git(status) : status;
}
