/* User-mode Linux for real: boot, disks, network, stop, and what a killed orchestrator leaves.
 * Needs root, an image and the package user-mode-linux. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "drivers/local.h"
#include "tests/drivers/rig.h"
#include "tests/skippable.h"

/* A kernel of its own, the image below an overlay, and a scratch disk. */
static void boots_with_its_disks(void **state)
{
	(void)state;
	struct machine *machine = rig_started("uml", 0, NULL);
	cleanup_free char *output = rig_output(machine,
		"nproc; stat -f -c %T / /scratch; grep -c User /proc/cpuinfo; cat /proc/1/comm; "
		"echo x >/scratch/x && sync && cat /scratch/x; uname -r; ls -d /usr/lib/tare");

	assert_string_equal(strtok(output, "\n"), "1");
	assert_string_equal(strtok(NULL, "\n"), "overlayfs");
	assert_string_equal(strtok(NULL, "\n"), "ext2/ext3");
	assert_string_equal(strtok(NULL, "\n"), "1");
	assert_string_equal(strtok(NULL, "\n"), "init");
	assert_string_equal(strtok(NULL, "\n"), "x");
	cleanup_free char *fact = str_printf("\"hypervisor_version\":\"%s\"", strtok(NULL, "\n"));
	assert_non_null(strstr(machine->facts_json, fact));
	assert_int_equal(machine->emulated, host_is_emulated());
	machine_stop(machine);
	assert_int_equal(rig_leftovers(rig.id), 1); /* the network */
}

static void answers_on_the_network(void **state)
{
	(void)state;
	struct error e = {""};
	struct machine *guests[] = {rig_started("uml", 0, NULL), rig_started("uml", 1, NULL)},
		       *host = rig_started("native", 2, NULL);
	static const char *const addresses[] = {"198.18.0.2/20", "198.18.0.3/20"};

	for (size_t i = 0; i < ARRAY_COUNT(guests); i++) {
		if (agent_hello(guests[i]->agent, 60, &e) < 0 ||
			agent_network(guests[i]->agent, NULL, addresses[i], 0, 20, &e) < 0)
			fail_msg("%s", e.text);
	}
	cleanup_free char *output = rig_output(host,
		"for a in 198.18.0.2 198.18.0.3; do timeout 10 bash -c "
		"\"exec 3<>/dev/tcp/$a/9\" 2>&1 | grep -q refused && echo $a; done");
	cleanup_free char *peer = rig_output(guests[0], "timeout 10 bash -c "
							"\"exec 3<>/dev/tcp/198.18.0.3/9\" 2>&1 | "
							"grep -q refused && echo yes");
	assert_string_equal(output, "198.18.0.2\n198.18.0.3\n");
	assert_string_equal(peer, "yes\n");
	machine_stop(host);
	for (size_t i = 0; i < ARRAY_COUNT(guests); i++)
		machine_stop(guests[i]);
}

/* Guests of other hypervisors use it at the same time, and QEMU refuses a file with any lock. Other
 * tests' QEMUs lock bytes from 100 on; User-mode Linux would lock the whole file. */
static void the_image_is_not_locked(void **state)
{
	(void)state;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	struct error e = {""};
	struct machine *machine = rig_started("uml", 0, NULL);
	cleanup_fd int fd = open(rig.image->root_disk, O_RDONLY | O_CLOEXEC);

	assert_int_equal(agent_hello(machine->agent, 60, &e), 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_GETLK, &lock), 0);
	assert_int_equal(lock.l_type, F_UNLCK);
	machine_stop(machine);
}

static void one_cpu_is_all(void **state)
{
	(void)state;
	const struct driver *driver = driver_find("uml");
	void *options = options_new(driver->options, driver->options_size);
	struct machine_spec spec = {.campaign_id = rig.id,
		.name = "uml-1",
		.cpus = 2,
		.image = rig.image,
		.work_dir = rig.work_dir,
		.options = options};
	struct machine *machine = NULL;
	struct error e = {""};

	assert_int_equal(driver->start(&spec, &machine, &e), -1);
	assert_non_null(strstr(e.text, "one CPU per guest"));
	options_free(driver->options, options);
}

/* A guest whose program was killed is not waited for, and clean ends what is left of it. */
static void killed_guests_are_cleaned(void **state)
{
	(void)state;
	struct machine *machine = rig_started("uml", 0, NULL);
	cleanup_free char *word = str_printf("umid=tare-%s-", rig.id);
	struct error e = {""};

	assert_int_equal(agent_hello(machine->agent, 60, &e), 0);
	assert_true(program_kill(program_has_word, word) > 0);
	assert_int_equal(agent_hello(machine->agent, 60, &e), -1);
	double begun_s = clock_monotonic_s();
	machine_stop(machine);
	assert_true(clock_monotonic_s() - begun_s < 10);
	assert_int_equal(rig_leftovers(rig.id), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boots_with_its_disks),
		cmocka_unit_test(answers_on_the_network),
		cmocka_unit_test(the_image_is_not_locked),
		cmocka_unit_test(one_cpu_is_all),
		cmocka_unit_test(killed_guests_are_cleaned),
	};

	return RUN_UNLESS(rig_why_not("uml"), "UML", tests, NULL, rig_tear_down);
}
