/* Whose a process is, and what of its time is counted: process tables made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "tests/counters/rig.h"

enum { SELF = 100, KERNEL_THREAD = 0x00200040, ANY = 0x00400000 };

static const unsigned cpus[] = {0};

struct made {
	unsigned pid, parent;
	const char *name, *command;
	unsigned flags, cpu;
	unsigned long long start, ticks, child_ticks;
};

static void make(const struct rig *rig, const struct made *p)
{
	cleanup_free char *stat = str_printf("proc/%u/stat", p->pid);
	cleanup_free char *cmdline = str_printf("proc/%u/cmdline", p->pid);
	cleanup_free char *text =
		str_printf("%u (%s) S %u 1 1 0 -1 %u 98 0 0 0 %llu 1 %llu 0 20 0 1 0 %llu 3133440 "
			   "383 18446744073709551615 1 1 1 0 0 0 0 0 0 0 0 0 17 %u 0 0 0 0 0\n",
			p->pid, p->name, p->parent, p->flags, p->ticks - 1, p->child_ticks,
			p->start, p->cpu);

	rig_write(rig, stat, text);
	rig_write(rig, cmdline, p->command ? p->command : "");
}

static void end(const struct rig *rig, unsigned pid)
{
	cleanup_free char *path = str_printf("proc/%u", pid);

	rig_remove(rig, path);
}

static double growth(const struct rig *rig, const char *name)
{
	return rig_value(&rig->after, "processes", name) -
	       rig_value(&rig->before, "processes", name);
}

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) < 1e-6))
		fail_msg("%.9g, not %.9g", value, expected);
}

/* The leader, its agent, a guest that belongs to nothing but the campaign, and others. */
static const struct made all[] = {
	{1, 0, "init", NULL, ANY, 0, 1, 500, 500},
	{2, 0, "kthreadd", NULL, KERNEL_THREAD, 1, 1, 100, 0},
	{9, 2, "kworker/0:1", NULL, KERNEL_THREAD, 0, 5, 100, 0},
	{10, 2, "kworker/1:1", NULL, KERNEL_THREAD, 1, 5, 100, 0},
	{SELF, 50, "tare", NULL, ANY, 1, 100, 1000, 2000},
	{101, SELF, "agent) R 1", NULL, ANY, 0, 110, 10, 20},
	{102, 101, "job", NULL, ANY, 0, 120, 30, 0},
	{200, 1, "qemu", "qemu\0-name\0guest=tare-0123abcd-kvm", ANY, 0, 130, 5000, 0},
	{300, 1, "other", "make", ANY, 0, 140, 7000, 100},
	{50, 1, "shell", NULL, ANY, 0, 20, 100, 100},
};

/* Command lines with NULs cannot be written as text: this one has spaces, which makes no
 * difference. */
static void make_all(const struct rig *rig)
{
	for (size_t i = 0; i < ARRAY_COUNT(all); i++)
		make(rig, &all[i]);
	make(rig, &(struct made){200, 1, "qemu", "qemu -name guest=tare-0123abcd-kvm", ANY, 0, 130,
			  5000, 0});
}

static void test_own(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, SELF);
	make_all(&rig);
	rig_begin(&rig, cpus, 1, "0123abcd");
	assert_near(rig_value(&rig.before, "processes", "own"), 80.60);
	/* The agent worked, its job ended, the guest worked; so did others, and a new job came. */
	make(&rig, &(struct made){101, SELF, "agent) R 1", NULL, ANY, 0, 110, 20, 20 + 130});
	end(&rig, 102);
	make(&rig, &(struct made){200, 1, "qemu", NULL, ANY, 0, 130, 5200, 0});
	make(&rig, &(struct made){300, 1, "other", NULL, ANY, 0, 140, 9000, 100});
	make(&rig, &(struct made){400, 101, "job", NULL, ANY, 0, 200, 40, 0});
	rig_end(&rig);
	assert_near(growth(&rig, "own"), .10 + 1. + 2. + .40);
	rig_close(&rig);
}

/* No process is the parent of kernel threads and would keep their time: what was counted of one
 * that ends stays counted. */
