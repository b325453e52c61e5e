/* fio on files: the options, the metrics and the parser of disk, which other benchmarks that run
 * fio have as well. */
#ifndef TARE_BENCH_DISK_H
#define TARE_BENCH_DISK_H

#include "bench/bench.h"

struct disk_options {
	int pattern, mode, engine;
	struct number_list block_sizes;
	int64_t size_bytes, queue_depth;
	double seconds, interval_s;
};

extern const char *const disk_patterns[], *const disk_modes[], *const disk_engines[];

/* The metrics of the output, in the order of DISK_METRICS. */
enum disk_metric {
	DISK_BANDWIDTH,
	DISK_IOPS,
	DISK_LATENCY_MEAN,
	DISK_LATENCY_MEDIAN,
	DISK_LATENCY_P99,
	DISK_BANDWIDTH_INTERVAL,
	DISK_SYNC_MEAN,
	DISK_SYNC_MEDIAN,
	DISK_SYNC_P99,
	DISK_METRIC_COUNT
};

/* clang-format off */
/* The first rows of a table of options whose struct begins with struct disk_options. */
#define DISK_ROWS(default_pattern, default_mode, default_block_sizes)                              \
	{"pattern", OPTION_CHOICE, offsetof(struct disk_options, pattern), default_pattern, NULL,  \
		"order and direction of the accesses", 0, 0, disk_patterns},                       \
	{"mode", OPTION_CHOICE, offsetof(struct disk_options, mode), default_mode, NULL,           \
		"O_DIRECT; page cache and fsync at the end, O_SYNC, fsync after each, or neither", \
		0, 0, disk_modes},                                                                 \
	{"block_sizes", OPTION_SIZE_LIST, offsetof(struct disk_options, block_sizes),              \
		default_block_sizes, "B", "bytes per access; one curve point each", 512, 67108864, \
		NULL},                                                                             \
	{"size", OPTION_SIZE, offsetof(struct disk_options, size_bytes), "256M", "B",              \
		"size of the file", 1048576, 0x1p50, NULL},                                        \
	{"seconds", OPTION_DURATION, offsetof(struct disk_options, seconds), "5", "s",             \
		DISK_SECONDS_HELP, 1, 86400, NULL},                                                \
	{"interval", OPTION_DURATION, offsetof(struct disk_options, interval_s), "0.5", "s",       \
		"length of one sample of bandwidth_interval", 0.05, 60, NULL},                     \
	{"queue_depth", OPTION_INT, offsetof(struct disk_options, queue_depth), "1", "1",          \
		"accesses in flight", 1, 1024, NULL},                                              \
	{"engine", OPTION_CHOICE, offsetof(struct disk_options, engine), "psync", NULL,            \
		"fio's I/O engine: psync for queue depth 1, libaio for more", 0, 0, disk_engines}
#define DISK_SECONDS_HELP                                                                          \
	"time per block size; in the buffered modes the time limit of the one pass"

/* The first rows of a table of metrics. */
#define DISK_METRICS                                                                               \
	[DISK_BANDWIDTH] = {"bandwidth", "MB/s", BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO,       \
		"block size", "B", "bytes over the whole run time, a final fsync included",        \
		HEADLINE(1)},                                                                      \
	[DISK_IOPS] = {"iops", "1/s", BETTER_HIGHER, STATISTIC_MEAN, SCALE_RATIO, "block size",    \
		"B", "accesses per second over the whole run time", DETAIL},                       \
	[DISK_LATENCY_MEAN] = {"latency_mean", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO,    \
		"block size", "B", "mean time of one access, submission to completion", DETAIL},   \
	[DISK_LATENCY_MEDIAN] = {"latency_median", "us", BETTER_LOWER, STATISTIC_MEAN,             \
		SCALE_RATIO, "block size", "B", "median time of one access", DETAIL},              \
	[DISK_LATENCY_P99] = {"latency_p99", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO,      \
		"block size", "B", "99th percentile of the time of one access",                    \
		HEADLINE_UNLESS(2, "sync_median")},                                                \
	[DISK_BANDWIDTH_INTERVAL] = {"bandwidth_interval", "MB/s", BETTER_HIGHER,                  \
		STATISTIC_MEDIAN, SCALE_RATIO, "block size", "B",                                  \
		"bandwidth of every interval (modes by time)", DETAIL},                            \
	[DISK_SYNC_MEAN] = {"sync_mean", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO,          \
		"block size", "B", "mean time of one fsync (mode fsync_each)", DETAIL},            \
	[DISK_SYNC_MEDIAN] = {"sync_median", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO,      \
		"block size", "B", "median time of one fsync", HEADLINE(3)},                       \
	[DISK_SYNC_P99] = {"sync_p99", "us", BETTER_LOWER, STATISTIC_MEAN, SCALE_RATIO,            \
		"block size", "B", "99th percentile of the time of one fsync", DETAIL}
/* clang-format on */

/* The members of disk that a benchmark with these rows and metrics needs: see struct benchmark. */
int disk_check(const struct disk_options *options, struct error *e);
int disk_command(const struct disk_options *options, const struct role *role, struct command *out,
	struct error *e);
int disk_parse(const char *text, size_t length, struct samples *out, struct error *e);
const char *disk_why_not(const struct disk_options *options, const struct machine_facts *facts);

#endif
