/* flush: the writes that were acknowledged as durable in a machine (kernel tare-flush), against
 * what the hypervisor and the host's device had received by then. The action reads their counters;
 * this compares. Knows no driver. */
#include "bench/bench.h"

#include <math.h>
#include <string.h>

#include "bench/lifecycle.h"
#include "bench/timing.h"

struct flush_options {
	int mode;
	int64_t block_bytes, count;
};

static const char *const modes[] = {"fsync", "fdatasync", "dsync", NULL};

static const struct option_row flush_rows[] = {
	{"mode", OPTION_CHOICE, offsetof(struct flush_options, mode), "fdatasync", NULL,
		"how each write is made durable: a call after it, or O_DIRECT and O_DSYNC", 0, 0,
		modes},
	{"block_size", OPTION_SIZE, offsetof(struct flush_options, block_bytes), "64K", "B",
		"bytes per write", 4096, 16777216, NULL},
	{"count", OPTION_INT, offsetof(struct flush_options, count), "500", "1",
		"writes, of each kind", 1, 100000, NULL},
	{0},
};

enum flush_metric {
	ACKNOWLEDGED,
	DEVICE_SHARE,
	DIRECT_SHARE,
	FLUSH_SHARE,
	LATENCY,
	FLUSHES_ASKED,
	MACHINE_BYTES,
	MACHINE_WRITES,
	MACHINE_FLUSHES,
	HOST_BYTES,
	HOST_WRITES,
	HOST_FLUSHES,
	BACKGROUND,
	DIRECT_BYTES,
	DIRECT_MACHINE_BYTES,
	DIRECT_MACHINE_WRITES,
	DIRECT_MACHINE_FLUSHES,
	DIRECT_HOST_BYTES,
	DIRECT_HOST_WRITES,
	DIRECT_HOST_FLUSHES,
	DIRECT_BACKGROUND,
};

#define COUNT(name, unit, help) \
	{ \
		(name), (unit), BETTER_NONE, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL, \
			(help), DETAIL \
	}
#define SHARE(name, help) \
	{ \
		(name), "1", BETTER_HIGHER, STATISTIC_MEDIAN, SCALE_DIFFERENCE, NULL, NULL, \
			(help), VALIDITY \
	}

static const struct metric flush_metrics[] = {
	[ACKNOWLEDGED] = COUNT("acknowledged_bytes", "B", "acknowledged to the machine as durable"),
	[DEVICE_SHARE] = SHARE("device_share",
		"bytes the host's device had received by then / acknowledged; only where certain"),
	[DIRECT_SHARE] = SHARE("direct_share", "the same for direct writes without a flush"),
	[FLUSH_SHARE] = SHARE("flush_share", "flushes of the host's device / flushes requested"),
	[LATENCY] = {"latency", "us", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL,
		"one durable write", HEADLINE(1)},
	[FLUSHES_ASKED] = COUNT("flushes_asked", "1", "requested by the machine's program"),
	[MACHINE_BYTES] = COUNT("machine_bytes", "B", "received by the hypervisor"),
	[MACHINE_WRITES] = COUNT("machine_writes", "1", "writes received by the hypervisor"),
	[MACHINE_FLUSHES] = COUNT("machine_flushes", "1", "flushes requested of the hypervisor"),
	[HOST_BYTES] = COUNT("host_bytes", "B", "received by the host's device"),
	[HOST_WRITES] = COUNT("host_writes", "1", "writes received by the host's device"),
	[HOST_FLUSHES] = COUNT("host_flushes", "1", "flushes of the host's device"),
	[BACKGROUND] = COUNT("background_bytes", "B", "what it receives in the same time at rest"),
	[DIRECT_BYTES] = COUNT("direct_bytes", "B", "written with O_DIRECT, without a flush"),
	[DIRECT_MACHINE_BYTES] =
		COUNT("direct_machine_bytes", "B", "of those: received by the hypervisor"),
	[DIRECT_MACHINE_WRITES] = COUNT("direct_machine_writes", "1", "likewise, in writes"),
	[DIRECT_MACHINE_FLUSHES] =
		COUNT("direct_machine_flushes", "1", "flushes requested meanwhile"),
	[DIRECT_HOST_BYTES] =
		COUNT("direct_host_bytes", "B", "received by the host's device meanwhile"),
	[DIRECT_HOST_WRITES] = COUNT("direct_host_writes", "1", "likewise, in writes"),
	[DIRECT_HOST_FLUSHES] =
		COUNT("direct_host_flushes", "1", "flushes of the host's device meanwhile"),
	[DIRECT_BACKGROUND] =
		COUNT("direct_background_bytes", "B", "what it receives in the same time at rest"),
	{0},
};

static int flush_check(const void *options, struct error *e)
{
	const struct flush_options *o = options;

	if (o->block_bytes % 4096 != 0)
		return error_set(e, "block_size must be a multiple of 4096 bytes");
	return 0;
}