static void test_kernel_threads(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, SELF);
	make_all(&rig);
	rig_begin(&rig, cpus, 1, "0123abcd");
	assert_true(rig_value(&rig.before, "processes", "kernel_threads") == 0);
	make(&rig, &(struct made){9, 2, "kworker/0:1", NULL, KERNEL_THREAD, 0, 5, 150, 0});
	make(&rig, &(struct made){10, 2, "kworker/1:1", NULL, KERNEL_THREAD, 1, 5, 400, 0});
	make(&rig, &(struct made){11, 2, "vhost-200", NULL, KERNEL_THREAD, 0, 300, 25, 0});
	rig_end(&rig);
	assert_near(growth(&rig, "kernel_threads"), .75);
	/* One ended; another has its number, and less time than the first had. */
	end(&rig, 11);
	make(&rig, &(struct made){9, 2, "kworker/0:2", NULL, KERNEL_THREAD, 0, 500, 10, 0});
	rig_begin(&rig, cpus, 1, "0123abcd");
	assert_near(rig_value(&rig.before, "processes", "kernel_threads"), .85);
	rig_close(&rig);
}

static void test_an_ended_guest(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, SELF);
	make_all(&rig);
	rig_begin(&rig, cpus, 1, "0123abcd");
	end(&rig, 200);
	rig_end(&rig);
	assert_string_equal(rig_gap(&rig.after, "processes", "own"),
		"process 200 of the campaign ended during the run");
	rig_begin(&rig, cpus, 1, "0123abcd");
	/* Another process of the same number is another process. */
	make(&rig, &(struct made){200, 1, "qemu", "qemu", ANY, 0, 999, 3, 0});
	rig_end(&rig);
	assert_near(growth(&rig, "own"), 0);
	rig_close(&rig);
}

/* A child with the campaign's id is in its parent's time when it has ended. */
static void test_an_ended_helper(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, SELF);
	make_all(&rig);
	make(&rig, &(struct made){103, 101, "enter", "enter tare-0123abcd-x", ANY, 0, 150, 7, 0});
	rig_begin(&rig, cpus, 1, "0123abcd");
	end(&rig, 103);
	make(&rig, &(struct made){101, SELF, "agent) R 1", NULL, ANY, 0, 110, 10, 20 + 9});
	rig_end(&rig);
	assert_near(growth(&rig, "own"), .02);
	rig_close(&rig);
}

static void test_hidden_kernel_threads(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, SELF);
	rig_begin(&rig, cpus, 1, "0123abcd");
	assert_string_equal(
		rig_gap(&rig.before, "processes", NULL), "/proc: No such file or directory");
	make(&rig, &all[4]);
	rig_begin(&rig, cpus, 1, "0123abcd");
	assert_non_null(
		strstr(rig_gap(&rig.before, "processes", "kernel_threads"), "PID namespace"));
	assert_near(rig_value(&rig.before, "processes", "own"), 30);
	rig_close(&rig);
}

/* Parents in a circle, lines that are cut off, numbers that are none. */
static void test_damaged(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, SELF);
	make_all(&rig);
	make(&rig, &(struct made){600, 601, "a", NULL, ANY, 0, 150, 7, 0});
	make(&rig, &(struct made){601, 600, "b", NULL, ANY, 0, 150, 7, 0});
	make(&rig, &(struct made){602, 602, "c", NULL, ANY, 0, 150, 7, 0});
	rig_write(&rig, "proc/603/stat", "603 (x) S 100 1");
	rig_write(&rig, "proc/604/stat", "604 x S 100 1 1 0 -1 0 0 0 0 0 5 5 5 5 0 0 0 0 7");
	rig_write(&rig, "proc/605/stat", "");
	rig_write(&rig, "proc/606abc/stat", "nothing");
	rig_begin(&rig, cpus, 1, "0123abcd");
	assert_near(rig_value(&rig.before, "processes", "own"), 80.60);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_kernel_threads),
		cmocka_unit_test(test_an_ended_guest),
		cmocka_unit_test(test_an_ended_helper),
		cmocka_unit_test(test_hidden_kernel_threads),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
