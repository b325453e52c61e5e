/* What the nights and old against new say: in lines, and in the files that a gate writes. See
 * nights.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "report/verdict/junit.h"
#include "report/verdict/nights.h"
#include "report/verdict/verdict_json.h"
#include "report/write/markdown.h"
#include "report/write/words.h"

/* What each state is called, and what a gate makes of it. */
static const struct {
	const char *words;
	enum compare_gate gate;
	bool listed; /* it has a line, for it is not like the nights before */
} states[] = {
	[NIGHT_LIKE] = {"like the nights before", GATE_PASS, false},
	[NIGHT_FLAGGED] = {"FLAGGED", GATE_INCONCLUSIVE, true},
	[NIGHT_WORSE] = {"REGRESSION", GATE_REGRESSION, true},
	[NIGHT_EXPECTED] = {"EXPECTED", GATE_EXPECTED, true},
	[NIGHT_NOT_MEASURED] = {"NOT MEASURED", GATE_NOT_MEASURED, true},
	[NIGHT_TOO_FEW] = {"too few nights since the last change", GATE_INCONCLUSIVE, false},
};

/* --- lines --------------------------------------------------------------------------------------
 */

/* "kvm 1x1 disk bandwidth @ 4 KiB". */
static void add_name(const struct history_series *s, struct text *out)
{
	char x[WORDS_BYTES] = "";

	words_x(s->metric, s->x, x);
	text_addf(out, "%s %s %s%s%s %s%s%s", s->target, s->placement, s->benchmark,
		s->parameters[0] ? " " : "", s->parameters, s->metric->name, x[0] ? " @ " : "", x);
}

/* "+3.1 % against 24 nights, p .0004"; nothing where they were not compared. */
static void add_numbers(const struct night *night, struct text *out)
{
	const struct report_metric *metric = night->series->metric;
	double change = metric->additive ? night->change : 100 * expm1(night->change);
	char number[NUMBER_BYTES], p[WORDS_BYTES];

	if (isnan(night->p))
		return;
	text_addf(out, ": %s %s (+ is worse) against %zu nights, %s", number_signed(change, number),
		metric->additive ? metric->unit : "%", night->nights, words_p(night->p, p));
	if (night->blind)
		text_add(out, "; delta is below what this host can see in a night");
	if (night->expectation) {
		cleanup_free char *excuse = expectation_text(night->expectation);
		text_addf(out, "; %s", excuse);
	}
}

static void add_line(struct text *out, const char *words, struct text *line)
{
	text_one_line(line->bytes);
	text_addf(out, "%s: %s\n", words, line->bytes);
}

void nights_add_flagged(const struct nights *nights, struct text *out)
{
	for (size_t i = 0; i < nights->count; i++) {
		const struct night *night = &nights->list[i];
		cleanup_text struct text line = {0};

		if (!states[night->state].listed)
			continue;
		add_name(night->series, &line);
		add_numbers(night, &line);
		add_line(out, states[night->state].words, &line);
	}
	if (nights->too_few)
		text_addf(out, "%zu of %zu metrics have too few nights since their last change\n",
			nights->too_few, nights->count);
}

static void add_item(const struct compare_item *item, const char *name, struct text *out)
{
	char decides[256], slowdown[COMPARE_TEXT_BYTES], interval[COMPARE_TEXT_BYTES];
	cleanup_text struct text line = {0};

	compare_numbers(item, slowdown, interval);
	compare_decides(item, decides);
	text_addf(&line, "%s: %s against %s %s %s; %s", name, item->new_target, item->base_target,
		slowdown, interval, decides[0] ? decides : "decided");
	add_line(out, compare_state_text(item), &line);
}

static bool is_flagged(const struct nights *nights, const struct comparison *comparison,
	const struct compare_item *item)
{
	for (size_t i = 0; i < nights->count; i++)
		if (nights->list[i].state == NIGHT_FLAGGED &&
			nights_find(comparison, &nights->list[i]) == item)
			return true;
	return false;
}

