#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "bench/bench.h"
#include "cli/verbs.h"
#include "drivers/driver.h"

static bool wanted(const struct arguments *arguments, const char *name)
{
	for (size_t i = 1; i < arguments->count; i++)
		if (!strcmp(arguments->positionals[i], name))
			return true;
	return arguments->count <= 1;
}

static void print_options(const struct option_row *rows)
{
	for (const struct option_row *row = rows; row && row->name; row++) {
		printf("    %-18s %s", row->name, row->help);
		if (row->unit && strcmp(row->unit, "1"))
			printf(" [%s]", row->unit);
		for (size_t i = 0; row->choices && row->choices[i]; i++)
			printf("%s%s", i ? ", " : ": ", row->choices[i]);
		printf(" (default %s)\n", row->default_text ? row->default_text : "none");
	}
}

static void print_metrics(const struct benchmark *b)
{
	for (const struct metric *m = b->metrics; m->name; m++) {
		printf("    %-28s %-10s %-7s %-7s", m->name, m->unit, better_text(m->better),
			statistic_text(m->statistic));
		if (m->x_name)
			printf(" over %s", m->x_name);
		printf("  %s\n", m->help ? m->help : "");
	}
}

static void list_benchmarks(const struct arguments *arguments)
{
	for (size_t i = 0; benchmarks[i]; i++) {
		const struct benchmark *b = benchmarks[i];
		if (!wanted(arguments, b->name))
			continue;
		printf("%s: %s\n  source: %s\n  topology: %s\n", b->name, b->summary, b->source,
			topology_text(b->topology));
		if (b->options && b->options[0].name) {
			printf("  options:\n");
			print_options(b->options);
		}
		printf("  metrics (name, unit, better, statistic):\n");
		print_metrics(b);
		putchar('\n');
	}
}

static void list_targets(const struct arguments *arguments)
{
	for (const struct target *t = targets; t->name; t++) {
		const struct driver *driver = driver_find(t->driver);
		if (!wanted(arguments, t->name))
			continue;
		printf("%s: %s\n  driver: %s (%s)", t->name, t->summary, driver->name,
			driver->summary);
		for (const struct target_preset *p = t->presets; p->option; p++)
			printf("%s%s=%s", p == t->presets ? "\n  sets: " : ", ", p->option,
				p->value);
		putchar('\n');
		if (driver->options && driver->options[0].name) {
			printf("  options:\n");
			print_options(driver->options);
		}
		putchar('\n');
	}
}

static void list_metrics(const struct arguments *arguments)
{
	for (size_t i = 0; benchmarks[i]; i++)
		for (const struct metric *m = benchmarks[i]->metrics; m->name; m++)
			if (wanted(arguments, m->name) || wanted(arguments, benchmarks[i]->name))
				printf("%-14s %-28s %-10s %-7s %s\n", benchmarks[i]->name, m->name,
					m->unit, better_text(m->better), m->help ? m->help : "");
}

static void list_names(void)
{
	printf("benchmarks:\n");
	for (size_t i = 0; benchmarks[i]; i++)
		printf("  %-16s %s\n", benchmarks[i]->name, benchmarks[i]->summary);
	printf("targets:\n");
	for (const struct target *t = targets; t->name; t++)
		printf("  %-16s %s\n", t->name, t->summary);
	printf("`tare list benchmarks NAME`, `tare list targets NAME` tell all about one.\n");
}

static const struct listing {
	const char *name;
	void (*print)(const struct arguments *arguments);
} listings[] = {
	{"benchmarks", list_benchmarks},
	{"targets", list_targets},
	{"metrics", list_metrics},
};

static bool known(const struct listing *listing, const char *name)
{
	if (listing->print == list_targets)
		return target_find(name);
	if (benchmark_find(name))
		return true;
	for (size_t i = 0; listing->print == list_metrics && benchmarks[i]; i++)
		for (const struct metric *m = benchmarks[i]->metrics; m->name; m++)
			if (!strcmp(m->name, name))
				return true;
	return false;
}

int cmd_list(const struct arguments *arguments, struct error *e)
{
	if (arguments->count == 0) {
		list_names();
		return EXIT_OK;
	}
	const char *what = arguments->positionals[0];
	for (size_t i = 0; i < ARRAY_COUNT(listings); i++) {
		if (strcmp(listings[i].name, what))
			continue;
		for (size_t j = 1; j < arguments->count; j++)
			if (!known(&listings[i], arguments->positionals[j])) {
				error_set(e, "there is no \"%s\" among the %s",
					arguments->positionals[j], what);
				return EXIT_USAGE;
			}
		listings[i].print(arguments);
		return EXIT_OK;
	}
	error_set(e, "cannot list \"%s\"; benchmarks, targets or metrics", what);
	return EXIT_USAGE;
}
