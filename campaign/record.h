/* Private to the campaign room: writing the campaign, its plan and its runs into the store. */
#ifndef TARE_CAMPAIGN_RECORD_H
#define TARE_CAMPAIGN_RECORD_H

#include "campaign/run/run_cell.h"
#include "campaign/run.h"
#include "store/store.h"

struct record_identity {
	char id[9]; /* of the campaign; "" until known */
	uint64_t seed;
	bool continues; /* the store was there already */
	char *hosts; /* that it was measured on last, as record_hosts has it; owned; NULL: unknown
		      */
};

/* Store ids by the plan's indices. */
struct record {
	int64_t *target_ids, *cell_ids;
};

/* Reads who the store belongs to; an error if it is another campaign's, or its image was another
 * one. */
int record_identity(struct store *store, const struct run_setup *setup,
	struct record_identity *identity, struct error *e);
/* Records which hosts it goes on with, on a site of reached hosts: an event "hosts", and "moved"
 * where they are others than before; *moved is its text then, the caller's. */
int record_hosts(struct store *store, const struct site *site, const char *before, char **moved,
	struct error *e);
/* Writes a new campaign's row with a fresh id. */
int record_begin(struct store *store, const struct run_setup *setup, uint64_t seed,
	struct record_identity *identity, struct error *e);
/* Writes targets, metrics and cells that are not there yet, and fills record. */
int record_plan(
	struct store *store, const struct plan *plan, struct record *record, struct error *e);
void record_free(struct record *record);

int record_run(struct store *store, const struct record *record, size_t cell,
	const struct benchmark *benchmark, int64_t block_id, unsigned number, unsigned order,
	const struct outcome *outcome, struct error *e);
/* Whether any run of the campaign, now or earlier, has failed. */
bool record_any_failure(struct store *store);

#endif
