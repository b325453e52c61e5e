/* What the benchmarks over MPI share: their options, the command of a rank, and where MPI jobs
 * cannot run. Knows no single benchmark and runs nothing. */
#ifndef TARE_BENCH_MPI_H
#define TARE_BENCH_MPI_H

#include "bench/bench.h"

/* Message sizes of one job, at most: the kernels' limit. */
enum { MPI_SIZES_MAX = 64 };

struct mpi_options {
	struct number_list sizes;
	int64_t iterations, volume_bytes, warmup;
	double seconds;
	int pair; /* mpi-pingpong only */
	int launcher; /* enum launcher */
};

/* Names by enum launcher, ending at NULL. */
extern const char *const mpi_launchers[];

/* clang-format off */
/* The option of every benchmark over MPI; member is an int. */
#define MPI_LAUNCHER_ROW(type, member)                                                             \
	{"launcher", OPTION_CHOICE, offsetof(type, member), "hydra", NULL,                         \
		"what starts the ranks, and so which MPI: MPICH by mpiexec or srun, or Open MPI",  \
		0, 0, mpi_launchers}

/* The options of every MPI kernel. Fixed work follows IMB: see
 * docs/benchmarks-network.md. */
#define MPI_OPTION_ROWS                                                                            \
	MPI_LAUNCHER_ROW(struct mpi_options, launcher),                                            \
	{"sizes", OPTION_SIZE_LIST, offsetof(struct mpi_options, sizes),                           \
		"0,1,2,4,8,16,32,64,128,256,512,1K,2K,4K,8K,16K,32K,64K,128K,256K,512K,1M,2M,4M",  \
		"B", "message sizes", 0, 1073741824, NULL},                                        \
	{"iterations", OPTION_INT, offsetof(struct mpi_options, iterations), "1000", "1",          \
		"samples recorded per message size, at most; spread over the time", 1, 1e6, NULL}, \
	{"volume", OPTION_SIZE, offsetof(struct mpi_options, volume_bytes), "40M", "B",            \
		"fixed work: samples are also limited to volume / message size", 1, 1e12, NULL},   \
	{"seconds", OPTION_DURATION, offsetof(struct mpi_options, seconds), "2", "s",              \
		"time per message size; 0: fixed work, by iterations and volume", 0, 3600, NULL},  \
	{"warmup", OPTION_INT, offsetof(struct mpi_options, warmup), "10", "1",                    \
		"iterations before the calibration, and before the first sample", 1, 100000, NULL}
/* clang-format on */

/* The command of one rank: program (the absolute path of the MPICH build; the Open MPI build has
 * the suffix -openmpi) with the options as arguments. */
void mpi_command(const char *program, const struct mpi_options *options, struct command *out);

/* NULL, or why the launcher cannot start ranks there. */
const char *mpi_launcher_why_not(enum launcher launcher, const struct machine_facts *facts);
/* NULL, or why an MPI job cannot run there: the launcher, fewer than 2 ranks, or more ranks than
 * CPUs (ranks poll, so they would wait for time slices, not for messages). */
const char *mpi_why_not(const struct mpi_options *options, const struct machine_facts *facts);

#endif
