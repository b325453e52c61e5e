/* See list_text.h. */
#include "cli/list_text.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "cli/reference.h"
#include "drivers/driver.h"
#include "report/write/text_table.h"

/* --- tables ----------------------------------------------------------------------------------- */

static struct table *new_table(
	struct sections *sections, char *title, const char *const *columns, size_t count)
{
	struct table *table = sections_add(sections, title);

	for (size_t i = 0; i < count; i++)
		table_add_column(table, "", columns[i], i + 1 < count ? COLUMN_WHOLE : 0);
	return table;
}

/* How many texts there are, and the texts. */
#define CELLS(...) \
	ARRAY_COUNT(((const char *const[]){__VA_ARGS__})), ((const char *const[]){__VA_ARGS__})

static void add_row(struct table *table, size_t count, const char *const *cells)
{
	for (size_t i = 0; i < count; i++)
		table_add_cell(table, TONE_PLAIN, cells[i] ? cells[i] : "");
}

static void end_table(struct sections *sections, size_t width, struct text *out)
{
	text_table_add(&sections->tables[0], width, false, out);
	sections_free(sections);
}

static bool is_unit(const char *unit)
{
	return unit && strcmp(unit, "1") != 0;
}

static void add_options(char *title, const struct option_row *rows, size_t width, struct text *out)
{
	static const char *const columns[] = {"option", "default", "meaning: what it expects"};
	struct sections sections = {0};
	struct table *table = new_table(&sections, title, columns, ARRAY_COUNT(columns));

	for (const struct option_row *row = rows; row && row->name; row++) {
		cleanup_text struct text meaning = {0};
		text_add(&meaning, row->help);
		if (is_unit(row->unit))
			text_addf(&meaning, " [%s]", row->unit);
		text_add(&meaning, ": ");
		reference_add_form(row, &meaning);
		add_row(table, CELLS(row->name, row->default_text ? row->default_text : "none",
				       meaning.bytes));
	}
	end_table(&sections, width, out);
}

/* --- names ------------------------------------------------------------------------------------ */

void list_text_add_names(size_t width, struct text *out)
{
	static const char *const columns[] = {"", ""};
	struct sections sections = {0};
	struct table *table =
		new_table(&sections, str_dup("benchmarks:"), columns, ARRAY_COUNT(columns));

	for (size_t i = 0; benchmarks[i]; i++)
		add_row(table, CELLS(benchmarks[i]->name, benchmarks[i]->summary));
	end_table(&sections, width, out);
	table = new_table(&sections, str_dup("targets:"), columns, ARRAY_COUNT(columns));
	for (const struct target *t = targets; t->name; t++)
		add_row(table, CELLS(t->name, t->summary));
	end_table(&sections, width, out);
	text_table_add_lines(out,
		"`tare list benchmarks NAME` and `tare list targets NAME` describe one; "
		"`tare list campaign` and `tare list site` show the keys of these files.",
		width);
}

/* --- targets ---------------------------------------------------------------------------------- */

static char *presets_text(const struct target *target)
{
	struct text text = {0};

	for (const struct target_preset *p = target->presets; p->option; p++)
		text_addf(&text, "%s%s=%s", p == target->presets ? "" : ", ", p->option, p->value);
	return text_take(&text);
}

/* "image, xen host" */
static char *needs_text(const struct target *target)
{
	unsigned caps = driver_find(target->driver)->caps;
	struct text text = {0};

	text_add(&text, caps & CAP_NEEDS_IMAGE ? "image" : "");
	if (target->environment)
		text_addf(&text, "%s%s host", text.count ? ", " : "", target->environment);
	return text_take(&text);
}

static bool is_used(const struct list_filter *filter, const struct driver *driver)
{
	bool used = false;

	for (const struct target *t = targets; t->name && !used; t++)
		used = strcmp(t->driver, driver->name) == 0 &&
		       filter->wanted(filter->context, t->name);
	return used;
}

/* The options of the d-th driver, and of those after it that have the same; none where an earlier
 * driver had them. */
static void add_driver(const struct list_filter *filter, size_t d, size_t width, struct text *out)
{
	const struct option_row *options = drivers[d]->options;
	cleanup_text struct text title = {0};

	for (size_t i = 0; i < d; i++)
		if (drivers[i]->options == options && is_used(filter, drivers[i]))
			return;
	if (!options || !options[0].name || !is_used(filter, drivers[d]))
		return;
	for (size_t i = d; drivers[i]; i++)
		if (drivers[i]->options == options && is_used(filter, drivers[i]))
			text_addf(&title, "%sdriver %s: %s", i == d ? "" : "; ", drivers[i]->name,
				drivers[i]->summary);
	text_table_add_lines(out, title.bytes, width);
	add_options(str_dup(""), options, width, out);
}

