/* Lists of named operations: see operations.h. */
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

unsigned operations_add(
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
