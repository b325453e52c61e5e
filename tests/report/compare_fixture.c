/* See compare_fixture.h. */
#include "tests/report/compare_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

const struct fake_metric fake_time = {"time", "s", "lower", "ratio", NULL};

static const char *const names[FAKE_TARGETS] = {"native", "kvm"};

struct writer {
	const struct fake *fake;
	struct store *store;
	int64_t targets[FAKE_TARGETS], cells[FAKE_TARGETS], *metrics;
	unsigned order;
	struct error e;
};

static void add_plan(struct writer *w)
{
	const struct fake *f = w->fake;
	const struct store_campaign campaign = {.id = f->id ? f->id : "00000001",
		.name = "fake",
		.yaml = "",
		.yaml_digest = "00",
		.baseline = "native",
		.seed = 7,
		.tare_version = "0",
		.image_digest = f->image,
		.started_ns = f->started_ns};

	assert_int_equal(store_add_campaign(w->store, &campaign, &w->e), 1);
	for (size_t i = 0; i < f->metric_count; i++) {
		const struct fake_metric *m = &f->metrics[i];
		const struct store_metric metric = {"bm", m->name, m->unit, m->better, "median",
			m->scale, NULL, NULL, NULL, m->kind, 0, NULL, NULL};
		w->metrics[i] = store_add_metric(w->store, &metric, &w->e);
		assert_true(w->metrics[i] > 0);
	}
	for (int t = 0; t < FAKE_TARGETS; t++) {
		const struct store_target target = {names[t], "fake", NULL, NULL};
		w->targets[t] = store_add_target(w->store, &target, &w->e);
		const struct store_cell cell = {.target_id = w->targets[t],
			.placement = "1x1",
			.benchmark = "bm",
			.parameters = "",
			.skip_reason = t ? f->skip : NULL,
			.planned_blocks = f->planned_blocks ? f->planned_blocks : f->blocks,
			.planned_runs = 1};
		w->cells[t] = store_add_cell(w->store, &cell, &w->e);
		assert_true(w->cells[t] > 0);
	}
}

static void add_run(struct writer *w, unsigned target, unsigned block, int64_t block_id)
{
	const struct fake *f = w->fake;
	bool failed = target && block >= f->blocks - f->failed;
	cleanup_free double *values = mem_new(f->metric_count + 1, sizeof(*values));
	cleanup_free struct store_series *series = mem_new(f->metric_count + 1, sizeof(*series));
	struct store_run run = {.cell_id = w->cells[target],
		.block_id = block_id,
		.order = w->order++,
		.failure = failed ? "it broke" : NULL,
		.host_s = NAN,
		.guest_s = NAN,
		.user_s = NAN,
		.system_s = NAN,
		.steal_s = NAN,
		.series = series};

	for (unsigned m = 0; m < f->metric_count; m++) {
		values[m] = f->value(target, m, block);
		series[m] = (struct store_series){w->metrics[m], 0, 0, &values[m], 1};
	}
	run.series_count = failed ? 0 : f->metric_count;
	assert_true(store_add_run(w->store, &run, &w->e) > 0);
}

static void add_blocks(struct writer *w)
{
	const struct fake *f = w->fake;
	char facts[64];

	snprintf(facts, sizeof(facts), "{\"kernel\": \"%s\"}", f->kernel ? f->kernel : "");
	for (unsigned b = 0; b < f->blocks; b++) {
		int64_t block = store_add_block(w->store, "1x1", b, 1, &w->e);
		assert_true(block > 0);
		for (unsigned t = 0; t < FAKE_TARGETS; t++) {
			const struct store_machine machine = {.block_id = block,
				.target_id = w->targets[t],
				.name = "m",
				.emulated = t && f->emulated,
				.start_s = 1,
				.facts_json = f->kernel ? facts : NULL};
			assert_true(store_add_machines(w->store, &machine, 1, &w->e) == 0);
			if (!(t && (f->skip || f->kvm_lacks == b + 1)))
				add_run(w, t, b, block);
		}
	}
}

struct store_data *fake_campaign(const struct fake *fake)
{
	char dir[] = "/tmp/tare-test-compare-XXXXXX";
	struct writer w = {.fake = fake, .e = {""}};
	struct store_data *data = NULL;

	assert_non_null(mkdtemp(dir));
	w.metrics = mem_new(fake->metric_count + 1, sizeof(*w.metrics));
	assert_int_equal(store_create(dir, &w.store, &w.e), 0);
	add_plan(&w);
	add_blocks(&w);
	assert_int_equal(store_read(w.store, &data, &w.e), 0);
	store_close(w.store);
	free(w.metrics);
	assert_int_equal(dir_remove(dir, NULL), 0);
	return data;
}
