/* See shell.h. */
#include "tests/shell.h"

#include "agent/client.h"
#include "base/array.h"
#include "base/cleanup.h"

static const double hello_timeout_s = 120, job_timeout_s = 60;

char *shell_run(struct agent *agent, const char *directory, const char *line, struct error *e)
{
	cleanup_argv struct argv argv = {0};
	cleanup_free char *job_directory = str_printf("%s/job", directory);
	struct job_spec spec = {.argv = &argv,
		.directory = job_directory,
		.timeout_s = job_timeout_s,
		.output_limit = 1 << 20};
	struct job *job = NULL;
	char *output = NULL;

	argv_add_all(&argv, "/bin/sh", "-c", line, NULL);
	if (agent_hello(agent, hello_timeout_s, e) < 0)
		return NULL;
	if (agent_job_start(agent, &spec, &job, e) == 0) {
		while (job->state != JOB_DONE && job->state != JOB_LOST)
			agent_poll(&job, 1, 1, -1);
		if (job_check(job, e) == 0)
			output = str_dup(job->output ? job->output : "");
	}
	job_free(job);
	return output;
}
