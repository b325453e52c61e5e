/* Benchmarks: a benchmark builds command lines and parses their output. It never executes, never
 * prints, and knows no driver. docs/development.md says what a new benchmark needs. */
#ifndef TARE_BENCH_BENCH_H
#define TARE_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "base/process.h"

/* What a kernel adds to each phase that lasts a given time, for forecasts: its warm-up of 0.3 s. */
#define BENCH_WARM_UP_S 0.35

/* Where the programs of kernels/ are installed in every machine's root file system. */
#define BENCH_KERNELS_DIR "/usr/lib/tare/kernels"

enum better { BETTER_NONE, BETTER_HIGHER, BETTER_LOWER }; /* NONE: informational, no verdict */

/* How the iterations of one run become the run's one number; declared before the data. */
enum statistic {
	STATISTIC_MEDIAN,
	STATISTIC_MEAN,
	STATISTIC_MINIMUM,
	STATISTIC_MAXIMUM,
	STATISTIC_P99,
	STATISTIC_SUM
};

enum scale {
	SCALE_RATIO, /* compared as a ratio, on a log scale */
	SCALE_DIFFERENCE /* may be zero or negative: compared as a difference */
};

/* What a metric is for; declared before the data. */
enum metric_kind {
	METRIC_DETAIL, /* kept and shown on request */
	METRIC_HEADLINE, /* what verdicts, overview and figures are about */
	METRIC_VALIDITY /* settings, sizes, versions, errors: outside statistics */
};

/* The points of a curve that are headlines. */
enum headline_at { HEADLINE_ENDS, HEADLINE_SMALLEST, HEADLINE_LARGEST }; /* of x; ENDS: both */

struct metric {
	const char *name; /* NULL ends a table; unique within the benchmark, [a-z0-9_]+ */
	const char *unit; /* "GFLOP/s", "us", "MB/s", "1"; prefixes are decimal but for KiB, MiB */
	enum better better;
	enum statistic statistic;
	enum scale scale;
	const char *x_name; /* the axis the metric is a curve over, e.g. "message size", or NULL */
	const char *x_unit; /* "B", "1", or NULL */
	const char *help; /* one phrase */
	enum metric_kind kind;
	/* The rest is for headlines. */
	unsigned rank; /* their order within the benchmark, from 1; otherwise 0 */
	enum headline_at headline_at; /* of a curve */
	/* Not a headline in cells that measured this metric of the benchmark; NULL: always one. */
	const char *headline_unless;
};

/* The members from kind on, for the rows of metric tables. */
#define DETAIL METRIC_DETAIL, 0, HEADLINE_ENDS, NULL
#define VALIDITY METRIC_VALIDITY, 0, HEADLINE_ENDS, NULL
#define HEADLINE(rank) METRIC_HEADLINE, (rank), HEADLINE_ENDS, NULL
#define HEADLINE_AT(rank, at) METRIC_HEADLINE, (rank), (at), NULL
#define HEADLINE_UNLESS(rank, metric) METRIC_HEADLINE, (rank), HEADLINE_ENDS, (metric)

enum topology {
	TOPOLOGY_ONE, /* in one machine (the first), or in every one at once, each by itself */
	TOPOLOGY_PAIR, /* a server (role 0) and a client (role 1); samples come from the client */
	TOPOLOGY_RANKS, /* one MPI job over all machines; samples come from rank 0's output */
	TOPOLOGY_LIFECYCLE /* an action on a machine itself, with or without jobs running in it */
};

enum action { /* TOPOLOGY_LIFECYCLE: the action; bench/lifecycle.h has the text for parse */
	ACTION_BOOT,
	ACTION_SAVE_RESTORE,
	ACTION_FLUSH,
	ACTION_MIGRATE
};

enum ends { /* TOPOLOGY_PAIR: where the server (first) and the client (second) run */
	ENDS_MACHINES, /* in two different machines of the placement */
	ENDS_MACHINE_TO_HOST, /* client in the machine, server on its host */
	ENDS_HOST_TO_MACHINE /* client on the host, server in the machine */
};

enum launcher { /* TOPOLOGY_RANKS: what starts the ranks */
	LAUNCHER_HYDRA, /* MPICH's mpiexec */
	LAUNCHER_OPENMPI, /* Open MPI's mpirun */
	LAUNCHER_SRUN /* Slurm's srun, for programs built with MPICH */
};

/* What a command line may depend on. All strings stay the caller's. */
struct role {
	/* PAIR: 0 server, 1 client, of 2; ONE: i of the n that run at once; LIFECYCLE: job i of
	 * those that the action runs; else 0 of 1. */
	unsigned index, count;
	unsigned cpus; /* virtual (or allotted) CPUs of one machine */
	uint64_t memory_bytes; /* memory of one machine, as allotted by the plan */
	unsigned machines; /* in the placement */
	unsigned ranks; /* RANKS: MPI ranks in all */
	/* PAIR, client: the server's address; LIFECYCLE: the address of the machine that the action
	 * is about, where it has one; else NULL. */
	const char *peer;
	uint16_t port; /* PAIR: TCP/UDP port to use */
	const char *scratch_dir; /* an empty directory for files, on the storage to be measured */
	uint64_t scratch_bytes; /* space there */
};

