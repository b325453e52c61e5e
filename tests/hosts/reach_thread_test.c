/* The thread that starts reaches: many hosts ask at once. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/process.h"
#include "hosts/reach_thread.h"

/* Where every answer woke all that wait, each would be woken by half of the others' answers. */
enum { HOSTS = 400, WAKES_MOST = 20 };

static pthread_barrier_t all_ask;
static struct asking {
	pthread_t thread;
	int status;
	struct error e;
} askings[HOSTS];

static void *ask(void *context)
{
	struct asking *asking = context;
	cleanup_argv struct argv argv = {0};
	int to, from;
	pid_t pid;

	argv_add(&argv, "true");
	pthread_barrier_wait(&all_ask);
	asking->status = reach_thread_spawn(&argv, "/dev/null", &pid, &to, &from, &asking->e);
	if (asking->status == 0) {
		close(to);
		close(from);
		process_end(pid, 5);
	}
	return NULL;
}

static long waits(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw;
}

static void all_are_reached(void)
{
	assert_int_equal(pthread_barrier_init(&all_ask, NULL, HOSTS), 0);
	for (size_t i = 0; i < HOSTS; i++)
		assert_int_equal(pthread_create(&askings[i].thread, NULL, ask, &askings[i]), 0);
	for (size_t i = 0; i < HOSTS; i++) {
		assert_int_equal(pthread_join(askings[i].thread, NULL), 0);
		if (askings[i].status < 0)
			fail_msg("%s", askings[i].e.text);
	}
	pthread_barrier_destroy(&all_ask);
}

static void test_each_is_woken_by_its_own(void **state)
{
	(void)state;
	long before = waits();
	all_are_reached();
	long each = (waits() - before) / HOSTS;
	if (each > WAKES_MOST)
		fail_msg("%d hosts: %ld waits each", HOSTS, each);
}

static struct heartbeat pipe_heartbeat(double period_s, int *from)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	*from = fds[0];
	return (struct heartbeat){
		.fd = fds[1], .period_s = period_s, .mutex = PTHREAD_MUTEX_INITIALIZER};
}

static ssize_t end_heartbeat(struct heartbeat *heartbeat, int from)
{
	static char bytes[1 << 16];

	reach_thread_remove_heartbeat(heartbeat);
	reach_thread_remove_heartbeat(heartbeat);
	ssize_t count = read(from, bytes, sizeof(bytes));
	close(from);
	close(heartbeat->fd);
	return count;
}

/* Hosts that are connected already must not take the orchestrator for lost meanwhile; each gets as
 * many as it asked for, whichever was added first. */
static void test_heartbeats_go_on(void **state)
{
	enum { MANY = 5 };
	static const double periods_s[MANY] = {3600, 0, 7200, 0, 1800};
	struct heartbeat beats[MANY];
	int from[MANY];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		beats[i] = pipe_heartbeat(periods_s[i], &from[i]);
		reach_thread_add_heartbeat(&beats[i]);
	}
	all_are_reached();
	for (size_t i = 0; i < MANY; i++) {
		ssize_t count = end_heartbeat(&beats[i], from[i]);
		if (periods_s[i] > 0 ? count > 0 : count < HOSTS)
			fail_msg("period %.0f s: %zd heartbeats", periods_s[i], count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_woken_by_its_own),
		cmocka_unit_test(test_heartbeats_go_on),
	};

	return cmocka_run_group_tests_name("reach_thread", tests, NULL, NULL);
}