void list_text_add_targets(
	const struct list_filter *filter, bool named, size_t width, struct text *out)
{
	static const char *const columns[] = {"target", "driver", "sets", "needs"};
	struct sections sections = {0};
	struct table *table = new_table(&sections, str_dup(""), columns, ARRAY_COUNT(columns));

	for (const struct target *t = targets; t->name; t++) {
		cleanup_free char *sets = presets_text(t), *needs = needs_text(t);
		if (!filter->wanted(filter->context, t->name))
			continue;
		add_row(table, CELLS(t->name, t->driver, sets, needs));
		if (named)
			text_addf(out, "%s: %s\n", t->name, t->summary);
	}
	text_add(out, named ? "\n" : "");
	end_table(&sections, width, out);
	for (size_t d = 0; drivers[d]; d++)
		add_driver(filter, d, width, out);
}

/* --- benchmarks ------------------------------------------------------------------------------- */

/* "bytes over the whole run time, over block size" */
static void add_metric(struct table *table, const struct metric *m)
{
	cleanup_text struct text meaning = {0};

	text_add(&meaning, m->help ? m->help : "");
	if (m->x_name)
		text_addf(&meaning, "%sover %s", meaning.count ? "; " : "", m->x_name);
	add_row(table,
		CELLS(m->name, is_unit(m->unit) ? m->unit : "", bench_better_text(m->better),
			bench_statistic_text(m->statistic), meaning.count ? meaning.bytes : ""));
}

static void add_metrics(const struct benchmark *b, const char *title, enum metric_kind kind,
	size_t width, struct text *out)
{
	static const char *const columns[] = {"metric", "unit", "better", "of a run", "meaning"};
	struct sections sections = {0};
	struct table *table = new_table(&sections, str_dup(title), columns, ARRAY_COUNT(columns));

	for (const struct metric *m = b->metrics; m->name; m++)
		if (m->kind == kind)
			add_metric(table, m);
	if (table->cell_count)
		end_table(&sections, width, out);
	else
		sections_free(&sections);
}

static size_t count_metrics(const struct benchmark *b, enum metric_kind kind)
{
	size_t count = 0;

	for (const struct metric *m = b->metrics; m->name; m++)
		count += m->kind == kind;
	return count;
}

void list_text_add_benchmark(const struct benchmark *b, bool all, size_t width, struct text *out)
{
	cleanup_free char *title = str_printf("%s: %s", b->name, b->summary);
	cleanup_free char *source = str_printf("source: %s", b->source);

	text_table_add_lines(out, title, width);
	text_table_add_lines(out, source, width);
	text_addf(out, "topology: %s\n\n", bench_topology_text(b->topology));
	if (b->options && b->options[0].name)
		add_options(str_dup("options"), b->options, width, out);
	add_metrics(b, "headlines", METRIC_HEADLINE, width, out);
	if (all) {
		add_metrics(b, "details", METRIC_DETAIL, width, out);
		add_metrics(b, "validity (settings, sizes, errors)", METRIC_VALIDITY, width, out);
		return;
	}
	size_t details = count_metrics(b, METRIC_DETAIL),
	       validity = count_metrics(b, METRIC_VALIDITY);
	if (details + validity)
		text_addf(out, "%zu other metrics: --all\n\n", details + validity);
}

void list_text_add_metrics(const struct list_filter *filter, size_t width, struct text *out)
{
	static const char *const columns[] = {"benchmark", "metric", "unit", "better", "meaning"};
	struct sections sections = {0};
	struct table *table = new_table(&sections, str_dup(""), columns, ARRAY_COUNT(columns));

	for (size_t i = 0; benchmarks[i]; i++)
		for (const struct metric *m = benchmarks[i]->metrics; m->name; m++)
			if (filter->wanted(filter->context, m->name) ||
				filter->wanted(filter->context, benchmarks[i]->name))
				add_row(table, CELLS(benchmarks[i]->name, m->name,
						       is_unit(m->unit) ? m->unit : "",
						       bench_better_text(m->better), m->help));
	end_table(&sections, width, out);
}

/* --- keys ------------------------------------------------------------------------------------- */

void list_text_add_keys(const struct key_section *sections, size_t width, struct text *out)
{
	static const char *const columns[] = {"key", "without it", "meaning: what it expects"};

	for (const struct key_section *section = sections; section->title; section++) {
		struct sections tables = {0};
		struct table *table =
			new_table(&tables, str_printf("%s: %s", section->title, section->about),
				columns, ARRAY_COUNT(columns));
		table->columns[1].whole = false;
		for (const struct key_row *key = section->keys; key->name; key++) {
			cleanup_free char *form = key_form(key);
			cleanup_free char *meaning = str_printf("%s: %s", key->help, form);
			add_row(table,
				CELLS(key->name, key->usual ? key->usual : "(required)", meaning));
		}
		end_table(&tables, width, out);
	}
}
