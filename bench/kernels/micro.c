/* tare-micro: the cost of single operations of the operating system, after lmbench and virtbench.
 *
 * Usage: tare-micro --operations NAME,… [--iterations N] [--seconds S]
 *
 * Every operation is warmed up, which is not counted, and then repeated for S seconds; of the
 * samples taken, N or fewer are recorded, evenly spread over that time. With S = 0 there are N
 * samples, one immediately after the other.
 *
 * operation.h says how a sample is timed. Status 1 and no numbers if an operation had a wrong
 * result. */
#include "micro.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel.h"
#include "micro_cpus.h"

enum { OPERATIONS_MAX = 32 };

struct micro {
	const struct operation *operations[OPERATIONS_MAX];
	int count;
	struct operation_plan plan;
};

static void add_operations(struct micro *m, char *names)
{
	for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
		if (m->count == OPERATIONS_MAX)
			kernel_die("more than %d operations", OPERATIONS_MAX);
		m->operations[m->count++] = operation_find(micro_operations, name);
	}
}

static void parse_arguments(struct micro *m, int argc, char **argv)
{
	static const struct option options[] = {{"operations", required_argument, NULL, 'o'},
		{"iterations", required_argument, NULL, 'i'},
		{"seconds", required_argument, NULL, 's'}, {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'o')
			add_operations(m, optarg);
		else if (c == 'i')
			m->plan.iterations = (long)kernel_number(optarg, 1, 1e6);
		else if (c == 's')
			m->plan.seconds = kernel_number(optarg, 0, 3600);
		else
			exit(2);
	}
	if (optind != argc || m->count == 0)
		kernel_die("usage: tare-micro --operations NAME,… [--iterations N] [--seconds S]");
}

int main(int argc, char **argv)
{
	struct micro m = {.plan = {.iterations = 1000, .seconds = 2}};
	double elapsed_s = 0;
	int cpus = micro_find_cpus();

	/* How the operation exec starts this program. */
	if (argc == 2 && strcmp(argv[1], "--exit") == 0)
		return 42;
	parse_arguments(&m, argc, argv);
	micro_pin(micro_cpus[0]);
	m.plan.clock_cost_ns = kernel_clock_cost_ns();
	for (int i = 0; i < m.count; i++)
		if (m.operations[i]->cpus > cpus)
			kernel_die(
				"%s needs %d CPUs", m.operations[i]->name, m.operations[i]->cpus);
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	kernel_begin("tare-micro");
	kernel_series("clock_cost", "", 0, &m.plan.clock_cost_ns, 1);
	for (int i = 0; i < m.count; i++) {
		/* A forked process must not inherit buffered output. */
		fflush(stdout);
		struct operation_result result = operation_run(&m.plan, m.operations[i]);
		elapsed_s += result.elapsed_s;
		operation_print(m.operations[i], &result);
	}
	kernel_series("elapsed", "", 0, &elapsed_s, 1);
	return kernel_end();
}
