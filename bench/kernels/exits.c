/* tare-exits: what leaving a guest once costs, from inside it, by what makes it leave.
 *
 * Usage: tare-exits --operations NAME,… [--iterations N] [--seconds S] [--count K]
 *
 * As tare-micro: every operation is warmed up, which is not counted, and then repeated for S
 * seconds; N samples or fewer are recorded. With K above 0 every operation is done exactly K
 * times, without a warm-up: a known number of exits. operation.h says how a sample is timed.
 *
 * What a machine cannot do is said with the reason ("gap NAME REASON"), not measured as zero.
 * Instructions are those of kvm-unit-tests (x86/vmexit.c), done by a program, not a kernel. */
#include "exits.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "micro_cpus.h"

enum { OPERATIONS_MAX = 32 };

struct exits {
	const struct operation *operations[OPERATIONS_MAX];
	int count;
	struct operation_plan plan;
};

static void add_operations(struct exits *x, char *names)
{
	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		if (x->count == OPERATIONS_MAX)
			kernel_die("more than %d operations", OPERATIONS_MAX);
		x->operations[x->count++] = operation_find(exits_operations, name);
	}
}

static void parse_arguments(struct exits *x, int argc, char **argv)
{
	static const struct option options[] = {{"operations", required_argument, NULL, 'o'},
		{"iterations", required_argument, NULL, 'i'},
		{"seconds", required_argument, NULL, 's'}, {"count", required_argument, NULL, 'c'},
		{0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'o')
			add_operations(x, optarg);
		else if (c == 'i')
			x->plan.iterations = (long)kernel_number(optarg, 1, 1e6);
		else if (c == 's')
			x->plan.seconds = kernel_number(optarg, 0, 3600);
		else if (c == 'c')
			x->plan.count = (long)kernel_number(optarg, 0, 1e9);
		else
			exit(2);
	}
	if (optind != argc || x->count == 0)
		kernel_die("usage: tare-exits --operations NAME,… [--iterations N] [--seconds S] "
			   "[--count K]");
}

/* Measures one operation, or says why not. Returns the time of its measured phase in s. */
static double run(const struct exits *x, const struct operation *operation, int cpus)
{
	const char *why = operation->cpus > cpus ? "it needs a second CPU"
			  : operation->why_not   ? operation->why_not()
						 : NULL;

	if (why) {
		kernel_gap(operation->name, why);
		return 0;
	}
	/* A forked process must not inherit buffered output. */
	fflush(stdout);
	struct operation_result result = operation_run(&x->plan, operation);
	operation_print(operation, &result);
	kernel_series(operation->name, "_done", 0, &result.done, 1);
	return result.elapsed_s;
}

int main(int argc, char **argv)
{
	struct exits x = {.plan = {.iterations = 1000, .seconds = 2}};
	double elapsed_s = 0;
	int cpus = micro_find_cpus();

	parse_arguments(&x, argc, argv);
	micro_pin(micro_cpus[0]);
	x.plan.clock_cost_ns = kernel_clock_cost_ns();
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	kernel_begin("tare-exits");
	kernel_series("clock_cost", "", 0, &x.plan.clock_cost_ns, 1);
	for (int i = 0; i < x.count; i++)
		elapsed_s += run(&x, x.operations[i], cpus);
	kernel_series("elapsed", "", 0, &elapsed_s, 1);
	return kernel_end();
}
