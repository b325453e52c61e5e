/* Named operations: see operations.h. */
#include "bench/operations.h"

#include <string.h>

#include "base/text.h"
#include "bench/read.h"

static struct piece names_of(const char *list)
{
	return (struct piece){list, strlen(list)};
}

static bool is_all(const char *list)
{
	return strcmp(list, "all") == 0;
}

/* Removes the next name from rest and finds its row, that of the end if it is unknown. NULL: there
 * is no next name. */
static const struct named_operation *next_operation(
	const struct named_operation *table, struct piece *rest, struct piece *name)
{
	if (rest->count == 0)
		return NULL;
	read_part(rest, ',', name);
	while (table->name && !read_is(*name, table->name))
		table++;
	return table;
}

int operations_check(const struct named_operation *table, const char *list, const char *benchmark,
	struct error *e)
{
	const struct named_operation *found;
	unsigned seen = 0;
	struct piece rest, name;

	if (!list || !list[0])
		return error_set(e, "operations must be all, or a comma-separated list of names");
	rest = names_of(list);
	while (!is_all(list) && (found = next_operation(table, &rest, &name))) {
		if (!found->name)
			return error_set(e, "unknown operation \"%.*s\": see tare list metrics %s",
				(int)name.count, name.bytes, benchmark);
		if (seen & 1u << (found - table))
			return error_set(e, "duplicate operation %s", found->name);
		seen |= 1u << (found - table);
	}
	return 0;
}

/* Appends the names as one argument; all: those that take at most that many CPUs. Returns their
 * number. */
static unsigned add_names(
	const struct named_operation *table, const char *list, unsigned cpus, struct argv *argv)
{
	cleanup_text struct text names = {0};
	struct piece rest = names_of(list), name;
	unsigned count = 0;

	if (!is_all(list)) {
		while (next_operation(table, &rest, &name))
			count++;
		argv_add(argv, list);
		return count;
	}
	for (; table->name; table++)
		if (table->cpus <= cpus)
			text_addf(&names, "%s%s", count++ ? "," : "", table->name);
	argv_add(argv, names.bytes);
	return count;
}

void operations_command(const char *program, const struct named_operation *table,
	const struct operations_options *options, unsigned cpus, struct command *out)
{
	/* 1,000 samples take 0.3 s or less on hardware. */
	double each_s = BENCH_WARM_UP_S + (options->seconds > 0 ? options->seconds : 0.3);
	struct argv *argv = &out->argv;

	argv_add_all(argv, program, "--operations", NULL);
	out->expected_s = 0.5 + add_names(table, options->operations, cpus, argv) * each_s;
	argv_add(argv, "--iterations");
	argv_addf(argv, "%lld", (long long)options->iterations);
	argv_add(argv, "--seconds");
	argv_addf(argv, "%g", options->seconds);
}

unsigned operations_cpus(const struct named_operation *table, const char *list)
{
	const struct named_operation *found;
	struct piece rest = names_of(list), name;
	unsigned most = 1;

	while (!is_all(list) && (found = next_operation(table, &rest, &name)))
		if (found->name && found->cpus > most)
			most = found->cpus;
	return most;
}
