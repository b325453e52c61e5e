/* The life cycle of a guest: each storage back end, save and restore with the
 * conversation going on, and the counters of its storage. For real, in emulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/local.h"
#include "drivers/storage.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

static const struct {
	const char *settings[4];
	const char *words; /* in the facts */
} back_ends[] = {
	{{"accelerator=tcg"}, "\"storage\":\"raw file\""},
	{{"accelerator=tcg", "storage=qcow2"}, "\"storage\":\"qcow2 file\""},
	{{"accelerator=tcg", "storage=block-device"}, "\"storage\":\"a loop device over a file"},
	{{"accelerator=tcg", "storage=partition", "partition_offset=32256"},
		"\"storage\":\"partition at byte 32256 of a loop device over a file"},
};

/* 4 MiB in 256 writes that are each committed: at least as many writes and flushes reach QEMU. */
static void back_ends_run_and_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(back_ends); i++) {
		struct machine *machine = rig_started("kvm-virtio", 0, back_ends[i].settings);
		const struct driver *driver = machine->driver;
		struct storage_counters before, after;
		struct error e = {""};
		cleanup_free char *ready = rig_output(machine, "stat -f -c %T /scratch");
		assert_string_equal(ready, "ext2/ext3\n");
		if (driver->storage_counters(machine, &before, &e) < 0)
			fail_msg("%s", e.text);
		cleanup_free char *output = rig_output(machine,
			"dd if=/dev/zero of=/scratch/f bs=16k count=256 oflag=direct,dsync "
			"2>&1 | grep -c copied");
		assert_string_equal(output, "1\n");
		assert_int_equal(driver->storage_counters(machine, &after, &e), 0);
		assert_true(after.machine.writes - before.machine.writes >= 256);
		assert_true(after.machine.written_bytes - before.machine.written_bytes >= 4 << 20);
		assert_true(after.machine.flushes - before.machine.flushes >= 128);
		assert_int_equal(before.host_known, after.host_known);
		if (after.host_known)
			assert_true(after.host.written_bytes >= before.host.written_bytes);
		if (!strstr(machine->facts_json, back_ends[i].words))
			fail_msg("%s", machine->facts_json);
		machine_stop(machine);
		assert_int_equal(storage_clean(rig.id), 0);
		assert_int_equal(rig_leftovers(rig.id), 1); /* the network */
	}
}

/* What the guest knew before it was saved, it knows after, and the agent goes on where it was. */
static void saved_and_restored(void **state)
{
	(void)state;
	static const char *const tcg[] = {"accelerator=tcg", NULL};
	struct machine *machine = rig_started("kvm-virtio", 0, tcg);
	const struct driver *driver = machine->driver;
	struct storage_counters before, after;
	struct error e = {""};
	cleanup_free char *file = str_printf("%s/kvm-virtio-1/saved", rig.work_dir);
	cleanup_free char *boot = rig_output(machine, "cat /proc/sys/kernel/random/boot_id; "
						      "echo kept >/dev/shm/memory; sync");

	assert_int_equal(driver->storage_counters(machine, &before, &e), 0);
	for (int round = 0; round < 2; round++) {
		if (driver->save(machine, &e) < 0)
			fail_msg("%s", e.text);
		assert_true(file_exists(file));
		assert_int_equal(rig_leftovers(rig.id), 1);
		assert_int_equal(driver->storage_counters(machine, &after, &e), -1);
		if (driver->restore(machine, &e) < 0)
			fail_msg("%s", e.text);
		assert_false(file_exists(file));
		cleanup_free char *again = rig_output(machine,
			"cat /proc/sys/kernel/random/boot_id; grep -q kept /dev/shm/memory");
		assert_string_equal(again, boot);
	}
	assert_int_equal(driver->restore(machine, &e), -1);
	assert_int_equal(driver->storage_counters(machine, &after, &e), 0);
	assert_true(after.machine.writes >= before.machine.writes);
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 1);
}

/* A job that runs meanwhile ends as if nothing had been. */
static void job_runs_on(void **state)
{
	(void)state;
	static const char *const tcg[] = {"accelerator=tcg", NULL};
	struct machine *machine = rig_started("kvm-virtio", 0, tcg);
	cleanup_argv struct argv argv = {0};
	struct job_spec spec = {.argv = &argv, .timeout_s = 60, .output_limit = 4096};
	struct job *job = NULL;
	struct error e = {""};

	argv_add_all(&argv, "/bin/sh", "-c", "echo begun; sleep 2; echo ended", NULL);
	if (agent_hello(machine->agent, 120, &e) < 0 ||
		agent_job_start(machine->agent, &spec, &job, &e) < 0 || !job) {
		fail_msg("%s", e.text);
		return;
	}
	while (job->state != JOB_RUNNING)
		assert_int_equal(agent_poll(&job, 1, 30, -1), 1);
	if (machine->driver->save(machine, &e) < 0 || machine->driver->restore(machine, &e) < 0)
		fail_msg("%s", e.text);
	while (job->state != JOB_DONE && job->state != JOB_LOST)
		assert_int_equal(agent_poll(&job, 1, 30, -1), 1);
	if (job_check(job, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(job->output, "begun\nended\n");
	job_free(job);
	machine_stop(machine);
}

/* A machine that is saved when the campaign ends is removed like any other. */
static void stopped_while_saved(void **state)
{
	(void)state;
	static const char *const tcg[] = {"accelerator=tcg", "storage=block-device", NULL};
	struct machine *machine = rig_started("kvm-virtio", 0, tcg);
	struct error e = {""};

	assert_int_equal(agent_hello(machine->agent, 120, &e), 0);
	if (machine->driver->save(machine, &e) < 0)
		fail_msg("%s", e.text);
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 1);
	assert_int_equal(storage_clean(rig.id), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(back_ends_run_and_count),
		cmocka_unit_test(saved_and_restored),
		cmocka_unit_test(job_runs_on),
		cmocka_unit_test(stopped_while_saved),
	};

	return RUN_UNLESS(rig_why_not(NULL), "lifecycle", tests, NULL, rig_tear_down);
}
