/* What the tests of agent/ share: a real agent over pipes, and jobs in it. */
#ifndef TARE_TESTS_AGENT_COMMON_H
#define TARE_TESTS_AGENT_COMMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/client.h"
#include "base/clock.h"

#define AGENT_PATH TARE_BINARY_DIR "/agent/tare-agent"
#define LOSSY_PATH TARE_BINARY_DIR "/tests/agent/lossy-line"

static inline void assert_ok(int result, const struct error *e)
{
	if (result < 0)
		fail_msg("%s", e->text);
}

/* A greeted agent; words before it (a NULL-terminated list) may be a relay. */
static inline struct agent *agent_start(const char *const *before)
{
	struct argv argv = {0};
	struct error e = {0};

	for (; before && *before; before++)
		argv_add(&argv, *before);
	argv_add(&argv, AGENT_PATH);
	struct agent *agent = agent_spawn("test", &argv, NULL, &e);
	if (!agent)
		fail_msg("%s", e.text);
	assert_ok(agent_hello(agent, 20, &e), &e);
	argv_free(&argv);
	return agent;
}

/* Serves job until it has reached the state, at most limit_s. */
static inline void job_await(struct job *job, enum job_state state, double limit_s)
{
	double end_s = clock_monotonic_s() + limit_s;

	while (job->state < state && clock_monotonic_s() < end_s)
		agent_poll(&job, 1, end_s - clock_monotonic_s(), -1);
	if (job->state < state)
		fail_msg("state %d after %g s: %s", (int)job->state, limit_s, job->reason);
}

static inline struct job *job_begin(
	struct agent *agent, struct job_spec spec, const char *const *words)
{
	struct argv argv = {0};
	struct error e = {0};
	struct job *job;

	for (; *words; words++)
		argv_add(&argv, *words);
	spec.argv = &argv;
	if (!(spec.timeout_s > 0))
		spec.timeout_s = 20;
	if (!spec.output_limit)
		spec.output_limit = 1 << 20;
	assert_ok(agent_job_start(agent, &spec, &job, &e), &e);
	argv_free(&argv);
	return job;
}

static inline struct job *job_run(
	struct agent *agent, struct job_spec spec, const char *const *words)
{
	struct job *job = job_begin(agent, spec, words);

	job_await(job, JOB_DONE, 60);
	return job;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SHELL(text) WORDS("/bin/sh", "-c", text)

#endif
