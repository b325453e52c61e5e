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

/* Hosts that are connected already must not take the orchestrator for lost meanwhile. */
static void test_heartbeats_go_on(void **state)
{
	static char bytes[1 << 16];
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	struct heartbeat heartbeat = {.fd = fds[1], .mutex = PTHREAD_MUTEX_INITIALIZER};
	reach_thread_add_heartbeat(&heartbeat);
	all_are_reached();
	reach_thread_remove_heartbeat(&heartbeat);
	ssize_t count = read(fds[0], bytes, sizeof(bytes));
	if (count < HOSTS)
		fail_msg("%zd heartbeats while %d reaches were started", count, HOSTS);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_woken_by_its_own),
		cmocka_unit_test(test_heartbeats_go_on),
	};

	return cmocka_run_group_tests_name("reach_thread", tests, NULL, NULL);
}
