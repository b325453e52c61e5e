/* What this machine's own kernel counts: CPU time of others on a CPU, and new warnings. */
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/counters/rig.h"
#include "tests/skippable.h"

static const double burn_s = 1;

/* The first CPU that this process may use. */
static unsigned a_cpu(void)
{
	cpu_set_t set;
	unsigned cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	return cpu;
}

static void bind_to(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* A process that uses the CPU as long as its parent lives. */
static pid_t start_burner(unsigned cpu)
{
	pid_t parent = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bind_to(cpu);
	while (getppid() == parent)
		;
	_exit(0);
}

static void end_burner(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static double growth(
	const struct counter_list lists[static 2], const char *source, const char *name)
{
	return rig_value(&lists[1], source, name) - rig_value(&lists[0], source, name);
}

/* A host whose /proc is this one's and whose first two CPUs share a core; rig_close it. */
static void make_siblings(struct rig *rig)
{
	char target[sizeof(rig->root) + sizeof("/proc")];

	rig_open(rig, 0x7ffffff);
	snprintf(target, sizeof(target), "%s/proc", rig->root);
	assert_int_equal(symlink("/proc", target), 0);
	rig_write(rig, "sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0-1\n");
}

/* A burner on the sibling is seen, in a run that is on the other one. */
static void test_sibling(void **state)
{
	static const unsigned cpus[] = {0};
	struct rig rig;

	(void)state;
	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		skip();
	make_siblings(&rig);
	pid_t pid = start_burner(1);
	rig_begin(&rig, cpus, 1, "ffffffff");
	clock_sleep_s(burn_s);
	rig_end(&rig);
	end_burner(pid);
	assert_true(rig_value(&rig.after, "cpu", "watched") == 2);
	double busy_s =
		rig_value(&rig.after, "cpu", "busy") - rig_value(&rig.before, "cpu", "busy");
	if (!(busy_s > .8 * burn_s))
		fail_msg("the two CPUs were busy for %g s", busy_s);
	rig_close(&rig);
}

/* CPU time that a burner on a watched CPU gets in about burn_s, and what the counters say that
 * others used there, each as a part of the time between the readings; is_own: it is one of the
 * run's processes. */
static void burn(bool is_own, double *others, double *own)
{
	const unsigned cpus[] = {a_cpu()};
	const struct counters_scope scope = {cpus, 1, "ffffffff", false};
	pid_t pid = start_burner(cpus[0]);
	struct counters *counters = counters_new("", is_own ? getpid() : 0x7ffffff);
	struct counter_list lists[2] = {0};

	counters_begin(counters, &scope, &lists[0]);
	clock_sleep_s(burn_s);
	counters_end(counters, &lists[1]);
	end_burner(pid);
	double span_s = growth(lists, "cpu", "clock");
	*own = growth(lists, "processes", "own") / span_s;
	*others = (growth(lists, "cpu", "busy") - growth(lists, "processes", "kernel_threads")) /
			  span_s -
		  *own;
	counter_list_free(&lists[0]);
	counter_list_free(&lists[1]);
	counters_free(counters);
}

/* Time that another process takes on the run's CPU is counted as others' time. */
static void test_others(void **state)
{
	double others, own;

	(void)state;
	burn(false, &others, &own);
	assert_true(own == 0);
	if (!(others > .8))
		fail_msg("others had %g of the time", others);
}

/* On a CPU that others use as well, the burner has a part of it, which is not theirs. */
static void test_own(void **state)
{
	double others, own;

	(void)state;
	burn(true, &others, &own);
	assert_true(own > .02);
	if (!(others + own < 1.2))
		fail_msg("others had %g of the time, the run %g", others, own);
}

/* A mount option that does not exist is a line of the kernel's own, and what a program writes into
 * its log is none. */
static void test_kernel_warnings(void **state)
{
	struct counters *counters = counters_new("", getpid());
	const struct counters_scope scope = {NULL, 0, "ffffffff", false};
	struct counter_list lists[2] = {0};

	(void)state;
	assert_int_equal(mount("none", "/mnt", "tmpfs", 0, "tare_before=1"), -1);
	counters_begin(counters, &scope, &lists[0]);
	assert_int_equal(mount("none", "/mnt", "tmpfs", 0, "tare_nonsense=1"), -1);
	FILE *log = fopen("/dev/kmsg", "w");
	assert_non_null(log);
	fputs("<2>tare: a program's line\n", log);
	fclose(log);
	counters_end(counters, &lists[1]);
	const struct counter *counter = rig_find(&lists[1], "kernel", "warnings");
	assert_true(rig_value(&lists[0], "kernel", "warnings") == 0);
	assert_true(rig_value(&lists[1], "kernel", "warnings") >= 1);
	assert_non_null(strstr(counter->note, "tare_nonsense"));
	assert_null(strstr(counter->note, "tare_before"));
	assert_null(strstr(counter->note, "program"));
	counter_list_free(&lists[0]);
	counter_list_free(&lists[1]);
	counters_free(counters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_sibling),
		cmocka_unit_test(test_kernel_warnings),
	};
	const char *why_not = geteuid() != 0                   ? "not root"
			      : access("/dev/kmsg", R_OK) != 0 ? "/dev/kmsg cannot be read"
							       : NULL;

	return RUN_UNLESS(why_not, "machine", tests, NULL, NULL);
}
