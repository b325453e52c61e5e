/* Ownership of run directories: what decides whether cleaning up is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skippable.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/local.h"
#include "drivers/virtiofsd.h"

static char id[17];

static void keep_line(void *context, const char *line)
{
	cleanup_free char *wanted = str_printf("run directory /run/tare/%s", id);

	if (strcmp(line, wanted) == 0)
		++*(int *)context;
}

/* Runs body in a child process and returns what it returned. */
static int in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int own(void)
{
	struct error e = {""};

	return drivers_own(id, &e) == 0 ? 0 : strstr(e.text, "another process") ? 1 : 2;
}

static int clean_everything(void)
{
	struct error e = {""};
	int removed = 0;

	return drivers_clean("", keep_line, &removed, &e) == 0 ? removed : 9;
}

static int clean_this(void)
{
	struct error e = {""};

	return drivers_clean(id, NULL, NULL, &e) == 0 ? 0 : 1;
}

static void the_living_are_left_alone(void **state)
{
	(void)state;
	struct error e = {""};
	cleanup_free char *dir = own_run_dir(id);

	assert_int_equal(drivers_own(id, &e), 0);
	assert_int_equal(drivers_own(id, &e), 0);
	assert_int_equal(in_child(own), 0); /* a fork shares the memory that knows of it */
	assert_int_equal(clean_everything(), 0);
	assert_true(file_exists(dir));
	assert_int_equal(clean_this(), 0);
	assert_false(file_exists(dir));
}

/* A process of its own, which owns the id until its stdin ends or it is killed. */
static pid_t other_owner(int *to)
{
	int hold[2], ready[2];
	char byte;

	assert_int_equal(pipe(hold), 0);
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		close(hold[1]);
		if (own() == 0 && write(ready[1], "", 1) == 1 && read(hold[0], &byte, 1) == 0)
			_exit(0);
		_exit(1);
	}
	close(hold[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*to = hold[1];
	return pid;
}

/* As other_owner, with a child that has the lock, too, until 0.5 s after its parent's end: as one
 * that was not yet executed. */
static pid_t owner_of_a_child(void)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		pid_t parent = getpid(), child = own() == 0 ? fork() : -1;
		while (child == 0 && getppid() == parent)
			clock_sleep_s(0.01);
		if (child == 0)
			clock_sleep_s(0.5);
		if (child > 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void a_child_that_is_being_started_is_waited_for(void **state)
{
	int status;
	pid_t pid = owner_of_a_child();
	cleanup_free char *dir = own_run_dir(id);

	(void)state;
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_in_range(clean_everything(), 0, 1); /* unless another tare of this host did it */
	assert_false(file_exists(dir));
}

static void the_dead_are_cleaned_up(void **state)
{
	(void)state;
	int to, status;
	pid_t pid = other_owner(&to);
	cleanup_free char *dir = own_run_dir(id);

	assert_int_equal(own(), 1);
	assert_int_equal(clean_this(), 1);
	assert_int_equal(clean_everything(), 0);
	assert_true(file_exists(dir));
	kill(pid, SIGKILL);
	close(to);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(clean_everything(), 1);
	assert_false(file_exists(dir));
}

static void ids_are_checked(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "../etc", "a/b", "with space", "seventeen-letters", "12345678901234567"};
	struct error e;

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		assert_int_equal(drivers_own(bad[i], &e), -1);
}

static unsigned few;

static int clean_with_few_descriptors(void)
{
	cleanup_fd int next = dup(STDERR_FILENO);
	struct rlimit limit = {(rlim_t)next + few, (rlim_t)next + few};

	return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? clean_everything() : 8;
}

/* What a process cannot remove for lack of descriptors is left for the next one to find: as many
 * as are needed to find the dead are not enough to run what removes them. */
static void nothing_is_forgotten(void **state)
{
	cleanup_free char *dir = own_run_dir(id);
	bool refused = false;

	(void)state;
	assert_int_equal(in_child(own), 0);
	for (few = 1; few < 8 && file_exists(dir); few++) {
		int result = in_child(clean_with_few_descriptors);

		refused = refused || result == 9;
		assert_true(file_exists(dir) || result == 1);
	}
	assert_true(refused);
	bool is_left = file_exists(dir);
	assert_int_equal(in_child(clean_everything), is_left);
	assert_false(file_exists(dir));
}

/* One that waits for a guest that never came: its directory says whose it is. */
static void waiting_daemons_are_killed(void **state)
{
	cleanup_free char *word =
		str_printf("source=/work/%s/kvm-virtio-1/share/files,cache=none", id);
	cleanup_free char *of_other = str_printf("%sx", id);
	int ends[2], status;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[0], STDIN_FILENO);
		execl("/bin/sh", "sh", "-c", "read line", word, NULL);
		_exit(127);
	}
	cleanup_free char *found = NULL;
	for (int i = 0; i < 1000 && !found; i++) {
		usleep(10000);
		cleanup_free char *directory = str_printf("/work/%s/kvm-virtio-1/share/files", id);
		found = virtiofsd_words(directory);
	}
	assert_string_equal(found, word);
	assert_int_equal(virtiofsd_kill(of_other), 0);
	assert_int_equal(virtiofsd_kill(id), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_living_are_left_alone),
		cmocka_unit_test(the_dead_are_cleaned_up),
		cmocka_unit_test(a_child_that_is_being_started_is_waited_for),
		cmocka_unit_test(nothing_is_forgotten),
		cmocka_unit_test(ids_are_checked),
		cmocka_unit_test(waiting_daemons_are_killed),
	};

	snprintf(id, sizeof(id), "o%d", (int)getpid());
	return RUN_AS_ROOT("own", tests, NULL, NULL);
}
