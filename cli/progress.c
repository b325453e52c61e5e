/* See progress.h. What is shown of a value is what its run gave, against the baseline's run of the
 * same cell: in the same block if that is measured already (the order is random), else in an
 * earlier one, which the line then names. It is not a verdict: that needs all blocks. */
#include "cli/progress.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/live.h"
#include "cli/terminal.h"

enum { BAR_CELLS = 20 };

/* The baseline's last value of one placement, benchmark and parameters in one block. */
struct base_value {
	char *key;
	const struct metric *metric;
	double value;
	unsigned block;
	unsigned order; /* the larger, the later it was measured */
};

/* What some neighbouring hosts do together: those of a block. */
struct activity {
	size_t first_host, host_count;
	char *doing; /* the cell, or the start of machines */
	char *last; /* the last value, or NULL */
};

struct progress {
	const char *baseline;
	const struct site *site;
	bool quiet, terminal, colour;
	pthread_mutex_t mutex; /* events come from several threads, log lines too */
	struct live live;
	struct base_value *values;
	unsigned base_order;
	struct activity *activities; /* in the order of their hosts */
	size_t value_count, value_capacity, activity_count, activity_capacity;
};

/* For the log hooks, which know no context: there is one display at a time. */
static struct progress *shown_progress;

/* Between the two, a line of the log is written. */
static void hide_for_log(void)
{
	pthread_mutex_lock(&shown_progress->mutex);
	live_hide(&shown_progress->live);
}

static void show_after_log(void)
{
	if (shown_progress->live.count > 0)
		live_paint(&shown_progress->live, NULL);
	pthread_mutex_unlock(&shown_progress->mutex);
}

struct progress *progress_new(const struct campaign *campaign, const struct site *site, bool quiet)
{
	struct progress *p = mem_new(1, sizeof(*p));
	p->baseline = campaign->targets[campaign->baseline].name;
	p->quiet = quiet;
	p->site = site;
	p->terminal = terminal_has_sequences(STDERR_FILENO) && !quiet;
	p->colour = terminal_has_colours(STDERR_FILENO);
	p->live.fd = STDERR_FILENO;
	pthread_mutex_init(&p->mutex, NULL);
	shown_progress = p;
	log_set_hook(hide_for_log, show_after_log);
	return p;
}

static void activity_free(struct activity *a)
{
	free(a->doing);
	free(a->last);
}