/* What else is worse in the cells of what is flagged. */
static void add_others(
	const struct nights *nights, const struct comparison *comparison, struct text *out)
{
	for (size_t i = 0; i < comparison->count; i++) {
		const struct compare_item *item = &comparison->items[i];

		if (item->gate != GATE_REGRESSION || is_flagged(nights, comparison, item))
			continue;
		cleanup_free char *metric = junit_name(item->metric, item->x);
		cleanup_free char *name = str_printf("%s %s%s%s %s", item->placement,
			item->benchmark, item->parameters[0] ? " " : "", item->parameters, metric);
		add_item(item, name, out);
	}
}

void nights_add_decided(const struct nights *nights, struct text *out)
{
	for (size_t c = 0; c < nights->decided_count; c++) {
		const struct comparison *comparison = nights->decided[c];

		for (size_t i = 0; i < nights->count; i++) {
			const struct night *night = &nights->list[i];
			const struct compare_item *item = nights_find(comparison, night);
			cleanup_text struct text name = {0};

			if (night->state != NIGHT_FLAGGED)
				continue;
			add_name(night->series, &name);
			if (item) {
				add_item(item, name.bytes, out);
				continue;
			}
			text_add(&name, ": old against new has no such metric");
			add_line(out, "NOT MEASURED", &name);
		}
		add_others(nights, comparison, out);
	}
}

/* --- JUnit --------------------------------------------------------------------------------------
 */

/* What old against new has of it is a case there, and passes here. */
static enum compare_gate outcome_of(const struct nights *nights, const struct night *night)
{
	if (night->state != NIGHT_FLAGGED || !nights->decided_count)
		return states[night->state].gate;
	for (size_t c = 0; c < nights->decided_count; c++)
		if (!nights_find(nights->decided[c], night))
			return GATE_NOT_MEASURED;
	return GATE_PASS;
}

static char *message_of(const struct night *night, enum compare_gate outcome)
{
	struct text message = {0};

	text_add(&message, states[night->state].words);
	add_numbers(night, &message);
	if (night->state == NIGHT_FLAGGED && outcome == GATE_PASS)
		text_add(&message, "; old against new decides");
	if (night->state == NIGHT_FLAGGED && outcome == GATE_NOT_MEASURED)
		text_add(&message, "; old against new has no such metric");
	return text_take(&message);
}

static struct junit_suite suite_of(const struct nights *nights)
{
	const struct history *history = nights->history;
	const struct history_campaign *newest = &history->campaigns[history->campaign_count - 1];
	struct junit_suite suite = {.name = str_printf("tare history %s", newest->label),
		.data = newest->data,
		.notes = (const char *const *)history->notes,
		.note_count = history->note_count};

	for (size_t i = 0; i < nights->count; i++) {
		const struct night *night = &nights->list[i];
		const struct history_series *s = night->series;
		enum compare_gate outcome = outcome_of(nights, night);

		junit_add_case(
			&suite, &(struct junit_case){junit_classname(s->target, s->placement,
							     s->benchmark, s->parameters),
					junit_name(s->metric, s->x), message_of(night, outcome),
					states[night->state].words, outcome});
	}
	return suite;
}

void nights_write_junit(const struct nights *nights, struct text *out)
{
	size_t count = nights->decided_count + 1;
	cleanup_free struct junit_suite *suites = mem_new(count, sizeof(*suites));

	suites[0] = suite_of(nights);
	for (size_t i = 1; i < count; i++)
		suites[i] = junit_suite_of(nights->decided[i - 1]);
	junit_write_suites("tare history --gate", suites, count, out);
	for (size_t i = 0; i < count; i++)
		junit_suite_free(&suites[i]);
}

/* --- the summary --------------------------------------------------------------------------------
 */

/* Of all that a summary may have: of the lines on nights, and of one comparison without its table.
 */
enum { LINES_BYTES = 20000, HEADER_BYTES = 20000 };

