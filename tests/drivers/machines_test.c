/* Native machines and containers for real: the image's userspace, their seats on the data network,
 * and that nothing is left of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/local.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

static bool can_run(const char *target)
{
	struct error why_not = {""};
	bool can = rig_can_run(target, NULL, &why_not);

	if (!can)
		print_message("%s: %s\n", target, why_not.text);
	return can;
}

/* In the image's tree, with its own /scratch, and what is written there is not in the image. */
static void check_userspace(struct machine *machine)
{
	cleanup_free char *output = rig_output(machine,
		"echo x >/written && echo y >/scratch/kept && ls -d /usr/lib/tare && pwd && "
		"stat -f -c %T / /dev/shm /proc && test ! -e /run/netns && echo alone");
	cleanup_free char *leaked = str_printf("%s/written", rig.image->root_dir);

	assert_string_equal(output, "/usr/lib/tare\n/scratch/job\noverlayfs\ntmpfs\nproc\nalone\n");
	assert_int_equal(access(leaked, F_OK), -1);
}

static void native_machine(void **state)
{
	(void)state;
	struct machine *machine = rig_started("native", 0, NULL);

	check_userspace(machine);
	assert_string_equal(machine->address, "198.18.0.1");
	cleanup_free char *addresses = rig_output(machine, "ip -4 -o addr show br0; ip route");
	assert_non_null(strstr(addresses, "198.18.0.1/20"));
	assert_null(strstr(addresses, "default"));
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 1); /* the network */
}

static void container(void **state)
{
	(void)state;
	if (!can_run("container"))
		skip();
	struct machine *machine = rig_started("container", 0, NULL);

	check_userspace(machine);
	assert_string_equal(machine->address, "198.18.0.2");
	/* Process 1 is the agent; the host's processes are not seen. */
	cleanup_free char *seen =
		rig_output(machine, "cat /proc/1/comm; ls -d /proc/[0-9]* | wc -l");
	assert_int_equal(strncmp(seen, "tare-agent\n", 11), 0);
	assert_in_range(atoi(seen + 11), 2, 8);
	/* Only its owner comes to a set-user-ID program that a container leaves there. */
	cleanup_free char *work_dir = str_printf("%s/%s", rig.work_dir, machine->name);
	struct stat status;
	assert_int_equal(stat(work_dir, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 1);
}

/* What a program in a container tries that wants out: each line must fail. */
static void container_holds(void **state)
{
	static const char *const attempts[] = {
		"mount -t tmpfs none /mnt",
		"mount -t proc proc /mnt",
		"umount /proc",
		"unshare --mount true",
		"unshare --user --map-root-user true",
		"mknod /scratch/disk b 254 0",
		"mknod /dev/mem c 1 1",
		"test -s /proc/kcore && head -c 1 /proc/kcore | grep -q .",
		"echo 1 >/proc/sys/kernel/panic",
		"echo h >/proc/sysrq-trigger",
		"ls /sys/firmware/* 2>/dev/null | grep -q .",
		"dmesg",
		"date --set=2001-01-01",
		"hostname other",
		"chroot / true",
		"ls /proc/1/root/var/cache/tare",
		"ip link add other type dummy",
		/* socket(AF_VSOCK, SOCK_STREAM, 0) on x86-64, and in a word with more bits. */
		"perl -e 'exit(syscall(41, 40, 1, 0) < 0)'",
		"perl -e 'exit(syscall(41, 0x100000028, 1, 0) < 0)'",
		"perl -e 'exit(syscall(41, 38, 5, 0) < 0)'", /* AF_ALG */
		"grep -q '^Seccomp:.*0' /proc/self/status",
		"grep -q '^NoNewPrivs:.*0' /proc/self/status",
	};

	(void)state;
	if (!can_run("container"))
		skip();
	struct machine *machine = rig_started("container", 0, NULL);
	for (size_t i = 0; i < ARRAY_COUNT(attempts); i++) {
		cleanup_free char *line =
			str_printf("if { %s; } >/dev/null 2>&1; then echo out; else echo held; fi",
				attempts[i]);
		cleanup_free char *output = rig_output(machine, line);
		if (strcmp(output, "held\n") != 0)
			fail_msg("%s: %s", attempts[i], output);
	}
	/* None of the capabilities by which the host could be changed, nor any ambient one. */
	cleanup_free char *held = rig_output(machine, "grep '^Cap[IPEBA]' /proc/self/status");
	assert_string_equal(held, "CapInh:\t0000000000000000\nCapPrm:\t000000000080403b\n"
				  "CapEff:\t000000000080403b\nCapBnd:\t000000000080403b\n"
				  "CapAmb:\t0000000000000000\n");
	machine_stop(machine);
}

/* Links and pipes that a container leaves where tare removes and reads files on the host. */
static void container_leaves_links(void **state)
{
	char outside[] = "/tmp/tare-test-outside-XXXXXX";

	(void)state;
	if (!can_run("container"))
		skip();
	assert_non_null(mkdtemp(outside));
	cleanup_free char *kept = str_printf("%s/kept", outside);
	struct error e = {""};
	assert_int_equal(file_write(kept, "x", 1, &e), 0);
	struct machine *machine = rig_started("container", 0, NULL);
	cleanup_free char *line = str_printf(
		"cd /scratch && ln -s %s link && ln -s / root && mkfifo pipe && mkdir -p a/b && "
		"chmod 0 a && ln -s .. a/b/up; echo done",
		outside);
	cleanup_free char *output = rig_output(machine, line);
	assert_string_equal(output, "done\n");
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 1);
	assert_true(file_exists(kept));
	assert_int_equal(dir_remove(outside, &e), 0);
}

