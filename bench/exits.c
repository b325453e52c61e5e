/* exits: what leaving a guest once costs, by what makes it leave (kernel tare-exits). Knows the
 * operations' names, not how they are done. */
#include "bench/bench.h"

#include "bench/operations.h"
#include "bench/timing.h"

struct exits_options {
	struct operations_options timed; /* first: OPERATIONS_ROWS */
	int64_t count;
};

static const struct option_row exits_rows[] = {
	OPERATIONS_ROWS("all, or a comma-separated list", "1"),
	{"count", OPTION_INT, offsetof(struct exits_options, count), "0", "1",
		"how often every operation is done, without a warm-up; 0: by time", 0, 1e9, NULL},
	{0},
};

/* The kernel does them in this order. */
#define OPERATIONS(M) \
	M(page_first, 1, 0, \
		"first write to 64 MiB of memory, by page: in a fresh guest the host finds " \
		"pages, too") \
	M(page_again, 1, 0, "first write to pages that the process had before, by page") \
	M(cpuid, 1, 1, "the instruction cpuid, which hypervisors emulate: the lightest exit") \
	M(hypercall, 1, 0, "the instruction vmcall or vmmcall, which the hypervisor refuses") \
	M(xen_hypercall, 1, 0, \
		"Xen's version by a system call to /dev/xen/privcmd, and the hypercall in it") \
	M(port_io, 1, 0, "a byte written to port 0x80, which KVM has QEMU handle") \
	M(mmio, 1, 0, "a counter read from the HPET's registers") \
	M(halt_wakeup, 2, 2, \
		"a process wakes another on a CPU that has been idle for 500 us, until it " \
		"has run") \
	M(timer, 1, 0, "how much later than asked a sleep of 100 us ends") \
	M(shootdown, 2, 0, \
		"a page write-protected, unprotected and written while another CPU runs a thread") \
	M(shootdown_alone, 1, 0, "the same without the thread on another CPU") \
	M(cpuid_work, 1, 0, "1000 steps of work of 1 to 2 ns each, then cpuid: a known mixture")

static const struct named_operation operations[] = {OPERATIONS(OPERATION_ROW){0}};

#define EXIT_METRICS(name, cpus, rank, help) \
	OPERATION_METRICS(name, cpus, rank, help){#name "_done", "1", BETTER_NONE, \
		STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL, "operations in all, warm-up included", \
		VALIDITY},

static const struct metric exits_metrics[] = {
	OPERATIONS_CLOCK,
	OPERATIONS(EXIT_METRICS){0},
};

static int exits_check(const void *options, struct error *e)
{
	const struct exits_options *o = options;

	return operations_check(operations, o->timed.operations, "exits", e);
}

/* All, whatever the CPUs: the kernel says what the machine cannot do. */
static int exits_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	static const unsigned any = 2;
	const struct exits_options *o = options;
	struct operations_options timed = o->timed;

	(void)role;
	(void)e;
	if (o->count)
		timed.seconds = 0; /* fixed work */
	operations_command(BENCH_KERNELS_DIR "/tare-exits", operations, &timed, any, out);
	argv_add(&out->argv, "--count");
	argv_addf(&out->argv, "%lld", (long long)o->count);
	return 0;
}

static int exits_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	return timing_parse("tare-exits", exits_metrics, text, length, out, e);
}

const struct benchmark bench_exits = {
	.name = "exits",
	.summary = "the price of leaving a guest once: cpuid, hypercall, port, MMIO, halt, timer, "
		   "shootdown, page fault",
	.source = "after kvm-unit-tests x86/vmexit.c, from a program instead of a kernel",
	.options = exits_rows,
	.options_size = sizeof(struct exits_options),
	.metrics = exits_metrics,
	.topology = TOPOLOGY_ONE,
	.check = exits_check,
	.command = exits_command,
	.parse = exits_parse,
};
