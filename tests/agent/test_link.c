/* Go-back-N between two ends in one process: what is lost on the way is sent again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/link.h"
#include "base/clock.h"

struct pair {
	struct link a, b;
};

static void pair_open(struct pair *pair)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	link_init(&pair->a, fds[0], fds[0]);
	link_init(&pair->b, fds[1], fds[1]);
	link_reset(&pair->a, 77);
	link_reset(&pair->b, 77);
}

static void pair_close(struct pair *pair)
{
	close(pair->a.in_fd);
	close(pair->b.in_fd);
	link_free(&pair->a);
	link_free(&pair->b);
}

/* Receives what is there; returns how many frames were for the upper layer. */
static unsigned take(struct link *link, uint32_t *next)
{
	struct frame frame;
	unsigned count = 0;

	while (link_receive(link) > 0) {
		while (link_next(link, &frame)) {
			uint32_t value;

			assert_int_equal(frame.length, sizeof(value));
			memcpy(&value, frame.payload, sizeof(value));
			assert_int_equal(value, *next);
			++*next;
			count++;
		}
	}
	return count;
}

static void send_numbers(struct link *link, uint32_t from, uint32_t to)
{
	for (; from < to; from++)
		link_send(link, FRAME_CLOCK, 0, &from, sizeof(from));
}

/* Takes what is on its way to the link, away from it. */
static void lose(struct link *link)
{
	char bytes[65536];

	while (recv(link->in_fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
}

static void arrives_in_order(void **state)
{
	struct pair pair;
	uint32_t next = 0;

	(void)state;
	pair_open(&pair);
	send_numbers(&pair.a, 0, 1000);
	for (int i = 0; i < 100 && next < 1000; i++) {
		link_flush(&pair.a);
		take(&pair.b, &next);
		link_flush(&pair.b);
		take(&pair.a, &(uint32_t){0});
	}
	assert_int_equal(next, 1000);
	assert_int_equal(pair.a.resent, 0);
	assert_int_equal(pair.a.queued_bytes, 0);
	assert_true(link_deadline_ns(&pair.a) == INT64_MAX);
	assert_true(link_deadline_ns(&pair.b) == INT64_MAX);
	pair_close(&pair);
}

/* The gap is noticed by the frame behind it, without waiting for a timer. */
static void gap_is_repaired_at_once(void **state)
{
	struct pair pair;
	uint32_t next = 0;
	double start_s = clock_monotonic_s();

	(void)state;
	pair_open(&pair);
	send_numbers(&pair.a, 0, 10);
	link_flush(&pair.a);
	lose(&pair.b);
	send_numbers(&pair.a, 10, 12);
	link_flush(&pair.a);
	assert_int_equal(take(&pair.b, &next), 0);
	link_flush(&pair.b);
	take(&pair.a, &(uint32_t){0});
	link_flush(&pair.a);
	assert_int_equal(take(&pair.b, &next), 12);
	assert_true(clock_monotonic_s() - start_s < 0.5);
	assert_int_equal(pair.a.resent, 12);
	pair_close(&pair);
}

static void wait_for_probe(struct link *link)
{
	assert_true(link_deadline_ns(link) < INT64_MAX);
	while (clock_monotonic_ns() < link_deadline_ns(link))
		clock_sleep_s(0.01);
	link_flush(link);
}

/* Nothing comes behind the loss: the sender asks, and the answer makes it send again. */
static void silence_is_repaired_by_time(void **state)
{
	struct pair pair;
	uint32_t next = 0;

	(void)state;
	pair_open(&pair);
	send_numbers(&pair.a, 0, 10);
	link_flush(&pair.a);
	lose(&pair.b);
	wait_for_probe(&pair.a);
	assert_int_equal(take(&pair.b, &next), 0);
	link_flush(&pair.b);
	take(&pair.a, &(uint32_t){0});
	link_flush(&pair.a);
	assert_int_equal(take(&pair.b, &next), 10);
	pair_close(&pair);
}

/* Neither lost acknowledgements nor a slow line make anything be sent twice. */
static void slowness_is_no_loss(void **state)
{
	for (int lost = 0; lost < 2; lost++) {
		struct pair pair;
		uint32_t next = 0;

		(void)state;
		pair_open(&pair);
		send_numbers(&pair.a, 0, 10);
		link_flush(&pair.a);
		if (lost) {
			assert_int_equal(take(&pair.b, &next), 10);
			link_flush(&pair.b);
			lose(&pair.a);
		}
		wait_for_probe(&pair.a);
		send_numbers(&pair.a, 10, 12);
		link_flush(&pair.a);
		take(&pair.b, &next);
		assert_int_equal(next, 12);
		link_flush(&pair.b);
		take(&pair.a, &(uint32_t){0});
		link_flush(&pair.a);
		assert_int_equal(pair.a.queued_bytes, 0);
		assert_int_equal(pair.a.resent, 0);
		pair_close(&pair);
	}
}

static void window_is_bounded(void **state)
{
	struct pair pair;
	char payload[1000];

	(void)state;
	pair_open(&pair);
	memset(payload, 'x', sizeof(payload));
	unsigned sent = 0;
	for (; link_room(&pair.a); sent++) {
		payload[sent % sizeof(payload)]++;
		link_send(&pair.a, FRAME_JOB_OUTPUT, 0, payload, sizeof(payload));
		link_flush(&pair.a);
		lose(&pair.b);
	}
	assert_true(sent < 300);
	assert_true(pair.a.queued_bytes < LINK_WINDOW_BYTES + 2000);
	pair_close(&pair);
}

/* Frames of another session, and acknowledgements of what was never sent. */
static void strangers_are_ignored(void **state)
{
	struct pair pair;
	uint32_t next = 0;

	(void)state;
	pair_open(&pair);
	link_reset(&pair.a, 78);
	send_numbers(&pair.a, 0, 3);
	link_flush(&pair.a);
	assert_int_equal(take(&pair.b, &next), 0);
	assert_int_equal(pair.b.ignored, 3);
	assert_int_equal(pair.b.expected, 0);
	link_reset(&pair.a, 77);
	pair.a.expected = 1000;
	send_numbers(&pair.b, 0, 2);
	link_send_once(&pair.a, FRAME_ACK, NULL, 0);
	link_flush(&pair.a);
	take(&pair.b, &next);
	assert_true(pair.b.queued_bytes > 0);
	pair_close(&pair);
}

static void reader_gone_raises_no_signal(void **state)
{
	int fds[2];
	struct link link;

	(void)state;
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	link_init(&link, fds[1], fds[1]);
	link_send_once(&link, FRAME_HELLO, NULL, 0);
	link_flush(&link);
	assert_true(link.dead);
	link_free(&link);
	close(fds[1]);
}

int main(void)
{
	static const struct CMUnitTest TESTS[] = {
		cmocka_unit_test(arrives_in_order),
		cmocka_unit_test(gap_is_repaired_at_once),
		cmocka_unit_test(silence_is_repaired_by_time),
		cmocka_unit_test(slowness_is_no_loss),
		cmocka_unit_test(window_is_bounded),
		cmocka_unit_test(strangers_are_ignored),
		cmocka_unit_test(reader_gone_raises_no_signal),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
