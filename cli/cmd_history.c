/* tare history: many campaigns one after the other. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "cli/sources.h"
#include "report/verdict/history.h"

static const struct {
	const char *name;
	void (*write)(const struct history *history, struct text *out);
} formats[] = {
	{"text", history_write_text},
	{"csv", history_write_csv},
	{"json", history_write_json},
};

static int find_format(const struct arguments *arguments, size_t *format, struct error *e)
{
	const char *name = flag_value(arguments, 'f');

	for (*format = 0; *format < ARRAY_COUNT(formats); (*format)++)
		if (strcmp(formats[*format].name, name ? name : "text") == 0)
			return 0;
	return error_set(e, "there is no format \"%s\"; text, csv or json", name);
}

static int show(const struct arguments *arguments, const struct history_source *sources,
	size_t count, struct error *e)
{
	struct history_options options = {
		.target = flag_value(arguments, 't'),
		.benchmark = flag_value(arguments, 'b'),
		.metric = flag_value(arguments, 'm'),
		.force = flag_given(arguments, 'F'),
	};
	struct history *history = NULL;
	cleanup_text struct text text = {0};
	size_t format, drawn = 0;
	int status = -1;

	if (find_format(arguments, &format, e) == 0 &&
		source_parse_alpha(arguments, &options.alpha, e) == 0 &&
		history_new(sources, count, &options, &history, e) == 0) {
		formats[format].write(history, &text);
		status = sources_write(flag_value(arguments, 'o'), &text, e);
		if (status == 0 && flag_given(arguments, 'g'))
			status = history_figures(history, flag_value(arguments, 'g'), &drawn, e);
	}
	history_free(history);
	return status;
}

int cmd_history(const struct arguments *arguments, struct error *e)
{
	struct source opened[POSITIONALS_MAX] = {0};
	struct history_source sources[POSITIONALS_MAX];
	int status = 0;

	for (size_t i = 0; status == 0 && i < arguments->count; i++) {
		status = source_open(arguments->positionals[i], &opened[i], e);
		sources[i] = (struct history_source){opened[i].data, opened[i].label};
	}
	if (status == 0)
		status = show(arguments, sources, arguments->count, e);
	for (size_t i = 0; i < arguments->count; i++)
		source_close(&opened[i]);
	return status < 0 ? EXIT_USAGE : EXIT_OK;
}
