/* Orphans of the program are its children, and none of them stays when it has ended; the ends of
 * what the program waits for itself are not taken away. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "drivers/local.h"
#include "drivers/orphans.h"

/* The ids of a child of ours that ended and of its own child, an orphan in the child's session. */
struct family {
	pid_t child, orphan;
};

/* Runs in the orphan: says who it is, ends when its standard input does. */
static void be_orphan(const int in[2], const int out[2])
{
	pid_t self = getpid();
	char byte;

	close(in[1]);
	if (write(out[1], &self, sizeof(self)) == sizeof(self) && read(in[0], &byte, 1) >= 0)
		_exit(0);
	_exit(1);
}

/* *end: closed, it ends. */
static struct family make_orphan(int *end)
{
	struct family made = {0};
	int in[2], out[2];

	assert_int_equal(pipe(in) | pipe(out), 0);
	made.child = fork();
	if (made.child == 0) {
		if (setsid() < 0 || fork() > 0)
			_exit(4);
		be_orphan(in, out);
	}
	assert_int_equal(read(out[0], &made.orphan, sizeof(made.orphan)), sizeof(made.orphan));
	close(in[0]);
	close(out[0]);
	close(out[1]);
	*end = in[1];
	return made;
}

static void assert_vanishes(pid_t pid)
{
	double deadline_s = clock_monotonic_s() + 20;

	while (kill(pid, 0) == 0 && clock_monotonic_s() < deadline_s)
		clock_sleep_s(0.01);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void assert_ended(pid_t child, int exit_status)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), exit_status);
}

/* Adopted by this process: only who waits for it makes it vanish, and this test does not. */
static void an_orphan_vanishes(void **state)
{
	int end;
	struct family family = make_orphan(&end);
	siginfo_t info = {0};

	(void)state;
	assert_ended(family.child, 4);
	assert_int_equal(waitid(P_PID, (id_t)family.orphan, &info, WEXITED | WNOHANG | WNOWAIT), 0);
	assert_int_equal(kill(family.orphan, 0), 0);
	close(end);
	assert_vanishes(family.orphan);
}

/* Ended children whose ends are asked for later: one of our session, and one that began its own
 * without executing a program. */
static void own_children_are_waited_for(void **state)
{
	int end;
	pid_t near = fork();

	(void)state;
	if (near == 0)
		_exit(3);
	struct family family = make_orphan(&end);

	close(end);
	assert_vanishes(family.orphan);
	clock_sleep_s(0.3);
	assert_ended(near, 3);
	assert_ended(family.child, 4);
}

/* Asked to, it would end at no time. Nothing of it is left when that returns. */
static void an_end_is_the_end(void **state)
{
	int end;
	struct family family = make_orphan(&end);

	(void)state;
	assert_ended(family.child, 4);
	assert_int_equal(kill(family.orphan, SIGSTOP), 0);
	assert_true(program_end(family.orphan, 20));
	assert_int_equal(kill(family.orphan, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_true(program_end(family.orphan, 20));
	close(end);
}

/* Who waits for its own child does not lose its end to program_end. */
static void an_own_child_stays_a_zombie(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0) {
		pause();
		_exit(0);
	}
	assert_false(program_end(child, 0.2));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static int adopt(void **state)
{
	(void)state;
	/* Again is nothing. */
	return orphans_adopt(NULL) + orphans_adopt(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_orphan_vanishes),
		cmocka_unit_test(own_children_are_waited_for),
		cmocka_unit_test(an_end_is_the_end),
		cmocka_unit_test(an_own_child_stays_a_zombie),
	};

	return cmocka_run_group_tests(tests, adopt, NULL);
}
