/* Machines of container runtimes for real: the image's userspace, pinned, with the host's address,
 * and nothing left of them. apptainer is a stub here that records its words. */
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
#include "base/files.h"
#include "drivers/local.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

/* NULL with a message: it cannot run here. */
static struct machine *start(const char *target, const char *const *settings)
{
	struct error why_not = {""};

	if (rig_can_run(target, settings, &why_not))
		return rig_started(target, 0, settings);
	print_message("%s: %s\n", target, why_not.text);
	return NULL;
}

static void stop(struct machine *machine)
{
	machine_stop(machine);
	for (int wait = 0; wait < 100 && rig_leftovers(rig.id) > 1; wait++)
		usleep(20000);
	assert_int_equal(rig_leftovers(rig.id), 1); /* the network */
}

static void check_machine(struct machine *machine)
{
	cleanup_free char *output = rig_output(machine,
		"echo x >/written; echo y >/scratch/kept && ls -d /usr/lib/tare && pwd && "
		"test ! -e /run/netns && echo alone");
	cleanup_free char *leaked = str_printf("%s/written", rig.image->root_dir);
	cleanup_free char *kept = str_printf("%s/%s/scratch/kept", rig.work_dir, machine->name);
	cleanup_free char *cpus =
		rig_output(machine, "grep Cpus_allowed_list /proc/self/status | cut -f2");

	assert_string_equal(output, "/usr/lib/tare\n/scratch/job\nalone\n");
	assert_int_equal(access(leaked, F_OK), -1);
	assert_int_equal(access(kept, F_OK), 0);
	assert_true(atoi(cpus) >= 0 && !strpbrk(cpus, ",-"));
}

static void run_target(const char *name)
{
	struct machine *machine = start(name, NULL);

	if (!machine) {
		skip();
		return;
	}
	check_machine(machine);
	assert_string_equal(machine->address, "198.18.0.1");
	cleanup_free char *addresses = rig_output(machine, "ip -4 -o addr show br0");
	assert_non_null(strstr(addresses, "198.18.0.1/20"));
	assert_non_null(strstr(machine->facts_json, "\"runtime_version\":\""));
	stop(machine);
}

static void bwrap_runs(void **state)
{
	(void)state;
	run_target("bwrap");
}

static void charliecloud_runs(void **state)
{
	(void)state;
	run_target("charliecloud");
}

static void crun_runs(void **state)
{
	static const char *const settings[] = {"runtime=crun", NULL};

	(void)state;
	struct machine *machine = start("container", settings);

	if (!machine) {
		skip();
		return;
	}
	cleanup_free char *seen = rig_output(machine, "cat /proc/1/comm");
	assert_string_equal(seen, "tare-agent\n");
	assert_non_null(strstr(machine->facts_json, "\"runtime\":\"crun version"));
	stop(machine);
}

/* Root's container by the runtime of the setting, in a user namespace: root inside, on the host a
 * user without rights, in the network that root made. */
static void run_of_user(const char *runtime)
{
	const char *const settings[] = {runtime, "privileges=user namespace", NULL};
	struct machine *machine = start("container", settings);
	struct stat kept;

	if (!machine) {
		skip();
		return;
	}
	cleanup_free char *seen = rig_output(machine,
		"grep -c 'tare-agent$' /proc/1/comm; id -u; grep -c ' 65534 ' /proc/self/uid_map; "
		"echo x >/written; "
		"echo y >/scratch/kept; ip -4 -o addr show eth0 | grep -c ' 198.18.0.2/'; "
		"ls /proc/sys/kernel/panic && ! echo 1 2>/dev/null >/proc/sys/kernel/panic; "
		"grep Seccomp: /proc/self/status; test ! -e /run/netns && echo alone");
	cleanup_free char *leaked = str_printf("%s/written", rig.image->root_dir);
	cleanup_free char *path = str_printf("%s/%s/scratch/kept", rig.work_dir, machine->name);

	assert_string_equal(seen, "1\n0\n1\n1\n/proc/sys/kernel/panic\nSeccomp:\t2\n"
				  "alone\n");
	assert_int_equal(access(leaked, F_OK), -1);
	assert_int_equal(stat(path, &kept), 0);
	assert_int_equal(kept.st_uid, 65534);
	cleanup_free char *work_dir = str_printf("%s/%s", rig.work_dir, machine->name);
	assert_int_equal(stat(work_dir, &kept), 0);
	assert_int_equal(kept.st_mode & 07777, 0700);
	assert_string_equal(machine->address, "198.18.0.2");
	assert_non_null(strstr(machine->facts_json, "\"privileges\":\"user namespace\""));
	assert_non_null(strstr(machine->facts_json, "\"limits_why_not\":"));
	stop(machine);
}

