/* Machines with the real image on a remote host: native, and a guest. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skippable.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/hosts/rig.h"

static struct image *image;

static void open_with_image(struct rig *rig)
{
	const struct network *network;
	struct error e = {""};

	rig_open(rig, "there", image, "env", NULL);
#ifdef __SANITIZE_ADDRESS__
	/* A sanitized agent needs libraries that the image lacks: there the image's own runs. */
	rig->spec.agent_path = NULL;
	host_free(rig->host);
	rig->host = host_new(&rig->spec);
#endif
	assert_ok(host_connect(rig->host, 30, &e), e);
	assert_ok(host_stage_image(rig->host, &e), e);
	assert_ok(host_network(rig->host, &(struct host_data){0}, &network, &e), e);
	assert_non_null(strstr(network->name, rig->id));
	assert_string_equal(network->host_address, "198.18.0.1");
}

static void test_native(void **state)
{
	struct error e = {""};
	struct rig rig;

	(void)state;
	open_with_image(&rig);
	struct host_machine *machine = rig_start(&rig, "native", "native-1", NULL, &e);
	assert_some(machine, e);
	assert_string_equal(machine->address, "198.18.0.1");
	cleanup_free char *output = rig_shell(machine, "ip -o -4 addr show br0", &e);
	assert_some(output, e);
	assert_non_null(strstr(output, "198.18.0.1/20"));
	rig_stop(machine);
	rig_close(&rig);
}

static void test_guest(void **state)
{
	static const char *const values[] = {"hypervisor=kvm", "devices=virtio", NULL};
	struct error e = {""};
	struct rig rig;

	(void)state;
	open_with_image(&rig);
	const struct driver *driver = driver_find("libvirt");
	void *options = options_new(driver->options, driver->options_size);
	assert_ok(host_probe(rig.host, driver, options, &e), e);
	options_free(driver->options, options);
	struct host_machine *machine = rig_start(&rig, "libvirt", "kvm-virtio-1", values, &e);
	assert_some(machine, e);
	cleanup_free char *output = rig_shell(machine, "uname -n; nproc", &e);
	assert_some(output, e);
	assert_string_equal(output, "kvm-virtio-1\n1\n");
	cleanup_free char *log = host_machine_log_tail(machine);
	assert_non_null(log);
	struct storage_counters counters = {0};
	if (driver->storage_counters) {
		cleanup_free char *synced = rig_shell(machine, "sync; echo", &e);
		assert_non_null(synced);
		assert_ok(host_machine_storage_counters(machine, &counters, &e), e);
		assert_true(counters.machine_known);
	}
	if (driver->save) {
		assert_ok(host_machine_save(machine, &e), e);
		assert_ok(host_machine_restore(machine, &e), e);
		cleanup_free char *after = rig_shell(machine, "echo goes on", &e);
		assert_some(after, e);
		assert_string_equal(after, "goes on\n");
	}
	rig_stop(machine);
	/* A machine that is left running is stopped when the connection ends. */
	machine = rig_start(&rig, "libvirt", "kvm-virtio-2", values, &e);
	assert_some(machine, e);
	host_disconnect(rig.host);
	assert_int_equal(rig_processes("qemu", rig.id), 0);
	rig_stop(machine);
	rig_close(&rig);
}

static int open_image(void **state)
{
	struct error e = {""};

	(void)state;
	return image_open(NULL, &image, &e);
}

static int close_image(void **state)
{
	(void)state;
	image_free(image);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_native),
		cmocka_unit_test(test_guest),
	};

	if (open_image(NULL) < 0) {
		puts("skipped: no image");
		return 77;
	}
	close_image(NULL);
	return RUN_AS_ROOT("images on hosts", tests, open_image, close_image);
}
