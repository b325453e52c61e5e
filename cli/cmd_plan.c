/* tare plan: what a campaign would do. */
#include <math.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/units.h"
#include "campaign/plan/forecast.h"
#include "campaign/plan/plan.h"
#include "cli/plan_matrix.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "report/write/text_table.h"
#include "store/store.h"

enum { FEWEST_BLOCKS = 3 }; /* that have an interval */

static void add_placements(const struct plan *plan, struct text *out)
{
	const struct campaign *c = plan->campaign;

	for (size_t p = 0; p < c->placement_count; p++) {
		const struct placement *placement = &c->placements[p];
		unsigned cpus = campaign_machine_cpus(c, plan->site, placement);
		char memory[UNIT_TEXT_BYTES];
		text_addf(out, "  %-8s %u host%s × %u machine%s of %u CPU%s and %s\n",
			placement->text, placement->hosts, placement->hosts == 1 ? "" : "s",
			placement->guests, placement->guests == 1 ? "" : "s", cpus,
			cpus == 1 ? "" : "s",
			size_format((int64_t)campaign_machine_memory(c, plan->site, placement),
				memory));
	}
}

static size_t count_skipped(const struct plan *plan)
{
	size_t skipped = 0;

	for (size_t c = 0; c < plan->cell_count; c++)
		skipped += plan->cells[c].skip_reason != NULL;
	return skipped;
}

/* Whether any cell of the target can run in the placement. */
static bool can_run(const struct plan *plan, size_t target, size_t placement)
{
	for (size_t c = 0; c < plan->cell_count; c++) {
		const struct plan_cell *cell = &plan->cells[c];
		if (cell->target == target && cell->placement == placement && !cell->skip_reason)
			return true;
	}
	return false;
}

static size_t count_starts(const struct plan *plan)
{
	const struct campaign *c = plan->campaign;
	size_t machines = 0;

	for (size_t p = 0; p < c->placement_count; p++)
		for (size_t t = 0; t < c->target_count; t++)
			if (can_run(plan, t, p))
				machines +=
					(size_t)c->blocks * c->placements[p].hosts *
					plan_machines_per_host(&c->targets[t], &c->placements[p]);
	return machines;
}

static void add_totals(const struct plan *plan, double seconds, size_t width, struct text *out)
{
	cleanup_text struct text line = {0};
	char total[UNIT_TEXT_BYTES], limit[UNIT_TEXT_BYTES];

	text_addf(&line,
		"%zu cells, %zu of them skipped; %zu machine starts; expected time %s (limit %s)",
		plan->cell_count, count_skipped(plan), count_starts(plan),
		duration_format(seconds, total),
		duration_format(plan->campaign->limit_time_s, limit));
	text_table_add_lines(out, line.bytes, width);
	if (count_skipped(plan) == plan->cell_count)
		text_table_add_lines(out,
			"Nothing of it can run here: `tare run` would refuse to begin.", width);
	if (plan->site->environment_count > 0)
		text_addf(out, "hosts change their environment %u times\n", plan_changes(plan));
}

/* So many blocks take no longer than the limit; 0: not even one does, or fewer take as long because
 * they are done at once. */
static unsigned blocks_that_fit(const struct plan *plan, double seconds)
{
	const struct campaign *c = plan->campaign;
	double fit = floor(c->blocks * c->limit_time_s / seconds);
	size_t lanes = 1;

	for (size_t p = 0; p < c->placement_count; p++)
		lanes = plan_lanes(plan, p) > lanes ? plan_lanes(plan, p) : lanes;
	return fit >= (double)lanes ? (unsigned)fit : 0;
}

static void add_warning(const struct plan *plan, double seconds, size_t width, struct text *out)
{
	cleanup_text struct text line = {0};
	static const double hour_s = 3600;
	char limit[UNIT_TEXT_BYTES];
	unsigned fit = blocks_that_fit(plan, seconds);

	text_addf(&line,
		"warning: it takes longer than limits.time (%s), which would end it early; ",
		duration_format(plan->campaign->limit_time_s, limit));
	if (fit)
		text_addf(&line, "--set blocks=%u fits%s, ", fit,
			fit < FEWEST_BLOCKS ? " (fewer than 3 have no intervals)" : "");
	text_addf(&line, "--set limits.time=%.0fh %s", ceil(seconds / hour_s),
		fit ? "does, too" : "is enough");
	text_table_add_lines(out, line.bytes, width);
}

static void add_head(const struct plan *plan, size_t width, struct text *out)
{
	const struct campaign *c = plan->campaign;
	cleanup_text struct text line = {0};

	text_addf(&line, "campaign %s on %s: %u block%s of each placement", c->name,
		plan->site->name, c->blocks, c->blocks == 1 ? "" : "s");
	if (c->precision > 0)
		text_addf(&line, ", then up to %u for intervals of ±%.3g %%", c->limit_blocks,
			100 * c->precision);
	text_addf(&line, "; baseline %s", c->targets[c->baseline].name);
	text_table_add_lines(out, line.bytes, width);
}

static void add_plan(
	const struct plan *plan, const struct forecast *forecast, size_t width, struct text *out)
{
	double seconds = forecast_left_s(forecast);

	add_head(plan, width, out);
	add_placements(plan, out);
	text_add(out, "\n");
	plan_matrix_add(plan, forecast, width, out);
	add_totals(plan, seconds, width, out);
	if (seconds > plan->campaign->limit_time_s)
		add_warning(plan, seconds, width, out);
}

static int show(const struct plan *plan, struct store *store, struct error *e)
{
	struct forecast *forecast = forecast_new(plan, store);
	cleanup_text struct text out = {0};
	int status = forecast_left_s(forecast) > plan->campaign->limit_time_s ? EXIT_SOME_FAILED
									      : EXIT_OK;

	add_plan(plan, forecast, terminal_columns(STDOUT_FILENO), &out);
	if (sources_write(NULL, &out, e) < 0 || count_skipped(plan) == plan->cell_count)
		status = EXIT_USAGE;
	forecast_free(forecast);
	return status;
}

int cmd_plan(const struct arguments *arguments, struct error *e)
{
	struct site *site;
	struct campaign *campaign;
	struct store *store = NULL;
	int status = EXIT_USAGE;

	if (common_load_campaign(arguments, &site, &campaign) < 0)
		return EXIT_USAGE;
	struct image *image = common_image(NULL);
	cleanup_free char *directory = common_result_directory(arguments, campaign->name);
	if (!store_exists(directory) || store_open_readonly(directory, &store, e) == 0) {
		struct plan *plan = plan_new(campaign, site, image, !flag_given(arguments, 'n'), 1);
		status = show(plan, store, e);
		plan_free(plan);
	}
	store_close(store);
	image_free(image);
	campaign_free(campaign);
	site_free(site);
	return status;
}
