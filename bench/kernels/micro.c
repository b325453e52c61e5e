/* tare-micro: the cost of single operations of the operating system, after lmbench and virtbench.
 *
 * Usage: tare-micro --operations NAME,… [--iterations N] [--seconds S] [--count K]
 *
 * Every operation is warmed up, which is not counted, and then repeated for S seconds; of the
 * samples taken, N or fewer are recorded, evenly spread over that time. With S = 0 there are N
 * samples, one immediately after the other; with K above 0 every operation is done exactly K times.
 *
 * operation.h says how a sample is timed. Status 1 and no numbers if an operation had a wrong
 * result. */
#include "micro.h"

#include <stdio.h>
#include <string.h>

#include "kernel.h"
#include "micro_cpus.h"

int main(int argc, char **argv)
{
	double elapsed_s = 0;
	int cpus = micro_find_cpus();

	/* How the operation exec starts this program. */
	if (argc == 2 && strcmp(argv[1], "--exit") == 0)
		return 42;
	struct operation_request request =
		operation_arguments("tare-micro", micro_operations, argc, argv);
	micro_pin(micro_cpus[0]);
	request.plan.clock_cost_ns = kernel_clock_cost_ns();
	for (int i = 0; i < request.count; i++)
		if (request.operations[i]->cpus > cpus)
			kernel_die("%s needs %d CPUs", request.operations[i]->name,
				request.operations[i]->cpus);
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	kernel_begin("tare-micro");
	kernel_series("clock_cost", "", 0, &request.plan.clock_cost_ns, 1);
	for (int i = 0; i < request.count; i++) {
		/* A forked process must not inherit buffered output. */
		fflush(stdout);
		struct operation_result result =
			operation_run(&request.plan, request.operations[i]);
		elapsed_s += result.elapsed_s;
		operation_print(request.operations[i], &result);
	}
	kernel_series("elapsed", "", 0, &elapsed_s, 1);
	return kernel_end();
}
