/* Guests for real, in emulation: boot, a job, stop; two campaigns at once; and what is left after
 * the orchestrator was killed. Needs root, an image, QEMU and libvirt. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/local.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

static const char *const tcg[] = {"accelerator=tcg", NULL};

/* Two disks of the expected kind, the second of them for /scratch, under whichever name. */
static void check_guest(const char *target, const char *disks, const char *virtio)
{
	struct machine *machine = rig_started(target, 0, tcg);
	struct error e = {""};
	cleanup_free char *line = str_printf(
		"ls /sys/block | grep -c '^%s'; lsblk -nro SIZE,MOUNTPOINTS | grep /scratch; "
		"ls /sys/bus/virtio/devices 2>/dev/null | wc -l; stat -f -c %%T / /scratch; "
		"echo x >/scratch/x && cat /scratch/x",
		disks);
	cleanup_free char *output = rig_output(machine, line);
	cleanup_free char *expected =
		str_printf("2\n64M /scratch\n%s\noverlayfs\next2/ext3\nx\n", virtio);
	assert_string_equal(output, expected);
	assert_true(machine->emulated);
	assert_non_null(strstr(machine->facts_json, "\"accelerator\":\"tcg\""));
	assert_int_equal(agent_network(machine->agent, NULL, "198.18.0.2/20", 0, 20, &e), 0);
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 1); /* the network */
}

static void virtio_guest(void **state)
{
	(void)state;
	check_guest("kvm-virtio", "vd", "4");
}

static void emulated_guest(void **state)
{
	(void)state;
	check_guest("kvm-emulated", "sd", "0");
}

/* The guest and the host's seat on the bridge reach each other. */
static void guest_network(void **state)
{
	(void)state;
	struct error e = {""};
	struct machine *host = NULL, *guest = rig_started("kvm-virtio", 0, tcg);

	if (rig_start("native", 1, NULL, &host, &e) < 0 || agent_hello(guest->agent, 120, &e) < 0 ||
		agent_network(guest->agent, NULL, "198.18.0.2/20", 0, 20, &e) < 0)
		fail_msg("%s", e.text);
	cleanup_free char *output = rig_shell(host,
		"timeout 10 bash -c 'exec 3<>/dev/tcp/198.18.0.2/9' 2>&1 | grep -q refused && "
		"echo answered",
		&e);
	if (!output)
		fail_msg("%s", e.text);
	assert_string_equal(output, "answered\n");
	machine_stop(host);
	machine_stop(guest);
}

/* A guest that never came to its agent is stopped as quickly as any other. */
static void stop_before_the_boot_is_over(void **state)
{
	(void)state;
	struct machine *machine = rig_started("kvm-virtio", 0, tcg);
	double begun_s = clock_monotonic_s();

	machine_stop(machine);
	assert_true(clock_monotonic_s() - begun_s < 20);
	assert_int_equal(rig_leftovers(rig.id), 1);
}

/* QEMU is not asked to end: one that cannot answer is gone as soon as any other. libvirt by itself
 * waits for 10 s before it kills. */
static void stop_of_a_qemu_that_hangs(void **state)
{
	(void)state;
	struct machine *machine = rig_started("kvm-virtio", 0, tcg);
	cleanup_free char *word = str_printf("guest=tare-%s-", rig.id);
	pid_t pid = program_pid(program_has_word, word);

	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	double begun_s = clock_monotonic_s();
	machine_stop(machine);
	double took_s = clock_monotonic_s() - begun_s;
	print_message("it took %.2f s\n", took_s);
	assert_true(took_s < 8);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(rig_leftovers(rig.id), 1);
}

/* An orchestrator with its own id: starts a guest, a container and a native machine with a job
 * that does not end, says so, and waits to be killed. */
static int orchestrator(int ready)
{
	struct machine *machine = NULL;
	struct error e = {""};
	static const char *const names[] = {"kvm-virtio", "container", "native"};
	static const char *const *const settings[] = {tcg, NULL, NULL};

	if (rig_open(true, &e) < 0)
		return 1;
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
		if (rig_start(names[i], i, settings[i], &machine, &e) < 0 ||
			agent_hello(machine->agent, 120, &e) < 0)
			return 1;
	}
	if (write(ready, "", 1) == 1)
		pause();
	return 1;
}

static void keep_quiet(void *context, const char *line)
{
	++*(unsigned *)context;
	print_message("cleaned: %s\n", line);
}

