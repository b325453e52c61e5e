/* See nights.h. */
#include "report/verdict/nights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "stats/changepoint.h"
#include "stats/describe.h"
#include "stats/newest.h"

enum { LAST = 3, FEWEST_SCREENED = 3 };

/* One-sided levels: of the screen, and of each of the last three nights. */
static const double screen_level = .005, night_level = .0025;

/* A series' measured values in order, + is worse. */
struct values {
	double *list;
	size_t count;
};

static struct values values_of(const struct history *history, const struct history_series *s)
{
	double sign = s->metric->better == REPORT_BETTER_HIGHER ? -1 : 1;
	struct values values = {mem_new(history->campaign_count + 1, sizeof(double)), 0};

	for (size_t i = 0; i < history->campaign_count; i++)
		if (!isnan(s->points[i].value))
			values.list[values.count++] = sign * s->points[i].value;
	return values;
}

/* Where what is like the last of so many values begins. */
static size_t last_change(const struct history *history, const double *values, size_t count)
{
	const struct changepoint_options options = {.alpha = history->options.alpha, .seed = 1};
	cleanup_free struct changepoint *changes = mem_new(count + 1, sizeof(*changes));
	size_t change_count = 0;

	changepoint_find(values, count, &options, changes, &change_count);
	return change_count ? changes[change_count - 1].position : 0;
}

/* On the scale of the values; of an additive metric a share of the segment's mean. */
static double margin_of(const struct history_series *s, double delta, double mean)
{
	return s->metric->additive ? delta * fabs(mean) : log1p(delta);
}

/* Tonight against the segment of so many values; the margin is known then, too. */
static double compare_with(struct night *night, const double *segment, size_t count, double tonight,
	double delta, double level)
{
	struct describe before;

	night->nights = count;
	night->p = newest_p_above(segment, count, tonight);
	if (describe_samples(segment, count, &before))
		return NAN;
	double margin = margin_of(night->series, delta, before.mean);
	struct interval reach;

	night->change = tonight - before.mean;
	if (newest_judge(segment, count, tonight, 1 - 2 * level, &reach) == 0)
		night->blind = (reach.high - reach.low) / 2 > 2 * margin;
	return margin;
}

static void screen(const struct history *history, const struct values *values,
	const struct nights_options *options, struct night *night)
{
	size_t before = values->count - 1;
	size_t start = last_change(history, values->list, before);

	if (before - start < FEWEST_SCREENED) {
		night->state = NIGHT_TOO_FEW;
		return;
	}
	compare_with(night, values->list + start, before - start, values->list[before],
		options->delta, screen_level);
	night->state = night->p <= screen_level ? NIGHT_FLAGGED : NIGHT_LIKE;
}

static void judge_last(const struct history *history, const struct values *values,
	const struct nights_options *options, struct night *night)
{
	size_t before = values->count > LAST ? values->count - LAST : 0;
	size_t start = before ? last_change(history, values->list, before) : 0;
	const double *segment = values->list + start, *last = values->list + before;

	night->nights = before - start;
	if (night->nights < NIGHTS_FEWEST) {
		night->state = NIGHT_TOO_FEW;
		return;
	}
	double margin = compare_with(
		night, segment, before - start, last[LAST - 1], options->delta, night_level);
	double mean = describe_mean(last, LAST) - describe_mean(segment, before - start);
	size_t above = 0;

	for (size_t i = 0; i < LAST; i++)
		above += newest_p_above(segment, before - start, last[i]) <= night_level;
	night->state = NIGHT_LIKE;
	if (night->p <= night_level)
		night->state = above > 1 && mean > margin ? NIGHT_WORSE : NIGHT_FLAGGED;
}

static void excuse(const struct nights_options *options, struct night *night)
{
	const struct history_series *s = night->series;
	const struct expectation_key key = {.metric = s->metric->name,
		.target = s->target,
		.benchmark = s->benchmark,
		.placement = s->placement,
		.parameters = s->parameters};

	if (night->state != NIGHT_FLAGGED && night->state != NIGHT_WORSE)
		return;
	night->expectation = expectations_find(options->expectations, &key);
	if (night->expectation && !night->expectation->expired)
		night->state = NIGHT_EXPECTED;
}

static bool is_baseline(const struct history *history, const struct history_series *s)
{
	const struct store_data *newest = history->campaigns[history->campaign_count - 1].data;

	return strcmp(s->target, newest->baseline) == 0;
}

/* Baselines say what the host did; where there is nothing else, they are what is asked about. */
static bool only_baselines(const struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		if (!is_baseline(history, &history->series[i]))
			return false;
	return true;
}

static void add(struct nights *nights, const struct night *night)
{
	size_t *const counts[] = {
		[NIGHT_FLAGGED] = &nights->flagged,
		[NIGHT_WORSE] = &nights->worse,
		[NIGHT_EXPECTED] = &nights->expected,
		[NIGHT_NOT_MEASURED] = &nights->not_measured,
		[NIGHT_TOO_FEW] = &nights->too_few,
	};

	if (night->state != NIGHT_LIKE)
		++*counts[night->state];
	nights->list[nights->count++] = *night;
}

struct nights *nights_judge(const struct history *history, const struct nights_options *options)
{
	struct nights *nights = mem_new(1, sizeof(*nights));
	bool baselines = only_baselines(history);

	nights->history = history;
	nights->options = *options;
	nights->list = mem_new(history->count + 1, sizeof(*nights->list));
	for (size_t i = 0; i < history->count; i++) {
		struct night night = {.series = &history->series[i], .p = NAN, .change = NAN};
		const struct history_series *s = night.series;

		if (s->metric->better == REPORT_BETTER_NONE ||
			(is_baseline(history, s) && !baselines))
			continue;
		struct values values = values_of(history, s);

		if (s->newest_campaign + 1 != history->campaign_count)
			night.state = NIGHT_NOT_MEASURED;
		else
			(options->screen ? screen : judge_last)(history, &values, options, &night);
		free(values.list);
		excuse(options, &night);
		add(nights, &night);
	}
	return nights;
}

void nights_free(struct nights *nights)
{
	if (!nights)
		return;
	for (size_t i = 0; i < nights->decided_count; i++)
		compare_free(nights->decided[i]);
	free(nights->decided);
	free(nights->list);
	free(nights);
}
