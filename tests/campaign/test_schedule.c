/* Jobs on hosts: what can run at once does, what shares a host keeps its order. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "campaign/plan/schedule.h"

enum { HOSTS = 6, JOBS = 300 };

static struct {
	atomic_int on_host[HOSTS]; /* jobs that are on it right now */
	int last[HOSTS]; /* number of the last job there */
	atomic_int at_once, most_at_once, wrong;
} seen;

struct test_job {
	int number;
	size_t first, count;
};

static void work(void *context)
{
	const struct test_job *job = context;
	int at_once = atomic_fetch_add(&seen.at_once, 1) + 1;
	int most = atomic_load(&seen.most_at_once);
	while (at_once > most && !atomic_compare_exchange_weak(&seen.most_at_once, &most, at_once))
		;
	for (size_t h = job->first; h < job->first + job->count; h++) {
		seen.wrong += atomic_fetch_add(&seen.on_host[h], 1) != 0;
		seen.wrong += seen.last[h] >= job->number;
		seen.last[h] = job->number;
	}
	usleep(200);
	for (size_t h = job->first; h < job->first + job->count; h++)
		atomic_fetch_sub(&seen.on_host[h], 1);
	atomic_fetch_sub(&seen.at_once, 1);
}

static void test_order_and_parallelism(void **state)
{
	static struct test_job jobs[JOBS];
	(void)state;
	struct schedule *schedule = schedule_new(HOSTS, NULL);
	assert_non_null(schedule);
	for (int i = 0; i < JOBS; i++) {
		size_t count = 1 + (size_t)i % 3;
		jobs[i] =
			(struct test_job){i + 1, (size_t)(i * 7) % (HOSTS / count) * count, count};
		schedule_add(schedule, jobs[i].first, count, work, &jobs[i]);
	}
	schedule_wait(schedule);
	assert_int_equal(seen.wrong, 0);
	assert_true(seen.most_at_once > 1);
	schedule_wait(schedule); /* nothing to wait for */
	schedule_free(schedule);
}

struct everywhere {
	struct schedule *schedule;
	pthread_t threads[HOSTS];
	atomic_int calls;
	pthread_t own;
};

static void visit(void *context, size_t host)
{
	struct everywhere *everywhere = context;
	everywhere->threads[host] = pthread_self();
	everywhere->calls++;
}

static void visit_all(void *context)
{
	struct everywhere *everywhere = context;
	everywhere->own = pthread_self();
	schedule_each(everywhere->schedule, 1, 4, visit, everywhere);
}

static void test_each_host_in_its_own_thread(void **state)
{
	struct everywhere everywhere = {0};
	(void)state;
	everywhere.schedule = schedule_new(HOSTS, NULL);
	for (int i = 0; i < 100; i++) {
		schedule_add(everywhere.schedule, 1, 4, visit_all, &everywhere);
		schedule_wait(everywhere.schedule);
	}
	assert_int_equal(everywhere.calls, 400);
	assert_true(pthread_equal(everywhere.threads[1], everywhere.own));
	for (size_t a = 1; a < 5; a++)
		for (size_t b = a + 1; b < 5; b++)
			assert_false(pthread_equal(everywhere.threads[a], everywhere.threads[b]));
	schedule_free(everywhere.schedule);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_parallelism),
		cmocka_unit_test(test_each_host_in_its_own_thread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
