/* See history.h. */
#include "report/model/build.h"
#include "report/verdict/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/side.h"
#include "stats/multiple.h"
#include "stats/newest.h"

/* What one campaign says about one series. */
struct entry {
	const char *target;
	struct side_value value; /* its key; the group and the metric live as long as the model */
	size_t campaign, blocks, pairs;
	double absolute, relative; /* means over blocks; NaN: none */
	bool emulated;
};

struct entries {
	struct entry *list;
	size_t count, capacity;
};

static void *keep(struct history *history, void *memory)
{
	array_reserve(&history->pool, &history->pool_capacity, history->pool_count + 1);
	history->pool[history->pool_count++] = memory;
	return memory;
}

/* Takes ownership; a note that is there already is not added. */
static void add_note(struct history *history, char *text)
{
	keep(history, text);
	for (size_t i = 0; i < history->note_count; i++)
		if (strcmp(history->notes[i], text) == 0)
			return;
	array_reserve(&history->notes, &history->note_capacity, history->note_count + 1);
	history->notes[history->note_count++] = text;
}

/* --- campaigns ----------------------------------------------------------------------------------
 */

static int order_campaigns(const void *left, const void *right)
{
	const struct history_campaign *a = left, *b = right;

	return (a->data->started_ns > b->data->started_ns) -
	       (a->data->started_ns < b->data->started_ns);
}

static int check_once(const struct history *history, struct error *e)
{
	for (size_t i = 0; i < history->campaign_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct history_campaign *a = &history->campaigns[k],
						      *b = &history->campaigns[i];
			if (side_same_campaign(a->data, b->data))
				return error_set(e,
					"%s and %s are the same campaign, with the same "
					"measurements; name it once",
					a->label, b->label);
		}
	return 0;
}

static int check_campaigns(struct history *history, struct error *e)
{
	if (check_once(history, e) < 0)
		return -1;
	for (size_t i = 0; i + 1 < history->campaign_count; i++) {
		const struct history_campaign *a = &history->campaigns[i], *b = a + 1;
		const char *before = a->data->image_digest, *after = b->data->image_digest;
		if (!before || !after || strcmp(before, after) == 0)
			continue;
		if (!history->options.force)
			return error_set(e,
				"different images: %s has %.19s, %s has %.19s; measure all with "
				"one image, or put them into one series with --force",
				a->label, before, b->label, after);
		add_note(history, str_printf("WARNING: different images: %s has %.19s, %s has "
					     "%.19s; in one series because of --force",
					  a->label, before, b->label, after));
	}
	return 0;
}