void progress_free(struct progress *p)
{
	log_set_hook(NULL, NULL);
	shown_progress = NULL;
	live_free(&p->live);
	for (size_t i = 0; i < p->value_count; i++)
		free(p->values[i].key);
	for (size_t i = 0; i < p->activity_count; i++)
		activity_free(&p->activities[i]);
	free(p->values);
	free(p->activities);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

/* --- against the baseline --------------------------------------------------------------------- */

static char *value_key(const struct run_event *event)
{
	return str_printf("%s\n%s\n%s", event->placement, event->benchmark,
		event->parameters ? event->parameters : "");
}

/* The baseline's value of the event's cell: in its block, else the latest; NULL if there is none.
 */
static struct base_value *base_value(struct progress *p, const struct run_event *event)
{
	cleanup_free char *key = value_key(event);
	struct base_value *best = NULL;
	for (size_t i = 0; i < p->value_count; i++) {
		struct base_value *value = &p->values[i];
		if (value->metric != event->metric || strcmp(value->key, key) != 0)
			continue;
		if (value->block == event->block)
			return value;
		if (!best || value->order > best->order)
			best = value;
	}
	return best;
}

static void note_base_value(struct progress *p, const struct run_event *event)
{
	struct base_value *value = base_value(p, event);
	if (!value || value->block != event->block) {
		array_reserve(&p->values, &p->value_capacity, p->value_count + 1);
		value = &p->values[p->value_count++];
		*value = (struct base_value){
			.key = value_key(event), .metric = event->metric, .block = event->block};
	}
	value->value = event->value;
	value->order = ++p->base_order;
}

/* " (×0.957 of native; higher is better)", or nothing where there is nothing to say. */
static void add_against_baseline(
	struct progress *p, const struct run_event *event, struct text *out)
{
	static const char *const directions[] = {
		[BETTER_NONE] = "",
		[BETTER_HIGHER] = "; higher is better",
		[BETTER_LOWER] = "; lower is better",
	};
	if (!event->metric || !isfinite(event->value))
		return;
	if (strcmp(event->target, p->baseline) == 0) {
		note_base_value(p, event);
		return;
	}
	const struct base_value *base = base_value(p, event);
	if (!base)
		return;
	char number[UNIT_TEXT_BYTES];
	bool ratio = event->metric->scale == SCALE_RATIO && base->value > 0 && event->value > 0;
	double difference = event->value - base->value;
	if (ratio)
		text_addf(out, " (×%.*f of %s", event->value / base->value < 10 ? 3 : 1,
			event->value / base->value, p->baseline);
	else
		text_addf(out, " (%s%s %s from %s", difference > 0 ? "+" : "",
			value_format(difference, number), event->metric->unit, p->baseline);
	if (base->block != event->block)
		text_addf(out, " in block %u", base->block);
	text_addf(out, "%s)", directions[event->metric->better]);
}

/* --- lines ------------------------------------------------------------------------------------ */

static void add_time(struct text *out)
{
	time_t now = time(NULL);
	struct tm local;
	char text[16];
	localtime_r(&now, &local);
	strftime(text, sizeof(text), "%H:%M:%S", &local);
	text_addf(out, "%s ", text);
}

/* "kvm-virtio (emulated) 1x1 disk pattern=randread"; not all of it where lines are many. */
static void add_cell(const struct run_event *event, bool parameters, struct text *out)
{
	text_addf(out, "%s%s %s %s", event->target, event->emulated ? " (emulated)" : "",
		event->placement, event->benchmark ? event->benchmark : "machines");
	if (parameters && event->parameters && event->parameters[0])
		text_addf(out, " %s", event->parameters);
}

/* "node1" or "node1…node4", and what follows; nothing where there is but one host. */
static void add_hosts(
	const struct progress *p, size_t first, size_t count, const char *after, struct text *out)
{
	const struct site *site = p->site;
	if (count == 0 || site->host_count < 2)
		return;
	text_add(out, site->hosts[first].name);
	if (count > 1)
		text_addf(out, "…%s", site->hosts[first + count - 1].name);
	text_add(out, after);
}

static bool is_failure(const struct run_event *event)
{
	return event->kind == RUN_FAILED || event->kind == RUN_MACHINES_FAIL;
}

/* What scrolls: "12:30:01 [12/60] block 2/3 native 1x1 cpu: ops 12 1/s"; nothing of some events. */
static void add_event(const struct progress *p, const struct run_event *event, const char *against,
	struct text *out)
{
	bool failure = is_failure(event);
	bool shown = failure || event->kind == RUN_MEASURED || event->kind == RUN_NOTE;
	if (!shown || (p->quiet && !failure))
		return;
	cleanup_free char *text = str_dup(event->text ? event->text : "");
	text_one_line(text);
	add_time(out);
	if (event->target) {
		text_addf(out, "[%u/%u] block %u/%u ", event->done, event->total, event->block,
			event->blocks);
		add_hosts(p, event->first_host, event->host_count, " ", out);
		add_cell(event, true, out);
		text_add(out, ": ");
	}
	if (failure)
		text_add(out, p->colour ? "\033[31mFAILED\033[0m: " : "FAILED: ");
	text_addf(out, "%s%s\n", text, against);
}

/* That of exactly the event's hosts. Others that one of these took part in are over. */
static struct activity *find_activity(struct progress *p, const struct run_event *event)
{
	size_t first = event->first_host, end = first + event->host_count, kept = 0, place = 0;
	for (size_t i = 0; i < p->activity_count; i++) {
		struct activity *a = &p->activities[i];
		if (a->first_host == first && a->host_count == event->host_count)
			return a;
		if (a->first_host < end && first < a->first_host + a->host_count) {
			activity_free(a);
			continue;
		}
		place += a->first_host < first;
		p->activities[kept++] = *a;
	}
	array_reserve(&p->activities, &p->activity_capacity, kept + 1);
	memmove(&p->activities[place + 1], &p->activities[place],
		(kept - place) * sizeof(*p->activities));
	p->activities[place] = (struct activity){
		.first_host = first, .host_count = event->host_count, .doing = str_dup("")};
	p->activity_count = kept + 1;
	return &p->activities[place];
}

static void note_activity(struct progress *p, const struct run_event *event, const char *against)
{
	cleanup_text struct text text = {0};
	bool measured = event->kind == RUN_MEASURED;
	if (!measured && event->kind != RUN_CELL && event->kind != RUN_MACHINES)
		return;
	struct activity *a = find_activity(p, event);
	if (measured) {
		text_addf(&text, "%s %s: %s%s", event->target, event->benchmark, event->text,
			against);
		free(a->last);
		a->last = text_take(&text);
	} else {
		text_addf(&text, "block %u/%u ", event->block, event->blocks);
		add_cell(event, p->site->host_count == 1, &text);
		text_add(&text, event->kind == RUN_MACHINES ? " starting" : "");
		free(a->doing);
		a->doing = text_take(&text);
	}
}

static void add_bar(struct progress *p, const struct run_event *event)
{
	char eta[UNIT_TEXT_BYTES];
	cleanup_text struct text line = {0};
	unsigned total = event->total ? event->total : 1;
	unsigned filled = BAR_CELLS * event->done / total;
	for (unsigned i = 0; i < BAR_CELLS; i++)
		text_add(&line, i < filled ? "█" : "░");
	text_addf(&line, " %u/%u", event->done, event->total);
	if (event->failed)
		text_addf(&line, " (%u failed)", event->failed);
	if (isfinite(event->eta_s) && event->done < event->total)
		text_addf(&line, "  %s left", duration_format(event->eta_s, eta));
	live_add(&p->live, &line);
}

/* One line; where there is no other, one more for its last value. */
static void add_activity(struct progress *p, const struct activity *a, bool single)
{
	cleanup_text struct text line = {0}, last = {0};
	add_hosts(p, a->first_host, a->host_count, ": ", &line);
	text_add(&line, a->doing);
	if (a->last)
		text_addf(single ? &last : &line, "%s%s", single ? "last: " : "  | ", a->last);
	text_one_line(line.bytes);
	live_add(&p->live, &line);
	if (!last.bytes)
		return;
	text_one_line(last.bytes);
	live_add(&p->live, &last);
}

/* The bar, and a line for each activity; where there are more than rows, the last says how many. */
static void set_lines(struct progress *p, const struct run_event *event)
{
	size_t room = live_room(&p->live) - 1, shown = p->activity_count;
	add_bar(p, event);
	if (shown > room)
		shown = room > 0 ? room - 1 : 0;
	for (size_t i = 0; i < shown; i++)
		add_activity(p, &p->activities[i], p->activity_count == 1);
	if (shown < p->activity_count && room > 0) {
		cleanup_text struct text line = {0};
		text_addf(&line, "… and %zu more", p->activity_count - shown);
		live_add(&p->live, &line);
	}
}

static void show_event(struct progress *p, const struct run_event *event)
{
	cleanup_text struct text against = {0}, above = {0};
	text_add(&against, "");
	if (event->kind == RUN_MEASURED)
		add_against_baseline(p, event, &against);
	add_event(p, event, against.bytes, &above);
	if (p->terminal) {
		note_activity(p, event, against.bytes);
		live_clear(&p->live);
		if (event->kind != RUN_ENDS)
			set_lines(p, event);
		live_paint(&p->live, above.bytes);
	} else if (above.bytes) {
		fputs(above.bytes, stderr);
	}
}

void progress_event(void *context, const struct run_event *event)
{
	struct progress *p = context;
	pthread_mutex_lock(&p->mutex);
	show_event(p, event);
	pthread_mutex_unlock(&p->mutex);
}
