/* What this host is taken for. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/local.h"
#include "drivers/prepare.h"

static const struct {
	const char *signature, *vendor;
	bool emulated;
} hosts[] = {
	{"", "Dell Inc.", false},
	{"", NULL, false},
	{"", "QEMU", false},
	{"TCGTCGTCGTCG", "QEMU", true},
	{"TCGTCGTCGTCG", NULL, true},
	{"KVMKVMKVM", "QEMU", false},
	{"XenVMMXenVMM", "QEMU", true},
	{"XenVMMXenVMM", "Xen", false},
	{"XenVMMXenVMM", "HPE", false},
	{"XenVMMXenVMM", NULL, false},
	{"Microsoft Hv", "Microsoft Corporation", false},
};

static void emulated_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(hosts); i++)
		assert_int_equal(host_signature_is_emulated(hosts[i].signature, hosts[i].vendor),
			hosts[i].emulated);
}

/* The machines say what the host is, and so does what they are recorded with. */
static void machines_inherit_it(void **state)
{
	(void)state;
	struct machine_spec spec = {.name = "example-1"};
	struct machine *machine = machine_new(driver_find("fake"), &spec);

	machine_set_facts(machine, json_object());
	assert_int_equal(machine->emulated, host_is_emulated());
	assert_string_equal(machine->facts_json,
		host_is_emulated() ? "{\"host_cpu\":\"emulated\",\"privileges\":\"root\"}"
				   : "{\"privileges\":\"root\"}");
	machine_free(machine);
}

/* Xen shows itself by a directory; without it there is none. */
static void xen_needs_its_directory(void **state)
{
	(void)state;
	if (!file_exists("/sys/hypervisor/properties"))
		assert_false(host_is_xen());
}

static void capacity_of_this_machine(void **state)
{
	(void)state;
	struct host_capacity capacity;
	struct error e = {""};
	cpu_set_t set;

	if (host_is_xen())
		skip();
	assert_int_equal(host_capacity(&capacity, &e), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	assert_int_equal(capacity.cpu_count, CPU_COUNT(&set));
	for (size_t i = 0; i < capacity.cpu_count; i++)
		assert_true(CPU_ISSET(capacity.cpus[i], &set));
	assert_true(capacity.memory_bytes > 64 << 20);
	assert_true(capacity.free_bytes == capacity.memory_bytes);
	host_capacity_free(&capacity);
	assert_null(host_xen_version());
}

/* libvirt's own pretended hypervisor, in place of Xen: all its 16 CPUs, whatever this process may
 * use, and not the memory that is in use. */
static void capacity_by_the_hypervisor(void **state)
{
	(void)state;
	struct host_capacity capacity;
	struct error e = {""};

	if (host_node_capacity("test:///default", &capacity, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(capacity.cpu_count, 16);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(capacity.cpus[i], i);
	assert_true(capacity.memory_bytes == (uint64_t)3 << 30);
	assert_true(capacity.free_bytes > 0 && capacity.free_bytes < capacity.memory_bytes);
	host_capacity_free(&capacity);
	assert_int_equal(host_node_capacity("test:///no/such/file", &capacity, &e), -1);
	assert_non_null(strstr(e.text, "no/such/file"));
}

/* Its numbers are the machine's, of which Xen's first domain may have only some. */
static void pinning_needs_the_machines_cpus(void **state)
{
	(void)state;
	static const unsigned cpus[] = {2, 3, 7};
	struct error why_not = {""};

	assert_int_equal(prepare_check_pins(cpus, 3, 8, &why_not), 0);
	assert_int_equal(prepare_check_pins(cpus, 2, 4, &why_not), 0);
	assert_string_equal(why_not.text, "");
	assert_int_equal(prepare_check_pins(cpus, 3, 4, &why_not), -1);
	assert_string_equal(why_not.text, "there is no CPU 7: the host has 4 CPUs");
}

static void version_of_qemu(void **state)
{
	(void)state;
	cleanup_free char *path = program_find("qemu-system-x86_64");
	cleanup_free char *version = host_qemu_version();

	if (!path)
		skip();
	assert_non_null(version);
	assert_true(strspn(version, "0123456789.") == strlen(version) && strchr(version, '.'));
}

static void only_a_bridge_is_removed(void **state)
{
	(void)state;
	assert_false(network_bridge_remove("nosuch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(emulated_hosts),
		cmocka_unit_test(machines_inherit_it),
		cmocka_unit_test(xen_needs_its_directory),
		cmocka_unit_test(capacity_of_this_machine),
		cmocka_unit_test(capacity_by_the_hypervisor),
		cmocka_unit_test(pinning_needs_the_machines_cpus),
		cmocka_unit_test(version_of_qemu),
		cmocka_unit_test(only_a_bridge_is_removed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
