#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "campaign/forecast.h"
#include "campaign/plan.h"
#include "cli/verbs.h"
#include "store/store.h"

static void print_placements(const struct plan *plan)
{
	const struct campaign *c = plan->campaign;
	for (size_t p = 0; p < c->placement_count; p++) {
		const struct placement *placement = &c->placements[p];
		char memory[UNIT_TEXT_BYTES];
		printf("  %-8s %u host%s × %u machine%s of %u CPU%s and %s; a target without "
		       "guests: "
		       "the host, with the same totals\n",
			placement->text, placement->hosts, placement->hosts == 1 ? "" : "s",
			placement->guests, placement->guests == 1 ? "" : "s",
			campaign_machine_cpus(c, plan->site, placement),
			campaign_machine_cpus(c, plan->site, placement) == 1 ? "" : "s",
			size_format((int64_t)campaign_machine_memory(c, plan->site, placement),
				memory));
	}
}

static size_t print_cells(const struct plan *plan, const struct forecast *forecast)
{
	const struct campaign *c = plan->campaign;
	size_t skipped = 0;
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct plan_cell *cell = &plan->cells[i];
		const struct campaign_benchmark *b = &c->benchmarks[cell->benchmark];
		char each[UNIT_TEXT_BYTES];
		skipped += cell->skip_reason != NULL;
		if (cell->skip_reason)
			continue;
		printf("  %-16s %-6s %-13s %-12s %s\n", c->targets[cell->target].name,
			c->placements[cell->placement].text, b->benchmark->name,
			duration_format(forecast_cell_s(forecast, i), each), b->parameters);
	}
	return skipped;
}

static void print_skipped(const struct plan *plan)
{
	const struct campaign *c = plan->campaign;
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct plan_cell *cell = &plan->cells[i];
		if (cell->skip_reason)
			printf("  %-16s %-6s %-13s %s\n", c->targets[cell->target].name,
				c->placements[cell->placement].text,
				c->benchmarks[cell->benchmark].benchmark->name, cell->skip_reason);
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
	printf("cells (target, placement, benchmark, expected time of one run, parameters):\n");
	size_t skipped = print_cells(plan, forecast);
	if (skipped > 0) {
		printf("skipped:\n");
		print_skipped(plan);
	}
	printf("%zu cells, %zu of them skipped; %zu machine starts; expected time %s (limit %s)\n",
		plan->cell_count, skipped, machines,
		duration_format(forecast_left_s(forecast), total),
		duration_format(c->limit_time_s, cap));
}

int cmd_plan(const struct arguments *arguments, struct error *e)
{
	struct site *site;
	struct campaign *campaign;
	struct store *store = NULL;
	if (load_campaign(arguments, &site, &campaign) < 0)
		return EXIT_USAGE;
	struct image *image = find_image(NULL);
	cleanup_free char *directory = result_directory(arguments, campaign->name);
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
	return e->text[0] ? EXIT_USAGE : EXIT_OK;
}
