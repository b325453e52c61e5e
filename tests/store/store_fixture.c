/* See store_fixture.h. */
#include "tests/store/store_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/files.h"

int fixture_setup(void **state)
{
	struct fixture *fixture = mem_new(1, sizeof(*fixture));

	snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/tare-test-store-XXXXXX");
	if (!mkdtemp(fixture->dir))
		return -1;
	fixture->campaign_dir = str_printf("%s/campaign", fixture->dir);
	*state = fixture;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;
	int result = dir_remove(fixture->dir, NULL);

	free(fixture->campaign_dir);
	free(fixture);
	return result;
}

struct fixture_ids fixture_campaign(struct store *store)
{
	struct error e = {""};
	struct fixture_ids ids;
	const struct store_campaign campaign = {
		.id = "0badcafe",
		.name = "a \"test\"; DROP TABLE run; --",
		.yaml = "name: test\n",
		.yaml_digest = "00ff",
		.baseline = "native",
		.seed = UINT64_MAX - 1,
		.tare_version = "0.1.0",
		.precision = 0.01,
		.started_ns = INT64_C(1700000000123456789),
	};
	const struct store_target native = {"native", "native", "this host", "{}"};
	const struct store_target guest = {"kvm-virtio", "libvirt", NULL, NULL};
	const struct store_metric metric = {"cpu", "rate", "op/s", "higher", "median", "ratio",
		NULL, NULL, NULL, "detail", 0, NULL, NULL};
	const struct store_metric curve = {"mpi-pingpong", "latency", "us", "lower", "p99", "ratio",
		"message size", "B", "half a round trip", "headline", 1, "smallest", "rate"};

	assert_int_equal(store_add_campaign(store, &campaign, &e), 1);
	ids.native = store_add_target(store, &native, &e);
	ids.guest = store_add_target(store, &guest, &e);
	ids.metric = store_add_metric(store, &metric, &e);
	ids.curve = store_add_metric(store, &curve, &e);
	const struct store_cell cell = {.target_id = ids.native,
		.placement = "1x2",
		.benchmark = "cpu",
		.parameters = "threads=2",
		.planned_blocks = 3,
		.planned_runs = 2};
	ids.cell = store_add_cell(store, &cell, &e);
	ids.block = store_add_block(store, "1x2", 0, 1000, &e);
	assert_string_equal(e.text, "");
	assert_true(ids.native > 0 && ids.guest > 0 && ids.metric > 0 && ids.curve > 0);
	assert_true(ids.cell > 0 && ids.block > 0);
	return ids;
}

static const struct store_clock fixture_clock = {0, -1e-6, 2e-6, 1e-5};

struct store_run fixture_run(const struct fixture_ids *ids, unsigned number)
{
	return (struct store_run){
		.cell_id = ids->cell,
		.block_id = ids->block,
		.number = number,
		.order = number,
		.started_ns = INT64_C(2000000000) * (number + 1),
		.ended_ns = INT64_C(2000000000) * (number + 1) + 500000000,
		.host_s = 0.5,
		.guest_s = 0.49,
		.user_s = 0.4,
		.system_s = 0.05,
		.steal_s = 0,
		.max_rss_bytes = 4096,
		.exit_status = 0,
		.clocks = &fixture_clock,
		.clock_count = 1,
		.command = "/usr/lib/tare/kernels/cpu",
	};
}

struct store *fixture_create(const struct fixture *fixture)
{
	struct store *store = NULL;
	struct error e = {""};

	if (store_create(fixture->campaign_dir, &store, &e) < 0)
		fail_msg("%s", e.text);
	return store;
}

struct store *fixture_open(const struct fixture *fixture)
{
	struct store *store = NULL;
	struct error e = {""};

	if (store_open(fixture->campaign_dir, &store, &e) < 0)
		fail_msg("%s", e.text);
	return store;
}

struct store_data *fixture_read(struct store *store)
{
	struct store_data *data = NULL;
	struct error e = {""};

	if (store_read(store, &data, &e) < 0)
		fail_msg("%s", e.text);
	return data;
}
