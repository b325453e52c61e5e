/* See junit.h. The elements and attributes are those that Jenkins' xUnit schema, GitLab and
 * GitHub's reporters agree on. */
#include "report/verdict/junit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
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

/* What an item that only the newer campaign has counts as: nothing was checked. */
static enum compare_gate outcome_of(const struct compare_item *item)
{
	return item->state == COMPARE_NEW && item->gate == GATE_NONE ? GATE_NOT_MEASURED
								     : item->gate;
}

/* Newlines and tabs would be normalised away in an attribute: spaces at once. */
static void add_attribute(struct text *out, const char *name, const char *value)
{
	cleanup_text struct text line = {0};

	words_add_line(&line, value);
	text_addf(out, " %s=\"", name);
	text_add_xml(out, line.count ? line.bytes : "");
	text_add(out, "\"");
}

static void add_classname(struct text *out, const struct compare_item *item)
{
	cleanup_text struct text name = {0};

	/* Servers cut the class name at dots into packages: target, placement, benchmark. */
	text_add(&name, item->base_target);
	if (strcmp(item->base_target, item->new_target) != 0)
		text_addf(&name, " → %s", item->new_target);
	text_addf(&name, ".%s.%s%s%s", item->placement, item->benchmark,
		item->parameters[0] ? " " : "", item->parameters);
	add_attribute(out, "classname", name.bytes);
}

static void add_name(struct text *out, const struct compare_item *item)
{
	cleanup_text struct text name = {0};
	char x[WORDS_BYTES] = "";

	if (item->metric)
		words_x(item->metric, item->x, x);
	text_addf(&name, "%s%s%s", item->metric ? item->metric->name : "all metrics",
		x[0] ? " @ " : "", x);
	add_attribute(out, "name", name.bytes);
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

static void add_case(struct text *out, const struct compare_item *item)
{
	const char *element = outcomes[outcome_of(item)].element;
	cleanup_text struct text numbers = {0}, message = {0};
	char decides[256];

	compare_decides(item, decides);
	add_numbers(&numbers, item);
	text_add(out, "    <testcase");
	add_classname(out, item);
	add_name(out, item);
	text_add(out, " time=\"0\">\n");
	text_addf(&message, "%s: %s%s%s", compare_state_text(item), numbers.bytes,
		decides[0] ? "; " : "", decides);
	if (element) {
		text_addf(out, "      <%s", element);
		add_attribute(out, "message", message.bytes);
		if (strcmp(element, "skipped") != 0)
			add_attribute(out, "type", compare_state_text(item));
		text_add(out, ">");
		text_add_xml(out, message.bytes);
		text_addf(out, "</%s>\n", element);
	} else {
		text_add(out, "      <system-out>");
		text_add_xml(out, message.bytes);
		text_add(out, "</system-out>\n");
	}
	text_add(out, "    </testcase>\n");
}

static double measured_s(const struct store_data *data)
{
	double sum = 0;

	for (size_t i = 0; i < data->run_count; i++)
		sum += (double)(data->runs[i].ended_ns - data->runs[i].started_ns) / 1e9;
	return sum;
}

void junit_write(const struct comparison *comparison, struct text *out)
{
	size_t tests = 0, failures = 0, errors = 0, skipped = 0;
	cleanup_text struct text counts = {0}, name = {0};
	time_t seconds = (time_t)(comparison->newer->started_ns / 1000000000);
	char started[64] = "1970-01-01T00:00:00";
	struct tm tm;

	for (size_t i = 0; i < comparison->count; i++) {
		if (!compare_is_gated(&comparison->items[i]))
			continue;
		tests++;
		enum compare_gate outcome = outcome_of(&comparison->items[i]);
		failures += outcomes[outcome].counts_failure;
		errors += outcomes[outcome].counts_error;
		skipped += outcomes[outcome].counts_skipped;
	}
	if (gmtime_r(&seconds, &tm))
		strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%S", &tm);
	text_addf(&counts, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\"", tests,
		failures, errors, measured_s(comparison->newer));
	text_addf(&name, "tare gate %s %s", comparison->base_label, comparison->new_label);
	text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	add_attribute(out, "name", "tare gate");
	text_addf(out, "%s>\n  <testsuite", counts.bytes);
	add_attribute(out, "name", name.bytes);
	text_addf(out, "%s skipped=\"%zu\" timestamp=\"%s\" hostname=\"localhost\">\n",
		counts.bytes, skipped, started);
	for (size_t i = 0; i < comparison->count; i++)
		if (compare_is_gated(&comparison->items[i]))
			add_case(out, &comparison->items[i]);
	if (comparison->note_count) {
		text_add(out, "    <system-out>");
		for (size_t i = 0; i < comparison->note_count; i++) {
			text_add_xml(out, comparison->notes[i]);
			text_add(out, "\n");
		}
		text_add(out, "</system-out>\n");
	}
	text_add(out, "  </testsuite>\n</testsuites>\n");
}
