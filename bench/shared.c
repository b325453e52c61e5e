/* shared: data (fio, as in disk) and metadata (kernel tare-metadata) of a directory that a machine
 * shares with its host; in machines without one, of their scratch directory: natively the host's
 * own, in a guest a disk. Knows nothing about how it is shared. */
#include "bench/bench.h"

#include <string.h>

#include "base/text.h"
#include "bench/disk.h"
#include "bench/timing.h"

enum measure { MEASURE_DATA, MEASURE_METADATA };

struct shared_options {
	struct disk_options data; /* first: DISK_ROWS */
	int measure, layout;
	int64_t processes, files;
};

static const char *const measures[] = {
	[MEASURE_DATA] = "data", [MEASURE_METADATA] = "metadata", NULL};
static const char *const layouts[] = {"own", "one", NULL};

static const struct option_row shared_rows[] = {
	{"measure", OPTION_CHOICE, offsetof(struct shared_options, measure), "data", NULL,
		"data: fio, with the options of disk; metadata: create, stat and unlink of files",
		0, 0, measures},
	DISK_ROWS("seqwrite", "buffered_fsync", "4K,1M"),
	{"processes", OPTION_INT, offsetof(struct shared_options, processes), "4", "1",
		"processes at once (metadata)", 1, 1024, NULL},
	{"files", OPTION_INT, offsetof(struct shared_options, files), "1000", "1",
		"files of each process (metadata)", 1, 10000000, NULL},
	{"layout", OPTION_CHOICE, offsetof(struct shared_options, layout), "own", NULL,
		"directories of the files: each process its own, or one for all (metadata)", 0, 0,
		layouts},
	{0},
};

enum metadata_metric { CREATE_RATE = DISK_METRIC_COUNT, STAT_RATE, UNLINK_RATE };

static const struct metric shared_metrics[] = {
	DISK_METRICS,
	[CREATE_RATE] = {"create_rate", "1/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL,
		NULL, "files created per second by all processes together", HEADLINE(4)},
	[STAT_RATE] = {"stat_rate", "1/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"files of other processes looked at per second", HEADLINE(5)},
	[UNLINK_RATE] = {"unlink_rate", "1/s", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_RATIO, NULL,
		NULL, "files removed per second", HEADLINE(6)},
	{0},
};

/* Below the inodes of the scratch disks that drivers make. */
enum { FILES_MAX = 8000 };

static int shared_check(const void *options, struct error *e)
{
	const struct shared_options *o = options;

	if (o->measure == MEASURE_DATA)
		return disk_check(&o->data, e);
	if (o->files * o->processes > FILES_MAX)
		return error_set(e,
			"files times processes must not exceed %d: more do not fit on "
			"the scratch disk of a guest without a shared directory",
			FILES_MAX);
	return 0;
}

static int metadata_command(const struct shared_options *o, const struct role *role,
	struct command *out, struct error *e)
{
	const double slow_operations_s = 2000; /* for the round that is not counted */
	double round_s = 3 * (double)(o->files * o->processes) / slow_operations_s;

	if (!role->scratch_dir)
		return error_set(e, "shared: no directory");
	argv_add_all(&out->argv, BENCH_KERNELS_DIR "/tare-metadata", "--directory",
		role->scratch_dir, "--layout", layouts[o->layout], "--processes", NULL);
	argv_addf(&out->argv, "%lld", (long long)o->processes);
	argv_add(&out->argv, "--files");
	argv_addf(&out->argv, "%lld", (long long)o->files);
	argv_add(&out->argv, "--seconds");
	argv_addf(&out->argv, "%g", o->data.seconds);
	out->expected_s = 2 * round_s + o->data.seconds;
	return 0;
}

static int shared_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct shared_options *o = options;

	return o->measure == MEASURE_DATA ? disk_command(&o->data, role, out, e)
					  : metadata_command(o, role, out, e);
}

/* The metrics of metadata come after those of the data in the table. */
static int metadata_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	size_t before = out->count, gaps_before = out->gap_count;

	if (timing_parse("tare-metadata", shared_metrics + CREATE_RATE, text, length, out, e) < 0)
		return -1;
	for (size_t i = before; i < out->count; i++)
		out->series[i].metric += CREATE_RATE;
	for (size_t i = gaps_before; i < out->gap_count; i++)
		out->gaps[i].metric += CREATE_RATE;
	return 0;
}

static int shared_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	static const char first[] = "tare-metadata ";
	bool is_metadata = length >= strlen(first) && memcmp(text, first, strlen(first)) == 0;

	return is_metadata ? metadata_parse(text, length, out, e)
			   : disk_parse(text, length, out, e);
}

static const char *shared_why_not(const void *options, const struct machine_facts *facts)
{
	const struct shared_options *o = options;

	return o->measure == MEASURE_DATA ? disk_why_not(&o->data, facts) : NULL;
}

const struct benchmark bench_shared = {
	.name = "shared",
	.summary = "data and metadata of a directory that a guest shares with its host",
	.source = "fio; mdtest (files created, looked at and removed by many processes)",
	.options = shared_rows,
	.options_size = sizeof(struct shared_options),
	.metrics = shared_metrics,
	.topology = TOPOLOGY_ONE,
	.in_share = true,
	.check = shared_check,
	.command = shared_command,
	.parse = shared_parse,
	.why_not = shared_why_not,
};
