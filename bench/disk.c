/* disk: fio over block sizes, one after the other in one process; parses fio's JSON and its
 * bandwidth log. Knows nothing about the storage below the scratch directory. */
#include "bench/disk.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"
#include "bench/read.h"

#define JSON_FILE "fio.json"
#define LOG_FILE "tare_bw.log" /* fio's name for write_bw_log=tare */
#define DATA_FILE "tare-disk"

enum { FIELDS_MIN = 5, BLOCK_SIZES_MAX = 64 };

enum pattern { SEQREAD, SEQWRITE, RANDREAD, RANDWRITE };
enum mode { MODE_DIRECT, MODE_BUFFERED_FSYNC, MODE_SYNC, MODE_FSYNC_EACH, MODE_BUFFERED };
enum engine { ENGINE_PSYNC, ENGINE_LIBAIO };

const char *const disk_patterns[] = {[SEQREAD] = "seqread",
	[SEQWRITE] = "seqwrite",
	[RANDREAD] = "randread",
	[RANDWRITE] = "randwrite",
	NULL};
/* The same in fio's terms. */
static const char *const fio_patterns[] = {[SEQREAD] = "read",
	[SEQWRITE] = "write",
	[RANDREAD] = "randread",
	[RANDWRITE] = "randwrite"};
const char *const disk_modes[] = {[MODE_DIRECT] = "direct",
	[MODE_BUFFERED_FSYNC] = "buffered_fsync",
	[MODE_SYNC] = "sync",
	[MODE_FSYNC_EACH] = "fsync_each",
	[MODE_BUFFERED] = "buffered",
	NULL};

/* The fio settings of a mode. A pass covers the file once instead of running for a time: blocks
 * written twice in the page cache would be counted twice and flushed once, and blocks read twice
 * would come from the cache. */
static const struct {
	const char *job;
	bool pass, writes_only;
} mode_rules[] = {
	[MODE_DIRECT] = {"direct=1\n", false, false},
	[MODE_BUFFERED_FSYNC] = {"direct=0\nend_fsync=1\n", true, true},
	[MODE_SYNC] = {"direct=0\nsync=1\n", false, true},
	[MODE_FSYNC_EACH] = {"direct=0\nfsync=1\n", false, true},
	[MODE_BUFFERED] = {"direct=0\n", true, false},
};

const char *const disk_engines[] = {[ENGINE_PSYNC] = "psync", [ENGINE_LIBAIO] = "libaio", NULL};

static const struct option_row disk_rows[] = {DISK_ROWS("seqread", "direct", "4K,64K,1M"), {0}};

static const struct metric disk_metrics[] = {DISK_METRICS, {0}};

static bool pattern_writes(int pattern)
{
	return pattern == SEQWRITE || pattern == RANDWRITE;
}

int disk_check(const struct disk_options *o, struct error *e)
{
	if (o->block_sizes.count == 0 || o->block_sizes.count > BLOCK_SIZES_MAX)
		return error_set(e, "block_sizes must name 1 to %d sizes", BLOCK_SIZES_MAX);
	for (size_t i = 0; i < o->block_sizes.count; i++) {
		int64_t block = o->block_sizes.values[i];

		if (i > 0 && block <= o->block_sizes.values[i - 1])
			return error_set(e, "block_sizes must be in increasing order, each once");
		if (block % 512 != 0)
			return error_set(e, "block_sizes must be multiples of 512 bytes");
		if (o->size_bytes % block != 0)
			return error_set(e, "size must be a multiple of every block size");
	}
	if (mode_rules[o->mode].writes_only && !pattern_writes(o->pattern))
		return error_set(e, "mode %s needs a pattern that writes", disk_modes[o->mode]);
	if (o->queue_depth > 1 && o->engine != ENGINE_LIBAIO)
		return error_set(e, "queue_depth above 1 needs engine libaio");
	if (o->mode != MODE_DIRECT && o->engine == ENGINE_LIBAIO)
		return error_set(e, "engine libaio needs mode direct: it blocks on the page cache");
	if (!mode_rules[o->mode].pass && o->interval_s > o->seconds)
		return error_set(e, "interval must not exceed seconds");
	return 0;
}

