/* Known noise, declared in a file: metrics that must not make a gate red until a date.
 *
 *     expectations:
 *       - metric: disk.latency_p99      # or only the name; * and ? stand for any characters
 *         target: kvm-*                 # optional, as are benchmark, placement and parameters
 *         reason: the disk collects garbage at night
 *         until: 2026-12-31             # the last day on which it holds
 */
#ifndef TARE_REPORT_EXPECTATIONS_H
#define TARE_REPORT_EXPECTATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/yaml.h"

struct expectation {
	/* Patterns; NULL: anything. */
	char *metric, *target, *benchmark, *placement, *parameters;
	char *reason, *until; /* until: "2026-12-31" */
	unsigned line; /* where it is declared */
	bool expired;
};

struct expectations {
	char *path;
	char *day; /* on which it counts: "2026-11-29" */
	struct expectation *list;
	size_t count;
};

/* What an expectation is matched with. */
struct expectation_key {
	const char *metric, *target, *benchmark, *placement, *parameters;
};

enum { EXPECTATION_DATE_BYTES = 16 };
/* The present day by the local clock. */
char *expectations_today(char date[EXPECTATION_DATE_BYTES]);

/* Reads a file; today: "2026-11-29", after which `until` has expired. Every mistake is added with
 * its place; NULL if there is any. Freed by expectations_free. */
struct expectations *expectations_load(
	const char *path, const char *today, struct yaml_mistakes *mistakes);
void expectations_free(struct expectations *expectations); /* safe with NULL */

/* For a store, and from it: {"file", "day", "list"}; NULL for NULL, or where it is none. */
json_t *expectations_to_json(const struct expectations *expectations);
struct expectations *expectations_from_json(const json_t *root);
/* Whether both declare the same in the same order, wherever they stand and on whatever day. */
bool expectations_same(const struct expectations *a, const struct expectations *b);

/* Whether the expectation is about it. */
bool expectation_matches(const struct expectation *one, const struct expectation_key *key);
/* The first that is about it and holds; else the first that has expired; else NULL. */
const struct expectation *expectations_find(
	const struct expectations *expectations, const struct expectation_key *key);
/* "known noise until 2026-12-31: the disk collects garbage at night"; "was known noise …" once it
 * has expired. Caller frees. */
char *expectation_text(const struct expectation *one);

#endif
