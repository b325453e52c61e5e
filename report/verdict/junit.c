/* See junit.h. The elements and attributes are those that Jenkins' xUnit schema, GitLab and
 * GitHub's reporters agree on. */
#include "report/verdict/junit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "report/write/words.h"

static const struct {
	const char *element; /* NULL: it passed */
	bool counts_failure, counts_error, counts_skipped;
} outcomes[] = {
	[GATE_PASS] = {NULL, false, false, false},
	[GATE_NONE] = {NULL, false, false, false},
	[GATE_REGRESSION] = {"failure", true, false, false},
	[GATE_INCONCLUSIVE] = {"skipped", false, false, true},
	[GATE_NOT_MEASURED] = {"skipped", false, false, true},
	[GATE_FAILED] = {"error", false, true, false},
	[GATE_EXPECTED] = {"skipped", false, false, true},
};

/* --- suites -------------------------------------------------------------------------------------
 */

void junit_add_case(struct junit_suite *suite, const struct junit_case *one)
{
	array_reserve(&suite->cases, &suite->capacity, suite->count + 1);
	suite->cases[suite->count++] = *one;
}

void junit_suite_free(struct junit_suite *suite)
{
	for (size_t i = 0; i < suite->count; i++) {
		free(suite->cases[i].classname);
		free(suite->cases[i].name);
		free(suite->cases[i].message);
	}
	free(suite->cases);
	free(suite->name);
	*suite = (struct junit_suite){0};
}

char *junit_classname(
	const char *target, const char *placement, const char *benchmark, const char *parameters)
{
	return str_printf(
		"%s.%s.%s%s%s", target, placement, benchmark, parameters[0] ? " " : "", parameters);
}

char *junit_name(const struct report_metric *metric, double x)
{
	char place[WORDS_BYTES] = "";

	if (metric)
		words_x(metric, x, place);
	return str_printf(
		"%s%s%s", metric ? metric->name : "all metrics", place[0] ? " @ " : "", place);
}

/* --- a comparison -------------------------------------------------------------------------------
 */

/* What an item that only the newer campaign has counts as: nothing was checked. */
static enum compare_gate outcome_of(const struct compare_item *item)
{
	return item->state == COMPARE_NEW && item->gate == GATE_NONE ? GATE_NOT_MEASURED
								     : item->gate;
}

static char *classname_of(const struct compare_item *item)
{
	bool one = strcmp(item->base_target, item->new_target) == 0;
	cleanup_free char *targets =
		one ? str_dup(item->new_target)
		    : str_printf("%s → %s", item->base_target, item->new_target);

	return junit_classname(targets, item->placement, item->benchmark, item->parameters);
}

/* "+2.03 % [+1.5, +2.6], 5 blocks" or what there is of it. */
static void add_numbers(struct text *out, const struct compare_item *item)
{
	char cost[COMPARE_TEXT_BYTES], interval[COMPARE_TEXT_BYTES];

	compare_numbers(item, cost, interval);
	if (cost[0])
		text_addf(out, "%s %s, ", cost, interval);
	text_addf(out, "%zu base and %zu new blocks%s%s", item->base.blocks, item->newer.blocks,
		item->paired ? ", paired" : "", item->emulated ? ", emulated" : "");
	if (item->kernel_differs)
		text_add(out, ", different kernels");
	if (item->network_differs)
		text_add(out, ", over a network on one side only");
}

static char *message_of(const struct compare_item *item)
{
	struct text message = {0};
	char decides[256];

	compare_decides(item, decides);
	text_addf(&message, "%s: ", compare_state_text(item));
	add_numbers(&message, item);
	text_addf(&message, "%s%s", decides[0] ? "; " : "", decides);
	return text_take(&message);
}

struct junit_suite junit_suite_of(const struct comparison *comparison)
{
	struct junit_suite suite = {.name = str_printf("tare gate %s %s", comparison->base_label,
					    comparison->new_label),
		.data = comparison->newer,
		.notes = comparison->notes,
		.note_count = comparison->note_count};

