/* tare-tick: a loop that ticks, and records the largest gap between two ticks by each of the
 * machine's clocks, while its memory holds a pattern that is verified at the end. During an
 * operation on the machine (save and restore, migration): do its clocks stand still or jump, and is
 * its memory preserved?
 *
 * Usage: tare-tick --memory BYTES --period MICROSECONDS --before SECONDS --go FILE
 * Fills the memory, ticks for the time --before, prints the first line, ticks until FILE appears
 * and for the same time after that, verifies the memory, and prints the rest. Exit status 1 if a
 * word of memory changed. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "await.h"
#include "kernel.h"

static const char usage[] = "usage: tare-tick [--memory BYTES] [--period MICROSECONDS] "
			    "[--before SECONDS] --go FILE";

enum { CLOCKS = 3, LOOK_TICKS = 16 };

static const struct {
	clockid_t id;
	const char *metric;
} clocks[CLOCKS] = {{CLOCK_MONOTONIC, "gap_monotonic"}, {CLOCK_REALTIME, "gap_realtime"},
	{CLOCK_BOOTTIME, "gap_boottime"}};

struct readings {
	int64_t ns[CLOCKS];
};

static struct readings read_all(void)
{
	struct readings now;

	for (int i = 0; i < CLOCKS; i++) {
		struct timespec t;

		clock_gettime(clocks[i].id, &t);
		now.ns[i] = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
	}
	return now;
}

/* The ticks of one stage. */
struct stage {
	int64_t largest_ns[CLOCKS];
	int64_t back_ns; /* largest step back of CLOCK_REALTIME */
	double ticks;
};

/* One tick: sleeps until the next multiple of the period, and compares with the previous tick. */
static void tick(int64_t period_ns, struct readings *last, struct stage *stage)
{
	int64_t next_ns = (last->ns[0] / period_ns + 1) * period_ns;
	struct timespec until = {next_ns / 1000000000, next_ns % 1000000000};
	struct readings now;

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
	now = read_all();
	for (int i = 0; i < CLOCKS; i++)
		if (now.ns[i] - last->ns[i] > stage->largest_ns[i])
			stage->largest_ns[i] = now.ns[i] - last->ns[i];
	if (last->ns[1] - now.ns[1] > stage->back_ns)
		stage->back_ns = last->ns[1] - now.ns[1];
	stage->ticks++;
	*last = now;
}

static void tick_for(int64_t time_ns, int64_t period_ns, struct readings *last, struct stage *stage)
{
	for (int64_t end_ns = last->ns[0] + time_ns; last->ns[0] < end_ns;)
		tick(period_ns, last, stage);
}

/* xorshift64* (Vigna 2016): every word of the pattern is computed from the previous one. */
static uint64_t next_word(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static void fill(uint64_t *words, size_t count)
{
	uint64_t state = 1;

	for (size_t i = 0; i < count; i++)
		words[i] = next_word(&state);
}

static void check(const uint64_t *words, size_t count)
{
	uint64_t state = 1;

	for (size_t i = 0; i < count; i++)
		if (words[i] != next_word(&state))
			kernel_die("memory changed: word %zu of %zu is wrong", i, count);
}

static void print_ms(const char *metric, int64_t ns)
{
	double ms = (double)ns / 1e6;

	kernel_series(metric, "", 0, &ms, 1);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"memory", required_argument, NULL, 'm'},
		{"period", required_argument, NULL, 'p'}, {"before", required_argument, NULL, 'b'},
		{"go", required_argument, NULL, 'g'}, {0}};
	double memory_bytes = 0, period_us = 1000, before_s = 1;
	struct stage before = {0}, after = {0};
	const char *go = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'm')
			memory_bytes = kernel_number(optarg, 0, 0x1p50);
		else if (option == 'p')
			period_us = kernel_number(optarg, 10, 1e6);
		else if (option == 'b')
			before_s = kernel_number(optarg, 0, 3600);
		else if (option == 'g')
			go = optarg;
		else
			kernel_die("%s", usage);
	}
	if (optind != argc || !go)
		kernel_die("%s", usage);

	int64_t period_ns = llround(period_us * 1e3), before_ns = llround(before_s * 1e9);
	size_t count = (size_t)memory_bytes / sizeof(uint64_t);
	uint64_t *words = kernel_touched((long)count + 1, sizeof(*words));
	struct readings last;

	fill(words, count);
	last = read_all();
	tick_for(before_ns, period_ns, &last, &before);
	kernel_begin("tare-tick");
	fflush(stdout);
	do {
		for (int i = 0; i < LOOK_TICKS; i++)
			tick(period_ns, &last, &after);
	} while (!appeared(go));
	tick_for(before_ns, period_ns, &last, &after);
	check(words, count);
	free(words);
	for (int i = 0; i < CLOCKS; i++)
		print_ms(clocks[i].metric, after.largest_ns[i]);
	print_ms("step_back", after.back_ns);
	print_ms("gap_before", before.largest_ns[0]);
	kernel_series("ticks", "", 0, &after.ticks, 1);
	return kernel_end();
}
