/* The list of benchmarks, in the order that `tare list` shows. */
#include <string.h>

#include "bench/bench.h"

/* One line a benchmark: bench_NAME of bench/NAME.c. */
#define BENCHMARKS(X) \
	X(cpu) \
	X(micro) \
	X(lockhold) \
	X(linpack) \
	X(hpcc) \
	X(disk) \
	X(bonnie) \
	X(kernbuild) \
	X(gromacs) \
	X(net) \
	X(latency) \
	X(mpi_pingpong) \
	X(mpi_alltoall) \
	X(mpi_collectives) \
	X(boot) \
	X(saverestore) \
	X(migrate) \
	X(flush) \
	X(null)

#define DECLARE(name) extern const struct benchmark bench_##name;
BENCHMARKS(DECLARE)

#define ADDRESS(name) &bench_##name,
const struct benchmark *const benchmarks[] = {BENCHMARKS(ADDRESS) NULL};

const struct benchmark *benchmark_find(const char *name)
{
	for (size_t i = 0; benchmarks[i]; i++)
		if (strcmp(benchmarks[i]->name, name) == 0)
			return benchmarks[i];
	return NULL;
}
