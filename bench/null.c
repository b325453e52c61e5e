/* null: measures nothing. Prints given values or misbehaves on request (kernel tare-null), to test
 * the orchestrator and the statistics. */
#include "bench/bench.h"

#include "bench/timing.h"

struct null_options {
	double seconds, value, deviation;
	int64_t count;
	int fault;
	char *program;
};

/* The names that tare-null knows. */
static const char *const faults[] = {
	"none", "exit", "signal", "hang", "garbage", "nan", "truncated", "silent", "flood", NULL};

static const struct option_row null_rows[] = {
	{"seconds", OPTION_DURATION, offsetof(struct null_options, seconds), "0", "s",
		"time to sleep before printing", 0, 86400, NULL},
	{"value", OPTION_REAL, offsetof(struct null_options, value), "1", "1",
		"mean of the values printed", 0, 1e12, NULL},
	{"deviation", OPTION_REAL, offsetof(struct null_options, deviation), "0", "1",
		"half width of the uniform noise on each value, as a fraction of it", 0, 1, NULL},
	{"count", OPTION_INT, offsetof(struct null_options, count), "1", "1",
		"number of values printed", 1, 1000000, NULL},
	{"fault", OPTION_CHOICE, offsetof(struct null_options, fault), "none", NULL,
		"how it misbehaves", 0, 0, faults},
	{"program", OPTION_STRING, offsetof(struct null_options, program),
		BENCH_KERNELS_DIR "/tare-null", NULL,
		"path of the program, for tests outside the image", 0, 0, NULL},
	{0},
};

static const struct metric null_metrics[] = {
	{"value", "1", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"the value set by the options; not a measurement", HEADLINE(1)},
	{"elapsed", "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"time slept, by the program's clock", DETAIL},
	{0},
};

static int null_check(const void *options, struct error *e)
{
	const struct null_options *o = options;

	if (!o->program || o->program[0] != '/')
		return error_set(e, "program must be an absolute path");
	return 0;
}

static int null_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct null_options *o = options;

	(void)role;
	(void)e;
	argv_add_all(&out->argv, o->program, "--seconds", NULL);
	argv_addf(&out->argv, "%.9g", o->seconds);
	argv_add(&out->argv, "--value");
	argv_addf(&out->argv, "%.17g", o->value);
	argv_add(&out->argv, "--deviation");
	argv_addf(&out->argv, "%.17g", o->deviation);
	argv_add(&out->argv, "--count");
	argv_addf(&out->argv, "%lld", (long long)o->count);
	argv_add_all(&out->argv, "--fault", faults[o->fault], NULL);
	out->expected_s = 0.05 + o->seconds;
	return 0;
}

static int null_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-null", null_metrics, text, length, out, e);
}

const struct benchmark bench_null = {
	.name = "null",
	.summary = "measures nothing: prints given values or misbehaves, for tests",
	.source = "none: tests of the orchestrator",
	.options = null_rows,
	.options_size = sizeof(struct null_options),
	.metrics = null_metrics,
	.topology = TOPOLOGY_ONE,
	.check = null_check,
	.command = null_command,
	.parse = null_parse,
};
