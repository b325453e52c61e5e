/* tare compare: two campaigns, or two targets of one. */
#include "base/cleanup.h"
#include "cli/sources.h"

static int compare(const struct arguments *arguments, const struct source *base,
	const struct source *newer, const struct compare_format *format, struct error *e)
{
	struct compare_options options = {0};
	struct margins margins = {0};
	struct comparison *comparison = NULL;
	cleanup_text struct text text = {0};
	const struct compare_source sources[2] = {{base->data, base->label, base->target},
		{newer->data, newer->label, newer->target}};
	int status = source_parse_comparison(arguments, &options, &margins, e);

	if (status == 0)
		status = compare_new(&sources[0], &sources[1], &options, &comparison, e);
	if (status == 0) {
		format->write(comparison, &text);
		status = sources_write(flag_value(arguments, 'o'), &text, e);
	}
	compare_free(comparison);
	margins_free(&margins);
	return status;
}

int cmd_compare(const struct arguments *arguments, struct error *e)
{
	struct source base = {0}, newer = {0};
	const struct compare_format *format;
	int status = -1;

	if (source_parse_format(arguments, &format, e) == 0 &&
		source_open(arguments->positionals[0], &base, e) == 0 &&
		source_open(arguments->positionals[1], &newer, e) == 0)
		status = compare(arguments, &base, &newer, format, e);
	source_close(&base);
	source_close(&newer);
	return status < 0 ? EXIT_USAGE : EXIT_OK;
}
