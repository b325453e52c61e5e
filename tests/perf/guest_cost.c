/* How much processor time the agent takes in a guest while a job runs in it: the job reads process
 * 1's own account, sleeps, and reads it again.
 *     guest_cost WINDOWS SECONDS
 * Prints "# accelerator NAME", then a line per window: percent of one CPU. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/process.h"
#include "tests/perf/machine.h"

static const double boot_limit_s = 120;

/* Field 1 of schedstat is nanoseconds on a CPU; the agent has one thread. */
static const char script[] = "i=0; while [ $i -le \"$1\" ]; do read on rest </proc/1/schedstat; "
			     "read up rest </proc/uptime; echo $on $up; sleep \"$2\"; "
			     "i=$((i + 1)); done";

static int print_windows(char *text, struct error *e)
{
	double before_ns = 0, before_s = 0, on_ns, up_s;
	size_t lines = 0;

	for (char *line; (line = strsep(&text, "\n")) && line[0]; lines++) {
		if (sscanf(line, "%lf %lf", &on_ns, &up_s) != 2)
			return error_set(e, "the guest printed: %s", line);
		if (lines > 0)
			printf("%.6f\n", (on_ns - before_ns) / 1e7 / (up_s - before_s));
		before_ns = on_ns;
		before_s = up_s;
	}
	return lines > 1 ? 0 : error_set(e, "the guest printed nothing");
}

static int measure(
	struct machine *machine, const char *windows, const char *seconds, struct error *e)
{
	cleanup_argv struct argv argv = {0};
	const struct job_spec spec = {.argv = &argv,
		.timeout_s = boot_limit_s + atof(windows) * (atof(seconds) + 1),
		.output_limit = 1 << 20};
	struct job *job = NULL;

	argv_add_all(&argv, "/bin/sh", "-c", script, "sh", windows, seconds, NULL);
	int status = agent_job_start(machine->agent, &spec, &job, e);
	while (status == 0 && job->state != JOB_DONE && job->state != JOB_LOST)
		agent_poll(&job, 1, 3600, -1);
	if (status == 0)
		status = job_check(job, e);
	if (status == 0)
		status = print_windows(job->output, e);
	job_free(job);
	return status;
}

int main(int argc, char **argv)
{
	struct machine *machine = NULL;
	struct perf_host host;
	struct error e = {""};

	if (argc != 3) {
		fprintf(stderr, "usage: guest_cost WINDOWS SECONDS\n");
		return 2;
	}
	int status = perf_open(&host, "/var/tmp", true, &e);
	if (status == 0 && !(machine = perf_start(&host, "kvm-virtio", 1, NULL, &e)))
		status = -1;
	if (status == 0)
		status = agent_hello(machine->agent, boot_limit_s, &e);
	if (status == 0) {
		printf("# accelerator %s\n", machine->emulated ? "tcg" : "kvm");
		status = measure(machine, argv[1], argv[2], &e);
	}
	machine_stop(machine);
	perf_close(&host);
	if (status < 0)
		fprintf(stderr, "guest_cost: %s\n", e.text);
	return status < 0;
}
