/* The display of a campaign on several hosts: one line each, cut to the terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "cli/failures.h"
#include "cli/progress.h"

enum { HOSTS = 9, SCREEN_BYTES = 1 << 16 };

static const struct metric latency = {
	.name = "latency", .unit = "us", .better = BETTER_LOWER, .scale = SCALE_RATIO};
static const struct metric offset = {
	.name = "offset", .unit = "us", .better = BETTER_NONE, .scale = SCALE_DIFFERENCE};

static const struct metric rate = {
	.name = "rate", .unit = "1/s", .better = BETTER_HIGHER, .scale = SCALE_RATIO};

static char kvm[] = "kvm", native[] = "native";
static struct campaign_target two_targets[] = {{.name = kvm}, {.name = native}};
static char name0[] = "node0", name1[] = "node1", name2[] = "node2", name3[] = "node3",
	    name4[] = "node4", name5[] = "node5", name6[] = "node6", name7[] = "node7",
	    name8[] = "node8";
static struct site_host hosts[HOSTS] = {{.name = name0}, {.name = name1}, {.name = name2},
	{.name = name3}, {.name = name4}, {.name = name5}, {.name = name6}, {.name = name7},
	{.name = name8}};
static const struct site several = {.hosts = hosts, .host_count = HOSTS};
static const struct campaign campaign = {.targets = two_targets, .target_count = 2, .baseline = 1};

/* A terminal as standard error, with a display on it. */
struct terminal {
	int master, saved;
	struct progress *progress;
	char written[SCREEN_BYTES]; /* since the last look */
};

static void begin_as(
	struct terminal *t, const char *term, unsigned short rows, unsigned short columns)
{
	struct winsize size = {.ws_row = rows, .ws_col = columns};
	int slave;
	assert_int_equal(openpty(&t->master, &slave, NULL, NULL, &size), 0);
	setenv("TERM", term, 1);
	fflush(stderr);
	t->saved = dup(STDERR_FILENO);
	dup2(slave, STDERR_FILENO);
	close(slave);
	fcntl(t->master, F_SETFL, O_NONBLOCK);
	t->progress = progress_new(&campaign, &several, false);
}

static void begin(struct terminal *t, unsigned short rows, unsigned short columns)
{
	begin_as(t, "xterm", rows, columns);
}

static void end(struct terminal *t)
{
	progress_free(t->progress);
	dup2(t->saved, STDERR_FILENO);
	close(t->saved);
	close(t->master);
}

static const char *look(struct terminal *t)
{
	size_t count = 0;
	ssize_t more;
	while ((more = read(t->master, t->written + count, sizeof(t->written) - 1 - count)) > 0)
		count += (size_t)more;
	t->written[count] = '\0';
	return t->written;
}

static void cell(struct terminal *t, size_t host, const char *target, unsigned block)
{
	progress_event(t->progress, &(struct run_event){.kind = RUN_CELL,
					    .total = 40,
					    .eta_s = NAN,
					    .block = block,
					    .blocks = 3,
					    .target = target,
					    .placement = "1x1",
					    .benchmark = "latency",
					    .parameters = "",
					    .first_host = host,
					    .host_count = 1});
}

static void measured(struct terminal *t, size_t host, const char *target, unsigned block,
	const struct metric *metric, double value, const char *text)
{
	progress_event(t->progress, &(struct run_event){.kind = RUN_MEASURED,
					    .total = 40,
					    .eta_s = NAN,
					    .block = block,
					    .blocks = 3,
					    .target = target,
					    .placement = "1x1",
					    .benchmark = "latency",
					    .parameters = "size=4K",
					    .first_host = host,
					    .host_count = 1,
					    .metric = metric,
					    .value = value,
					    .text = text});
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;
	for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
		count++;
	return count;
}

static void test_a_line_for_each_host(void **state)
{
	struct terminal t;
	(void)state;
	begin(&t, 24, 120);
	cell(&t, 1, "kvm", 1);
	cell(&t, 2, "native", 1);
	look(&t);
	cell(&t, 1, "native", 2);
	const char *shown = look(&t);
	assert_non_null(strstr(shown, "\033[2A"));
	assert_non_null(strstr(shown, "node1: block 2/3 native 1x1 latency\033[K"));
	assert_non_null(strstr(shown, "node2: block 1/3 native 1x1 latency\033[K"));
	assert_int_equal(count_of(shown, "\n"), 2);
	end(&t);
}

