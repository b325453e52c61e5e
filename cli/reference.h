/* Reference pages in Markdown, made from the tables of options: what a campaign and a site file
 * may hold. docs/campaign-files.md and docs/site-files.md contain them. */
#ifndef TARE_CLI_REFERENCE_H
#define TARE_CLI_REFERENCE_H

#include "base/text.h"
#include "bench/bench.h"
#include "campaign/file/keys.h"
#include "drivers/driver.h"

void reference_add_keys(const struct key_section *sections, struct text *out);
/* The drivers of the wanted targets, each with its options. */
void reference_add_targets(bool (*wanted)(const void *context, const char *name),
	const void *context, struct text *out);
void reference_add_benchmark(const struct benchmark *benchmark, struct text *out);
/* "whole number, 1 to 64", "one of a, b", "list of sizes": what an option expects. */
void reference_add_form(const struct option_row *row, struct text *out);

#endif