/* fio's job file: one job per block size, each waiting for the one before. */
static void job_file(const struct disk_options *o, const char *scratch_dir, struct text *job)
{
	text_addf(job, "[global]\nfilename=%s/" DATA_FILE "\n", scratch_dir);
	text_addf(job, "size=%lld\nrw=%s\n", (long long)o->size_bytes, fio_patterns[o->pattern]);
	text_addf(job, "ioengine=%s\niodepth=%lld\n", disk_engines[o->engine],
		(long long)o->queue_depth);
	text_addf(job, "runtime=%.0fms\n", o->seconds * 1e3);
	/* The file is written once before the measurement: the first write to a sparse file or
	 * image allocates, and would mix two costs. */
	text_add(job, "overwrite=1\nstonewall\n");
	text_add(job, "lat_percentiles=1\nclat_percentiles=0\npercentile_list=50:99\n");
	text_add(job, mode_rules[o->mode].job);
	if (!mode_rules[o->mode].pass) {
		text_add(job, "time_based=1\n");
		text_addf(job, "write_bw_log=tare\nper_job_logs=0\nlog_avg_msec=%.0f\n",
			o->interval_s * 1e3);
	}
	for (size_t i = 0; i < o->block_sizes.count; i++)
		text_addf(job, "[bs%lld]\nbs=%lld\n", (long long)o->block_sizes.values[i],
			(long long)o->block_sizes.values[i]);
	text_add(job, "unlink=1\n");
}

int disk_command(
	const struct disk_options *o, const struct role *role, struct command *out, struct error *e)
{
	/* The rate of a slow disk, for the forecast. */
	const double slow_bytes_s = 100e6;
	double pass_s = (double)o->size_bytes / slow_bytes_s, each_s;
	struct text job = {0};
	size_t count;

	if (!role->scratch_dir)
		return error_set(e, "disk: no scratch directory");
	/* fio takes ':' as the separator of file names. */
	if (strpbrk(role->scratch_dir, ":\n"))
		return error_set(e,
			"disk: the scratch directory's name must not contain a colon or a newline");
	job_file(o, role->scratch_dir, &job);
	count = job.count;
	bench_command_add_file(out, "disk.fio", text_take(&job), count);
	argv_add_all(&out->argv, "/usr/bin/fio", "--output-format=json", "--output=" JSON_FILE,
		"disk.fio", NULL);
	out->collect[out->collect_count++] = str_dup(JSON_FILE);
	if (!mode_rules[o->mode].pass)
		out->collect[out->collect_count++] = str_dup(LOG_FILE);
	each_s = mode_rules[o->mode].pass ? fmin(pass_s, o->seconds) : o->seconds;
	out->expected_s = 1 + pass_s + (0.3 + each_s) * (double)o->block_sizes.count;
	return 0;
}

/* What fio's JSON says that parsing the log needs. */
struct disk_job {
	double block_bytes;
	size_t log_lines;
	bool writes;
};

static int json_problem(const json_error_t *problem, struct error *e)
{
	return error_set(e, "fio's JSON, line %d: %s", problem->line, problem->text);
}

static int block_of(const char *job_name, double *block_bytes, struct error *e)
{
	struct piece name = {job_name, strlen(job_name)};

	if (read_starts(name, "bs")) {
		name.bytes += 2;
		name.count -= 2;
		if (read_number(name, block_bytes) && *block_bytes >= 1 && *block_bytes <= 1e9)
			return 0;
	}
	return error_set(e, "fio's JSON: unknown job \"%s\"", job_name);
}

static int add_positive(
	struct samples *out, unsigned metric, double block_bytes, double value, struct error *e)
{
	if (!(value > 0))
		return error_set(e, "fio reports a %s of %g at block size %.0f",
			disk_metrics[metric].name, value, block_bytes);
	return bench_samples_add(out, metric, block_bytes, value, e);
}