static void killed_orchestrator(void **state)
{
	(void)state;
	struct error e = {""};
	int ready[2], status;
	unsigned lines = 0;
	char byte, other[sizeof(rig.id)];

	assert_int_equal(pipe(ready), 0);
	/* exec: libvirt's threads and locks do not survive a fork. */
	pid_t pid = fork();
	if (pid == 0) {
		char fd[16];
		snprintf(fd, sizeof(fd), "%d", ready[1]);
		execl("/proc/self/exe", "guest_test", "orchestrator", fd, NULL);
		_exit(127);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	snprintf(other, sizeof(other), "t%d", (int)pid);
	assert_in_range(rig_leftovers(other), 3, 20);
	/* Its campaign is alive: cleaning is refused. */
	assert_int_equal(drivers_clean(other, NULL, NULL, &e), -1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(drivers_clean(other, keep_quiet, &lines, &e), 0);
	assert_true(lines >= 3);
	assert_int_equal(rig_leftovers(other), 0);
	assert_int_equal(drivers_clean("", keep_quiet, &lines, &e), 0);
	cleanup_free char *work_dir = str_printf("/tmp/tare-test-%s", other);
	assert_int_equal(dir_remove(work_dir, &e), 0);
}

/* KVM is asked by booting; whatever the answer is, it comes within the limit and gives a reason. */
static void kvm_probe_answers(void **state)
{
	(void)state;
	const struct driver *driver = driver_find("libvirt");
	void *options = options_new(driver->options, driver->options_size);
	struct error why_not = {""};
	double begun_s = clock_monotonic_s();

	option_set(option_find(driver->options, "accelerator"), options, "kvm", &why_not);
	int status = driver->probe(options, rig.image, &why_not);
	assert_true(clock_monotonic_s() - begun_s < 30);
	assert_true(status == 0 || strstr(why_not.text, "/dev/kvm"));
	option_set(option_find(driver->options, "accelerator"), options, "auto", &why_not);
	assert_int_equal(driver->probe(options, rig.image, &why_not), 0);
	options_free(driver->options, options);
}

static bool can_emulate_with(const char *name, struct error *why_not)
{
	cleanup_free char *path = str_printf("%s/%s", rig.work_dir, name);
	cleanup_free char *emulator = str_printf("emulator=%s", path);
	static const char script[] = "#!/bin/sh\nexec /usr/bin/qemu-system-x86_64 \"$@\"\n";
	const char *const settings[] = {"accelerator=tcg", emulator, NULL};

	assert_int_equal(file_write(path, script, strlen(script), why_not), 0);
	assert_int_equal(chmod(path, 0755), 0);
	return rig_can_run("kvm-virtio", settings, why_not);
}

/* A process may run several campaigns, and each may bring an emulator of its own. */
static void another_emulator_after_a_campaign(void **state)
{
	(void)state;
	struct error e = {""};

	if (!can_emulate_with("qemu-1", &e))
		fail_msg("%s", e.text);
	assert_int_equal(drivers_clean("another", NULL, NULL, &e), 0);
	if (!can_emulate_with("qemu-2", &e))
		fail_msg("%s", e.text);
}

/* Names that only QEMU knows are known before anything starts. */
static void what_qemu_lacks(void **state)
{
	static const struct {
		const char *setting, *reason; /* NULL: it has it */
	} rows[] = {
		{"machine=q35-typo", "machine: "},
		{"machine=pc", NULL},
		{"cpu=Nehalm", "cpu: QEMU has no model \"Nehalm\""},
		{"cpu=Nehalem", NULL},
		{"cpu=max", NULL},
		{"cpu=host-passthrough", "cpu: this host has no host-passthrough"},
		{"features=+avx9,-svm", "features: CPU feature avx9: libvirt: "},
		{"features=-svm,+invtsc", NULL},
		{"emulator=/bin/true", "emulator: "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *const settings[] = {"accelerator=tcg", rows[i].setting, NULL};
		const char *reason = rows[i].reason;
		struct error e = {""};
		bool can = rig_can_run("kvm-virtio", settings, &e);
		if (can != !reason || (reason && strncmp(e.text, reason, strlen(reason)) != 0))
			fail_msg("%s: %s", rows[i].setting, e.text);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kvm_probe_answers),
		cmocka_unit_test(what_qemu_lacks),
		cmocka_unit_test(another_emulator_after_a_campaign),
		cmocka_unit_test(virtio_guest),
		cmocka_unit_test(emulated_guest),
		cmocka_unit_test(guest_network),
		cmocka_unit_test(stop_before_the_boot_is_over),
		cmocka_unit_test(stop_of_a_qemu_that_hangs),
		cmocka_unit_test(killed_orchestrator),
	};

	if (argc == 3 && strcmp(argv[1], "orchestrator") == 0)
		return orchestrator(atoi(argv[2]));
	return RUN_UNLESS(rig_why_not(NULL), "guests", tests, NULL, rig_tear_down);
}
