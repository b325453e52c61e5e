/* Far ends that lie: the orchestrator's end stays bounded, does not crash, and says what is
 * wrong. The far end is this test, writing frames by hand. */
#include "common.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/link.h"
#include "agent/wire.h"
#include "base/array.h"

struct liar {
	struct agent *agent;
	struct link link; /* its far end */
};

/* Takes everything that has come; the session is the one of the hello. */
static void listen_to(struct liar *liar)
{
	struct frame frame;

	while (link_receive(&liar->link) > 0) {
		while (link_next(&liar->link, &frame)) {
			if (frame.type == FRAME_HELLO)
				link_reset(&liar->link, frame.session);
		}
	}
	link_flush(&liar->link);
}

static void welcome(struct liar *liar, uint8_t version)
{
	struct text payload = {0};

	pack_u8(&payload, version);
	pack_string(&payload, "9.9\x1b[31m");
	link_send_once(&liar->link, FRAME_WELCOME, payload.bytes, payload.count);
	link_flush(&liar->link);
	text_free(&payload);
}

static void liar_open(struct liar *liar)
{
	int fds[2];
	struct error e = {0};

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	link_init(&liar->link, fds[1], fds[1]);
	liar->agent = agent_new("liar", fds[0], fds[0], 0);
	/* Asked once without an answer, so that the session is known. */
	assert_int_equal(agent_hello(liar->agent, 0.001, &e), -1);
	listen_to(liar);
}

static void liar_close(struct liar *liar)
{
	agent_free(liar->agent);
	close(liar->link.in_fd);
	link_free(&liar->link);
}

static struct job *victim(struct liar *liar, size_t limit)
{
	char *collect[] = {(char *)"one", (char *)"two"};

	return job_begin(liar->agent,
		(struct job_spec){.output_limit = limit,
			.directory = "/x",
			.collect = collect,
			.collect_count = 2},
		WORDS("/bin/true"));
}

static void say(struct liar *liar, uint8_t type, uint16_t job, const void *bytes, size_t count)
{
	link_send(&liar->link, type, job, bytes, count);
	link_flush(&liar->link);
}

static void serve(struct job *job)
{
	while (agent_poll(&job, 1, 0.002, -1) == 1)
		continue;
}

static void wrong_version(void **state)
{
	struct liar liar;
	struct error e = {0};

	(void)state;
	liar_open(&liar);
	welcome(&liar, 9);
	assert_int_equal(agent_hello(liar.agent, 1, &e), -1);
	assert_non_null(strstr(e.text, "speaks protocol 9"));
	assert_null(strchr(e.text, '\x1b'));
	liar_close(&liar);
}

static void noise(void **state)
{
	struct liar liar;
	struct error e = {0};
	uint32_t random = 9;
	char bytes[4096], *json;

	(void)state;
	liar_open(&liar);
	welcome(&liar, PROTOCOL_VERSION);
	assert_ok(agent_hello(liar.agent, 1, &e), &e);
	struct job *job = victim(&liar, 1000);
	for (int i = 0; i < 300; i++) {
		for (size_t k = 0; k < sizeof(bytes); k++) {
			random = random * 1664525 + 1013904223;
			bytes[k] = (char)(random >> 24);
		}
		memcpy(bytes + 100, "\xa7ta\xe5", 4);
		assert_true(write(liar.link.out_fd, bytes, sizeof(bytes)) > 0 || i);
		serve(job);
	}
	assert_int_equal(job->state, JOB_STARTING);
	assert_int_equal(agent_facts(liar.agent, 0.1, &json, &e), -1);
	/* And when the stream ends, the reason says that there was noise. */
	shutdown(liar.link.in_fd, SHUT_RDWR);
	serve(job);
	assert_int_equal(job->state, JOB_LOST);
	assert_non_null(strstr(job->reason, "received bytes were not part of a frame"));
	job_free(job);
	liar_close(&liar);
}