/* Two containers and the host reach each other on the data network. */
static void data_network(void **state)
{
	(void)state;
	if (!can_run("container"))
		skip();
	struct machine *machines[] = {rig_started("container", 0, NULL),
		rig_started("container", 1, NULL), rig_started("native", 2, NULL)};

	/* Only bash's own /dev/tcp is sure to be in the image: a refused connection is an answer.
	 */
	for (size_t i = 0; i < ARRAY_COUNT(machines); i++) {
		cleanup_free char *output = rig_output(machines[i],
			"for a in 198.18.0.1 198.18.0.2 198.18.0.3; do "
			"timeout 5 bash -c \"exec 3<>/dev/tcp/$a/9\" 2>&1 | "
			"grep -q refused && echo $a; done");
		assert_string_equal(output, "198.18.0.1\n198.18.0.2\n198.18.0.3\n");
	}
	for (size_t i = 0; i < ARRAY_COUNT(machines); i++)
		machine_stop(machines[i]);
}

/* Native machines with `network: own`: several a host, which share nothing but its kernel. */
static void native_machines_apart(void **state)
{
	static const char *const own[] = {"network=own", NULL};
	struct machine *machines[2] = {NULL};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		machines[i] = rig_started("native", i, own);
		check_userspace(machines[i]);
	}
	assert_string_equal(machines[0]->address, "198.18.0.2");
	cleanup_free char *other = rig_output(machines[0],
		"cat /proc/1/comm; ls -d /proc/[0-9]* | wc -l; timeout 5 bash -c 'exec "
		"3<>/dev/tcp/198.18.0.3/9' 2>&1 | grep -q refused && echo reached");
	assert_int_equal(strncmp(other, "tare-agent\n", 11), 0);
	assert_in_range(atoi(other + 11), 2, 8);
	assert_non_null(strstr(other, "reached\n"));
	for (unsigned i = 0; i < 2; i++)
		machine_stop(machines[i]);
	assert_int_equal(rig_leftovers(rig.id), 1);
}

/* A stop in the middle of a job ends the job. */
static void stop_ends_jobs(void **state)
{
	static const char *const names[] = {"native", "container"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (!can_run(names[i]))
			continue;
		struct machine *machine = rig_started(names[i], 0, NULL);
		cleanup_argv struct argv argv = {0};
		struct job_spec spec = {.argv = &argv, .timeout_s = 60, .output_limit = 4096};
		struct job *job = NULL;
		struct error e = {""};
		argv_add_all(&argv, "/bin/sleep", "47", NULL);
		assert_int_equal(agent_hello(machine->agent, 20, &e), 0);
		assert_int_equal(agent_job_start(machine->agent, &spec, &job, &e), 0);
		while (job->state != JOB_RUNNING)
			assert_int_equal(agent_poll(&job, 1, 10, -1), 1);
		job_free(job);
		machine_stop(machine);
		for (int wait = 0; wait < 100 && rig_leftovers(rig.id) > 1; wait++)
			clock_sleep_s(0.02);
		assert_int_equal(rig_leftovers(rig.id), 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native_machine),
		cmocka_unit_test(container),
		cmocka_unit_test(container_holds),
		cmocka_unit_test(container_leaves_links),
		cmocka_unit_test(data_network),
		cmocka_unit_test(native_machines_apart),
		cmocka_unit_test(stop_ends_jobs),
	};

	return RUN_UNLESS(rig_why_not(NULL), "machines", tests, NULL, rig_tear_down);
}
