/* tare-bind: starts an MPI rank. Binds the process to the rank's CPU and executes the rank's
 * program, so that all launchers place ranks alike, and machines may have different CPU lists.
 * Knows nothing of an MPI library but the environment variable with the rank.
 *
 * tare-bind CPU,CPU,… PROGRAM [ARGUMENT…]
 *
 * One CPU per rank of the job, in the order of the ranks: a number, or with a leading "+" the n-th
 * (from 0, modulo their number) of the CPUs that the process may use. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 125 };

static _Noreturn void fail(const char *what, const char *text)
{
	fprintf(stderr, "tare-bind: %s%s\n", what, text);
	exit(EXIT_NOT_STARTED);
}

/* A number from 0 to 999999, followed by one of the given characters or the end of the text. */
static long number_of(const char *text, const char *ends)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || value < 0 || value > 999999 || (*end && !strchr(ends, *end)))
		fail("not a number: ", text);
	return value;
}

/* Open MPI's comes first: its ranks may run inside another manager's allocation. */
static long rank_of_job(void)
{
	static const char *const names[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = getenv(names[i]);

		if (text)
			return number_of(text, "");
	}
	fail("rank unknown: none of OMPI_COMM_WORLD_RANK, PMI_RANK, SLURM_PROCID is set", "");
}

static int nth_allowed(long n)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		fail("cannot read the CPU affinity", "");
	n %= CPU_COUNT(&allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && n-- == 0)
			return cpu;
	fail("the process may use no CPU", "");
}

int main(int argc, char **argv)
{
	const char *at = argc > 2 ? argv[1] : "";
	cpu_set_t set;
	long cpu;

	if (argc < 3)
		fail("usage: tare-bind CPU,CPU,... PROGRAM [ARGUMENT...]", "");
	for (long rank = rank_of_job(); rank > 0; rank--) {
		at = strchr(at, ',');
		if (!at++)
			fail("no CPU for this rank in ", argv[1]);
	}
	cpu = *at == '+' ? nth_allowed(number_of(at + 1, ",")) : number_of(at, ",");
	CPU_ZERO(&set);
	if (cpu >= CPU_SETSIZE)
		fail("no such CPU: ", at);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		fail("cannot bind to the first CPU of ", at);
	execv(argv[2], argv + 2);
	fail("cannot start ", argv[2]);
}