static void add_counts(const struct nights *nights, struct text *out)
{
	const struct history *history = nights->history;
	const struct {
		size_t count;
		const char *words;
	} rows[] = {
		{nights->worse, "REGRESSION"},
		{nights->flagged, "flagged"},
		{nights->expected, "known noise"},
		{nights->not_measured, "not measured"},
		{nights->too_few, "with too few nights since their last change"},
	};

	text_addf(out, "**%zu campaigns, %zu metric%s", history->campaign_count, nights->count,
		nights->count == 1 ? "" : "s");
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].count)
			text_addf(out, ", %zu %s", rows[i].count, rows[i].words);
	text_add(out, ".**\n\n- newest: ");
	markdown_add(out, history->campaigns[history->campaign_count - 1].label);
	text_add(out, "\n");
}

/* As a list, as many as there is room for. */
static void add_list(const struct text *lines, struct text *out)
{
	size_t more = 0;

	for (const char *line = lines->count ? lines->bytes : ""; *line;) {
		size_t length = strcspn(line, "\n");
		cleanup_free char *one = str_printf("%.*s", (int)length, line);

		line += length + (line[length] == '\n');
		if (out->count + 2 * length > LINES_BYTES) {
			more++;
			continue;
		}
		text_add(out, "- ");
		markdown_add(out, one);
		text_add(out, "\n");
	}
	if (more)
		text_addf(out, "- … and %zu more\n", more);
}

void nights_write_summary(const struct nights *nights, struct text *out)
{
	static const char *const titles[] = {
		[0] = "passed", [1] = "REGRESSION", [4] = "inconclusive"};
	cleanup_text struct text lines = {0};

	text_addf(out, "## tare history: %s\n\n", titles[nights_status(nights)]);
	add_counts(nights, out);
	for (size_t i = 0; i < nights->history->note_count; i++)
		text_addf(&lines, "%s\n", nights->history->notes[i]);
	nights_add_flagged(nights, &lines);
	nights_add_decided(nights, &lines);
	add_list(&lines, out);
	for (size_t i = 0; i < nights->decided_count; i++) {
		text_add(out, "\n");
		if (out->count + HEADER_BYTES > COMPARE_SUMMARY_BYTES) {
			text_addf(out, "… and %zu more of old against new\n",
				nights->decided_count - i);
			return;
		}
		compare_write_summary(nights->decided[i], out);
	}
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static json_t *night_json(const struct nights *nights, const struct night *night)
{
	static const char *const texts[] = {
		[NIGHT_LIKE] = "like",
		[NIGHT_FLAGGED] = "flagged",
		[NIGHT_WORSE] = "worse",
		[NIGHT_EXPECTED] = "expected",
		[NIGHT_NOT_MEASURED] = "not measured",
		[NIGHT_TOO_FEW] = "too few",
	};

	return json_pack("{s:I, s:s, s:s, s:o, s:I, s:o, s:o, s:b}", "series",
		(json_int_t)(night->series - nights->history->series), "state", texts[night->state],
		"gate", compare_gate_text(outcome_of(nights, night)), "expectation",
		compare_expectation_json(night->expectation), "nights", (json_int_t)night->nights,
		"change", json_number(night->change), "p", json_number(night->p), "below_delta",
		(int)night->blind);
}

void nights_write_json(const struct nights *nights, struct text *out)
{
	json_t *root = history_json(nights->history), *list = json_array(), *decided = json_array();

	for (size_t i = 0; i < nights->count; i++)
		json_array_append_new(list, night_json(nights, &nights->list[i]));
	for (size_t i = 0; i < nights->decided_count; i++)
		json_array_append_new(decided, compare_json(nights->decided[i]));
	json_object_set_new(root, "gate",
		json_pack("{s:i, s:b, s:f, s:o, s:o}", "gate_status", nights_status(nights),
			"screen", (int)nights->options.screen, "delta", nights->options.delta,
			"nights", list, "old_against_new", decided));
	json_add(out, root);
}
