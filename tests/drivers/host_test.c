/* What this host is taken for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/local.h"

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
		assert_int_equal(signature_is_emulated(hosts[i].signature, hosts[i].vendor),
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
	assert_string_equal(
		machine->facts_json, host_is_emulated() ? "{\"host_cpu\":\"emulated\"}" : "{}");
	machine_free(machine);
}

/* Xen shows itself by a directory; without it there is none. */
static void xen_needs_its_directory(void **state)
{
	(void)state;
	assert_true(!host_is_xen() || file_exists("/sys/hypervisor/properties"));
}

static void capacity_of_this_machine(void **state)
{
	(void)state;
	unsigned cpus = 0;
	uint64_t memory_bytes = 0;
	struct error e = {""};

	if (host_is_xen())
		skip();
	assert_int_equal(host_capacity(&cpus, &memory_bytes, &e), 0);
	assert_int_equal(cpus, sysconf(_SC_NPROCESSORS_ONLN));
	assert_true(memory_bytes > 64 << 20);
	assert_null(xen_version());
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
		cmocka_unit_test(only_a_bridge_is_removed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
