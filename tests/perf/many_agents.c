/* What one look at the streams of many machines costs, each with a job of a run under way: prints
 * the processor time, in microseconds a machine, for each of the counts that are its arguments, on
 * one line. The far ends are sockets without an agent behind them: what the machines themselves
 * would take is not ours. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/client.h"
#include "base/array.h"

enum { DESCRIPTORS_SPARE = 64 };
static const double measured_s = 0.5, job_timeout_s = 1e6;

struct many {
	struct agent **agents;
	struct job **jobs;
	int *far_fds;
	size_t count;
};

/* Of this thread: what else the machine does is not in it. */
static double processor_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int raise_file_limit(size_t machines, struct error *e)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set(e, "cannot ask for the limit of open files");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0 ||
		limit.rlim_cur < 2 * machines + DESCRIPTORS_SPARE)
		return error_set(e, "%zu machines need %zu open files; raise the limit (ulimit -n)",
			machines, 2 * machines + DESCRIPTORS_SPARE);
	return 0;
}

static int add_machine(struct many *many, const struct job_spec *spec, struct error *e)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return error_set(e, "cannot make a stream");
	many->agents[many->count] = agent_new("machine", fds[0], fds[0], 0);
	many->far_fds[many->count] = fds[1];
	many->count++;
	return agent_job_start(
		many->agents[many->count - 1], spec, &many->jobs[many->count - 1], e);
}

static void end_machines(struct many *many)
{
	for (size_t i = 0; i < many->count; i++) {
		close(many->far_fds[i]);
		job_free(many->jobs[i]);
		agent_free(many->agents[i]);
	}
	free(many->agents);
	free(many->jobs);
	free(many->far_fds);
}

static int measure(size_t machines, double *cost_us, struct error *e)
{
	struct many many = {
		.agents = mem_new(machines, sizeof(struct agent *)),
		.jobs = mem_new(machines, sizeof(struct job *)),
		.far_fds = mem_new(machines, sizeof(int)),
	};
	struct argv argv = {0};
	argv_add(&argv, "/bin/true");
	struct job_spec spec = {.argv = &argv, .timeout_s = job_timeout_s, .output_limit = 1};
	int status = 0;

	while (status == 0 && many.count < machines)
		status = add_machine(&many, &spec, e);
	if (status == 0) {
		size_t looks = 0;
		double begun_s = processor_s(), took_s;
		do {
			agent_poll(many.jobs, many.count, 0, -1);
			looks++;
			took_s = processor_s() - begun_s;
		} while (took_s < measured_s);
		*cost_us = took_s * 1e6 / (double)looks / (double)machines;
	}
	end_machines(&many);
	argv_free(&argv);
	return status;
}

int main(int argc, char **argv)
{
	struct error e = {""};

	for (int i = 1; i < argc; i++) {
		size_t machines = strtoul(argv[i], NULL, 10);
		double cost_us = 0;
		if (machines == 0 || raise_file_limit(machines, &e) < 0 ||
			measure(machines, &cost_us, &e) < 0) {
			fprintf(stderr, "many_agents: %s\n",
				error_is_set(&e) ? e.text : "how many?");
			return 1;
		}
		printf("%.6f%c", cost_us, i + 1 < argc ? ' ' : '\n');
	}
	return 0;
}