/* The times of fsync, which fio records separately from those of the writes (mode fsync_each). */
static int parse_sync(
	json_t *json, const struct disk_job *job, struct samples *out, struct error *e)
{
	double mean_ns = 0, median_ns = 0, p99_ns = 0;
	json_error_t problem;

	if (json_unpack_ex(json, &problem, 0, "{s:{s:{s:F,s:{s:F,s:F}}}}", "sync", "lat_ns", "mean",
		    &mean_ns, "percentile", "50.000000", &median_ns, "99.000000", &p99_ns) < 0)
		return json_problem(&problem, e);
	if (add_positive(out, DISK_SYNC_MEAN, job->block_bytes, mean_ns / 1e3, e) < 0 ||
		add_positive(out, DISK_SYNC_MEDIAN, job->block_bytes, median_ns / 1e3, e) < 0 ||
		add_positive(out, DISK_SYNC_P99, job->block_bytes, p99_ns / 1e3, e) < 0)
		return -1;
	return 0;
}

static int parse_job(
	json_t *json, bool writes, struct disk_job *job, struct samples *out, struct error *e)
{
	double bytes_s = 0, iops = 0, mean_ns = 0, median_ns = 0, p99_ns = 0;
	json_int_t job_error = 0, log_lines = 0;
	json_error_t problem;
	const char *name = "";

	if (json_unpack_ex(json, &problem, 0, "{s:s,s:I,s:{s:F,s:F,s:I,s:{s:F,s:{s:F,s:F}}}}",
		    "jobname", &name, "error", &job_error, writes ? "write" : "read", "bw_bytes",
		    &bytes_s, "iops", &iops, "bw_samples", &log_lines, "lat_ns", "mean", &mean_ns,
		    "percentile", "50.000000", &median_ns, "99.000000", &p99_ns) < 0)
		return json_problem(&problem, e);
	if (job_error != 0 && job_error < 4096 && job_error > 0)
		return error_errno(e, (int)job_error, "fio: job %s failed", name);
	if (job_error != 0 || log_lines < 0)
		return error_set(e, "fio: job %s failed", name);
	if (block_of(name, &job->block_bytes, e) < 0)
		return -1;
	job->log_lines = (size_t)log_lines;
	job->writes = writes;
	if (add_positive(out, DISK_BANDWIDTH, job->block_bytes, bytes_s / 1e6, e) < 0 ||
		add_positive(out, DISK_IOPS, job->block_bytes, iops, e) < 0 ||
		add_positive(out, DISK_LATENCY_MEAN, job->block_bytes, mean_ns / 1e3, e) < 0 ||
		add_positive(out, DISK_LATENCY_MEDIAN, job->block_bytes, median_ns / 1e3, e) < 0 ||
		add_positive(out, DISK_LATENCY_P99, job->block_bytes, p99_ns / 1e3, e) < 0)
		return -1;
	return 0;
}

static int parse_jobs(json_t *root, struct disk_job *jobs, size_t *count, bool *logged,
	struct samples *out, struct error *e)
{
	const char *rw = "", *log = NULL, *fsync = NULL;
	json_error_t problem;
	json_t *list = NULL, *json;
	size_t i;

	if (json_unpack_ex(root, &problem, 0, "{s:{s:s,s?s,s?s},s:o}", "global options", "rw", &rw,
		    "write_bw_log", &log, "fsync", &fsync, "jobs", &list) < 0)
		return json_problem(&problem, e);
	*logged = log != NULL;
	*count = json_array_size(list);
	if (*count == 0 || *count > BLOCK_SIZES_MAX)
		return error_set(e, "fio's JSON: %zu jobs", *count);
	json_array_foreach(list, i, json)
	{
		if (parse_job(json, strstr(rw, "write") != NULL, &jobs[i], out, e) < 0 ||
			(fsync && parse_sync(json, &jobs[i], out, e) < 0))
			return -1;
		for (size_t before = 0; before < i; before++)
			if (jobs[before].block_bytes == jobs[i].block_bytes)
				return error_set(e, "fio's JSON: duplicate block size %.0f",
					jobs[i].block_bytes);
	}
	return 0;
}