/* A file the agent writes into the work directory before the start. */
struct command_file {
	char *name, *bytes;
	size_t count;
};

enum { COMMAND_FILES_MAX = 4 };

struct command {
	struct argv argv; /* argv[0] absolute; run in a fresh, empty work directory. For RANKS: one
	                     rank's program, without mpiexec */
	struct argv env; /* "NAME=value" additions */
	struct command_file files[COMMAND_FILES_MAX];
	size_t file_count;
	char *collect[COMMAND_FILES_MAX]; /* names of files in the work directory whose content is
	                                     appended to the text that parse gets, each after a line
	                                     "==> NAME <==" */
	size_t collect_count;
	enum launcher launcher; /* RANKS: the program is built for its library */
	/* A substring of stdout that means ready. PAIR, server: it listens; LIFECYCLE: see
	 * there. */
	const char *ready;
	double expected_s; /* a rough forecast of the duration, for the plan and for the timeout */
};

void bench_command_add_file(struct command *command, const char *name, char *bytes, size_t count);
void bench_command_free(struct command *command);

/* One scalar, or one point of a curve: every value of one metric at one x, in the order
 * measured. */
struct series {
	unsigned metric; /* index into the benchmark's metric table */
	double x; /* 0 where the metric has no axis */
	double *values;
	size_t count, capacity;
};

/* A metric that the machine cannot measure. */
struct gap {
	unsigned metric;
	char *reason;
};

struct samples {
	struct series *series;
	size_t count, capacity;
	struct gap *gaps;
	size_t gap_count, gap_capacity;
};

/* Appends a value to the series (metric, x), which is created on first use. Non-finite values are
 * refused (-1): a benchmark that prints NaN has failed. */
int bench_samples_add(
	struct samples *samples, unsigned metric, double x, double value, struct error *e);
/* Appends a gap; copies the reason. */
void bench_samples_add_gap(struct samples *samples, unsigned metric, const char *reason);
void bench_samples_free(struct samples *samples);

/* What is known about where a cell would run, before it runs. */
struct machine_facts {
	unsigned hosts, machines; /* machines in all */
	unsigned cpus; /* per machine */
	uint64_t memory_bytes; /* per machine */
	uint64_t scratch_bytes; /* per machine */
	unsigned ranks; /* machines × cpus */
	bool shares_kernel; /* native, container */
	bool own_userspace; /* not the image's: machines that tare did not start */
	bool can_save, can_migrate, has_storage_counters; /* what the driver can do */
	uint64_t spare_memory_bytes; /* of a host, not allotted to its machines */
	/* Names of the image's packages, one per line; NULL: unknown. */
	const char *image_packages;
};

/* Whether the image has the Debian package; false if that is unknown. */
bool bench_image_has(const struct machine_facts *facts, const char *package);

struct benchmark {
	const char *name, *summary;
	const char *source; /* the publication or tool that the measurement follows */
	const struct option_row *options;
	size_t options_size;
	const struct metric *metrics;
	enum topology topology;
	/* TOPOLOGY_PAIR: which two ends; NULL means ENDS_MACHINES. */
	enum ends (*ends)(const void *options);
	/* TOPOLOGY_PAIR: whether all machines are paired at once and every client is measured. With
	 * ENDS_MACHINES the first half are servers, otherwise each machine is paired with its host.
	 * NULL: one pair. */
	bool (*all_pairs)(const void *options);
	/* TOPOLOGY_ONE: its files are in the directory that the machine shares with its host, where
	 * it has one, otherwise on its scratch storage. */
	bool in_share;
	enum action action; /* TOPOLOGY_LIFECYCLE */
	/* TOPOLOGY_LIFECYCLE: whether the additional machine has a scratch disk. NULL: yes. */
	bool (*has_disk)(const void *options);
	/* TOPOLOGY_LIFECYCLE: how many additional machines are started at once. NULL: 1. */
	unsigned (*at_once)(const void *options);
	/* One sentence per broken rule across options ("size must be a multiple of block_size").
	 * NULL: no such rules. */
	int (*check)(const void *options, struct error *e);
	int (*command)(
		const void *options, const struct role *role, struct command *out, struct error *e);
	/* text is stdout, then each collected file (see command.collect). It is untrusted: length
	 * bytes, possibly with NULs. On error the content of *out is meaningless. A failed
	 * verification (residual, checksum) is an error, not a number. */
	int (*parse)(const char *text, size_t length, struct samples *out, struct error *e);
	/* Why this cell cannot run there (static string), or NULL if it can. NULL: always can. */
	const char *(*why_not)(const void *options, const struct machine_facts *facts);
};

/* NULL-terminated, in the order that `tare list` shows. */
extern const struct benchmark *const benchmarks[];
const struct benchmark *benchmark_find(const char *name); /* NULL if there is none */

const char *bench_better_text(enum better better); /* "higher", "lower", "none" */
const char *bench_statistic_text(enum statistic statistic); /* "median", "mean", … */
const char *bench_metric_kind_text(enum metric_kind kind); /* "detail", "headline", "validity" */
const char *bench_headline_at_text(enum headline_at at); /* "ends", "smallest", "largest" */
const char *bench_topology_text(enum topology topology); /* "one", "pair", "ranks", "lifecycle" */

#endif
