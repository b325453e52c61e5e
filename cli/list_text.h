/* What `tare list` shows as text, in tables of at most width characters, from the tables of options
 * and metrics. */
#ifndef TARE_CLI_LIST_TEXT_H
#define TARE_CLI_LIST_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "bench/bench.h"
#include "campaign/file/keys.h"

/* Which names are wanted. */
struct list_filter {
	bool (*wanted)(const void *context, const char *name);
	const void *context;
};

/* The names of everything, with what each is. */
void list_text_add_names(size_t width, struct text *out);
/* The wanted targets, then the options of each of their drivers. named: some were asked for, and
 * what each is comes first. */
void list_text_add_targets(
	const struct list_filter *filter, bool named, size_t width, struct text *out);
/* A benchmark with its options and headlines; all: with every metric. */
void list_text_add_benchmark(
	const struct benchmark *benchmark, bool all, size_t width, struct text *out);
/* The metrics that are wanted by their own names or by those of their benchmarks. */
void list_text_add_metrics(const struct list_filter *filter, size_t width, struct text *out);
/* The keys of a file; sections end at title NULL. */
void list_text_add_keys(const struct key_section *sections, size_t width, struct text *out);

#endif