static void more_than_the_limit(void **state)
{
	struct liar liar;
	struct error e = {0};
	char output[1 + 3000];

	(void)state;
	liar_open(&liar);
	struct job *job = victim(&liar, 5000);
	memset(output, 'o', sizeof(output));
	for (int i = 0; i < 20; i++) {
		output[0] = (char)(i % 5); /* streams that do not exist, too */
		say(&liar, FRAME_JOB_OUTPUT, job->id, output, sizeof(output));
	}
	for (int i = 0; i < 20; i++) {
		output[0] =
			(char)(i / 5); /* file 0 again and again, 1, and two that were not asked */
		output[1] = 0;
		say(&liar, FRAME_JOB_COLLECT, job->id, output, sizeof(output));
	}
	output[0] = 0;
	say(&liar, FRAME_JOB_COLLECT, job->id, output, sizeof(output)); /* backwards */
	serve(job);
	assert_true(job->truncated);
	assert_int_equal(job->errors_bytes, 5000);
	const char *rest = job->output + 5000;
	assert_int_equal(memcmp(rest, "\n==> one <==\n", 13), 0);
	assert_int_equal(memcmp(rest + 13 + 5000, "\n==> two <==\n", 13), 0);
	assert_int_equal(job->output_bytes, 3 * 5000 + 2 * 13);
	assert_int_equal(job_check(job, &e), -1);
	job_free(job);
	liar_close(&liar);
}

static void absurd_end(void **state)
{
	struct liar liar;
	struct error e = {0};
	struct text payload = {0};
	struct wire_end end = {.exit_status = 100000,
		.signal = -5,
		.reason = (char *)"line\nbreak \x1b]0;title\x07",
		.user_s = -1,
		.system_s = 0.0 / 0.0,
		.steal_s = HUGE_VAL,
		.start_ns = INT64_MAX,
		.end_ns = INT64_MIN,
		.max_rss_bytes = INT64_MIN};

	(void)state;
	liar_open(&liar);
	struct job *job = victim(&liar, 5000);
	wire_end_pack(&payload, &end);
	say(&liar, FRAME_JOB_END, job->id, payload.bytes, payload.count);
	/* Nothing may change after the end. */
	say(&liar, FRAME_JOB_OUTPUT, job->id, "\0late", 5);
	say(&liar, FRAME_JOB_STARTED, job->id, "", 0);
	say(&liar, FRAME_JOB_END, (uint16_t)(job->id + 1), payload.bytes, payload.count);
	serve(job);
	assert_int_equal(job->state, JOB_DONE);
	assert_int_equal(job->exit_status, -1);
	assert_int_equal(job->signal, 0);
	assert_true(job->user_s == 0 && job->system_s == 0 && job->steal_s == 0);
	assert_true(job->far_start_ns == 0 && job->far_end_ns == 0 && job->max_rss_bytes == -1);
	assert_null(strpbrk(job->reason, "\n\x1b\x07"));
	assert_int_equal(job->output_bytes, 0);
	assert_int_equal(job_check(job, &e), -1);
	job_free(job);
	text_free(&payload);
	liar_close(&liar);
}

/* Differences of times that the far end chooses are made with its own ones and ours. */
static void absurd_clocks(void **state)
{
	static const int64_t times[][2] = {
		{-1, 5}, {5, -1}, {INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MIN}};
	struct liar liar;
	struct agent_clock clock;
	struct error e = {0};

	(void)state;
	liar_open(&liar);
	for (size_t i = 0; i < ARRAY_COUNT(times); i++) {
		struct text payload = {0};

		pack_u8(&payload, 1);
		pack_i64(&payload, times[i][0]);
		pack_i64(&payload, times[i][1]);
		say(&liar, FRAME_REPLY, (uint16_t)(i + 1), payload.bytes, payload.count);
		assert_int_equal(agent_clock(liar.agent, 1, &clock, &e), -1);
		assert_non_null(strstr(e.text, "invalid answer"));
		text_free(&payload);
	}
	liar_close(&liar);
}

