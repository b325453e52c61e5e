/* The reference of options and metrics, as text and as Markdown, from the tables. */
#include "cli/reference.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/units.h"

/* --- pieces ----------------------------------------------------------------------------------- */

/* Text in a cell of a table. */
static void add_cell(struct text *out, const char *text)
{
	text_add(out, " ");
	for (const char *p = text ? text : ""; *p; p++) {
		if (strchr("|\\<>*_[]", *p))
			text_add(out, "\\");
		text_addf(out, "%c", *p);
	}
	text_add(out, " |");
}

static void add_code(struct text *out, const char *text)
{
	if (text && text[0])
		text_addf(out, " `%s` |", text);
	else
		text_add(out, "  |");
}

/* A line of prose, in lines of at most WIDTH bytes. */
static void add_prose(struct text *out, const char *line)
{
	enum { WIDTH = 100 };
	size_t column = 0;

	for (size_t length; *line; line += length + strspn(line + length, " ")) {
		length = strcspn(line, " ");
		bool fits = column && column + 1 + length <= WIDTH;
		text_addf(out, "%s%.*s", fits ? " " : column ? "\n" : "", (int)length, line);
		column = (fits ? column + 1 : 0) + length;
	}
	text_add(out, "\n");
}

static void add_head(struct text *out, const char *const *titles, size_t count)
{
	text_add(out, "\n|");
	for (size_t i = 0; i < count; i++)
		text_addf(out, " %s |", titles[i]);
	text_add(out, "\n|");
	for (size_t i = 0; i < count; i++)
		text_add(out, "---|");
	text_add(out, "\n");
}

/* "1" is how the tables say that a number has no unit. */
static const char *unit_text(const char *unit)
{
	return unit && strcmp(unit, "1") != 0 ? unit : "";
}

/* --- options ---------------------------------------------------------------------------------- */

static void add_bound(const struct option_row *row, double bound, struct text *out)
{
	char text[UNIT_TEXT_BYTES];

	if (row->type == OPTION_SIZE || row->type == OPTION_SIZE_LIST)
		text_add(out, size_format((int64_t)bound, text));
	else if (row->type == OPTION_DURATION)
		text_addf(out, "%.9gs", bound);
	else
		text_addf(out, "%.15g", bound);
}

void reference_add_form(const struct option_row *row, struct text *out)
{
	static const char *const forms[] = {
		[OPTION_BOOL] = "true or false",
		[OPTION_INT] = "whole number",
		[OPTION_REAL] = "number",
		[OPTION_SIZE] = "size",
		[OPTION_DURATION] = "duration",
		[OPTION_STRING] = "text",
		[OPTION_CHOICE] = "one of",
		[OPTION_INT_LIST] = "list of whole numbers",
		[OPTION_SIZE_LIST] = "list of sizes",
	};

	text_add(out, forms[row->type]);
	for (size_t i = 0; row->choices && row->choices[i]; i++)
		text_addf(out, "%s%s", i ? ", " : " ", row->choices[i]);
	if (!(row->minimum < row->maximum))
		return;
	/* Beyond the numbers that a double can count there is no bound to name. */
	bool open = row->maximum >= 0x1p53;
	text_add(out, open ? ", from " : ", ");
	add_bound(row, row->minimum, out);
	if (open)
		return;
	text_add(out, " to ");
	add_bound(row, row->maximum, out);
}

static void add_options(const struct option_row *rows, struct text *out)
{
	static const char *const titles[] = {"option", "expects", "default", "unit", "meaning"};

	if (!rows || !rows[0].name)
		return;
	add_head(out, titles, ARRAY_COUNT(titles));
	for (const struct option_row *row = rows; row->name; row++) {
		cleanup_text struct text form = {0};
		reference_add_form(row, &form);
		text_add(out, "|");
		add_code(out, row->name);
		add_cell(out, form.bytes);
		add_code(out, row->default_text);
		add_cell(out, unit_text(row->unit));
		add_cell(out, row->help);
		text_add(out, "\n");
	}
}

/* --- pages ------------------------------------------------------------------------------------ */

void reference_add_keys(const struct key_section *sections, struct text *out)
{
	static const char *const titles[] = {"key", "expects", "without it", "meaning"};

	for (const struct key_section *section = sections; section->title; section++) {
		text_addf(out, section == sections ? "### Keys of %s\n\n" : "\n### `%s`\n\n",
			section->title);
		add_prose(out, section->about);
		add_head(out, titles, ARRAY_COUNT(titles));
		for (const struct key_row *key = section->keys; key->name; key++) {
			cleanup_free char *form = key_form(key);
			text_add(out, "|");
			add_code(out, key->name);
			add_cell(out, form);
			add_cell(out, key->usual ? key->usual : "(required)");
			add_cell(out, key->help);
			text_add(out, "\n");
		}
	}
}

static void add_metrics(const struct benchmark *benchmark, struct text *out)
{
	static const char *const titles[] = {
		"metric", "unit", "better", "of a run's values", "over", "meaning"};

	add_head(out, titles, ARRAY_COUNT(titles));
	for (const struct metric *m = benchmark->metrics; m->name; m++) {
		text_add(out, "|");
		add_code(out, m->name);
		add_cell(out, unit_text(m->unit));
		add_cell(out, bench_better_text(m->better));
		add_cell(out, bench_statistic_text(m->statistic));
		add_cell(out, m->x_name);
		add_cell(out, m->help);
		text_add(out, "\n");
	}
}

void reference_add_benchmark(const struct benchmark *benchmark, struct text *out)
{
	cleanup_free char *summary = str_printf("%s.", benchmark->summary);
	cleanup_free char *source = str_printf("Source: %s. Topology: %s.", benchmark->source,
		bench_topology_text(benchmark->topology));

	text_addf(out, "### `%s`\n\n", benchmark->name);
	add_prose(out, summary);
	add_prose(out, source);
	add_options(benchmark->options, out);
	add_metrics(benchmark, out);
}

static void add_presets(const struct target *target, struct text *out)
{
	text_add(out, " ");
	for (const struct target_preset *p = target->presets; p->option; p++)
		text_addf(out, "%s`%s: %s`", p == target->presets ? "" : ", ", p->option, p->value);
	text_add(out, " |");
}

static void add_driver(const struct driver *driver,
	bool (*wanted)(const void *context, const char *name), const void *context,
	struct text *out)
{
	static const char *const titles[] = {"target", "what it is", "sets", "environment"};
	bool begun = false;

	for (const struct target *t = targets; t->name; t++) {
		if (strcmp(t->driver, driver->name) != 0 || !wanted(context, t->name))
			continue;
		if (!begun) {
			cleanup_free char *summary = str_printf("The driver: %s.", driver->summary);
			text_addf(out, "%s### Targets of `%s`\n\n", out->count ? "\n" : "",
				driver->name);
			add_prose(out, summary);
			add_head(out, titles, ARRAY_COUNT(titles));
		}
		begun = true;
		text_add(out, "|");
		add_code(out, t->name);
		add_cell(out, t->summary);
		add_presets(t, out);
		add_cell(out, t->environment ? t->environment : "any");
		text_add(out, "\n");
	}
	if (begun)
		add_options(driver->options, out);
}

void reference_add_targets(bool (*wanted)(const void *context, const char *name),
	const void *context, struct text *out)
{
	for (size_t i = 0; drivers[i]; i++)
		add_driver(drivers[i], wanted, context, out);
}
