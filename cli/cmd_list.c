/* tare list: what campaigns and sites can be made of, from the tables of options alone. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "cli/list_text.h"
#include "cli/reference.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "drivers/template.h"

static bool wanted(const struct arguments *arguments, const char *name)
{
	for (size_t i = 1; i < arguments->count; i++)
		if (strcmp(arguments->positionals[i], name) == 0)
			return true;
	return arguments->count <= 1;
}

static bool wanted_name(const void *context, const char *name)
{
	return wanted(context, name);
}

/* --- as text ---------------------------------------------------------------------------------- */

static void list_benchmarks(const struct arguments *arguments, struct text *out)
{
	for (size_t i = 0; benchmarks[i]; i++)
		if (wanted(arguments, benchmarks[i]->name))
			list_text_add_benchmark(benchmarks[i], flag_given(arguments, 'A'),
				terminal_columns(STDOUT_FILENO), out);
}

static void list_targets(const struct arguments *arguments, struct text *out)
{
	list_text_add_targets(&(struct list_filter){wanted_name, arguments}, arguments->count > 1,
		terminal_columns(STDOUT_FILENO), out);
}

static void list_metrics(const struct arguments *arguments, struct text *out)
{
	list_text_add_metrics(&(struct list_filter){wanted_name, arguments},
		terminal_columns(STDOUT_FILENO), out);
}

static void list_campaign(const struct arguments *arguments, struct text *out)
{
	(void)arguments;
	list_text_add_keys(campaign_sections, terminal_columns(STDOUT_FILENO), out);
}

static void list_site(const struct arguments *arguments, struct text *out)
{
	(void)arguments;
	list_text_add_keys(site_sections, terminal_columns(STDOUT_FILENO), out);
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
	reference_add_targets(wanted_name, arguments, out);
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
	{"campaign", list_campaign, page_campaign, NULL}, {"site", list_site, page_site, NULL},
	{"domain", NULL, NULL, NULL}, /* list_domain: it can fail */
};

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

/* The listing that has an entry of that name, or NULL. */
static const char *listing_of(const char *name)
{
	const char *found = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(listings) && !found; i++) {
		struct names names = {0};
		if (listings[i].add_names)
			listings[i].add_names(&names);
		for (size_t k = 0; k < names.count && !found; k++)
			if (strcmp(names.list[k], name) == 0)
				found = listings[i].name;
		free(names.list);
	}
	return found;
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
	const char *kind = listing_of(name);
	if (kind)
		return error_set(
			e, "cannot list \"%s\"; did you mean \"%s %s\"?", name, kind, name);
	return error_set(e, "cannot list \"%s\"%s", name,
		hint[0] ? hint
			: "; expected benchmarks, targets, metrics, campaign, site or domain");
}

/* --- a domain of the user's ------------------------------------------------------------------- */

static void add_domain_part(void *context, const char *part, const char *value, const char *becomes)
{
	text_addf(context, "  %-18s %-14s %s\n", part, value, becomes);
}

static int list_domain(const struct arguments *arguments, struct text *out, struct error *e)
{
	const char *name = arguments->count == 2 ? arguments->positionals[1] : NULL;

	if (!name)
		return error_set(e, "list domain: expected a domain's name, or the full path of a "
				    "file that virsh dumpxml has written");
	cleanup_free char *xml = template_read("qemu:///system", name, e);
	if (!xml)
		return -1;
	text_addf(out, "%s: what a target with `domain: %s` takes over\n", name, name);
	return template_list(xml, add_domain_part, out, e);
}

static const char plain_format[] = "text", markdown_format[] = "md";

void cmd_list_add_formats(struct argv *names)
{
	argv_add(names, plain_format);
	argv_add(names, markdown_format);
}

static int list(const struct arguments *arguments, struct text *out, struct error *e)
{
	const char *format = flag_value(arguments, 'f');
	bool markdown = format && strcmp(format, markdown_format) == 0;
	const struct listing *listing = NULL;

	if (format && !markdown && strcmp(format, plain_format) != 0)
		return sources_unknown_format(arguments->verb, format, e);
	if (arguments->count == 0 && !markdown) {
		list_text_add_names(terminal_columns(STDOUT_FILENO), out);
		return 0;
	}
	if (arguments->count == 0)
		return error_set(e,
			"--format md: what to list is missing: benchmarks, targets, campaign or "
			"site");
	if (!markdown && strcmp(arguments->positionals[0], "domain") == 0)
		return list_domain(arguments, out, e);
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
