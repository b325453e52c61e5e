/* A fresh directory and a small campaign in it, for the tests of the store. */
#ifndef TARE_TESTS_STORE_FIXTURE_H
#define TARE_TESTS_STORE_FIXTURE_H

#include "store/store.h"

struct fixture {
	char dir[64]; /* exists, empty at first */
	char *campaign_dir; /* dir/campaign, does not exist at first */
};

/* cmocka set-up and tear-down: *state is a struct fixture. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Ids of what fixture_campaign adds. */
struct fixture_ids {
	int64_t native, guest, metric, curve, cell, block;
};
/* Adds a campaign, two targets, a scalar and a curve metric, a cell of native, a block. */
struct fixture_ids fixture_campaign(struct store *store);
/* A run of the cell with nothing unknown but what tests change. */
struct store_run fixture_run(const struct fixture_ids *ids, unsigned number);

/* store_create, store_open, store_read that fail the test on errors. */
struct store *fixture_create(const struct fixture *fixture);
struct store *fixture_open(const struct fixture *fixture);
struct store_data *fixture_read(struct store *store);

#endif
