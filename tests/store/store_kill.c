/* SIGKILL at any moment loses no acknowledged run and leaves none by half. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "tests/store/store_fixture.h"

/* On a slow disk more rounds, each longer, until enough was written to tell. */
enum { ROUNDS = 25, ROUNDS_MAX = 250, RUNS_WANTED = 50, SERIES_VALUES = 500 };

/* Adds runs from next on for ever; after each, its number is written to fd. */
static void write_until_killed(const struct fixture *fixture, unsigned next, int fd)
{
	static double values[SERIES_VALUES];
	struct store *store = NULL;
	struct error e = {""};
	struct fixture_ids ids;

	if (store_open(fixture->campaign_dir, &store, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		_exit(1);
	}
	ids.cell = store_find_cell(
		store, store_find_target(store, "native"), "1x2", "cpu", "threads=2");
	ids.metric = store_find_metric(store, "cpu", "rate");
	ids.block = store_find_block(store, "1x2", 0);
	for (unsigned number = next;; number++) {
		const struct store_series series = {ids.metric, 0, 0, values, SERIES_VALUES};
		struct store_run run = fixture_run(&ids, number);
		for (size_t i = 0; i < SERIES_VALUES; i++)
			values[i] = number + (double)i / SERIES_VALUES;
		run.series = &series;
		run.series_count = 1;
		run.output = "text";
		run.output_bytes = 4;
		if (store_add_run(store, &run, &e) < 0 ||
			write(fd, &number, sizeof(number)) != sizeof(number)) {
			fprintf(stderr, "%s\n", e.text);
			_exit(1);
		}
	}
}

/* Every run up to the last acknowledged is there, whole. Returns how many there are. */
static unsigned check_runs(const struct fixture *fixture, unsigned acknowledged)
{
	struct store *store = fixture_open(fixture);
	struct store_data *data = fixture_read(store);
	unsigned count = (unsigned)data->run_count;

	/* One more may be durable whose acknowledgement was cut off. */
	assert_in_range(count, acknowledged, acknowledged + 1);
	assert_int_equal(data->series_count, count);
	for (unsigned i = 0; i < count; i++) {
		const struct data_series *series = &data->series[i];
		char *text = NULL;
		size_t bytes;
		struct error e;
		assert_int_equal(data->runs[series->run_index].number, i);
		assert_int_equal(series->count, SERIES_VALUES);
		for (size_t v = 0; v < SERIES_VALUES; v++)
			assert_true(series->values[v] == i + (double)v / SERIES_VALUES);
		assert_int_equal(
			store_read_output(store, data->runs[i].id, false, &text, &bytes, &e), 0);
		assert_string_equal(text, "text");
		free(text);
	}
	store_data_free(data);
	store_close(store);
	return count;
}

static void test_kill(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = fixture_create(fixture);
	unsigned next = 0, rounds, random = 12345;

	fixture_campaign(store);
	store_close(store);
	for (rounds = 0; rounds < ROUNDS || (next < RUNS_WANTED && rounds < ROUNDS_MAX); rounds++) {
		int fds[2], status;
		unsigned number, acknowledged = next;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0) {
			close(fds[0]);
			write_until_killed(fixture, next, fds[1]);
		}
		close(fds[1]);
		random = random * 1103515245 + 12345;
		clock_sleep_s(1e-3 * (random >> 16 & 63) * (rounds < ROUNDS ? 1 : 2));
		kill(pid, SIGKILL);
		while (read(fds[0], &number, sizeof(number)) == sizeof(number))
			acknowledged = number + 1;
		close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		next = check_runs(fixture, acknowledged);
	}
	assert_true(next >= RUNS_WANTED);
	print_message("%u runs survived %u kills\n", next, rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kill, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
