#include "campaign/plan.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "stats/random.h"

unsigned plan_machines_per_host(
	const struct campaign_target *target, const struct placement *placement)
{
	return target->driver->caps & CAP_GUESTS ? placement->guests : 1;
}

struct machine_facts plan_facts(const struct plan *plan, const struct plan_cell *cell)
{
	const struct campaign *campaign = plan->campaign;
	const struct placement *placement = &campaign->placements[cell->placement];
	const struct campaign_target *target = &campaign->targets[cell->target];
	unsigned cpus = campaign_machine_cpus(campaign, plan->site, placement);
	unsigned machines = placement->hosts * placement->guests;
	return (struct machine_facts){
		.hosts = placement->hosts,
		.machines = machines,
		.cpus = cpus,
		.memory_bytes = campaign_machine_memory(campaign, plan->site, placement),
		.scratch_bytes = campaign->scratch_bytes,
		.ranks = machines * cpus,
		.shares_kernel = target->driver->caps & CAP_SHARES_KERNEL,
		.can_save = target->driver->caps & CAP_SAVE,
		.can_migrate = target->driver->caps & CAP_MIGRATE,
		.has_storage_counters = target->driver->caps & CAP_STORAGE_COUNTERS,
		.image_packages = plan->image_packages,
	};
}

/* The keys of "packages" in the image's manifest, one a line. */
static char *image_packages(const struct image *image)
{
	json_t *manifest = image ? json_loads(image->manifest, 0, NULL) : NULL;
	json_t *packages = json_object_get(manifest, "packages"), *version;
	struct text names = {0};
	const char *name;
	json_object_foreach(packages, name, version) text_addf(&names, "%s\n", name);
	json_decref(manifest);
	return packages ? text_take(&names) : NULL;
}

static char *skip_reason(const struct plan *plan, const struct plan_cell *cell)
{
	const struct campaign_benchmark *b = &plan->campaign->benchmarks[cell->benchmark];
	struct machine_facts facts = plan_facts(plan, cell);
	const char *reason = plan->target_reasons[cell->target];
	if (!reason && b->benchmark->why_not)
		reason = b->benchmark->why_not(b->options, &facts);
	return str_dup(reason);
}

static char *target_reason(
	const struct campaign_target *target, const struct image *image, bool probe)
{
	struct error why_not = {""};
	if ((target->driver->caps & CAP_NEEDS_IMAGE) && !image)
		return str_dup("there is no image; build it with scripts/image");
	if (probe && target->driver->probe &&
		target->driver->probe(target->options, image, &why_not) < 0)
		return str_dup(why_not.text);
	return NULL;
}

struct plan *plan_new(const struct campaign *campaign, const struct site *site,
	const struct image *image, bool probe, uint64_t seed)
{
	struct plan *plan = mem_new(1, sizeof(*plan));
	plan->campaign = campaign;
	plan->site = site;
	plan->seed = seed;
	plan->image_packages = image_packages(image);
	plan->target_reasons = mem_new(campaign->target_count, sizeof(char *));
	for (size_t t = 0; t < campaign->target_count; t++)
		plan->target_reasons[t] = target_reason(&campaign->targets[t], image, probe);
	plan->cells = mem_new(
		campaign->target_count * campaign->placement_count * campaign->benchmark_count,
		sizeof(*plan->cells));
	for (size_t p = 0; p < campaign->placement_count; p++)
		for (size_t b = 0; b < campaign->benchmark_count; b++)
			for (size_t t = 0; t < campaign->target_count; t++) {
				const struct campaign_benchmark *asked = &campaign->benchmarks[b];
				if (!asked->placements[p] || !asked->targets[t])
					continue;
				struct plan_cell *cell = &plan->cells[plan->cell_count++];
				*cell = (struct plan_cell){t, p, b, NULL};
				cell->skip_reason = skip_reason(plan, cell);
			}
	return plan;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->cell_count; i++)
		free(plan->cells[i].skip_reason);
	for (size_t i = 0; i < plan->campaign->target_count; i++)
		free(plan->target_reasons[i]);
	free(plan->target_reasons);
	free(plan->image_packages);
	free(plan->cells);
	free(plan);
}

/* Every (placement, number) has a random stream of its own, so that adding blocks later does
 * not change the order of the earlier ones. */
static void seed_block(
	struct random *random, const struct plan *plan, size_t placement, unsigned number)
{
	random_seed(random, plan->seed, ((uint64_t)placement << 32) + number + 1);
}

static size_t *shuffled(struct random *random, size_t count)
{
	size_t *order = mem_new(count + 1, sizeof(*order));
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	random_shuffle(random, order, count);
	return order;
}

/* The runs of one target in a block: every run of every cell, shuffled together. */
static void plan_runs(
	const struct plan *plan, struct random *random, size_t placement, struct plan_start *start)
{
	struct plan_run *runs = NULL;
	size_t count = 0, capacity = 0;
	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *cell = &plan->cells[c];
		if (cell->placement != placement || cell->target != start->target ||
			cell->skip_reason)
			continue;
		unsigned times = plan->campaign->benchmarks[cell->benchmark].runs;
		array_reserve(&runs, &capacity, count + times);
		for (unsigned i = 0; i < times; i++)
			runs[count++] = (struct plan_run){c, i};
	}
	size_t *order = shuffled(random, count);
	start->runs = mem_new(count + 1, sizeof(*start->runs));
	start->run_count = count;
	for (size_t i = 0; i < count; i++)
		start->runs[i] = runs[order[i]];
	free(order);
	free(runs);
}

struct plan_block *plan_block_new(const struct plan *plan, size_t placement, unsigned number)
{
	size_t targets_count = plan->campaign->target_count;
	struct plan_block *block = mem_new(1, sizeof(*block));
	struct random random;
	seed_block(&random, plan, placement, number);
	block->placement = placement;
	block->number = number;
	block->starts = mem_new(targets_count, sizeof(*block->starts));
	size_t *order = shuffled(&random, targets_count);
	for (size_t i = 0; i < targets_count; i++) {
		struct plan_start *start = &block->starts[block->start_count];
		start->target = order[i];
		plan_runs(plan, &random, placement, start);
		if (start->run_count > 0)
			block->start_count++;
		else
			free(start->runs);
	}
	free(order);
	return block;
}

void plan_block_free(struct plan_block *block)
{
	if (!block)
		return;
	for (size_t i = 0; i < block->start_count; i++)
		free(block->starts[i].runs);
	free(block->starts);
	free(block);
}

void plan_placement_order(const struct plan *plan, unsigned number, size_t *order)
{
	struct random random;
	random_seed(&random, plan->seed, ((uint64_t)UINT32_MAX << 32) + number);
	for (size_t i = 0; i < plan->campaign->placement_count; i++)
		order[i] = i;
	random_shuffle(&random, order, plan->campaign->placement_count);
}