	for (size_t i = 0; i < comparison->count; i++) {
		const struct compare_item *item = &comparison->items[i];
		if (compare_is_gated(item))
			junit_add_case(
				&suite, &(struct junit_case){classname_of(item),
						junit_name(item->metric, item->x), message_of(item),
						compare_state_text(item), outcome_of(item)});
	}
	return suite;
}

/* --- XML ----------------------------------------------------------------------------------------
 */

/* Newlines and tabs would be normalised away in an attribute: spaces at once. */
static void add_attribute(struct text *out, const char *name, const char *value)
{
	cleanup_text struct text line = {0};

	words_add_line(&line, value);
	text_addf(out, " %s=\"", name);
	text_add_xml(out, line.count ? line.bytes : "");
	text_add(out, "\"");
}

static void add_case(struct text *out, const struct junit_case *one)
{
	const char *element = outcomes[one->outcome].element;

	text_add(out, "    <testcase");
	add_attribute(out, "classname", one->classname);
	add_attribute(out, "name", one->name);
	text_add(out, " time=\"0\">\n");
	if (element) {
		text_addf(out, "      <%s", element);
		add_attribute(out, "message", one->message);
		if (strcmp(element, "skipped") != 0)
			add_attribute(out, "type", one->type);
		text_add(out, ">");
		text_add_xml(out, one->message);
		text_addf(out, "</%s>\n", element);
	} else {
		text_add(out, "      <system-out>");
		text_add_xml(out, one->message);
		text_add(out, "</system-out>\n");
	}
	text_add(out, "    </testcase>\n");
}

struct totals {
	size_t tests, failures, errors, skipped;
	double seconds;
};

static void add_up(const struct junit_suite *suite, struct totals *totals)
{
	totals->tests += suite->count;
	for (size_t i = 0; i < suite->count; i++) {
		enum compare_gate outcome = suite->cases[i].outcome;
		totals->failures += outcomes[outcome].counts_failure;
		totals->errors += outcomes[outcome].counts_error;
		totals->skipped += outcomes[outcome].counts_skipped;
	}
	for (size_t i = 0; i < suite->data->run_count; i++)
		totals->seconds +=
			(double)(suite->data->runs[i].ended_ns - suite->data->runs[i].started_ns) /
			1e9;
}

static void add_totals(struct text *out, const struct totals *totals)
{
	text_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\"",
		totals->tests, totals->failures, totals->errors, totals->seconds);
}

static void add_notes(struct text *out, const struct junit_suite *suite)
{
	if (!suite->note_count)
		return;
	text_add(out, "    <system-out>");
	for (size_t i = 0; i < suite->note_count; i++) {
		text_add_xml(out, suite->notes[i]);
		text_add(out, "\n");
	}
	text_add(out, "</system-out>\n");
}

static void add_suite(struct text *out, const struct junit_suite *suite)
{
	struct totals totals = {0};
	char started[CLOCK_TEXT_BYTES];

	add_up(suite, &totals);
	clock_utc_text(suite->data->started_ns, started);
	text_add(out, "  <testsuite");
	add_attribute(out, "name", suite->name);
	add_totals(out, &totals);
	text_addf(out, " skipped=\"%zu\" timestamp=\"%s\" hostname=\"localhost\">\n",
		totals.skipped, started);
	for (size_t i = 0; i < suite->count; i++)
		add_case(out, &suite->cases[i]);
	add_notes(out, suite);
	text_add(out, "  </testsuite>\n");
}

void junit_write_suites(
	const char *title, const struct junit_suite *suites, size_t count, struct text *out)
{
	struct totals totals = {0};

	for (size_t i = 0; i < count; i++)
		add_up(&suites[i], &totals);
	text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_attribute(out, "name", title);
	add_totals(out, &totals);
	text_add(out, ">\n");
	for (size_t i = 0; i < count; i++)
		add_suite(out, &suites[i]);
	text_add(out, "</testsuites>\n");
}

void junit_write(const struct comparison *comparison, struct text *out)
{
	struct junit_suite suite = junit_suite_of(comparison);

	junit_write_suites("tare gate", &suite, 1, out);
	junit_suite_free(&suite);
}
