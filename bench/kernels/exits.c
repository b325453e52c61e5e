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

#include <stdio.h>

#include "kernel.h"
#include "micro_cpus.h"

/* Measures one operation, or says why not. Returns the time of its measured phase in s. */
static double run(const struct operation_plan *plan, const struct operation *operation, int cpus)
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
	struct operation_result result = operation_run(plan, operation);
	operation_print(operation, &result);
	kernel_series(operation->name, "_done", 0, &result.done, 1);
	return result.elapsed_s;
}

int main(int argc, char **argv)
{
	struct operation_request request =
		operation_arguments("tare-exits", exits_operations, argc, argv);
	double elapsed_s = 0;
	int cpus = micro_find_cpus();

	micro_pin(micro_cpus[0]);
	request.plan.clock_cost_ns = kernel_clock_cost_ns();
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	kernel_begin("tare-exits");
	kernel_series("clock_cost", "", 0, &request.plan.clock_cost_ns, 1);
	for (int i = 0; i < request.count; i++)
		elapsed_s += run(&request.plan, request.operations[i], cpus);
	kernel_series("elapsed", "", 0, &elapsed_s, 1);
	return kernel_end();
}