static int read_campaigns(struct history *history, const struct history_source *sources,
	size_t count, struct error *e)
{
	struct report_options options = {.confidence = 1 - history->options.alpha};

	if (count < 2)
		return error_set(e, "a history needs two campaigns or more");
	history->campaigns = mem_new(count, sizeof(*history->campaigns));
	history->campaign_count = count;
	for (size_t i = 0; i < count; i++)
		history->campaigns[i] = (struct history_campaign){
			.data = sources[i].data, .label = sources[i].label};
	qsort(history->campaigns, count, sizeof(*history->campaigns), order_campaigns);
	if (check_campaigns(history, e) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (report_model_new(history->campaigns[i].data, &options,
			    &history->campaigns[i].model, e) < 0)
			return error_prefix(e, "%s", history->campaigns[i].label);
	return 0;
}

/* --- entries ------------------------------------------------------------------------------------
 */

static bool wanted(const char *filter, const char *name)
{
	return !filter || strcmp(filter, name) == 0;
}

/* A metric that is asked for by its name is shown, whatever its kind. */
static bool wanted_value(const struct history_options *options, const struct report_model *model,
	const struct side_value *value)
{
	const struct report_metric *metric = value->metric;

	if (!wanted(options->benchmark, metric->benchmark) ||
		!wanted(options->metric, metric->name))
		return false;
	return options->metric || options->details ||
	       model_is_headline(model, value->group, metric, value->x);
}

static double block_mean(const struct side_value *value)
{
	double sum = 0;

	for (size_t i = 0; i < value->block_count; i++)
		sum += value->blocks[i].value;
	return sum / (double)value->block_count;
}

static double pair_mean(
	const struct side_value *target, const struct side_value *baseline, size_t *pairs)
{
	cleanup_free double *differences = mem_new(target->block_count + 1, sizeof(*differences));
	double sum = 0;

	*pairs = 0;
	if (!baseline || baseline->status != BLOCKS_OK)
		return NAN;
	*pairs = blocks_pair(target->blocks, target->block_count, baseline->blocks,
		baseline->block_count, differences, NULL, NULL);
	for (size_t i = 0; i < *pairs; i++)
		sum += differences[i];
	return *pairs ? sum / (double)*pairs : NAN;
}

static void add_target(struct history *history, size_t campaign, const struct side *baseline,
	size_t target, struct entries *entries)
{
	const struct history_campaign *c = &history->campaigns[campaign];
	const struct history_options *options = &history->options;
	bool is_baseline = c->model->targets[target].is_baseline;
	struct side side;

	side_read(c->model, (long)target, &side);
	for (size_t i = 0; i < side.count; i++) {
		const struct side_value *value = &side.values[i];
		if (!wanted_value(options, c->model, value))
			continue;
		if (value->status != BLOCKS_OK)
			add_note(history,
				str_printf("%s: %s %s of %s, block %u: %s; not part of the series",
					c->label, value->metric->benchmark, value->metric->name,
					c->model->targets[target].name, value->offender,
					blocks_status_text(value->status)));
		if (value->status != BLOCKS_OK)
			continue;
		array_reserve(&entries->list, &entries->capacity, entries->count + 1);
		struct entry *entry = &entries->list[entries->count++];
		*entry = (struct entry){
			.target = c->model->targets[target].name,
			.value = *value,
			.campaign = campaign,
			.blocks = value->block_count,
			.absolute = block_mean(value),
			.relative = NAN,
			.emulated = value->group->cells[target].emulated,
		};
		if (!is_baseline)
			entry->relative =
				pair_mean(value, side_find(baseline, value), &entry->pairs);
	}
	side_free(&side);
}

static void read_entries(struct history *history, struct entries *entries)
{
	for (size_t i = 0; i < history->campaign_count; i++) {
		struct report_model *model = history->campaigns[i].model;
		struct side baseline;
		side_read(model, (long)model->baseline, &baseline);
		for (size_t t = 0; t < model->target_count; t++)
			if (wanted(history->options.target, model->targets[t].name))
				add_target(history, i, &baseline, t, entries);
		side_free(&baseline);
	}
}

static int order_series(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->target, b->target);

	return order ? order : side_order(&a->value, &b->value);
}

static int order_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = order_series(a, b);

	return order ? order : (a->campaign > b->campaign) - (a->campaign < b->campaign);
}

/* --- series -------------------------------------------------------------------------------------
 */

static int check_metric(const struct history *history, const struct entry *first,
	const struct entry *other, struct error *e)
{
	const struct report_metric *a = first->value.metric, *b = other->value.metric;
	const char *from = history->campaigns[first->campaign].label;
	const char *to = history->campaigns[other->campaign].label;

	if (strcmp(a->unit, b->unit) != 0)
		return error_set(e,
			"%s %s is in %s in %s and in %s in %s; import one of them in the other's "
			"unit",
			a->benchmark, a->name, a->unit, from, b->unit, to);
	if (a->additive != b->additive || a->better != b->better ||
		strcmp(a->statistic, b->statistic) != 0)
		return error_set(e,
			"%s %s is declared differently (better, scale or statistic) in %s and %s; "
			"remove one of them",
			a->benchmark, a->name, from, to);
	return 0;
}

static void fill_points(struct history *history, const struct entry *entries, size_t count,
	struct history_series *s)
{
	bool some_emulated = false, all_emulated = true;

	s->relative = true;
	for (size_t i = 0; i < count; i++) {
		s->relative = s->relative && !isnan(entries[i].relative);
		some_emulated = some_emulated || entries[i].emulated;
		all_emulated = all_emulated && entries[i].emulated;
	}
	s->emulated = some_emulated;
	if (some_emulated != all_emulated)
		add_note(history, str_printf("WARNING: %s is emulated in some of the campaigns and "
					     "not in others",
					  s->target));
	s->points = keep(history, mem_new(history->campaign_count, sizeof(*s->points)));
	for (size_t i = 0; i < history->campaign_count; i++)
		s->points[i] = (struct history_point){.campaign = i, .value = NAN, .shown = NAN};
	for (size_t i = 0; i < count; i++) {
		struct history_point *point = &s->points[entries[i].campaign];
		point->value = s->relative ? entries[i].relative : entries[i].absolute;
		point->blocks = s->relative ? entries[i].pairs : entries[i].blocks;
		point->shown = s->metric->additive ? point->value : exp(point->value);
		s->measured++;
	}
}

