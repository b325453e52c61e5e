/* See history_gate.h. */
#include "cli/history_gate.h"

#include <math.h>
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
#include "report/write/words.h"

/* "kvm 1x1 disk bandwidth @ 4 KiB". */
static void add_name(const struct history_series *s, struct text *out)
{
	char x[WORDS_BYTES] = "";

	words_x(s->metric, s->x, x);
	text_addf(out, "%s %s %s%s%s %s%s%s", s->target, s->placement, s->benchmark,
		s->parameters[0] ? " " : "", s->parameters, s->metric->name, x[0] ? " @ " : "", x);
}

/* "+3.1 % against 24 nights, p .0004". */
static void add_numbers(const struct night *night, struct text *out)
{
	const struct report_metric *metric = night->series->metric;
	double change = metric->additive ? night->change : 100 * expm1(night->change);
	char number[NUMBER_BYTES], p[WORDS_BYTES];

	text_addf(out, ": %s %s (+ is worse) against %zu nights, %s", number_signed(change, number),
		metric->additive ? metric->unit : "%", night->nights, words_p(night->p, p));
	if (night->blind)
		text_add(out, "; delta is below what this host can see in a night");
	if (night->expectation) {
		cleanup_free char *excuse = expectation_text(night->expectation);
		text_addf(out, "; %s", excuse);
	}
}

static void print_nights(const struct nights *nights, FILE *out)
{
	static const char *const words[] = {
		[NIGHT_FLAGGED] = "FLAGGED",
		[NIGHT_WORSE] = "REGRESSION",
		[NIGHT_EXPECTED] = "EXPECTED",
		[NIGHT_NOT_MEASURED] = "NOT MEASURED",
	};

	for (size_t i = 0; i < nights->count; i++) {
		const struct night *night = &nights->list[i];
		cleanup_text struct text line = {0};

		if (night->state == NIGHT_LIKE || night->state == NIGHT_TOO_FEW)
			continue;
		add_name(night->series, &line);
		if (night->state != NIGHT_NOT_MEASURED)
			add_numbers(night, &line);
		text_one_line(line.bytes);
		fprintf(out, "%s: %s\n", words[night->state], line.bytes);
	}
	if (nights->too_few)
		fprintf(out, "%zu of %zu metrics have too few nights since their last change\n",
			nights->too_few, nights->count);
}

/* --- old against new ----------------------------------------------------------------------------
 */

/* What old against new says of what the screen flagged. */
struct decision {
	bool worse;
	size_t open; /* flagged metrics that are not decided */
};

static bool same_cell(const struct compare_item *item, const struct history_series *s)
{
	return compare_is_of(item, s->placement, s->benchmark, s->parameters);
}

static bool same_metric(const struct compare_item *item, const struct history_series *s)
{
	return same_cell(item, s) && item->metric &&
	       strcmp(item->metric->name, s->metric->name) == 0 && (isnan(s->x) || item->x == s->x);
}

static void decide_one(
	const struct comparison *c, const struct night *night, struct decision *decision, FILE *out)
{
	cleanup_text struct text name = {0};
	bool passed = false;

	add_name(night->series, &name);
	for (size_t i = 0; i < c->count; i++) {
		const struct compare_item *item = &c->items[i];
		char decides[256], slowdown[COMPARE_TEXT_BYTES], interval[COMPARE_TEXT_BYTES];

		if (!same_cell(item, night->series))
			continue;
		decision->worse |= item->gate == GATE_REGRESSION;
		if (!same_metric(item, night->series))
			continue;
		passed = item->gate == GATE_PASS || item->gate == GATE_EXPECTED;
		compare_numbers(item, slowdown, interval);
		compare_decides(item, decides);
		fprintf(out, "%s: %s: %s against %s %s %s; %s\n", compare_state_text(item),
			name.bytes, item->new_target, item->base_target, slowdown, interval,
			decides[0] ? decides : "decided");
		decision->open += !passed && item->gate != GATE_REGRESSION;
		return;
	}
	fprintf(out, "NOT MEASURED: %s: old against new has no such metric\n", name.bytes);
	decision->open++;
}

