/* A user's container has limits where a control group of version 2 is delegated to the user. Hosts
 * that have both versions cannot show it, so that a guest is the host: this program is copied into
 * it with what it uses, and runs there once more, by tare-room and as a user. Needs root, an image,
 * QEMU, libvirt, runc and crun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "drivers/control_groups.h"
#include "drivers/delegation.h"
#include "drivers/local.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

/* --- in the guest, as a user ------------------------------------------------------------------ */

static char *limit_of_container(const char *name)
{
	cleanup_free char *path = str_printf(CONTROL_GROUPS "%s/tare-%s-container-1/%s",
		getenv(DELEGATION_VARIABLE), rig.id, name);

	return file_read_line(path);
}

/* What the kernel limits, and what the machine's facts say of it. */
static void check_limits(const char *runtime, const char *cpus, const char *pinning)
{
	const char *const settings[] = {runtime, NULL};
	struct machine *machine = rig_started("container", 0, settings);
	cleanup_free char *text = rig_output(machine, "echo inside");
	cleanup_free char *memory = limit_of_container("memory.max");
	cleanup_free char *allowed = limit_of_container("cpuset.cpus");
	cleanup_free char *first = limit_of_container("cgroup.procs");
	json_t *facts = json_loads(machine->facts_json, 0, NULL);

	assert_string_equal(text, "inside\n");
	assert_non_null(memory);
	assert_string_equal(memory, "268435456");
	assert_non_null(first);
	if (cpus)
		assert_string_equal(allowed, cpus);
	else
		assert_null(allowed);
	assert_int_equal(
		json_integer_value(json_object_get(facts, "memory_limit_bytes")), 268435456);
	assert_string_equal(json_string_value(json_object_get(facts, "pinning")), pinning);
	assert_null(json_object_get(facts, "limits_why_not"));
	json_decref(facts);
	machine_stop(machine);
	cleanup_free char *after = limit_of_container("memory.max");
	assert_null(after);
}

static void memory_and_cpus(void **state)
{
	(void)state;
	check_limits("runtime=runc", "0", "all to 0 (cpuset)");
}

static void memory_alone(void **state)
{
	(void)state;
	check_limits("runtime=runc", NULL, "all to 0 (affinity)");
}

static void by_crun(void **state)
{
	(void)state;
	check_limits("runtime=crun", "0", "all to 0 (cpuset)");
}

/* Started as any process of a session is, beside others. */
static void not_delegated(void **state)
{
	struct machine *machine = rig_started("container", 0, NULL);
	json_t *facts = json_loads(machine->facts_json, 0, NULL);
	const char *why_not = json_string_value(json_object_get(facts, "limits_why_not"));

	(void)state;
	assert_null(getenv(DELEGATION_VARIABLE));
	assert_int_equal(json_integer_value(json_object_get(facts, "memory_limit_bytes")), 0);
	assert_non_null(why_not);
	assert_non_null(strstr(why_not, "systemd-run --user --scope -p Delegate=yes"));
	json_decref(facts);
	machine_stop(machine);
}

static const struct CMUnitTest inside[] = {cmocka_unit_test(memory_and_cpus),
	cmocka_unit_test(memory_alone), cmocka_unit_test(by_crun), cmocka_unit_test(not_delegated)};

static int run_inside(const char *name)
{
	struct error why_not;

	for (size_t i = 0; i < ARRAY_COUNT(inside); i++)
		if (strcmp(inside[i].name, name) == 0) {
			const struct CMUnitTest one[] = {inside[i]};
			return RUN_UNLESS(rig_open(false, &why_not) < 0 ? why_not.text : NULL,
				inside[i].name, one, NULL, rig_tear_down);
		}
	return 2;
}

/* --- the guest -------------------------------------------------------------------------------- */

#define USER "1000"

/* $1: the shared directory; the rest: programs, to the same paths there, with their libraries. */
static const char *const copy_programs =
	"to=$1; shift; for program; do echo $program; ldd $program | grep -o '/[^ ]*'; done |"
	" sort -u | xargs cp -L --parents -t $to";

/* The guest as a host: its own image is the user's. */
static const char *const make_host =
	"tar -C /share -c . | tar -C / -x --keep-directory-symlink && mount -t cgroup2 none "
	"/sys/fs/cgroup && mkdir -p /cache/images/current/root"
	" && mount -t erofs -o ro /dev/vda /cache/images/current/root && cd /cache/images/current "
	"&&"
	" touch root.img vmlinux vmlinuz initrd.img initrd.img.zst &&"
	" echo '{\"digest\": \"guest\"}' >manifest.json && chown " USER " /cache";

