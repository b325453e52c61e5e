/* tare history: many campaigns one after the other. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"
#include "cli/history_gate.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "report/plot/figures.h"
#include "report/verdict/history.h"

static const struct {
	const char *name;
	void (*write)(const struct history *history, struct text *out);
	bool has_decision; /* of --gate */
} formats[] = {
	{"text", history_write_text, false},
	{"csv", history_write_csv, false},
	{"json", history_write_json, true},
};

void cmd_history_add_formats(struct argv *names)
{
	for (size_t i = 0; i < ARRAY_COUNT(formats); i++)
		argv_add(names, formats[i].name);
}

static int find_format(const struct arguments *arguments, size_t *format, struct error *e)
{
	const char *name = flag_value(arguments, 'f');

	for (*format = 0; *format < ARRAY_COUNT(formats); (*format)++)
		if (strcmp(formats[*format].name, name ? name : "text") == 0)
			return 0;
	return sources_unknown_format(arguments->verb, name, e);
}

/* --- filters ---------------------------------------------------------------------------------- */

static size_t target_count(const struct store_data *data)
{
	return data->target_count;
}

static const char *target_name(const struct store_data *data, size_t index)
{
	return data->targets[index].name;
}

static size_t metric_count(const struct store_data *data)
{
	return data->metric_count;
}

static const char *metric_name(const struct store_data *data, size_t index)
{
	return data->metrics[index].name;
}

static const char *benchmark_name(const struct store_data *data, size_t index)
{
	return data->metrics[index].benchmark;
}

static const struct filter {
	char flag;
	const char *what;
	size_t (*count)(const struct store_data *data);
	const char *(*name)(const struct store_data *data, size_t index);
} filters[] = {
	{'t', "target", target_count, target_name},
	{'b', "benchmark", metric_count, benchmark_name},
	{'m', "metric", metric_count, metric_name},
};

/* That some campaign has what the filter asks for. */
static int check_filter(const struct filter *filter, const char *wanted,
	const struct history_source *sources, size_t count, struct error *e)
{
	cleanup_free const char **names = NULL;
	size_t name_count = 0, capacity = 0;

	for (size_t s = 0; s < count; s++)
		for (size_t i = 0; i < filter->count(sources[s].data); i++) {
			const char *name = filter->name(sources[s].data, i);
			if (strcmp(name, wanted) == 0)
				return 0;
			array_reserve(&names, &capacity, name_count + 1);
			names[name_count++] = name;
		}
	cleanup_free char *hint = nearest_hint(wanted, names, name_count);
	return error_set(e, "the campaigns have no %s \"%s\"%s", filter->what, wanted, hint);
}

static int check_filters(const struct arguments *arguments, const struct history_source *sources,
	size_t count, struct error *e)
{
	for (size_t i = 0; i < ARRAY_COUNT(filters); i++) {
		const char *wanted = flag_value(arguments, filters[i].flag);
		if (wanted && check_filter(&filters[i], wanted, sources, count, e) < 0)
			return -1;
	}
	return 0;
}

/* --- the verb --------------------------------------------------------------------------------- */

/* Flags that are only for others. */
static int check_flags(const struct arguments *arguments, struct error *e)
{
	if (flag_given(arguments, 'O') && !flag_given(arguments, 'B'))
		return error_set(e, "--ab-out is for --ab FILE");
	if (flag_given(arguments, 'G'))
		return 0;
	if (flag_given(arguments, 'B') || flag_given(arguments, 'd') || flag_given(arguments, 'x'))
		return error_set(e, "--ab, --delta and --expect are for --gate");
	if (flag_given(arguments, 'j') || flag_given(arguments, 'M'))
		return error_set(e, "--junit and --summary are for --gate");
	return 0;
}

static int write_history(const struct arguments *arguments, const struct history *history,
	size_t format, struct error *e)
{
	cleanup_text struct text text = {0};

	formats[format].write(history, &text);
	return sources_write(flag_value(arguments, 'o'), &text, e);
}

/* Returns the exit code, or -1. The format with a decision in it is written when there is one. */
static int write_and_decide(const struct arguments *arguments, const struct history *history,
	size_t format, const struct expectations *expectations, struct error *e)
{
	bool gate = flag_given(arguments, 'G'), decision = gate && formats[format].has_decision;
	/* What other programs read stays by itself. */
	bool alone = format > 0 && !flag_given(arguments, 'o');
	size_t drawn;

	if (!decision && write_history(arguments, history, format, e) < 0)
		return -1;
	if (flag_given(arguments, 'g') &&
		history_figures(history, flag_value(arguments, 'g'), &drawn, e) < 0)
		return -1;
	return gate ? history_gate(arguments, history, expectations, alone ? stderr : stdout,
			      decision, e)
		    : EXIT_OK;
}

/* Returns the exit code, or -1. */
static int show(const struct arguments *arguments, const struct history_source *sources,
	size_t count, const struct expectations *expectations, struct error *e)
{
	struct history_options options = {
		.target = flag_value(arguments, 't'),
		.benchmark = flag_value(arguments, 'b'),
		.metric = flag_value(arguments, 'm'),
		.details = flag_given(arguments, 'A'),
		.force = flag_given(arguments, 'F'),
		.width = terminal_columns(STDOUT_FILENO),
		.colour = terminal_has_colours(STDOUT_FILENO) && !flag_given(arguments, 'o'),
	};
	struct history *history = NULL;
	size_t format = 0;
	int status = -1;

	if (check_flags(arguments, e) == 0 && find_format(arguments, &format, e) == 0 &&
		check_filters(arguments, sources, count, e) == 0 &&
		source_parse_alpha(arguments, &options.alpha, e) == 0 &&
		history_new(sources, count, &options, &history, e) == 0)
		status = write_and_decide(arguments, history, format, expectations, e);
	history_free(history);
	return status;
}

int cmd_history(const struct arguments *arguments, struct error *e)
{
	struct source opened[POSITIONALS_MAX] = {0};
	struct history_source sources[POSITIONALS_MAX];
	struct expectations *expectations;
	int status = 0;

	if (source_load_expectations(arguments, &expectations) < 0)
		return EXIT_USAGE;
	for (size_t i = 0; status == 0 && i < arguments->count; i++) {
		status = source_open(arguments->positionals[i], &opened[i], e);
		sources[i] = (struct history_source){opened[i].data, opened[i].label};
	}
	if (status == 0)
		status = show(arguments, sources, arguments->count, expectations, e);
	for (size_t i = 0; i < arguments->count; i++)
		source_close(&opened[i]);
	expectations_free(expectations);
	return status < 0 ? EXIT_USAGE : status;
}