/* "MILLISECONDS, KIB_PER_S, DIRECTION, BLOCK SIZE, OFFSET[, PRIORITY]". */
static int parse_log_line(
	struct piece line, const struct disk_job *job, struct samples *out, struct error *e)
{
	double fields[FIELDS_MIN];
	struct piece field;
	size_t count = 0;

	while (line.count && count < FIELDS_MIN) {
		read_part(&line, ',', &field);
		if (!read_number(field, &fields[count++]))
			return error_set(e, "fio's bandwidth log: a field is not a number");
	}
	if (count < FIELDS_MIN || fields[1] < 0 || fields[1] > 1e12 || fields[2] != job->writes)
		return error_set(e, "fio's bandwidth log: unexpected line at block size %.0f",
			job->block_bytes);
	return bench_samples_add(
		out, DISK_BANDWIDTH_INTERVAL, job->block_bytes, fields[1] * 1024 / 1e6, e);
}

/* The lines are in the order of the jobs; the JSON says how many each job has. */
static int parse_log(struct piece log, const struct disk_job *jobs, size_t count,
	struct samples *out, struct error *e)
{
	struct piece line;

	for (size_t i = 0; i < count; i++) {
		for (size_t left = jobs[i].log_lines; left > 0; left--) {
			if (!read_line(&log, &line))
				return error_set(e, "fio's bandwidth log is truncated");
			if (parse_log_line(line, &jobs[i], out, e) < 0)
				return -1;
		}
	}
	if (log.count)
		return error_set(e, "fio's bandwidth log has more lines than fio's JSON says");
	return 0;
}

/* Finds fio's JSON, and its log where there is one. */
static int find_files(struct piece text, struct piece *json, struct piece *log, struct error *e)
{
	if (read_collected(text, JSON_FILE, LOG_FILE, json)) {
		if (!read_collected(text, LOG_FILE, NULL, log))
			return error_set(e, "fio's bandwidth log is missing");
		return 0;
	}
	if (!read_collected(text, JSON_FILE, NULL, json))
		return error_set(e, "fio's JSON output is missing");
	return 0;
}

int disk_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	struct disk_job jobs[BLOCK_SIZES_MAX] = {0};
	struct piece json = {0}, log = {0};
	json_error_t problem;
	bool logged = false;
	size_t count = 0;
	json_t *root;
	int status;

	if (find_files((struct piece){text, length}, &json, &log, e) < 0)
		return -1;
	root = json_loadb(json.bytes, json.count, JSON_REJECT_DUPLICATES, &problem);
	if (!root)
		return json_problem(&problem, e);
	status = parse_jobs(root, jobs, &count, &logged, out, e);
	json_decref(root);
	if (status < 0)
		return -1;
	if (!logged)
		return log.bytes ? error_set(e, "unexpected bandwidth log") : 0;
	/* An empty log may be missing: parse_log knows whether there should be lines. */
	return parse_log(log, jobs, count, out, e);
}

const char *disk_why_not(const struct disk_options *o, const struct machine_facts *facts)
{
	if ((uint64_t)o->size_bytes > facts->scratch_bytes)
		return "the file does not fit into the machine's scratch storage: lower size";
	return NULL;
}

static int check(const void *options, struct error *e)
{
	return disk_check(options, e);
}

static int command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	return disk_command(options, role, out, e);
}

static const char *why_not(const void *options, const struct machine_facts *facts)
{
	return disk_why_not(options, facts);
}

const struct benchmark bench_disk = {
	.name = "disk",
	.summary = "file reads and writes over the block size, direct, synchronous or buffered",
	.source = "fio; block sizes as in Nussbaum et al. 2009, patterns as in Birkenheuer et al. "
		  "2008",
	.options = disk_rows,
	.options_size = sizeof(struct disk_options),
	.metrics = disk_metrics,
	.topology = TOPOLOGY_ONE,
	.check = check,
	.command = command,
	.parse = disk_parse,
	.why_not = why_not,
};
