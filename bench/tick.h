/* Benchmarks in which a program ticks (kernel tare-tick) during an operation on its machine:
 * options, command line, metrics, and parsing. */
#ifndef TARE_BENCH_TICK_H
#define TARE_BENCH_TICK_H

#include "bench/lifecycle.h"

struct tick_options {
	int64_t memory_bytes;
	double before_s, period_s;
};

/* clang-format off */
/* NOLINTBEGIN(bugprone-macro-parentheses): a type and its member take none */
#define TICK_ROWS(type, member)                                                                    \
	{"memory", OPTION_SIZE, offsetof(type, member.memory_bytes), "64M", "B",                   \
		"memory filled with a pattern, which is verified afterwards", 0, 0x1p50,           \
		NULL},                                                                             \
	{"before", OPTION_DURATION, offsetof(type, member.before_s), "1", "s",                     \
		"undisturbed time before the operation, and time after it", 0.01, 3600, NULL},     \
	{"period", OPTION_DURATION, offsetof(type, member.period_s), "1ms", "s",                   \
		"time between two ticks", 1e-5, 1, NULL}

/* In this order, from the index that tick_parse gets. */
#define TICK_METRICS                                                                               \
	{"gap_monotonic", "ms", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,           \
		"largest gap between two ticks by CLOCK_MONOTONIC", DETAIL},                       \
	{"gap_realtime", "ms", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,            \
		"largest gap between two ticks by CLOCK_REALTIME", DETAIL},                        \
	{"gap_boottime", "ms", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,            \
		"largest gap between two ticks by CLOCK_BOOTTIME", DETAIL},                        \
	{"step_back", "ms", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL,          \
		"largest step back of CLOCK_REALTIME between two ticks", DETAIL},                  \
	{"gap_before", "ms", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,               \
		"largest gap by CLOCK_MONOTONIC before the operation", DETAIL},                    \
	{"ticks", "1", BETTER_NONE, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,                     \
		"ticks during the operation", DETAIL}
/* NOLINTEND(bugprone-macro-parentheses) */
/* clang-format on */

int tick_command(const struct tick_options *options, const struct role *role, struct command *out,
	struct error *e);
/* metrics[first] is the first of TICK_METRICS; each must be present once. */
int tick_parse(const struct metric *metrics, unsigned first, struct piece text, struct samples *out,
	struct error *e);
const char *tick_why_not(const struct tick_options *options, const struct machine_facts *facts);

#endif