static void runc_of_user(void **state)
{
	(void)state;
	run_of_user("runtime=runc");
}

static void crun_of_user(void **state)
{
	(void)state;
	run_of_user("runtime=crun");
}

/* Its words are those of its manual; the stub does the little that the agent needs. */
static void apptainer_words(void **state)
{
	static const char script[] =
		"#!/bin/sh\n"
		"[ \"$1\" != --version ] || { echo apptainer version 1.4.0; exit 0; }\n"
		"printf '%s\\n' \"$@\" >\"$(dirname \"$0\")/words\"\n"
		"for word; do tree=$program program=$word; done\n"
		"exec chroot \"$tree\" \"$program\"\n";
	cleanup_free char *directory = str_printf("/tmp/tare-apptainer-%d", (int)getpid());
	cleanup_free char *stub = str_printf("%s/apptainer", directory);
	cleanup_free char *record = str_printf("%s/words", directory);
	cleanup_free char *before = str_dup(getenv("PATH"));
	cleanup_free char *path = str_printf("%s:%s", directory, before);
	cleanup_free char *words = NULL;
	size_t count;

	(void)state;
	assert_int_equal(dir_make(directory, NULL), 0);
	assert_int_equal(file_write(stub, script, strlen(script), NULL), 0);
	assert_int_equal(chmod(stub, 0755), 0);
	setenv("PATH", path, 1);
	struct machine *machine = start("apptainer", NULL);

	assert_non_null(machine);
	assert_non_null(machine);
	if (!machine)
		return;
	cleanup_free char *tare = rig_output(machine, "ls -d /usr/lib/tare");
	assert_string_equal(tare, "/usr/lib/tare\n");
	assert_int_equal(file_read(record, 4096, &words, &count, NULL), 0);
	cleanup_free char *expected = str_printf(
		"exec\n--userns\n--cleanenv\n--contain\n--no-home\n--bind\n%s/%s/scratch:/scratch\n"
		"--env\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n%s/%s/enter/root\n",
		rig.work_dir, machine->name, rig.work_dir, machine->name);
	/* The image's agent, where it is that of this build. */
	const char *agent =
		strncmp(words, expected, strlen(expected)) == 0 ? words + strlen(expected) : words;
	if (strcmp(agent, "/usr/lib/tare/tare-agent\n") != 0)
		assert_string_equal(agent, "/.tare-agent\n");
	stop(machine);
	setenv("PATH", before, 1);
	assert_int_equal(dir_remove(directory, NULL), 0);
}

static void missing_program_is_named(void **state)
{
	struct error e = {""};

	(void)state;
	assert_false(rig_can_run("apptainer", NULL, &e));
	assert_string_equal(e.text, "apptainer: not installed; apt-get install apptainer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bwrap_runs),
		cmocka_unit_test(charliecloud_runs),
		cmocka_unit_test(crun_runs),
		cmocka_unit_test(runc_of_user),
		cmocka_unit_test(crun_of_user),
		cmocka_unit_test(missing_program_is_named),
		cmocka_unit_test(apptainer_words),
	};

	return RUN_UNLESS(rig_why_not(NULL), "runtimes", tests, NULL, rig_tear_down);
}
