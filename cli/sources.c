/* See sources.h. */
#include "cli/sources.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/option.h"
#include "base/units.h"
#include "cli/near.h"
#include "cli/terminal.h"

/* A directory's own name may contain a colon: what holds a campaign is one as it is. */
void source_split(const char *name, char **directory, char **target)
{
	const char *colon = store_exists(name) ? NULL : strrchr(name, ':');

	*directory = colon ? str_printf("%.*s", (int)(colon - name), name) : str_dup(name);
	*target = colon ? str_dup(colon + 1) : NULL;
}

int source_open(const char *name, struct source *source, struct error *e)
{
	struct store *store = NULL;
	int status;

	*source = (struct source){0};
	source_split(name, &source->label, &source->target);
	if (store_open_readonly(source->label, &store, e) < 0) {
		near_add_hint(source->label, NEAR_CAMPAIGNS, e);
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
		return error_set(e,
			"--alpha: expected a level above 0 and below 50%%, such as 5%%, not \"%s\"",
			text);
	return 0;
}

int source_parse_delta(
	const struct arguments *arguments, const char *named, double *delta, struct error *e)
{
	struct margins margins;
	int status = margins_parse(flag_value(arguments, 'd'), "--delta", &margins, e);

	if (status == 0 && margins.count > 0)
		status = error_set(
			e, "--delta: one margin for all metrics of %s, such as 1%%", named);
	*delta = margins.delta;
	margins_free(&margins);
	return status;
}

int source_parse_comparison(const struct arguments *arguments, struct compare_options *options,
	struct margins *margins, struct error *e)
{
	options->force = flag_given(arguments, 'F');
	options->details = flag_given(arguments, 'A');
	options->width = terminal_columns(STDOUT_FILENO);
	options->colour = terminal_has_colours(STDOUT_FILENO) && !flag_given(arguments, 'o');
	options->equivalence = flag_given(arguments, 'E');
	if (margins_parse(flag_value(arguments, 'd'), "--delta", margins, e) < 0)
		return -1;
	options->delta = margins->delta;
	options->margins = margins->list;
	options->margin_count = margins->count;
	return source_parse_alpha(arguments, &options->alpha, e);
}

int source_load_expectations(const struct arguments *arguments, struct expectations **expectations)
{
	struct yaml_mistakes mistakes = {0};
	const char *path = flag_value(arguments, 'x');
	char today[EXPECTATION_DATE_BYTES];

	*expectations = path ? expectations_load(path, expectations_today(today), &mistakes) : NULL;
	return common_print_mistakes(&mistakes);
}

int sources_unknown_format(const struct verb *verb, const char *name, struct error *e)
{
	cleanup_argv struct argv names = {0};
	cleanup_text struct text known = {0};

	verb->add_formats(&names);
	cleanup_free char *hint = nearest_hint(name, (const char *const *)names.words, names.count);
	for (size_t i = 0; i < names.count; i++)
		text_addf(&known, "%s%s", i ? ", " : "", names.words[i]);
	return error_set(e, "there is no format \"%s\" (there are %s)%s", name, known.bytes, hint);
}

int source_parse_format(
	const struct arguments *arguments, const struct compare_format **format, struct error *e)
{
	const char *name = flag_value(arguments, 'f');

	for (*format = compare_formats; (*format)->name; (*format)++)
		if (strcmp((*format)->name, name ? name : "text") == 0)
			return 0;
	return sources_unknown_format(arguments->verb, name, e);
}

void sources_add_formats(struct argv *names)
{
	for (const struct compare_format *format = compare_formats; format->name; format++)
		argv_add(names, format->name);
}

int sources_write(const char *path, const struct text *text, struct error *e)
{
	/* What was printed before comes first, also where both lead to the same place. */
	if (path) {
		fflush(stdout);
		return file_write(path, text->bytes ? text->bytes : "", text->count, e);
	}
	if (fwrite(text->bytes, 1, text->count, stdout) != text->count || fflush(stdout))
		return error_errno(e, errno, "cannot write to standard output");
	return 0;
}
