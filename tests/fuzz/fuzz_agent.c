/* The orchestrator's end of an agent's stream against whatever a machine sends: a greeting, facts,
 * a clock, and a job with output and files are asked for, and the answers are the input. The first
 * byte is the size of the portions that it comes in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/client_private.h"
#include "base/array.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/mutate.h"

enum { SESSION = 0x1234, OUTPUT_LIMIT = 4096 };

static struct job *start_job(struct agent *agent)
{
	static char *collect[] = {(char *)"one", (char *)"two"};
	struct argv argv = {0};
	struct error e = {""};
	struct job *job = NULL;

	argv_add(&argv, "/bin/true");
	struct job_spec spec = {.argv = &argv,
		.directory = "/tmp/fuzzed",
		.collect = collect,
		.collect_count = ARRAY_COUNT(collect),
		.timeout_s = 60,
		.output_limit = OUTPUT_LIMIT};
	if (agent_job_start(agent, &spec, &job, &e) < 0)
		abort();
	argv_free(&argv);
	return job;
}

static void check_job(const struct job *job)
{
	size_t most = 3 * OUTPUT_LIMIT + 100; /* stdout, two files and their names */

	if (job->output_bytes > most || strlen(job->errors) > OUTPUT_LIMIT)
		abort();
	if (job->reason[0] && strpbrk(job->reason, "\n\r\x1b"))
		abort();
	struct error e = {""};
	job_check(job, &e);
}

/* Requests, one after the other, to an agent whose whole input is there already. */
static void ask(struct agent *agent)
{
	char *facts = NULL;
	struct agent_clock clock;
	struct error e = {""};

	agent_hello(agent, 0, &e);
	if (agent_facts(agent, 0, &facts, &e) == 0)
		free(facts);
	agent_clock(agent, 0, &clock, &e);
	agent_network(agent, NULL, "198.18.0.2/24", 0, 0, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (count < 2)
		return 0;
	input_stream(bytes + 1, count - 1);
	struct agent *agent = agent_new("fuzzed", INPUT_FD, OUTPUT_FD, 0);
	link_reset(&agent->link, SESSION);
	struct job *job = start_job(agent);
	size_t portion = bytes[0] ? bytes[0] * (size_t)64 : 65536;
	for (size_t at = 1; at < count; at += portion) {
		input_stream_come(portion);
		agent_poll(&job, 1, 0, -1);
	}
	ask(agent);
	input_stream_end();
	agent_poll(&job, 1, 0, -1);
	check_job(job);
	job_free(job);
	agent_free(agent);
	return 0;
}