static int flush_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct flush_options *o = options;
	const double slow_write_s = 5e-3; /* a rotating disk */

	if (!role->scratch_dir)
		return error_set(e, "flush: no scratch directory");
	argv_add_all(&out->argv, BENCH_KERNELS_DIR "/tare-flush", "--mode",
		role->index == 0 ? modes[o->mode] : "direct", "--block", NULL);
	argv_addf(&out->argv, "%lld", (long long)o->block_bytes);
	argv_add(&out->argv, "--count");
	argv_addf(&out->argv, "%lld", (long long)o->count);
	argv_add(&out->argv, "--file");
	argv_addf(&out->argv, "%s/tare-flush", role->scratch_dir);
	argv_add(&out->argv, "--go");
	argv_addf(&out->argv, "%s/" LIFECYCLE_GO, role->scratch_dir);
	out->ready = "tare-flush 1\n";
	out->expected_s = 5 + slow_write_s * (double)o->count;
	return 0;
}

/* From here on the device counts as having received everything; the rest is for counters that lag
 * behind. */
static const double share_bound = 0.9;

struct share {
	enum flush_metric share, given, background, acknowledged;
	double value; /* NAN: unknown */
	bool sure; /* even considering what else the device may have received meanwhile */
};

static int share_find(struct share *share, const struct samples *samples, struct error *e)
{
	double all = lifecycle_value(samples, share->given);
	double other = lifecycle_value(samples, share->background);
	double asked = lifecycle_value(samples, share->acknowledged);

	if (isnan(all) && isnan(other))
		return 0;
	if (!(asked > 0) || isnan(all) || isnan(other))
		return error_set(e, "%s without the counts that its share needs",
			flush_metrics[share->given].name);
	share->value = all / asked;
	share->sure = share->value < share_bound || (all - other) / asked >= share_bound;
	return 0;
}

/* Both shares or none: a verdict needs both. */
static int add_shares(struct samples *out, struct error *e)
{
	struct share shares[] = {
		{DEVICE_SHARE, HOST_BYTES, BACKGROUND, ACKNOWLEDGED, NAN, false},
		{DIRECT_SHARE, DIRECT_HOST_BYTES, DIRECT_BACKGROUND, DIRECT_BYTES, NAN, false},
	};
	double flushes = lifecycle_value(out, HOST_FLUSHES);
	double asked = lifecycle_value(out, FLUSHES_ASKED);

	if (share_find(&shares[0], out, e) < 0 || share_find(&shares[1], out, e) < 0)
		return -1;
	for (size_t i = 0; i < 2 && shares[0].sure && shares[1].sure; i++)
		if (bench_samples_add(out, shares[i].share, 0, shares[i].value, e) < 0)
			return -1;
	return isnan(flushes) ? 0 : bench_samples_add(out, FLUSH_SHARE, 0, flushes / asked, e);
}

static bool has_metric(const struct samples *samples, enum flush_metric metric)
{
	for (size_t s = 0; s < samples->count; s++)
		if (samples->series[s].metric == metric)
			return true;
	return false;
}

/* The programs' output must be complete, and so must the hypervisor's counts if there are any. */
static int check_whole(const struct samples *samples, struct error *e)
{
	static const enum flush_metric always[] = {
		ACKNOWLEDGED, FLUSHES_ASKED, LATENCY, DIRECT_BYTES};
	static const enum flush_metric counted[] = {
		MACHINE_BYTES, MACHINE_FLUSHES, DIRECT_MACHINE_BYTES};
	size_t there = 0, count = sizeof(counted) / sizeof(counted[0]);

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (!has_metric(samples, always[i]))
			return error_set(e, "%s is missing", flush_metrics[always[i]].name);
	for (size_t i = 0; i < count; i++)
		there += has_metric(samples, counted[i]);
	for (size_t i = 0; i < count && there > 0; i++)
		if (!has_metric(samples, counted[i]))
			return error_set(e, "%s is missing", flush_metrics[counted[i]].name);
	return 0;
}

static int flush_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	struct piece all = {text, length}, job;

	for (unsigned i = 0; i < 2; i++) {
		if (!lifecycle_job(all, i, &job))
			return error_set(e, "the output of the %s tare-flush is missing",
				i ? "second" : "first");
		if (timing_parse("tare-flush", flush_metrics, job.bytes, job.count, out, e) < 0)
			return -1;
	}
	if (lifecycle_parse(flush_metrics, all, out, e) < 0 || check_whole(out, e) < 0)
		return -1;
	if (!(lifecycle_value(out, FLUSHES_ASKED) > 0))
		return error_set(e, "tare-flush requested no flush");
	return add_shares(out, e);
}

static const char *flush_why_not(const void *options, const struct machine_facts *facts)
{
	const struct flush_options *o = options;
	const double margin_bytes = 1 << 20;

	if (!facts->has_storage_counters)
		return "the driver has no counters of the machine's storage";
	if ((double)(o->block_bytes * o->count) + margin_bytes > (double)facts->scratch_bytes)
		return "the file does not fit into the machine's scratch storage: lower count";
	return NULL;
}

const struct benchmark bench_flush = {
	.name = "flush",
	.summary = "whether acknowledged writes are durable, checked against the host's counters",
	.source =
		"the question of Nussbaum et al. 2009 whether writes are acknowledged before they "
		"are committed",
	.options = flush_rows,
	.options_size = sizeof(struct flush_options),
	.metrics = flush_metrics,
	.topology = TOPOLOGY_LIFECYCLE,
	.action = ACTION_FLUSH,
	.check = flush_check,
	.command = flush_command,
	.parse = flush_parse,
	.why_not = flush_why_not,
};
