/* boot: the time from the request for a machine until its first program has run, in stages. The
 * action starts the machine; this parses what it observed. Knows no driver. */
#include "bench/bench.h"

#include <math.h>

#include "bench/lifecycle.h"

enum { AT_ONCE_MAX = 64 };

struct boot_options {
	char *program;
	int64_t at_once;
};

static const struct option_row boot_rows[] = {
	{"at_once", OPTION_INT, offsetof(struct boot_options, at_once), "1", "1",
		"additional machines that are started at the same time", 1, AT_ONCE_MAX, NULL},
	{"program", OPTION_STRING, offsetof(struct boot_options, program), "/bin/true", NULL,
		"the first program that runs in the machine", 0, 0, NULL},
	{0},
};

/* The action's observations; the first of them are metrics, unchanged. */
enum boot_metric { READY, STARTED, FIRST_JOB, STOP, OBSERVED_METRICS };
enum { PROBED = OBSERVED_METRICS, UPTIME, OBSERVATIONS, MACHINES = OBSERVATIONS };
enum { LOADER = OBSERVED_METRICS, KERNEL, USERSPACE };

#define SECONDS "s", BETTER_LOWER, STATISTIC_MEDIAN, SCALE_RATIO, NULL, NULL

static const struct metric observations[] = {
	[READY] = {"ready", SECONDS, "", DETAIL},
	[STARTED] = {"started", SECONDS, "", DETAIL},
	[FIRST_JOB] = {"first_job", SECONDS, "", DETAIL},
	[STOP] = {"stop", SECONDS, "", DETAIL},
	[PROBED] = {"probed", SECONDS, "", DETAIL},
	[UPTIME] = {"uptime", SECONDS, "", DETAIL},
	[MACHINES] = {"machines", SECONDS, "", DETAIL}, /* where there are several */
	{0},
};

static const struct metric boot_metrics[] = {
	[READY] = {"ready", SECONDS,
		"from the request until its agent answers, of several the last one's", HEADLINE(1)},
	[STARTED] = {"started", SECONDS,
		"until the driver has created it (disks, definition, process); part of ready",
		DETAIL},
	[FIRST_JOB] = {"first_job", SECONDS, "from that answer until the first program has run",
		DETAIL},
	[STOP] = {"stop", SECONDS, "from the request to stop until nothing of it is left", DETAIL},
	[LOADER] = {"loader", SECONDS,
		"from the request until its kernel's clock starts: driver, hypervisor, loader",
		DETAIL},
	[KERNEL] = {"kernel", SECONDS,
		"from there until its kernel runs process 1, by the machine's clock", DETAIL},
	[USERSPACE] = {"userspace", SECONDS,
		"from there until its agent answers, by the machine's clock", DETAIL},
	{0},
};

static int boot_check(const void *options, struct error *e)
{
	const struct boot_options *o = options;

	if (!o->program || o->program[0] != '/')
		return error_set(e, "program must be an absolute path");
	return 0;
}

static int boot_command(
	const void *options, const struct role *role, struct command *out, struct error *e)
{
	const struct boot_options *o = options;

	(void)e;
	argv_add(&out->argv, role->index == 0 ? o->program : "/bin/dmesg");
	out->expected_s = 5;
	return 0;
}

/* "[    1.234567] Run /init as init process": the end of the kernel's part. */
static bool init_line(struct piece line, double *seconds)
{
	struct piece stamp;

	if (!read_starts(line, "[") || !read_has(line, "] Run ") ||
		!read_has(line, " as init process"))
		return false;
	line.bytes++;
	line.count--;
	read_part(&line, ']', &stamp);
	return read_number(stamp, seconds);
}

/* The stages inside a machine with a kernel of its own, whose clock starts after the request. They
 * are not measured if the beginning of the kernel's log is lost, and not of several at once, which
 * are ready with the last one. */
static int add_stages(
	struct piece text, const struct samples *seen, struct samples *out, struct error *e)
{
	double uptime = lifecycle_value(seen, UPTIME), probed = lifecycle_value(seen, PROBED);
	double kernel = NAN;
	struct piece log, line;

	if (uptime >= probed || lifecycle_value(seen, MACHINES) > 1)
		return 0;
	/* The clock was read shortly after the agent had answered. */
	double answered = uptime - (probed - lifecycle_value(seen, READY));
	if (bench_samples_add(out, LOADER, 0, probed - uptime, e) < 0)
		return -1;
	if (!lifecycle_job(text, 1, &log))
		return error_set(e, "the log of the machine's kernel is missing");
	while (isnan(kernel) && read_line(&log, &line))
		init_line(line, &kernel);
	if (isnan(kernel))
		return 0;
	if (!(kernel >= 0 && kernel <= answered))
		return error_set(e,
			"the kernel log says that process 1 ran after %g s, but the agent answered "
			"after %g s",
			kernel, answered);
	if (bench_samples_add(out, KERNEL, 0, kernel, e) < 0)
		return -1;
	return bench_samples_add(out, USERSPACE, 0, answered - kernel, e);
}

static int add_all(
	struct piece text, const struct samples *seen, struct samples *out, struct error *e)
{
	for (unsigned i = 0; i < OBSERVATIONS; i++)
		if (isnan(lifecycle_value(seen, i)))
			return error_set(e, "%s was not observed", observations[i].name);
	for (unsigned i = 0; i < OBSERVED_METRICS; i++)
		if (bench_samples_add(out, i, 0, lifecycle_value(seen, i), e) < 0)
			return -1;
	return add_stages(text, seen, out, e);
}

static int boot_parse(const char *text, size_t length, struct samples *out, struct error *e)
{
	struct piece all = {text, length};
	struct samples seen = {0};
	int status = lifecycle_parse(observations, all, &seen, e);

	if (status == 0)
		status = add_all(all, &seen, out, e);
	bench_samples_free(&seen);
	return status;
}

static const char *boot_why_not(const void *options, const struct machine_facts *facts)
{
	const struct boot_options *o = options;

	return lifecycle_why_not(facts, (unsigned)o->at_once);
}

static unsigned boot_at_once(const void *options)
{
	return (unsigned)((const struct boot_options *)options)->at_once;
}

const struct benchmark bench_boot = {
	.name = "boot",
	.summary = "start of one more machine, in stages, until its first program has run",
	.source = "tare's own definition: stages by the clocks of host and machine",
	.options = boot_rows,
	.options_size = sizeof(struct boot_options),
	.metrics = boot_metrics,
	.topology = TOPOLOGY_LIFECYCLE,
	.action = ACTION_BOOT,
	.at_once = boot_at_once,
	.check = boot_check,
	.command = boot_command,
	.parse = boot_parse,
	.why_not = boot_why_not,
};