/* An agent of an earlier build is not asked; what another answers is checked to its end. */
static void absurd_kernel_files(void **state)
{
	static const struct {
		const char *bytes;
		size_t count;
	} answers[] = {{"\1\3\0\0\0a/b", 8}, {"\1\3\0\0\0a/b\1", 9},
		{"\1\3\0\0\0a/b\1\xff\xff\xff\xff", 13}, {"\1\3\0\0\0a\0b\1\0\0\0\0", 13},
		{"\1x", 2}};
	struct kernel_file *files;
	struct liar liar;
	struct error e = {0};
	size_t count;

	(void)state;
	liar_open(&liar);
	welcome(&liar, PROTOCOL_VERSION);
	assert_ok(agent_hello(liar.agent, 1, &e), &e);
	agent_kernel_files_begin(liar.agent);
	assert_int_equal(agent_kernel_files_end(liar.agent, 1, &files, &count, &e), -1);
	assert_non_null(strstr(e.text, "earlier build"));
	struct text payload = {0};
	pack_u8(&payload, PROTOCOL_VERSION);
	pack_string(&payload, "9");
	pack_u8(&payload, 1);
	link_send_once(&liar.link, FRAME_WELCOME, payload.bytes, payload.count);
	link_flush(&liar.link);
	text_free(&payload);
	assert_ok(agent_hello(liar.agent, 1, &e), &e);
	for (size_t i = 0; i < ARRAY_COUNT(answers); i++) {
		agent_kernel_files_begin(liar.agent);
		say(&liar, FRAME_REPLY, (uint16_t)(i + 1), answers[i].bytes, answers[i].count);
		assert_int_equal(agent_kernel_files_end(liar.agent, 1, &files, &count, &e), -1);
		assert_non_null(strstr(e.text, "invalid answer"));
		assert_null(files);
		assert_int_equal(count, 0);
	}
	liar_close(&liar);
}

static void garbage_in_good_frames(void **state)
{
	struct liar liar;
	char bytes[64];

	(void)state;
	liar_open(&liar);
	memset(bytes, 0xff, sizeof(bytes));
	for (int type = 0; type < 256; type++) {
		struct job *job = victim(&liar, 1000);

		for (size_t count = 0; count <= sizeof(bytes); count += 7)
			say(&liar, (uint8_t)type, job->id, bytes, count);
		listen_to(&liar);
		agent_poll(&job, 1, 0.005, -1);
		assert_true(job->output_bytes <= 1000 && job->errors_bytes <= 1000);
		job_free(job);
		listen_to(&liar);
	}
	liar_close(&liar);
}

static void answers_without_a_request(void **state)
{
	struct liar liar;
	struct error e = {0};
	struct text payload = {0};
	char *json = NULL;

	(void)state;
	liar_open(&liar);
	pack_u8(&payload, 1);
	pack_string(&payload, "{}");
	for (int i = 100; i < 200; i++)
		say(&liar, FRAME_REPLY, (uint16_t)i, payload.bytes, payload.count);
	assert_int_equal(agent_facts(liar.agent, 0.05, &json, &e), -1);
	assert_null(json);
	/* The right number, but no answer inside. */
	say(&liar, FRAME_REPLY, 2, "\1\xff\xff\xff\xff", 5);
	assert_int_equal(agent_facts(liar.agent, 1, &json, &e), -1);
	assert_non_null(strstr(e.text, "invalid answer"));
	text_free(&payload);
	liar_close(&liar);
}

int main(void)
{
	static const struct CMUnitTest TESTS[] = {
		cmocka_unit_test(wrong_version),
		cmocka_unit_test(noise),
		cmocka_unit_test(more_than_the_limit),
		cmocka_unit_test(absurd_end),
		cmocka_unit_test(absurd_clocks),
		cmocka_unit_test(absurd_kernel_files),
		cmocka_unit_test(garbage_in_good_frames),
		cmocka_unit_test(answers_without_a_request),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
