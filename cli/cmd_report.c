#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/units.h"
#include "cli/verbs.h"
#include "report/report.h"

static unsigned terminal_width(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 0;
}

static int write_out(const char *path, const struct text *text, struct error *e)
{
	if (path)
		return file_write(path, text->bytes ? text->bytes : "", text->count, e);
	if (fwrite(text->bytes, 1, text->count, stdout) != text->count || fflush(stdout))
		return error_errno(e, errno, "cannot write the report");
	return 0;
}

static int find_format(
	const char *name, const struct report_format **format, struct error *e)
{
	*format = report_format_find(name);
	if (*format || !strcmp(name, "samples"))
		return 0;
	return error_set(e, "there is no format \"%s\"; text, md, csv, json, html or samples", name);
}

static int write_report(const struct arguments *arguments, const struct store_data *data,
	const struct report_format *format, struct error *e)
{
	const char *figures = flag_value(arguments, 'g'), *level = flag_value(arguments, 'c');
	struct report_model *model = NULL;
	cleanup_text struct text text = {0};
	bool on_terminal = !flag_given(arguments, 'o') && isatty(STDOUT_FILENO);
	struct report_options options = {
		.width = on_terminal ? terminal_width() : 0,
		.colour = on_terminal && !getenv("NO_COLOR"),
	};
	size_t drawn = 0;
	if (level && fraction_parse(level, &options.confidence, e) < 0)
		return error_prefix(e, "--confidence");
	if (report_model_new(data, &options, &model, e) < 0)
		return -1;
	int status = figures ? report_figures(model, figures, &drawn, e) : 0;
	if (status == 0) {
		if (format)
			format->write(model, &text);
		else
			report_write_samples_csv(model, &text);
		status = write_out(flag_value(arguments, 'o'), &text, e);
	}
	if (status == 0 && figures)
		fprintf(stderr, "%zu figures in %s\n", drawn, figures);
	report_model_free(model);
	return status;
}

int cmd_report(const struct arguments *arguments, struct error *e)
{
	const char *name = flag_value(arguments, 'f');
	const struct report_format *format;
	struct store *store;
	struct store_data *data = NULL;
	if (find_format(name ? name : "text", &format, e) < 0 ||
		store_open_readonly(arguments->positionals[0], &store, e) < 0)
		return EXIT_USAGE;
	int status = store_read(store, &data, e);
	if (status == 0)
		status = write_report(arguments, data, format, e);
	store_data_free(data);
	store_close(store);
	return status < 0 ? EXIT_USAGE : EXIT_OK;
}
