/* Makes the plan: cells with the reasons of those that are skipped, and shuffled blocks. */
#include "campaign/plan/plan.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/plan/fits.h"
#include "stats/random.h"

unsigned plan_machines_per_host(
	const struct campaign_target *target, const struct placement *placement)
{
	return campaign_target_caps(target) & CAP_GUESTS ? placement->guests : 1;
}

struct machine_facts plan_facts(const struct plan *plan, const struct plan_cell *cell)
{
	const struct campaign *campaign = plan->campaign;
	const struct placement *placement = &campaign->placements[cell->placement];
	const struct campaign_target *target = &campaign->targets[cell->target];
	unsigned cpus = campaign_machine_cpus(campaign, plan->site, placement);
	uint64_t memory_bytes = campaign_machine_memory(campaign, plan->site, placement);
	uint64_t taken_bytes = memory_bytes * placement->guests;
	uint64_t lent_bytes = plan->site->memory_bytes;
	unsigned machines = placement->hosts * placement->guests;
	unsigned caps = campaign_target_caps(target);

	return (struct machine_facts){
		.hosts = placement->hosts,
		.machines = machines,
		.cpus = cpus,
		.memory_bytes = memory_bytes,
		.spare_memory_bytes = lent_bytes > taken_bytes ? lent_bytes - taken_bytes : 0,
		.scratch_bytes = campaign->scratch_bytes,
		.ranks = machines * cpus,
		.shares_kernel = caps & CAP_SHARES_KERNEL,
		.own_userspace = !(caps & CAP_NEEDS_IMAGE),
		.can_save = caps & CAP_SAVE,
		.can_migrate = caps & CAP_MIGRATE,
		.has_storage_counters = caps & CAP_STORAGE_COUNTERS,
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

/* Programs in the image that talk to each other across hosts need a network there. */
static const char *network_reason(const struct plan *plan, const struct plan_cell *cell)
{
	const struct driver *driver = plan->campaign->targets[cell->target].driver;
	bool across = plan->campaign->placements[cell->placement].hosts > 1;
	const struct site_data *data = &plan->site->data;
	unsigned caps = campaign_target_caps(&plan->campaign->targets[cell->target]);

	if (!(driver->caps & CAP_NEEDS_IMAGE))
		return NULL;
	if (data->host_network && (caps & CAP_OWN_NETWORK))
		return "its machines need a bridge, and the site's data network is the hosts' own; "
		       "let the site name its data.bridge";
	if (!across || data->bridge || data->host_network)
		return NULL;
	return "the hosts' machines share no network; let the site name its data.bridge, or "
	       "data.network: host for what uses the hosts' own";
}

static char *skip_reason(const struct plan *plan, const struct plan_cell *cell)
{
	const struct campaign_benchmark *b = &plan->campaign->benchmarks[cell->benchmark];
	const struct campaign_target *target = &plan->campaign->targets[cell->target];
	const struct driver *driver = target->driver;
	struct machine_facts facts = plan_facts(plan, cell);
	const char *reason = plan->target_reasons[cell->target];

	if (!reason)
		reason = network_reason(plan, cell);
	if (!reason && driver->cpus_max > 0 && facts.cpus > driver->cpus_max)
		return str_printf("its machines have at most %u CPU%s", driver->cpus_max,
			driver->cpus_max == 1 ? "" : "s");
	if (!reason)
		reason = fits_why_not(b, campaign_target_caps(target), &facts);
	return str_dup(reason);
}

/* A driver's reason, with the place in the campaign file where it lies in an option set there. */
static char *placed_reason(
	const struct campaign *campaign, const struct campaign_target *target, const char *reason)
{
	const struct option_place *place = campaign_option_place(target, reason);

	return place ? str_printf(
			       "%s:%u:%u: %s", campaign->path, place->line, place->column, reason)
		     : str_dup(reason);
}

/* Other hosts are asked when they are in the environment that the target needs. */
static char *target_reason(const struct campaign *campaign, const struct campaign_target *target,
	const struct site *site, const struct image *image, bool probe)
{
	struct error why_not = {""};
	const char *environment = target->environment, *usual = target->base->environment;
	bool asked = environment && (!usual || strcmp(environment, usual) != 0);
	bool here = site->reach.count == 0;

	if ((target->driver->caps & CAP_NEEDS_IMAGE) && !image)
		return str_dup("there is no image; build it with tare image");
	if (environment && (asked || site->environment_count > 0) &&
		!site_environment(site, environment))
		return str_printf("the site has no environment %s", environment);
	if (probe && here && target->driver->probe &&
		target->driver->probe(target->options, image, &why_not) < 0)
		return placed_reason(campaign, target, why_not.text);
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
		plan->target_reasons[t] =
			target_reason(campaign, &campaign->targets[t], site, image, probe);
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
				*cell = (struct plan_cell){t, p, b, NULL, UINT_MAX};
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
static void plan_runs(const struct plan *plan, struct random *random,
	const struct plan_block *block, struct plan_start *start)
{
	struct plan_run *runs = NULL;
	size_t count = 0, capacity = 0;

	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *cell = &plan->cells[c];
		if (cell->placement != block->placement || cell->target != start->target ||
			cell->skip_reason || block->number >= cell->blocks)
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

size_t plan_lanes(const struct plan *plan, size_t placement)
{
	return plan->site->host_count / plan->campaign->placements[placement].hosts;
}

void plan_course_init(struct plan_course *course, const struct plan *plan)
{
	course->hosts = mem_new(plan->site->host_count, sizeof(*course->hosts));
	course->changes = 0;
}

void plan_course_free(struct plan_course *course)
{
	free(course->hosts);
	course->hosts = NULL;
}

static const struct environment *environment_of(const struct plan *plan, size_t target)
{
	const char *name = plan->campaign->targets[target].environment;

	return name ? site_environment(plan->site, name) : NULL;
}

/* The environments that a block needs, in the order it enters them. */
static size_t order_environments(const struct plan *plan, struct random *random,
	const struct plan_block *block, const struct environment *current,
	const struct environment **order)
{
	size_t *indices = mem_new(plan->site->environment_count + 1, sizeof(*indices));
	size_t count = 0, done = 0;

	for (size_t i = 0; i < plan->site->environment_count; i++) {
		bool needed = false;
		for (size_t s = 0; s < block->start_count; s++)
			needed |= block->starts[s].environment == &plan->site->environments[i];
		if (needed)
			indices[count++] = i;
	}
	random_shuffle(random, indices, count);
	for (size_t i = 0; i < count; i++)
		if (&plan->site->environments[indices[i]] == current)
			order[done++] = current;
	for (size_t i = 0; i < count; i++)
		if (&plan->site->environments[indices[i]] != current)
			order[done++] = &plan->site->environments[indices[i]];
	free(indices);
	return count;
}

/* Brings the starts together by environment; those that need none join one at random. */
static void group_starts(const struct plan *plan, struct random *random, struct plan_course *course,
	struct plan_block *block)
{
	const struct environment **order =
		mem_new(plan->site->environment_count + 1, sizeof(*order));
	const struct environment **current = &course->hosts[block->first_host];
	size_t count = order_environments(plan, random, block, *current, order);
	struct plan_start *grouped = mem_new(block->start_count + 1, sizeof(*grouped));
	size_t done = 0;

	for (size_t s = 0; count > 0 && s < block->start_count; s++)
		if (!block->starts[s].environment)
			block->starts[s].environment = order[random_below(random, count)];
	for (size_t i = 0; i < count; i++)
		for (size_t s = 0; s < block->start_count; s++)
			if (block->starts[s].environment == order[i])
				grouped[done++] = block->starts[s];
	if (count > 0)
		memcpy(block->starts, grouped, block->start_count * sizeof(*grouped));
	for (size_t h = 0; count > 0 && h < block->host_count; h++) {
		course->changes += (unsigned)count - 1 + (current[h] && current[h] != order[0]);
		current[h] = order[count - 1];
	}
	free(grouped);
	free(order);
}

static void reverse(void *items, size_t count, size_t size)
{
	char *first = items, *last = first + count * size;
	cleanup_free char *kept = mem_new(1, size);

	for (; count > 1 && (last -= size) > first; first += size) {
		memcpy(kept, first, size);
		memcpy(first, last, size);
		memcpy(last, kept, size);
	}
}

/* Every second block of the same hosts is the one before in reverse: what drifts evenly while they
 * are measured then adds the same to every target. */
static void mirror_block(struct plan_block *block)
{
	reverse(block->starts, block->start_count, sizeof(*block->starts));
	for (size_t i = 0; i < block->start_count; i++)
		reverse(block->starts[i].runs, block->starts[i].run_count,
			sizeof(*block->starts[i].runs));
}

struct plan_block *plan_block_new(
	const struct plan *plan, struct plan_course *course, size_t placement, unsigned number)
{
	size_t targets_count = plan->campaign->target_count;
	unsigned lanes = (unsigned)plan_lanes(plan, placement);
	bool is_mirrored = number / lanes % 2;
	struct plan_block *block = mem_new(1, sizeof(*block));
	struct random random;

	seed_block(&random, plan, placement, is_mirrored ? number - lanes : number);
	block->placement = placement;
	block->number = number;
	block->host_count = plan->campaign->placements[placement].hosts;
	block->first_host = number % plan_lanes(plan, placement) * block->host_count;
	block->starts = mem_new(targets_count, sizeof(*block->starts));
	size_t *order = shuffled(&random, targets_count);
	for (size_t i = 0; i < targets_count; i++) {
		struct plan_start *start = &block->starts[block->start_count];
		start->target = order[i];
		start->environment = environment_of(plan, order[i]);
		plan_runs(plan, &random, block, start);
		if (start->run_count > 0)
			block->start_count++;
		else
			free(start->runs);
	}
	free(order);
	if (is_mirrored != plan->reversed)
		mirror_block(block);
	group_starts(plan, &random, course, block);
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

unsigned plan_changes(const struct plan *plan)
{
	const struct campaign *campaign = plan->campaign;
	size_t *order = mem_new(campaign->placement_count, sizeof(*order));
	struct plan_course course;

	plan_course_init(&course, plan);
	for (unsigned number = 0; number < campaign->blocks; number++) {
		plan_placement_order(plan, number, order);
		for (size_t p = 0; p < campaign->placement_count; p++)
			plan_block_free(plan_block_new(plan, &course, order[p], number));
	}
	plan_course_free(&course);
	free(order);
	return course.changes;
}
