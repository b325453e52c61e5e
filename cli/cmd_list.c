/* tare list: what campaigns and sites can be made of, from the tables of options alone. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/reference.h"
#include "cli/sources.h"
#include "cli/verbs.h"

static bool wanted(const struct arguments *arguments, const char *name)
{
	for (size_t i = 1; i < arguments->count; i++)
		if (strcmp(arguments->positionals[i], name) == 0)
			return true;
	return arguments->count <= 1;
}

static bool wanted_target(const void *context, const char *name)
{
	return wanted(context, name);
}

/* --- as text ---------------------------------------------------------------------------------- */

static void add_options(const struct option_row *rows, struct text *out)
{
	if (!rows || !rows[0].name)
		return;
	text_add(out, "  options:\n");
	for (const struct option_row *row = rows; row->name; row++) {
		text_addf(out, "    %-18s %s", row->name, row->help);
		if (row->unit && strcmp(row->unit, "1") != 0)
			text_addf(out, " [%s]", row->unit);
		text_add(out, ": ");
		reference_add_form(row, out);
		text_addf(out, " (default %s)\n", row->default_text ? row->default_text : "none");
	}
}

static void list_benchmarks(const struct arguments *arguments, struct text *out)
{
	for (size_t i = 0; benchmarks[i]; i++) {
		const struct benchmark *b = benchmarks[i];
		if (!wanted(arguments, b->name))
			continue;
		text_addf(out, "%s: %s\n  source: %s\n  topology: %s\n", b->name, b->summary,
			b->source, bench_topology_text(b->topology));
		add_options(b->options, out);
		text_add(out, "  metrics (name, unit, better, statistic):\n");
		for (const struct metric *m = b->metrics; m->name; m++)
			text_addf(out, "    %-28s %-10s %-7s %-7s%s%s  %s\n", m->name, m->unit,
				bench_better_text(m->better), bench_statistic_text(m->statistic),
				m->x_name ? " over " : "", m->x_name ? m->x_name : "",
				m->help ? m->help : "");
		text_add(out, "\n");
	}
}

static void list_targets(const struct arguments *arguments, struct text *out)
{
	for (const struct target *t = targets; t->name; t++) {
		const struct driver *driver = driver_find(t->driver);
		if (!wanted(arguments, t->name))
			continue;
		text_addf(out, "%s: %s\n  driver: %s (%s)", t->name, t->summary, driver->name,
			driver->summary);
		for (const struct target_preset *p = t->presets; p->option; p++)
			text_addf(out, "%s%s=%s", p == t->presets ? "\n  sets: " : ", ", p->option,
				p->value);
		if (t->environment)
			text_addf(out, "\n  environment of its hosts: %s", t->environment);
		text_add(out, "\n");
		add_options(driver->options, out);
		text_add(out, "\n");
	}
}

static void list_metrics(const struct arguments *arguments, struct text *out)
{
	for (size_t i = 0; benchmarks[i]; i++)
		for (const struct metric *m = benchmarks[i]->metrics; m->name; m++)
			if (wanted(arguments, m->name) || wanted(arguments, benchmarks[i]->name))
				text_addf(out, "%-14s %-28s %-10s %-7s %s\n", benchmarks[i]->name,
					m->name, m->unit, bench_better_text(m->better),
					m->help ? m->help : "");
}

static void list_keys(const struct key_section *sections, struct text *out)
{
	for (const struct key_section *section = sections; section->title; section++) {
		text_addf(out, "%s: %s\n", section->title, section->about);
		for (const struct key_row *key = section->keys; key->name; key++) {
			cleanup_free char *form = key_form(key);
			text_addf(out, "    %-18s %s: %s (%s%s)\n", key->name, key->help, form,
				key->usual ? "default " : "required", key->usual ? key->usual : "");
		}
		text_add(out, "\n");
	}
}

static void list_campaign(const struct arguments *arguments, struct text *out)
{
	(void)arguments;
	list_keys(campaign_sections, out);
}

static void list_site(const struct arguments *arguments, struct text *out)
{
	(void)arguments;
	list_keys(site_sections, out);
}

/* --- as Markdown ------------------------------------------------------------------------------ */

static void page_campaign(const struct arguments *arguments, struct text *out)
{
	(void)arguments;
	reference_add_keys(campaign_sections, out);
}

static void page_site(const struct arguments *arguments, struct text *out)
{
	(void)arguments;
	reference_add_keys(site_sections, out);
}

static void page_targets(const struct arguments *arguments, struct text *out)
{
	reference_add_targets(wanted_target, arguments, out);
}

static void page_benchmarks(const struct arguments *arguments, struct text *out)
{
	for (size_t i = 0; benchmarks[i]; i++) {
		if (!wanted(arguments, benchmarks[i]->name))
			continue;
		text_add(out, out->count ? "\n" : "");
		reference_add_benchmark(benchmarks[i], out);
	}
}

