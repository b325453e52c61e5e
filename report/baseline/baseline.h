/* A baseline store: a directory that keeps copies of campaigns, so that later ones can be compared
 * with them:
 *
 *     DIR/HOST/IMAGE/CAMPAIGN/DATE-ID/campaign.sqlite
 *
 * The names say what a campaign can be compared with: only one of the same hosts, image and
 * campaign file. Every entry is the directory of a campaign as all verbs read it. It appears whole
 * or not at all, and may be read while others are added or removed. */
#ifndef TARE_REPORT_BASELINE_H
#define TARE_REPORT_BASELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/store.h"

/* Names of directories, all owned. */
struct baseline_key {
	char *host; /* the hosts' names and CPUs: "node1-0a1b2c3d" */
	char *image; /* the beginning of its digest, or "no-image" */
	char *campaign; /* name and the beginning of its file's digest, or "NAME-imported" */
	char *entry; /* "20261129T031500Z-ID": when it was started (UTC), and its id */
};

struct baseline_entry {
	struct baseline_key key;
	char *path; /* its directory */
	char *why_not; /* pick: why it is not comparable; NULL: it is */
};

struct baseline_list {
	struct baseline_entry *entries; /* the newest first; of one time by path */
	size_t count, capacity;
};

void baseline_key_of(const struct store_data *data, struct baseline_key *key);
void baseline_key_free(struct baseline_key *key);

/* Copies the campaign of a directory into the store, which is made where it is missing. A campaign
 * that is there already is replaced by its present state. A campaign without a measured run is
 * refused. *path, owned by the caller: the entry's directory. */
int baseline_add(const char *store, const char *campaign, char **path, struct error *e);

/* What the store has. Freed by baseline_list_free, also after an error. A directory that is none is
 * an error, an empty one is not. */
int baseline_list(const char *store, struct baseline_list *list, struct error *e);
void baseline_list_free(struct baseline_list *list);

/* Removes all but the newest `keep` ≥ 1 of each host, image and campaign, and what a killed
 * baseline_add left. *removed: the entries that were removed. */
int baseline_prune(const char *store, size_t keep, struct baseline_list *removed, struct error *e);

/* The whole store, with the reason of each entry that the campaign cannot be compared with: another
 * host, image or campaign file, later than it, the campaign itself, emulated where it is not. */
int baseline_pick(const char *store, const struct store_data *campaign, struct baseline_list *list,
	struct error *e);

#endif
