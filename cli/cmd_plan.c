/* tare plan: what a campaign would do. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "campaign/plan/forecast.h"
#include "campaign/plan/plan.h"
#include "cli/verbs.h"
#include "store/store.h"

static void print_placements(const struct plan *plan)
{
	const struct campaign *c = plan->campaign;
	for (size_t p = 0; p < c->placement_count; p++) {
		const struct placement *placement = &c->placements[p];
		char memory[UNIT_TEXT_BYTES];
		printf("  %-8s %u host%s × %u machine%s of %u CPU%s and %s\n", placement->text,
			placement->hosts, placement->hosts == 1 ? "" : "s", placement->guests,
			placement->guests == 1 ? "" : "s",
			campaign_machine_cpus(c, plan->site, placement),
			campaign_machine_cpus(c, plan->site, placement) == 1 ? "" : "s",
			size_format((int64_t)campaign_machine_memory(c, plan->site, placement),
				memory));
	}
}

/* Whether two cells differ by their targets alone. */
static bool same_row(const struct plan_cell *a, const struct plan_cell *b)
{
	return a->placement == b->placement && a->benchmark == b->benchmark;
}

/* One row for the cells that differ from the first-th by their targets alone: the targets, and what
 * a run takes in the shortest and the longest case. */
static void print_row(const struct plan *plan, const struct forecast *forecast, size_t first)
{
	const struct campaign *c = plan->campaign;
	const struct campaign_benchmark *b = &c->benchmarks[plan->cells[first].benchmark];
	cleanup_text struct text names = {0};
	char shortest[UNIT_TEXT_BYTES], longest[UNIT_TEXT_BYTES], time[2 * UNIT_TEXT_BYTES + 8];
	double low = INFINITY, high = 0;
	size_t count = 0;
	for (size_t i = first; i < plan->cell_count; i++) {
		const struct plan_cell *cell = &plan->cells[i];
		if (cell->skip_reason || !same_row(cell, &plan->cells[first]))
			continue;
		double seconds = forecast_cell_s(forecast, i);
		text_addf(&names, "%s%s", count++ ? ", " : "", c->targets[cell->target].name);
		low = fmin(low, seconds);
		high = fmax(high, seconds);
	}
	duration_format(low, shortest);
	duration_format(high, longest);
	snprintf(time, sizeof(time), strcmp(shortest, longest) ? "%s to %s" : "%s", shortest,
		longest);
	printf("  %-8s %-15s %-16s %s%s%s\n", c->placements[plan->cells[first].placement].text,
		b->benchmark->name, time, count == c->target_count ? "all targets" : names.bytes,
		b->parameters[0] ? "; " : "", b->parameters);
}

static size_t print_cells(const struct plan *plan, const struct forecast *forecast)
{
	size_t skipped = 0;
	for (size_t i = 0; i < plan->cell_count; i++) {
		bool shown = false;
		skipped += plan->cells[i].skip_reason != NULL;
		for (size_t j = 0; j < i; j++)
			shown |= !plan->cells[j].skip_reason &&
				 same_row(&plan->cells[i], &plan->cells[j]);
		if (!plan->cells[i].skip_reason && !shown)
			print_row(plan, forecast, i);
	}
	return skipped;
}

/* The cells of the first-th's target that are skipped for the same reason, in one line. */
static void print_skipped_row(const struct plan *plan, size_t first)
{
	const struct campaign *c = plan->campaign;
	const struct plan_cell *one = &plan->cells[first];
	cleanup_text struct text names = {0};
	size_t count = 0, of_target = 0;
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct plan_cell *cell = &plan->cells[i];
		of_target += cell->target == one->target;
		if (cell->target != one->target || !cell->skip_reason ||
			strcmp(cell->skip_reason, one->skip_reason) != 0)
			continue;
		text_addf(&names, "%s%s %s", count++ ? ", " : " ",
			c->placements[cell->placement].text,
			c->benchmarks[cell->benchmark].benchmark->name);
	}
	printf("  %s:%s: %s\n", c->targets[one->target].name,
		count == of_target ? " all its cells" : names.bytes, one->skip_reason);
}

static void print_skipped(const struct plan *plan)
{
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct plan_cell *cell = &plan->cells[i];
		bool shown = !cell->skip_reason;
		for (size_t j = 0; j < i && !shown; j++)
			shown = plan->cells[j].skip_reason &&
				plan->cells[j].target == cell->target &&
				strcmp(plan->cells[j].skip_reason, cell->skip_reason) == 0;
		if (!shown)
			print_skipped_row(plan, i);
	}
}

static void print_plan(const struct plan *plan, const struct forecast *forecast)
{
	const struct campaign *c = plan->campaign;
	char total[UNIT_TEXT_BYTES], cap[UNIT_TEXT_BYTES];
	size_t machines = 0;
	for (size_t p = 0; p < c->placement_count; p++)
		for (size_t t = 0; t < c->target_count; t++)
			machines += (size_t)c->blocks * c->placements[p].hosts *
				    plan_machines_per_host(&c->targets[t], &c->placements[p]);
	printf("campaign %s on %s: %u blocks of each placement; baseline %s\n", c->name,
		plan->site->name, c->blocks, c->targets[c->baseline].name);
	printf("placements:\n");
	print_placements(plan);
	printf("  (a target without guests: the host itself, with the same totals)\n");
	printf("cells (placement, benchmark, expected time of one run, targets; parameters):\n");
	size_t skipped = print_cells(plan, forecast);
	if (skipped > 0) {
		printf("skipped:\n");
		print_skipped(plan);
	}
	printf("%zu cells, %zu of them skipped; %zu machine starts; expected time %s (limit %s)\n",
		plan->cell_count, skipped, machines,
		duration_format(forecast_left_s(forecast), total),
		duration_format(c->limit_time_s, cap));
	if (plan->site->environment_count > 0)
		printf("hosts change their environment %u times\n", plan_changes(plan));
}

int cmd_plan(const struct arguments *arguments, struct error *e)
{
	struct site *site;
	struct campaign *campaign;
	struct store *store = NULL;
	if (common_load_campaign(arguments, &site, &campaign) < 0)
		return EXIT_USAGE;
	struct image *image = common_image(NULL);
	cleanup_free char *directory = common_result_directory(arguments, campaign->name);
	if (!store_exists(directory) || store_open_readonly(directory, &store, e) == 0) {
		struct plan *plan = plan_new(campaign, site, image, !flag_given(arguments, 'n'), 1);
		struct forecast *forecast = forecast_new(plan, store);
		print_plan(plan, forecast);
		forecast_free(forecast);
		plan_free(plan);
	}
	store_close(store);
	image_free(image);
	campaign_free(campaign);
	site_free(site);
	return error_is_set(e) ? EXIT_USAGE : EXIT_OK;
}