/* --- the verb --------------------------------------------------------------------------------- */

struct names {
	const char **list;
	size_t count, capacity;
};

static void add_name(struct names *names, const char *name)
{
	array_reserve(&names->list, &names->capacity, names->count + 1);
	names->list[names->count++] = name;
}

static void add_targets(struct names *names)
{
	for (const struct target *t = targets; t->name; t++)
		add_name(names, t->name);
}

static void add_benchmarks(struct names *names)
{
	for (size_t i = 0; benchmarks[i]; i++)
		add_name(names, benchmarks[i]->name);
}

/* Metrics are listed by their own names and by those of their benchmarks. */
static void add_metrics(struct names *names)
{
	add_benchmarks(names);
	for (size_t i = 0; benchmarks[i]; i++)
		for (const struct metric *m = benchmarks[i]->metrics; m->name; m++)
			add_name(names, m->name);
}

static const struct listing {
	const char *name;
	void (*text)(const struct arguments *arguments, struct text *out);
	void (*markdown)(const struct arguments *arguments, struct text *out); /* NULL: none */
	void (*add_names)(struct names *names); /* NULL: has no names to choose from */
} listings[] = {
	{"benchmarks", list_benchmarks, page_benchmarks, add_benchmarks},
	{"targets", list_targets, page_targets, add_targets},
	{"metrics", list_metrics, NULL, add_metrics},
	{"campaign", list_campaign, page_campaign, NULL},
	{"site", list_site, page_site, NULL},
};

static void list_names(struct text *out)
{
	text_add(out, "benchmarks:\n");
	for (size_t i = 0; benchmarks[i]; i++)
		text_addf(out, "  %-16s %s\n", benchmarks[i]->name, benchmarks[i]->summary);
	text_add(out, "targets:\n");
	for (const struct target *t = targets; t->name; t++)
		text_addf(out, "  %-16s %s\n", t->name, t->summary);
	text_add(out, "`tare list benchmarks NAME` and `tare list targets NAME` describe one; "
		      "`tare list campaign` and `tare list site` show the keys of these files.\n");
}

/* Whether the listing has every name that was asked for. */
static int check_names(
	const struct arguments *arguments, const struct listing *listing, struct error *e)
{
	struct names names = {0};
	int status = 0;

	if (listing->add_names)
		listing->add_names(&names);
	for (size_t j = 1; status == 0 && j < arguments->count; j++) {
		const char *name = arguments->positionals[j];
		bool known = false;
		for (size_t i = 0; !known && i < names.count; i++)
			known = strcmp(names.list[i], name) == 0;
		if (known)
			continue;
		cleanup_free char *hint = nearest_hint(name, names.list, names.count);
		status = error_set(
			e, "there is no \"%s\" among the %s%s", name, listing->name, hint);
	}
	free(names.list);
	return status;
}

static int find_listing(const char *name, const struct listing **out, struct error *e)
{
	const char *names[ARRAY_COUNT(listings)];

	for (size_t i = 0; i < ARRAY_COUNT(listings); i++) {
		names[i] = listings[i].name;
		if (strcmp(names[i], name) == 0) {
			*out = &listings[i];
			return 0;
		}
	}
	cleanup_free char *hint = nearest_hint(name, names, ARRAY_COUNT(listings));
	return error_set(e, "cannot list \"%s\"%s", name,
		hint[0] ? hint : "; expected benchmarks, targets, metrics, campaign or site");
}

static int list(const struct arguments *arguments, struct text *out, struct error *e)
{
	static const char *const formats[] = {"text", "md"};
	const char *format = flag_value(arguments, 'f');
	bool markdown = format && strcmp(format, "md") == 0;
	const struct listing *listing = NULL;
	if (format && !markdown && strcmp(format, "text") != 0)
		return sources_unknown_format(format, formats, ARRAY_COUNT(formats), e);
	if (arguments->count == 0 && !markdown) {
		list_names(out);
		return 0;
	}
	if (arguments->count == 0)
		return error_set(e,
			"--format md: what to list is missing: benchmarks, targets, campaign or "
			"site");
	if (find_listing(arguments->positionals[0], &listing, e) < 0 ||
		check_names(arguments, listing, e) < 0)
		return -1;
	if (markdown && !listing->markdown)
		return error_set(e, "there is no format \"md\" for %s", listing->name);
	(markdown ? listing->markdown : listing->text)(arguments, out);
	return 0;
}

int cmd_list(const struct arguments *arguments, struct error *e)
{
	cleanup_text struct text out = {0};
	if (list(arguments, &out, e) < 0 || sources_write(NULL, &out, e) < 0)
		return EXIT_USAGE;
	return EXIT_OK;
}
