/* The one list of benchmarks, in the order that `tare list` shows. */
#include "bench/bench.h"

extern const struct benchmark bench_cpu, bench_micro, bench_lockhold, bench_linpack, bench_hpcc,
	bench_disk, bench_bonnie, bench_kernbuild, bench_gromacs, bench_net, bench_latency,
	bench_mpi_pingpong, bench_mpi_alltoall, bench_mpi_collectives, bench_boot,
	bench_saverestore, bench_migrate, bench_flush, bench_null;

const struct benchmark *const benchmarks[] = {&bench_cpu, &bench_micro, &bench_lockhold,
	&bench_linpack, &bench_hpcc, &bench_disk, &bench_bonnie, &bench_kernbuild, &bench_gromacs,
	&bench_net, &bench_latency, &bench_mpi_pingpong, &bench_mpi_alltoall,
	&bench_mpi_collectives, &bench_boot, &bench_saverestore, &bench_migrate, &bench_flush,
	&bench_null, NULL};