/* $controllers are delegated; then, in that group and after $before, this program runs as the user.
 * Printed is what it says, and what is left of its groups. */
static const char *const run_delegated =
	"cd /sys/fs/cgroup && echo \"$controllers\" >cgroup.subtree_control && mkdir user &&"
	" chown " USER " user user/cgroup.procs user/cgroup.subtree_control || exit;"
	" sh -c 'echo $$ >user/cgroup.procs; '\"$before\"' exec \"$@\"' sh setpriv --reuid " USER
	" --regid " USER " --clear-groups env TARE_CACHE=/cache $room -- $self $name 2>&1 ||"
	" echo failed; find user -mindepth 1 -type d; echo on: $(cat user/cgroup.subtree_control);"
	" echo 1 >user/cgroup.kill; until rmdir user; do sleep .1; done;"
	" echo '-memory -cpuset' >cgroup.subtree_control";

static struct machine *guest;

static int start_guest(void **state)
{
	static const char *const settings[] = {"accelerator=tcg", "share=9p", NULL};
	cleanup_argv struct argv argv = {0};
	struct error e = {""};

	(void)state;
	cleanup_free char *runc = program_find("runc");
	cleanup_free char *crun = program_find("crun");
	cleanup_free char *mount = program_find("mount");
	cleanup_free char *self = realpath("/proc/self/exe", NULL);
	guest = rig_started("kvm-virtio", 0, settings);
	cleanup_free char *shared = str_printf("%s/kvm-virtio-1/share/files", rig.work_dir);
	argv_add_all(&argv, "/bin/sh", "-c", copy_programs, "sh", shared, runc, mount, self,
		TARE_BINARY_DIR "/drivers/tare-room", TARE_BINARY_DIR "/drivers/tare-enter",
		TARE_BINARY_DIR "/agent/tare-agent", crun, NULL);
	if (process_check(&argv, 60, &e) < 0)
		fail_msg("%s", e.text);
	cleanup_free char *output = rig_output(guest, make_host);
	assert_string_equal(output, "");
	return 0;
}

static int stop_guest(void **state)
{
	machine_stop(guest);
	return rig_tear_down(state);
}

/* before: shell words. */
static void run_in_guest(const char *controllers, const char *name, const char *before)
{
	static const char nothing_left[] = "\non:\n";
	cleanup_free char *self = realpath("/proc/self/exe", NULL);
	cleanup_free char *line =
		str_printf("controllers='%s' name=%s self=%s before='%s' room=" TARE_BINARY_DIR
			   "/drivers/tare-room; %s",
			controllers, name, self, before, run_delegated);
	cleanup_free char *output = rig_output(guest, line);
	size_t length = strlen(output), tail = strlen(nothing_left);

	print_message("%s", output);
	assert_non_null(strstr(output, "[  PASSED  ] 1 test"));
	assert_null(strstr(output, "failed\n"));
	assert_null(strstr(output, "user/"));
	assert_true(length > tail);
	assert_string_equal(output + length - tail, nothing_left);
}

static void delegated_with_cpus(void **state)
{
	(void)state;
	run_in_guest("+memory +cpuset", "memory_and_cpus", "");
}

static void delegated_without_cpus(void **state)
{
	(void)state;
	run_in_guest("+memory", "memory_alone", "");
}

static void delegated_by_crun(void **state)
{
	(void)state;
	run_in_guest("+memory +cpuset", "by_crun", "");
}

static void beside_another_process(void **state)
{
	(void)state;
	run_in_guest("+memory", "not_delegated", "sleep 600 >/dev/null 2>&1 &");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delegated_with_cpus),
		cmocka_unit_test(delegated_without_cpus),
		cmocka_unit_test(delegated_by_crun),
		cmocka_unit_test(beside_another_process),
	};
	cleanup_free char *runc = program_find("runc");
	cleanup_free char *crun = program_find("crun");

	if (argc == 2)
		return run_inside(argv[1]);
	return RUN_UNLESS(runc && crun ? rig_why_not("kvm-virtio") : "not installed: runc, crun",
		"drivers_delegation", tests, start_guest, stop_guest);
}
