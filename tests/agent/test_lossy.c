/* A real agent behind a line that loses, doubles and changes bytes and carries a kernel's
 * messages: what arrives is complete, or the job fails with a reason. */
#include "common.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"

static struct agent *agent_behind(unsigned seed, const char *loss, const char *die_after)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", seed);
	return agent_start(WORDS(LOSSY_PATH, text, loss, die_after));
}

/* 60 kB that compress badly enough to fly in many pieces, in both directions. */
static void everything_arrives(void **state)
{
	enum { COUNT = 60000 };
	char *input = mem_new(COUNT, 1);
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		random = random * 1664525 + 1013904223;
		input[i] = (char)(' ' + (random >> 24) % 90);
	}
	for (unsigned seed = 1; seed <= 5; seed++) {
		struct agent *agent = agent_behind(seed, "20", "0");
		struct job_file put = {"input", input, COUNT};
		char *collect[] = {(char *)"input"};
		struct error e = {0};
		struct job *job = job_run(agent,
			(struct job_spec){.directory = "/tmp/tare-agent-test-lossy",
				.put = &put,
				.put_count = 1,
				.collect = collect,
				.collect_count = 1},
			SHELL("i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); done; cat "
			      "input >&2"));

		assert_ok(job_check(job, &e), &e);
		assert_int_equal(job->errors_bytes, COUNT);
		assert_memory_equal(job->errors, input, COUNT);
		assert_int_equal(memcmp(job->output, "line 0\nline 1\n", 14), 0);
		char *file = strstr(job->output, "==> input <==\n");
		assert_non_null(file);
		assert_int_equal(strlen(file), 14 + COUNT);
		assert_memory_equal(file + 14, input, COUNT);
		job_free(job);
		agent_free(agent);
	}
	free(input);
}

static void requests_survive(void **state)
{
	struct agent *agent = agent_behind(7, "50", "0");
	struct error e = {0};
	struct agent_clock clock;
	char *json;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_ok(agent_facts(agent, 20, &json, &e), &e);
		assert_int_equal(json[strlen(json) - 1], '}');
		free(json);
		assert_ok(agent_clock(agent, 20, &clock, &e), &e);
	}
	agent_free(agent);
}

/* The line goes silent without closing: requests give up in time, and the far end's death is
 * told when it comes. */
static void silence_is_an_error(void **state)
{
	struct agent *agent = agent_behind(3, "0", "3000");
	struct error e = {0};
	char *json = NULL;
	double start_s = clock_monotonic_s();

	(void)state;
	struct job *job = job_begin(agent, (struct job_spec){0}, SHELL("cat /dev/urandom | od"));
	while (agent_poll(&job, 1, 0.5, -1) == 1)
		continue;
	assert_true(job->output_bytes < 10000);
	assert_int_equal(agent_facts(agent, 0.5, &json, &e), -1);
	assert_null(json);
	assert_non_null(strstr(e.text, "did not answer in time"));
	assert_true(clock_monotonic_s() - start_s < 10);
	agent_free(agent);
	assert_int_equal(job->state, JOB_LOST);
	assert_true(job->reason[0]);
	job_free(job);
}

int main(void)
{
	static const struct CMUnitTest TESTS[] = {
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(requests_survive),
		cmocka_unit_test(silence_is_an_error),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