static void find_changes(struct history *history, struct history_series *s)
{
	const struct changepoint_options options = {.alpha = history->options.alpha, .seed = 1};
	cleanup_free double *values = mem_new(s->measured + 1, sizeof(*values));
	cleanup_free size_t *places = mem_new(s->measured + 1, sizeof(*places));
	size_t count = 0, start = 0;

	for (size_t i = 0; i < history->campaign_count; i++)
		if (!isnan(s->points[i].value)) {
			places[count] = i;
			values[count++] = s->points[i].value;
		}
	s->changes = keep(history, mem_new(count + 1, sizeof(*s->changes)));
	s->change_status = changepoint_find(values, count, &options, s->changes, &s->change_count);
	if (s->change_count)
		start = s->changes[s->change_count - 1].position;
	for (size_t i = 0; i < s->change_count; i++)
		s->changes[i].position = places[s->changes[i].position];
	s->newest_campaign = places[count - 1];
	newest_judge(values + start, count - 1 - start, values[count - 1],
		1 - history->options.alpha, &s->newest);
}

static int make_series(
	struct history *history, const struct entry *entries, size_t count, struct error *e)
{
	struct history_series *s;

	for (size_t i = 1; i < count; i++)
		if (check_metric(history, &entries[0], &entries[i], e) < 0)
			return -1;
	array_reserve(&history->series, &history->capacity, history->count + 1);
	s = &history->series[history->count++];
	*s = (struct history_series){
		.target = entries[0].target,
		.placement = entries[0].value.group->placement,
		.benchmark = entries[0].value.group->benchmark,
		.parameters = entries[0].value.group->parameters,
		.metric = entries[0].value.metric,
		.x = entries[0].value.metric->x_name ? entries[0].value.x : NAN,
	};
	fill_points(history, entries, count, s);
	find_changes(history, s);
	return 0;
}

/* The newest points are one family of tests, made without a declared question: BH. */
static void judge_newest(struct history *history)
{
	cleanup_free double *p = mem_new(history->count + 1, sizeof(*p));

	for (size_t i = 0; i < history->count; i++)
		p[i] = history->series[i].newest.p;
	multiple_benjamini_hochberg(p, history->count, p);
	for (size_t i = 0; i < history->count; i++) {
		history->series[i].newest_adjusted = p[i];
		history->series[i].newest_unlike = p[i] <= history->options.alpha;
	}
}

static int read_series(struct history *history, struct error *e)
{
	struct entries entries = {0};
	int status = 0;

	read_entries(history, &entries);
	if (entries.count)
		qsort(entries.list, entries.count, sizeof(*entries.list), order_entries);
	for (size_t i = 0, end; status == 0 && i < entries.count; i = end) {
		for (end = i + 1; end < entries.count &&
				  order_series(&entries.list[i], &entries.list[end]) == 0;)
			end++;
		status = make_series(history, entries.list + i, end - i, e);
	}
	free(entries.list);
	if (status == 0 && !history->count)
		return error_set(e, "nothing was measured that the filters ask for; `tare report` "
				    "shows what there is");
	judge_newest(history);
	return status;
}

int history_new(const struct history_source *sources, size_t count,
	const struct history_options *options, struct history **out, struct error *e)
{
	struct history *history = mem_new(1, sizeof(*history));

	history->options = *options;
	if (history->options.alpha == 0)
		history->options.alpha = 0.05;
	if (!(history->options.alpha > 0 && history->options.alpha < 0.5)) {
		free(history);
		return error_set(
			e, "alpha must be between 0 and 0.5, such as 0.05, not %g", options->alpha);
	}
	if (read_campaigns(history, sources, count, e) < 0 || read_series(history, e) < 0) {
		history_free(history);
		return -1;
	}
	*out = history;
	return 0;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	for (size_t i = 0; i < history->campaign_count; i++)
		report_model_free(history->campaigns[i].model);
	for (size_t i = 0; i < history->pool_count; i++)
		free(history->pool[i]);
	free(history->pool);
	free(history->notes);
	free(history->campaigns);
	free(history->series);
	free(history);
}
