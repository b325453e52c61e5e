/* See sources.h. */
#include "cli/sources.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/units.h"

/* A directory's own name may contain a colon: what holds a campaign is one as it is. */
static void split(const char *name, struct source *source)
{
	const char *colon = strrchr(name, ':');

	if (!colon || store_exists(name)) {
		source->label = str_dup(name);
		return;
	}
	source->label = str_printf("%.*s", (int)(colon - name), name);
	source->target = str_dup(colon + 1);
}

int source_open(const char *name, struct source *source, struct error *e)
{
	struct store *store = NULL;
	int status;

	*source = (struct source){0};
	split(name, source);
	if (store_open_readonly(source->label, &store, e) < 0) {
		source_close(source);
		return -1;
	}
	status = store_read(store, &source->data, e);
	store_close(store);
	if (status < 0)
		source_close(source);
	return status;
}

void source_close(struct source *source)
{
	free(source->label);
	free(source->target);
	store_data_free(source->data);
	*source = (struct source){0};
}

int source_parse_alpha(const struct arguments *arguments, double *alpha, struct error *e)
{
	const char *text = flag_value(arguments, 'a');

	if (!text)
		return 0;
	if (fraction_parse(text, alpha, e) < 0)
		return error_prefix(e, "--alpha");
	if (!(*alpha > 0 && *alpha < 0.5))
		return error_set(
			e, "--alpha: expected a number between 0 and 0.5, not \"%s\"", text);
	return 0;
}

/* One part of --delta: "1%", or NAME=MARGIN. */
static int parse_delta(
	char *part, struct compare_options *options, struct margins *margins, struct error *e)
{
	char *equals = strrchr(part, '=');
	double value;

	if (equals)
		*equals = '\0';
	if (fraction_parse(equals ? equals + 1 : part, &value, e) < 0)
		return error_prefix(e, "--delta");
	if (!(value > 0 && isfinite(value)))
		return error_set(e, "--delta: the margin must be above 0, such as 1%%");
	if (!equals) {
		options->delta = value;
		return 0;
	}
	array_reserve(&margins->list, &margins->capacity, margins->count + 1);
	margins->list[margins->count++] = (struct compare_margin){part, value};
	return 0;
}

int source_parse_comparison(const struct arguments *arguments, struct compare_options *options,
	struct margins *margins, struct error *e)
{
	const char *text = flag_value(arguments, 'd');

	*margins = (struct margins){.text = str_dup(text)};
	options->force = flag_given(arguments, 'F');
	for (char *rest = margins->text, *part; (part = strsep(&rest, ","));)
		if (parse_delta(part, options, margins, e) < 0)
			return -1;
	options->margins = margins->list;
	options->margin_count = margins->count;
	return source_parse_alpha(arguments, &options->alpha, e);
}

void source_margins_free(struct margins *margins)
{
	free(margins->list);
	free(margins->text);
	*margins = (struct margins){0};
}

int source_parse_format(
	const struct arguments *arguments, const struct compare_format **format, struct error *e)
{
	const char *name = flag_value(arguments, 'f');
	cleanup_text struct text known = {0};

	for (*format = compare_formats; (*format)->name; (*format)++) {
		if (strcmp((*format)->name, name ? name : "text") == 0)
			return 0;
		text_addf(&known, "%s%s", known.count ? ", " : "", (*format)->name);
	}
	return error_set(e, "there is no format \"%s\"; one of %s", name, known.bytes);
}

int sources_write(const char *path, const struct text *text, struct error *e)
{
	if (path)
		return file_write(path, text->bytes ? text->bytes : "", text->count, e);
	if (fwrite(text->bytes, 1, text->count, stdout) != text->count || fflush(stdout))
		return error_errno(e, errno, "cannot write to standard output");
	return 0;
}