/* A block on several hosts has one line, and ends what each of them did alone. */
static void test_hosts_together(void **state)
{
	struct terminal t;
	struct run_event event = {.kind = RUN_MACHINES,
		.total = 40,
		.eta_s = NAN,
		.block = 1,
		.blocks = 3,
		.target = "kvm",
		.placement = "2x4",
		.first_host = 1,
		.host_count = 2};
	(void)state;
	begin(&t, 24, 120);
	cell(&t, 3, "kvm", 1);
	cell(&t, 0, "kvm", 1);
	cell(&t, 1, "kvm", 1);
	look(&t);
	progress_event(t.progress, &event);
	const char *shown = look(&t);
	const char *together = strstr(shown, "node1…node2: block 1/3 kvm 2x4 machines starting");
	assert_non_null(together);
	assert_true(strstr(shown, "node0: ") < together);
	assert_true(strstr(shown, "node3: ") > together);
	assert_null(strstr(shown, "node1: "));
	event.kind = RUN_MACHINES_FAIL;
	event.text = "no bridge";
	progress_event(t.progress, &event);
	assert_non_null(strstr(look(&t), "block 1/3 node1…node2 kvm 2x4 machines: "));
	cell(&t, 2, "native", 1);
	assert_null(strstr(look(&t), "node1…node2"));
	end(&t);
}

static void test_more_hosts_than_rows(void **state)
{
	struct terminal t;
	(void)state;
	begin(&t, 6, 120);
	for (unsigned i = 0; i < HOSTS; i++) {
		look(&t);
		cell(&t, i, "kvm", 1);
	}
	const char *shown = look(&t);
	/* Five of six rows: the bar, three hosts, and how many more. */
	assert_int_equal(count_of(shown, "\n"), 4);
	assert_int_equal(count_of(shown, "node"), 3);
	assert_non_null(strstr(shown, "… and 6 more"));
	end(&t);
}

/* Lines, as a terminal without sequences and a pipe have them. */
static void test_values_against_the_baseline(void **state)
{
	struct terminal t;
	(void)state;
	begin_as(&t, "dumb", 24, 200);
	measured(&t, 1, "kvm", 1, &latency, 30, "latency 30 us");
	assert_null(strstr(look(&t), "against native"));
	measured(&t, 1, "native", 1, &latency, 20, "latency 20 us");
	assert_null(strstr(look(&t), "against native"));
	measured(&t, 2, "kvm", 1, &latency, 30, "latency 30 us");
	assert_non_null(strstr(look(&t), "latency 30 us (+50.0 % against native)"));
	measured(&t, 2, "kvm", 2, &latency, 500, "latency 500 us");
	assert_non_null(strstr(look(&t), "(×25.0 against native in block 1)"));
	/* Blocks overlap where hosts are several: the own one counts, not the latest. */
	measured(&t, 1, "native", 3, &latency, 40, "latency 40 us");
	look(&t);
	measured(&t, 2, "kvm", 1, &latency, 30, "latency 30 us");
	assert_non_null(strstr(look(&t), "(+50.0 % against native)"));
	measured(&t, 2, "kvm", 2, &latency, 30, "latency 30 us");
	assert_non_null(strstr(look(&t), "(-25.0 % against native in block 3)"));
	measured(&t, 2, "native", 2, &offset, -1, "offset -1 us");
	measured(&t, 2, "kvm", 2, &offset, -3, "offset -3 us");
	assert_non_null(strstr(look(&t), "offset -3 us (-2.00 us against native)"));
	measured(&t, 2, "kvm", 2, &offset, 3, "offset 3 us");
	assert_non_null(strstr(look(&t), "(+4.00 us against native)"));
	/* More is better: half of it is twice as slow. */
	measured(&t, 2, "native", 2, &rate, 100, "rate 100 1/s");
	measured(&t, 2, "kvm", 2, &rate, 40, "rate 40 1/s");
	assert_non_null(strstr(look(&t), "rate 40 1/s (×2.50 against native)"));
	end(&t);
}

/* The table has one scale, over all blocks so far. */
static void test_a_table_of_slowdowns(void **state)
{
	struct terminal t;
	(void)state;
	begin(&t, 24, 80);
	measured(&t, 1, "kvm", 1, &latency, 30, "latency 30 us");
	const char *shown = look(&t);
	assert_non_null(strstr(shown, "slowdown so far"));
	assert_non_null(strstr(shown, "1x1 latency size=4K latency          …\033[K"));
	assert_null(strstr(shown, "latency 30 us"));
	measured(&t, 1, "native", 1, &latency, 20, "latency 20 us");
	assert_non_null(strstr(look(&t), "1x1 latency size=4K latency    +50.0 %\033[K"));
	measured(&t, 2, "kvm", 2, &latency, 270, "latency 270 us");
	assert_non_null(strstr(look(&t), "1x1 latency size=4K latency      ×4.50\033[K"));
	end(&t);
}

