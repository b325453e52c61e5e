/* Private to the campaign room: the part of the loader that unrolls benchmark entries. */
#ifndef TARE_CAMPAIGN_LOAD_H
#define TARE_CAMPAIGN_LOAD_H

#include "campaign/file/campaign.h"
#include "campaign/file/yaml_values.h"

/* Reads the list under "benchmarks": each entry is a name, or a map with the key "benchmark", its
 * options, and "placements", "targets", "runs", "machines", "background", "network". A list where
 * an option expects one value is a sweep: one campaign_benchmark for every combination. Targets and
 * placements must have been read. */
void load_benchmarks(const struct reader *r, const struct yaml_node *list, unsigned runs,
	struct campaign *campaign);
void campaign_benchmark_free(struct campaign_benchmark *benchmark); /* what it owns */

/* The benchmark of that name; NULL with a mistake that names the nearest. */
const struct benchmark *load_benchmark_name(const struct reader *r, const struct yaml_node *at);

/* What an entry's keys "machines", "background" and "network" say: one value each, of the list that
 * a sweep has. *out is the caller's; for a network of "none" it is NULL. False with mistakes. */
bool load_machines(const struct reader *r, const struct yaml_node *node, bool *all);
bool load_background(
	const struct reader *r, const struct yaml_node *node, struct campaign_background **out);
bool load_conditions(const struct reader *r, const struct yaml_node *node, struct conditions **out);
void campaign_background_free(struct campaign_background *background); /* safe with NULL */
/* "disk(pattern=seqread size=8M)": the benchmark, and the options that are not the usual ones; or
 * "none". Caller frees. */
char *load_background_text(const struct campaign_background *background);

#endif
