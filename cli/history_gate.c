/* See history_gate.h. */
#include "cli/history_gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/file/campaign.h"
#include "campaign/file/keep.h"
#include "campaign/run.h"
#include "cli/sources.h"
#include "report/verdict/nights.h"

static void print_lines(const struct nights *nights,
	void (*add)(const struct nights *nights, struct text *out), FILE *out)
{
	cleanup_text struct text lines = {0};

	add(nights, &lines);
	fputs(lines.count ? lines.bytes : "", out);
	fflush(out);
}

/* --- running it ---------------------------------------------------------------------------------
 */

/* The cells of the flagged series. The caller frees the array. */
static struct campaign_cell *flagged_cells(const struct nights *nights, size_t *count)
{
	struct campaign_cell *cells = mem_new(nights->count + 1, sizeof(*cells));

	*count = 0;
	for (size_t i = 0; i < nights->count; i++) {
		const struct history_series *s = nights->list[i].series;
		if (nights->list[i].state == NIGHT_FLAGGED)
			cells[(*count)++] =
				(struct campaign_cell){s->placement, s->benchmark, s->parameters};
	}
	return cells;
}

/* The campaign of the file, for the flagged cells alone; *old: the target that is the base. Returns
 * the exit code of the run; EXIT_INCONCLUSIVE: there was nothing to run. */
static int run_file(const struct arguments *arguments, const struct nights *nights,
	char **directory, char **old, struct error *e)
{
	const struct history *history = nights->history;
	const struct store_data *tonight = history->campaigns[history->campaign_count - 1].data;
	const char *path = flag_value(arguments, 'B'), *out = flag_value(arguments, 'O');
	struct site *site = NULL;
	struct campaign *campaign = NULL;
	struct run_setup setup = {0};
	size_t count;
	cleanup_free struct campaign_cell *cells = flagged_cells(nights, &count);
	int status = EXIT_USAGE;

	if (common_load_deciding(arguments, path, &site, &campaign) < 0)
		return EXIT_USAGE;
	*old = str_dup(campaign->targets[campaign->decide.base].name);
	*directory = out ? str_dup(out)
			 : str_printf("results/%s-%s", campaign->name, tonight->campaign_id);
	if (campaign_keep_cells(campaign, cells, count) == 0) {
		/* Nothing flagged is in it: there is nothing to run, and nothing is decided. */
		status = EXIT_INCONCLUSIVE;
	} else {
		setup = (struct run_setup){
			.campaign = campaign, .site = site, .directory = *directory};
		status = common_run_campaign(&setup, true, e);
	}
	campaign_free(campaign);
	site_free(site);
	return status;
}

/* --- old against new ----------------------------------------------------------------------------
 */

static int compare_target(struct nights *nights, const struct source *source, const char *old,
	const char *newer, const struct compare_options *options, struct error *e)
{
	const struct compare_source sources[2] = {
		{source->data, source->label, old}, {source->data, source->label, newer}};
	struct comparison *comparison;

	if (compare_new(&sources[0], &sources[1], options, &comparison, e) < 0)
		return -1;
	nights_take(nights, comparison);
	return 0;
}

/* All targets but old and the baseline are new. The source must outlive the nights. */
static int compare_all(struct nights *nights, const struct source *source, const char *old,
	const struct compare_options *options, struct error *e)
{
	const struct store_data *data = source->data;

	for (size_t t = 0; t < data->target_count; t++) {
		const char *name = data->targets[t].name;
		if (strcmp(name, old) == 0 ||
			(strcmp(name, data->baseline) == 0 && data->target_count > 2))
			continue;
		if (compare_target(nights, source, old, name, options, e) < 0)
			return -1;
	}
	return nights->decided_count
		       ? 0
		       : error_set(e, "%s has no target beside %s", source->label, old);
}

/* Runs the campaign where it is a file, and compares. EXIT_OK: what there is to decide with was
 * taken. */
static int old_against_new(const struct arguments *arguments, struct nights *nights,
	const struct compare_options *options, struct source *source, FILE *out, struct error *e)
{
	cleanup_free char *named = NULL, *old = NULL, *made = NULL;
	const char *ab = flag_value(arguments, 'B');

	source_split(ab, &named, &old);
	if (!old && store_exists(ab)) {
		error_set(e, "--ab: say which target is the old one: %s:OLD", ab);
		return EXIT_USAGE;
	}
	if (!old) {
		int ran = run_file(arguments, nights, &made, &old, e);
		if (ran == EXIT_INCONCLUSIVE) {
			fprintf(out, "%s has none of the flagged cells\n", ab);
			return EXIT_OK;
		}
		if (ran != EXIT_OK && ran != EXIT_SOME_FAILED)
			return ran;
		fprintf(out, "old against new: %s\n", made);
	}
	if (source_open(made ? made : named, source, e) < 0 ||
		compare_all(nights, source, old, options, e) < 0)
		return EXIT_USAGE;
	print_lines(nights, nights_add_decided, out);
	return EXIT_OK;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

/* All of them, also where one fails. */
static int write_files(
	const struct arguments *arguments, const struct nights *nights, bool json, struct error *e)
{
	const struct {
		bool wanted;
		const char *path; /* NULL: standard output */
		void (*write)(const struct nights *nights, struct text *out);
	} files[] = {
		{flag_given(arguments, 'j'), flag_value(arguments, 'j'), nights_write_junit},
		{flag_given(arguments, 'M'), flag_value(arguments, 'M'), nights_write_summary},
		{json, flag_value(arguments, 'o'), nights_write_json},
	};
	int status = 0;

	for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
		cleanup_text struct text text = {0};
		if (!files[i].wanted)
			continue;
		files[i].write(nights, &text);
		if (sources_write(files[i].path, &text, status == 0 ? e : NULL) < 0)
			status = -1;
	}
	return status;
}

/* The answer first: files may fail. */
static int answer(const struct arguments *arguments, const struct nights *nights, bool json,
	FILE *out, struct error *e)
{
	static const int codes[] = {EXIT_OK, EXIT_SOME_FAILED, [4] = EXIT_INCONCLUSIVE};
	int status = nights_status(nights);

	fprintf(out, "gate %s\n", nights_answer(status));
	return write_files(arguments, nights, json, e) < 0 ? EXIT_USAGE : codes[status];
}

static int judge(const struct arguments *arguments, const struct history *history, double delta,
	const struct expectations *expectations, FILE *out, bool json, struct error *e)
{
	bool screen = flag_given(arguments, 'B');
	const struct nights_options options = {
		.delta = delta > 0 ? delta : .01, .screen = screen, .expectations = expectations};
	/* What the campaign declared is what is asked; else the same margin. */
	const struct compare_options compared = {
		.delta = delta, .all_of_base = true, .expectations = expectations};
	struct nights *nights = nights_judge(history, &options);
	struct source source = {0};
	int status = EXIT_OK;

	print_lines(nights, nights_add_flagged, out);
	if (screen && nights->flagged)
		status = old_against_new(arguments, nights, &compared, &source, out, e);
	if (status == EXIT_OK)
		status = answer(arguments, nights, json, out, e);
	nights_free(nights);
	source_close(&source);
	return status;
}

int history_gate(const struct arguments *arguments, const struct history *history,
	const struct expectations *expectations, FILE *out, bool json, struct error *e)
{
	double delta;

	if (source_parse_delta(arguments, "a history", &delta, e) < 0)
		return EXIT_USAGE;
	return judge(arguments, history, delta, expectations, out, json, e);
}
