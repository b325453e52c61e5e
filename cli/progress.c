/* See progress.h. On a terminal the values so far stand in a table (live_table.h). Elsewhere a
 * line shows what its run gave, against the baseline's run of the same cell: in the same block if
 * that is measured already (the order is random), else in an earlier one, which the line then
 * names. None of this is a verdict: that needs all blocks. */
#include "cli/progress.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/failures.h"
#include "cli/labels.h"
#include "cli/live.h"
#include "cli/live_table.h"
#include "cli/terminal.h"
#include "report/write/words.h"

enum { BAR_CELLS = 20, BAR_CELLS_NARROW = 6, NARROW = 70 };

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
	double begun_s, expected_s; /* by the monotonic clock; 0: it is not known how long */
};

struct progress {
	const struct campaign *campaign;
	const char *baseline;
	const struct site *site;
	bool quiet, terminal, colour;
	pthread_t ticker; /* of a terminal: repaints every second */
	pthread_cond_t end;
	bool ended; /* the ticker has to end */
	pthread_mutex_t mutex; /* events come from several threads, log lines too */
	struct live live;
	struct live_table *table;
	struct failures failures;
	struct run_event counts; /* of the last event: how far the campaign is; no texts */
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

/* --- every second ----------------------------------------------------------------------------- */

static void set_lines(struct progress *p);

static void init_end(struct progress *p)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&p->end, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* What runs is shown with how long it has been running. */
static void *tick(void *context)
{
	struct progress *p = context;
	struct timespec next;

	clock_gettime(CLOCK_MONOTONIC, &next);
	pthread_mutex_lock(&p->mutex);
	while (!p->ended) {
		next.tv_sec++;
		while (!p->ended && pthread_cond_timedwait(&p->end, &p->mutex, &next) != ETIMEDOUT)
			;
		if (p->ended || p->live.count == 0)
			continue;
		set_lines(p);
		live_paint(&p->live, NULL);
	}
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

static void end_ticker(struct progress *p)
{
	if (!p->terminal)
		return;
	pthread_mutex_lock(&p->mutex);
	p->ended = true;
	pthread_cond_signal(&p->end);
	pthread_mutex_unlock(&p->mutex);
	pthread_join(p->ticker, NULL);
}

/* --- its life --------------------------------------------------------------------------------- */

struct progress *progress_new(const struct campaign *campaign, const struct site *site, bool quiet)
{
	struct progress *p = mem_new(1, sizeof(*p));

	p->campaign = campaign;
	p->baseline = campaign->targets[campaign->baseline].name;
	p->quiet = quiet;
	p->site = site;
	p->terminal = terminal_has_sequences(STDERR_FILENO) && !quiet;
	p->colour = terminal_has_colours(STDERR_FILENO);
	p->live.fd = STDERR_FILENO;
	p->table = live_table_new(campaign);
	pthread_mutex_init(&p->mutex, NULL);
	init_end(p);
	shown_progress = p;
	log_set_hook(hide_for_log, show_after_log);
	p->terminal = p->terminal && pthread_create(&p->ticker, NULL, tick, p) == 0;
	return p;
}

static void activity_free(struct activity *a)
{
	free(a->doing);
}

void progress_free(struct progress *p)
{
	end_ticker(p);
	log_set_hook(NULL, NULL);
	shown_progress = NULL;
	live_table_free(p->table);
	failures_free(&p->failures);
	pthread_cond_destroy(&p->end);
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

/* " (+4.49 % against native in block 1)", or nothing where there is nothing to say. */
static void add_against_baseline(
	struct progress *p, const struct run_event *event, struct text *out)
{
	if (!event->metric || !isfinite(event->value))
		return;
	if (strcmp(event->target, p->baseline) == 0) {
		note_base_value(p, event);
		return;
	}
	const struct base_value *base = base_value(p, event);
	if (!base)
		return;
	bool ratio = event->metric->scale == SCALE_RATIO && base->value > 0 && event->value > 0;
	bool inverse = event->metric->better == BETTER_HIGHER;
	double slowdown = inverse ? base->value / event->value : event->value / base->value;
	double difference = event->value - base->value;
	const struct report_metric metric = {.additive = !ratio};
	const struct report_value value = {.compared = true,
		.cost = ratio     ? slowdown - 1
			: inverse ? -difference
				  : difference};
	char number[WORDS_BYTES];
	text_addf(out, " (%s%s%s against %s", words_cost(&value, &metric, number), ratio ? "" : " ",
		ratio ? "" : event->metric->unit, p->baseline);
	if (base->block != event->block)
		text_addf(out, " in block %u", base->block);
	text_add(out, ")");
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

/* Whether a line of it scrolls. On a terminal the table has the values, and a failure that came
 * before is counted only. */
static bool scrolls(struct progress *p, const struct run_event *event, const char *text)
{
	bool again = is_failure(event) &&
		     !failures_note(&p->failures, event->target ? event->target : "", text,
			     event->kind == RUN_FAILED);

	if (is_failure(event))
		return !again || !p->terminal;
	if (p->quiet)
		return false;
	return event->kind == RUN_NOTE || event->kind == RUN_BLOCK_ENDS ||
	       (event->kind == RUN_MEASURED && !p->terminal);
}

/* What scrolls: "12:30:01 [12/60] block 2/3 native 1x1 cpu: ops 12 1/s"; nothing of some events. */
static void add_event(
	struct progress *p, const struct run_event *event, const char *against, struct text *out)
{
	cleanup_free char *text = str_dup(event->text ? event->text : "");

	text_one_line(text);
	if (!scrolls(p, event, text))
		return;
	add_time(out);
	if (event->target || event->kind == RUN_BLOCK_ENDS) {
		text_addf(out, "[%u/%u] block %u/%u ", event->done, event->total, event->block,
			event->blocks);
		add_hosts(p, event->first_host, event->host_count, " ", out);
		if (event->target)
			add_cell(event, true, out);
		else
			text_addf(out, "%s done", event->placement);
		text_add(out, ": ");
	}
	if (is_failure(event))
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

/* "kvm-virtio  1x1 disk randread"; where lines are many, with the block. */
static void add_doing(struct progress *p, const struct run_event *event, struct text *out)
{
	bool single = p->site->host_count == 1;

	if (!single)
		text_addf(out, "block %u/%u ", event->block, event->blocks);
	if (!single || !event->benchmark) {
		add_cell(event, false, out);
		text_add(out, event->kind == RUN_MACHINES ? " starting" : "");
		return;
	}
	cleanup_free char *label = label_find(
		p->campaign, event->benchmark, event->parameters ? event->parameters : "");
	text_addf(out, "%s%s  %s %s", event->target, event->emulated ? " (emulated)" : "",
		event->placement, label);
}

static void note_activity(struct progress *p, const struct run_event *event)
{
	cleanup_text struct text text = {0};

	if (event->kind != RUN_CELL && event->kind != RUN_MACHINES)
		return;
	struct activity *a = find_activity(p, event);
	add_doing(p, event, &text);
	free(a->doing);
	a->doing = text_take(&text);
	a->begun_s = clock_monotonic_s();
	a->expected_s = event->kind == RUN_CELL ? event->expected_s : 0;
}

/* "quick  block 2/3  ████████░░░░ 71/120  3 failed  2 min 40 s left" */
static void add_bar(struct progress *p)
{
	const struct run_event *counts = &p->counts;
	char eta[UNIT_TEXT_BYTES];
	cleanup_text struct text line = {0};
	unsigned total = counts->total ? counts->total : 1;
	unsigned cells = live_columns(&p->live) < NARROW ? BAR_CELLS_NARROW : BAR_CELLS;
	unsigned filled = cells * counts->done / total;

	text_addf(&line, "%s  ", p->campaign->name ? p->campaign->name : "");
	if (counts->block)
		text_addf(&line, "block %u/%u  ", counts->block, counts->blocks);
	for (unsigned i = 0; i < cells; i++)
		text_add(&line, i < filled ? "█" : "░");
	text_addf(&line, " %u/%u", counts->done, counts->total);
	if (counts->failed)
		text_addf(&line, "  %u failed", counts->failed);
	if (isfinite(counts->eta_s) && counts->done < counts->total)
		text_addf(&line, "  %s left", duration_format(counts->eta_s, eta));
	live_add(&p->live, &line);
}

static char *whole_seconds(double seconds, char text[UNIT_TEXT_BYTES])
{
	static const double minute_s = 60;

	if (seconds >= minute_s)
		return duration_format(seconds, text);
	snprintf(text, UNIT_TEXT_BYTES, "%.0f s", seconds);
	return text;
}

/* "now  kvm-virtio  1x1 disk randread  12 s of ~13 s"; of several hosts their names. */
static void add_activity(struct progress *p, const struct activity *a)
{
	static const double shown_from_s = 1;
	cleanup_text struct text line = {0};
	char took[UNIT_TEXT_BYTES], whole[UNIT_TEXT_BYTES];
	double elapsed_s = floor(clock_monotonic_s() - a->begun_s);

	if (p->site->host_count == 1)
		text_add(&line, "now  ");
	add_hosts(p, a->first_host, a->host_count, ": ", &line);
	text_add(&line, a->doing);
	if (elapsed_s >= shown_from_s) {
		text_addf(&line, "  %s", whole_seconds(elapsed_s, took));
		if (a->expected_s > 0)
			text_addf(&line, " of ~%s", whole_seconds(ceil(a->expected_s), whole));
	}
	text_one_line(line.bytes);
	live_add(&p->live, &line);
}

/* The bar, a line for each activity (where there are more than rows, the last says how many), and
 * the table in what room there is. */
static void set_lines(struct progress *p)
{
	size_t room = live_room(&p->live) - 1, shown = p->activity_count;

	live_clear(&p->live);
	add_bar(p);
	if (shown > room)
		shown = room > 0 ? room - 1 : 0;
	for (size_t i = 0; i < shown; i++)
		add_activity(p, &p->activities[i]);
	if (shown < p->activity_count && room > 0) {
		cleanup_text struct text line = {0};
		text_addf(&line, "… and %zu more", p->activity_count - shown);
		live_add(&p->live, &line);
	} else {
		live_table_add(p->table, room - shown, live_columns(&p->live), &p->live);
	}
}

/* How far the campaign is; events that are about no block leave its number. */
static void note_counts(struct progress *p, const struct run_event *event)
{
	unsigned block = p->counts.block;

	p->counts = (struct run_event){.done = event->done,
		.total = event->total,
		.failed = event->failed,
		.eta_s = event->eta_s,
		.block = event->block > block ? event->block : block,
		.blocks = event->blocks};
}

static void show_event(struct progress *p, const struct run_event *event)
{
	cleanup_text struct text against = {0}, above = {0};

	text_add(&against, "");
	if (event->kind == RUN_MEASURED)
		add_against_baseline(p, event, &against);
	add_event(p, event, against.bytes, &above);
	note_counts(p, event);
	live_table_note(p->table, event);
	if (p->terminal && event->kind == RUN_ENDS) {
		live_clear(&p->live);
		failures_add_repeated(&p->failures, &above);
		live_paint(&p->live, above.bytes);
	} else if (p->terminal) {
		note_activity(p, event);
		set_lines(p);
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