static int decide_target(const struct nights *nights, const struct source *source, const char *old,
	const char *newer, const struct compare_options *options, struct decision *decision,
	FILE *out, struct error *e)
{
	const struct compare_source sources[2] = {
		{source->data, source->label, old}, {source->data, source->label, newer}};
	struct comparison *comparison;

	if (compare_new(&sources[0], &sources[1], options, &comparison, e) < 0)
		return -1;
	for (size_t i = 0; i < nights->count; i++)
		if (nights->list[i].state == NIGHT_FLAGGED)
			decide_one(comparison, &nights->list[i], decision, out);
	compare_free(comparison);
	return 0;
}

/* All targets but old and the baseline are new. */
static int decide(const struct nights *nights, const char *directory, const char *old,
	const struct compare_options *options, struct decision *decision, FILE *out,
	struct error *e)
{
	struct source source;
	int status = source_open(directory, &source, e), compared = 0;

	for (size_t t = 0; status == 0 && t < source.data->target_count; t++) {
		const char *name = source.data->targets[t].name;
		if (strcmp(name, old) == 0 ||
			(strcmp(name, source.data->baseline) == 0 && source.data->target_count > 2))
			continue;
		compared++;
		status = decide_target(nights, &source, old, name, options, decision, out, e);
	}
	if (status == 0 && !compared)
		status = error_set(e, "%s has no target beside %s", directory, old);
	source_close(&source);
	return status;
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
static int run_file(const struct arguments *arguments, const struct history *history,
	const struct nights *nights, char **directory, char **old, struct error *e)
{
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

static const char *answer_of(int status)
{
	return status == EXIT_OK            ? "passed: nothing is worse than the nights before"
	       : status == EXIT_SOME_FAILED ? "REGRESSION"
					    : "inconclusive: not everything is decided";
}

/* Runs the campaign where it is a file, and decides. */
static int old_against_new(const struct arguments *arguments, const struct history *history,
	const struct nights *nights, const struct compare_options *options, FILE *out,
	struct error *e)
{
	cleanup_free char *named = NULL, *old = NULL, *made = NULL;
	struct decision decision = {0};
	const char *ab = flag_value(arguments, 'B');

	source_split(ab, &named, &old);
	if (!old && store_exists(ab)) {
		error_set(e, "--ab: say which target is the old one: %s:OLD", ab);
		return EXIT_USAGE;
	}
	if (!old) {
		int ran = run_file(arguments, history, nights, &made, &old, e);
		if (ran == EXIT_INCONCLUSIVE)
			fprintf(out, "%s has none of the flagged cells\n", ab);
		if (ran != EXIT_OK && ran != EXIT_SOME_FAILED)
			return ran;
		fprintf(out, "old against new: %s\n", made);
	}
	if (decide(nights, made ? made : named, old, options, &decision, out, e) < 0)
		return EXIT_USAGE;
	return decision.worse ? EXIT_SOME_FAILED : decision.open ? EXIT_INCONCLUSIVE : EXIT_OK;
}

int history_gate(const struct arguments *arguments, const struct history *history,
	const struct expectations *expectations, FILE *out, struct error *e)
{
	bool screen = flag_given(arguments, 'B');
	int status = EXIT_USAGE;
	double delta;

	if (source_parse_delta(arguments, "a history", &delta, e) < 0)
		return EXIT_USAGE;
	const struct nights_options options = {
		.delta = delta > 0 ? delta : .01, .screen = screen, .expectations = expectations};
	/* What the campaign declared is what is asked; else the same margin. */
	const struct compare_options compared = {
		.delta = screen ? delta : 0, .expectations = expectations};
	struct nights *nights = nights_judge(history, &options);

	print_nights(nights, out);
	if (screen && nights->flagged)
		status = old_against_new(arguments, history, nights, &compared, out, e);
	else
		status = nights->worse     ? EXIT_SOME_FAILED
			 : nights->flagged ? EXIT_INCONCLUSIVE
					   : EXIT_OK;
	if (status == EXIT_OK && (nights->not_measured || nights->too_few == nights->count))
		status = EXIT_INCONCLUSIVE;
	if (status != EXIT_USAGE && status != EXIT_INTERRUPTED)
		fprintf(out, "gate %s\n", answer_of(status));
	nights_free(nights);
	return status;
}
