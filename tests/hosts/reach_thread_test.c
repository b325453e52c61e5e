/* The thread that starts reaches: many hosts ask at once. */
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

struct asking {
	pthread_t thread;
	int status;
	struct error e;
};

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

static void test_each_is_woken_by_its_own(void **state)
{
	static struct asking askings[HOSTS];

	(void)state;
	assert_int_equal(pthread_barrier_init(&all_ask, NULL, HOSTS), 0);
	long before = waits();
	for (size_t i = 0; i < HOSTS; i++)
		assert_int_equal(pthread_create(&askings[i].thread, NULL, ask, &askings[i]), 0);
	for (size_t i = 0; i < HOSTS; i++) {
		assert_int_equal(pthread_join(askings[i].thread, NULL), 0);
		if (askings[i].status < 0)
			fail_msg("%s", askings[i].e.text);
	}
	long each = (waits() - before) / HOSTS;
	pthread_barrier_destroy(&all_ask);
	if (each > WAKES_MOST)
		fail_msg("%d hosts: %ld waits each", HOSTS, each);
	printf("%d hosts: %ld waits each\n", HOSTS, each);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_woken_by_its_own),
	};

	return cmocka_run_group_tests_name("reach_thread", tests, NULL, NULL);
}