static void failed(
	struct terminal *t, enum run_event_kind kind, const char *target, const char *text)
{
	progress_event(t->progress, &(struct run_event){.kind = kind,
					    .total = 40,
					    .failed = 1,
					    .eta_s = NAN,
					    .block = 1,
					    .blocks = 3,
					    .target = target,
					    .placement = "1x1",
					    .benchmark = kind == RUN_FAILED ? "latency" : NULL,
					    .text = text});
}

/* Equal failures scroll once, and their number is printed at the end. */
static void test_equal_failures_collapse(void **state)
{
	struct terminal t;
	(void)state;
	begin(&t, 24, 80);
	failed(&t, RUN_MACHINES_FAIL, "kvm", "no bridge");
	assert_int_equal(count_of(look(&t), "no bridge"), 1);
	for (int i = 0; i < 24; i++)
		failed(&t, RUN_FAILED, "kvm", "no bridge");
	assert_int_equal(count_of(look(&t), "no bridge"), 0);
	failed(&t, RUN_FAILED, "native", "no bridge");
	assert_int_equal(count_of(look(&t), "no bridge"), 1);
	progress_event(t.progress, &(struct run_event){.kind = RUN_ENDS, .eta_s = NAN});
	const char *shown = look(&t);
	assert_non_null(strstr(shown, "FAILED ×24 kvm: no bridge"));
	assert_int_equal(count_of(shown, "no bridge"), 1);
	end(&t);
}

/* Those that came most often are shown at the end of a run without a terminal. */
static void test_most_frequent_failures(void **state)
{
	static const char *const texts[] = {"a", "b", "c", "b", "c", "c", "d"};
	struct failures failures = {0};
	cleanup_text struct text out = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		failures_note(&failures, "kvm", texts[i], 1);
	failures_add_most(&failures, 3, &out);
	assert_string_equal(out.bytes,
		"FAILED ×3 kvm: c\nFAILED ×2 kvm: b\nFAILED ×1 kvm: a\nand 1 other reason\n");
	failures_free(&failures);
}

/* What runs is shown with how long it has been running, though nothing happens. */
static void test_time_goes_on(void **state)
{
	struct terminal t;
	(void)state;
	begin(&t, 24, 80);
	progress_event(t.progress, &(struct run_event){.kind = RUN_CELL,
					   .total = 40,
					   .eta_s = NAN,
					   .block = 1,
					   .blocks = 3,
					   .target = "kvm",
					   .placement = "1x1",
					   .benchmark = "latency",
					   .parameters = "",
					   .expected_s = 13,
					   .host_count = 1});
	assert_null(strstr(look(&t), "of ~13 s"));
	const char *shown = "";
	for (int i = 0; i < 300 && !strstr(shown, " s of ~13 s"); i++) {
		usleep(100000);
		shown = look(&t);
	}
	assert_non_null(strstr(shown, " s of ~13 s"));
	end(&t);
}

/* What programs print reaches the terminal as text, and a line of the log stands above the lines
 * of the display. */
static void test_nothing_disturbs_the_lines(void **state)
{
	struct terminal t;
	(void)state;
	begin(&t, 24, 80);
	cell(&t, 0, "kvm", 1);
	progress_event(t.progress, &(struct run_event){.kind = RUN_FAILED,
					   .total = 40,
					   .eta_s = NAN,
					   .target = "kvm",
					   .placement = "1x1",
					   .benchmark = "latency",
					   .text = "last words: \033[2J\nboom"});
	const char *shown = look(&t);
	assert_null(strstr(shown, "\033[2J"));
	assert_non_null(strstr(shown, "last words:  [2J boom"));
	log_warn("disk full");
	shown = look(&t);
	/* Taken away, the warning, painted again. */
	const char *warning = strstr(shown, "\r\033[3A\033[Jwarning: disk full");
	assert_non_null(warning);
	assert_non_null(strstr(warning, "block 1/3 kvm"));
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_line_for_each_host),
		cmocka_unit_test(test_hosts_together),
		cmocka_unit_test(test_more_hosts_than_rows),
		cmocka_unit_test(test_values_against_the_baseline),
		cmocka_unit_test(test_nothing_disturbs_the_lines),
		cmocka_unit_test(test_a_table_of_slowdowns),
		cmocka_unit_test(test_equal_failures_collapse),
		cmocka_unit_test(test_most_frequent_failures),
		cmocka_unit_test(test_time_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
