/* Hosts of the lab (docs/lab.md), reached by ssh: two at once, staging, and cut connections.
 * Skipped if no lab of two hosts is up. With TARE_LAB_BREAK=1 also tests that take minutes. */
#include <pthread.h>
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

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "tests/hosts/rig.h"

#define LAB "/var/lib/tare/lab"
#define REACH "ip", "netns", "exec", "tare-lab", "ssh", "-F", LAB "/ssh_config", "-T", "{host}"

static const char *const node_names[] = {"node1", "node2"}, *const addresses[] = {
								    "198.18.0.11", "198.18.0.12"};
static struct image *image;

static void lab_open(struct rig *rig, size_t node)
{
	rig_open(rig, node_names[node], image, REACH, NULL);
	rig->spec.address = addresses[node];
	rig->spec.work_dir = "/var/lib/tare";
	host_free(rig->host);
	rig->host = host_new(&rig->spec);
}

static void connect_all(struct rig *rig, double timeout_s)
{
	const struct network *network;
	struct error e = {""};

	assert_ok(host_connect(rig->host, timeout_s, &e), e);
	assert_ok(host_stage_image(rig->host, &e), e);
	assert_ok(host_network(rig->host, &(struct host_data){.bridge = "tare-data", .prefix = 24},
			  &network, &e),
		e);
	assert_string_equal(network->host_address, rig->spec.address);
}

/* Runs a command on the node by the lab's own means; returns its output, caller frees. */
static char *on_node(size_t node, const char *command)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result;
	struct error e = {""};

	argv_add_all(&argv, "ip", "netns", "exec", "tare-lab", "ssh", "-F", LAB "/ssh_config", "-T",
		node_names[node], command, NULL);
	assert_ok(process_run(&argv, 60, &result, &e), e);
	return result.output;
}

/* Nothing of the campaign is left on the node, at the latest after limit_s. */
static void assert_clean(const struct rig *rig, size_t node, double limit_s)
{
	double begun_s = clock_monotonic_s();
	cleanup_free char *command = str_printf(
		"ls -d /run/tare/%s* /var/lib/tare/%s* /run/netns/tare-%s* 2>/dev/null; "
		"grep -lsaE 'guest=[t]are-%s|[t]are-host.*%s' /proc/[0-9]*/cmdline; true",
		rig->id, rig->id, rig->id, rig->id, rig->id);

	for (;;) {
		cleanup_free char *left = on_node(node, command);
		if (!left[0])
			break;
		if (clock_monotonic_s() - begun_s > limit_s)
			fail_msg("left on %s: %s", node_names[node], left);
		clock_sleep_s(1);
	}
	printf("clean after %.1f s\n", clock_monotonic_s() - begun_s);
}

static void lab_close(struct rig *rig, size_t node)
{
	host_free(rig->host);
	rig->host = NULL;
	assert_clean(rig, node, 5);
	rig_close(rig);
}

/* --- the tests ------------------------------------------------------------------------------ */

struct connecting {
	struct rig *rig;
	struct error e;
	int status;
};

static void *connect_thread(void *context)
{
	struct connecting *connecting = context;

	connecting->status = host_connect(connecting->rig->host, 60, &connecting->e);
	return NULL;
}

/* Connected by threads that end, and used afterwards. */
static void test_two_hosts(void **state)
{
	struct rig rigs[2];
	struct connecting connecting[2];
	struct host_start starts[4] = {0};
	struct host_machine *machines[4];
	pthread_t threads[2];
	char names[4][16];
	const struct driver *fake = driver_find("fake");
	struct error e = {""};

	(void)state;
	void *options = options_new(fake->options, fake->options_size);
	double begun_s = clock_monotonic_s();
	for (size_t i = 0; i < 2; i++) {
		lab_open(&rigs[i], i);
		connecting[i] = (struct connecting){.rig = &rigs[i]};
		pthread_create(&threads[i], NULL, connect_thread, &connecting[i]);
	}
	for (size_t i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_ok(connecting[i].status, connecting[i].e);
		assert_true(host_facts(rigs[i].host)->emulated);
		cleanup_free char *cpus = on_node(i, "nproc");
		assert_int_equal(host_facts(rigs[i].host)->cpus, atoi(cpus));
	}
	printf("connected after %.1f s\n", clock_monotonic_s() - begun_s);
	for (size_t i = 0; i < 4; i++) {
		snprintf(names[i], sizeof(names[i]), "fake-%zu", i);
		starts[i] = (struct host_start){.host = rigs[i % 2].host,
			.driver = fake,
			.spec = {.name = names[i],
				.index = (unsigned)i / 2,
				.cpus = 1,
				.options = options}};
	}
	begun_s = clock_monotonic_s();
	hosts_start(starts, 4);
	printf("started after %.1f s\n", clock_monotonic_s() - begun_s);
	for (size_t i = 0; i < 4; i++) {
		machines[i] = starts[i].machine;
		if (!machines[i])
			fail_msg("%s", starts[i].error.text);
		cleanup_free char *output = rig_shell(machines[i], "uname -n", &e);
		assert_some(output, e);
		assert_int_equal(strncmp(output, node_names[i % 2], 5), 0);
	}
	begun_s = clock_monotonic_s();
	hosts_stop(machines, 4);
	printf("stopped after %.1f s\n", clock_monotonic_s() - begun_s);
	options_free(fake->options, options);
	for (size_t i = 0; i < 2; i++)
		lab_close(&rigs[i], i);
}

static void test_native_and_guest(void **state)
{
	static const char *const kvm[] = {"hypervisor=kvm", "devices=virtio", NULL};
	static const char *const xen[] = {"hypervisor=xen-pv", "devices=pv", NULL};
	struct error e = {""};
	struct rig rig;

	(void)state;
	lab_open(&rig, 0);
	double begun_s = clock_monotonic_s();
	connect_all(&rig, 60);
	printf("connected, staged after %.1f s\n", clock_monotonic_s() - begun_s);
	bool is_xen = strcmp(host_facts(rig.host)->hypervisor, "xen") == 0;
	if (is_xen)
		printf("Xen %s, %u CPUs, %llu MiB\n", host_facts(rig.host)->hypervisor_version,
			host_facts(rig.host)->cpus,
			(unsigned long long)host_facts(rig.host)->memory_bytes >> 20);
	struct host_machine *native = rig_start(&rig, "native", "native-1", NULL, &e);
	assert_some(native, e);
	cleanup_free char *output = rig_shell(native, "ip -o -4 addr show tare-data", &e);
	assert_some(output, e);
	assert_non_null(strstr(output, "198.18.0.11/24"));
	rig_stop(native);
	begun_s = clock_monotonic_s();
	struct host_machine *guest = rig_start(&rig, "libvirt", "guest-1", is_xen ? xen : kvm, &e);
	assert_some(guest, e);
	cleanup_free char *name = rig_shell(guest, "uname -n", &e);
	assert_some(name, e);
	assert_string_equal(name, "guest-1\n");
	printf("guest after %.1f s\n", clock_monotonic_s() - begun_s);
	begun_s = clock_monotonic_s();
	rig_stop(guest);
	printf("stopped after %.1f s\n", clock_monotonic_s() - begun_s);
	lab_close(&rig, 0);
}

/* Guests of one host are stopped in parallel. */
static void test_guests_at_once(void **state)
{
	static const char *const kvm[] = {"hypervisor=kvm", "devices=virtio", NULL};
	static const char *const xen[] = {"hypervisor=xen-pv", "devices=pv", NULL};
	enum { GUESTS = 3 };
	struct host_machine *guests[GUESTS];
	struct error e = {""};
	struct rig rig;

	(void)state;
	lab_open(&rig, 0);
	connect_all(&rig, 60);
	bool is_xen = strcmp(host_facts(rig.host)->hypervisor, "xen") == 0;
	for (unsigned i = 0; i < GUESTS; i++) {
		char name[16];
		snprintf(name, sizeof(name), "guest-%u", i);
		guests[i] = rig_start(&rig, "libvirt", name, is_xen ? xen : kvm, &e);
		assert_some(guests[i], e);
	}
	double begun_s = clock_monotonic_s();
	hosts_stop(guests, GUESTS);
	printf("%d guests stopped after %.1f s\n", GUESTS, clock_monotonic_s() - begun_s);
	lab_close(&rig, 0);
}

static void test_staging(void **state)
{
	struct error e = {""};
	struct rig rig;

	(void)state;
	rig_open(&rig, "node2", image, REACH, "env", "TARE_CACHE=/var/tmp/cache", NULL);
	rig.spec.work_dir = "/var/lib/tare";
	host_free(rig.host);
	rig.host = host_new(&rig.spec);
	assert_ok(host_connect(rig.host, 60, &e), e);
	double begun_s = clock_monotonic_s();
	assert_ok(host_stage_image(rig.host, &e), e);
	printf("staged after %.1f s\n", clock_monotonic_s() - begun_s);
	struct host_machine *native = rig_start(&rig, "native", "native-1", NULL, &e);
	assert_some(native, e);
	cleanup_free char *output = rig_shell(native, "ls /usr/lib/tare | wc -l", &e);
	assert_some(output, e);
	rig_stop(native);
	free(on_node(1, "umount /var/tmp/cache/images/*/root; "
			"rm -rf /var/tmp/cache"));
	lab_close(&rig, 1);
}

/* kill -9 of the reach here; the host cleans itself. */
static void test_reach_killed(void **state)
{
	struct error e = {""};
	struct rig rig;

	(void)state;
	lab_open(&rig, 0);
	connect_all(&rig, 60);
	struct host_machine *native = rig_start(&rig, "native", "native-1", NULL, &e);
	assert_non_null(native);
	cleanup_free char *mark = str_printf("serve %s", rig.id);
	cleanup_argv struct argv argv = {0};
	struct process_result result;
	argv_add_all(&argv, "pkill", "-9", "-f", mark, NULL);
	assert_ok(process_run(&argv, 10, &result, &e), e);
	process_result_free(&result);
	clock_sleep_s(1);
	assert_null(rig_start(&rig, "native", "native-2", NULL, &e));
	printf("%s\n", e.text);
	assert_non_null(strstr(e.text, "node1 is lost: "));
	assert_clean(&rig, 0, 30);
	rig_stop(native);
	/* And it can be had again. */
	connect_all(&rig, 60);
	native = rig_start(&rig, "native", "native-1", NULL, &e);
	assert_non_null(native);
	rig_stop(native);
	lab_close(&rig, 0);
}

/* kill -9 of tare-host there; what it left is cleaned with the next connection. */
static void test_service_killed(void **state)
{
	static const char *const kvm[] = {"hypervisor=kvm", "devices=virtio", NULL};
	struct error e = {""};
	struct rig rig;

	(void)state;
	lab_open(&rig, 0);
	connect_all(&rig, 60);
	bool is_xen = strcmp(host_facts(rig.host)->hypervisor, "xen") == 0;
	struct host_machine *guest = is_xen ? rig_start(&rig, "native", "native-1", NULL, &e)
					    : rig_start(&rig, "libvirt", "guest-1", kvm, &e);
	assert_some(guest, e);
	cleanup_free char *kill = str_printf("pkill -9 -f 'tare-host [s]erve %s'", rig.id);
	free(on_node(0, kill));
	assert_null(rig_start(&rig, "native", "native-2", NULL, &e));
	printf("%s\n", e.text);
	connect_all(&rig, 60);
	cleanup_free char *guests = on_node(0, "pgrep -fa '[g]uest=tare-'");
	assert_string_equal(guests, "");
	rig_stop(guest);
	lab_close(&rig, 0);
}

static void link_set(const char *state)
{
	cleanup_argv struct argv argv = {0};
	struct error e = {""};

	argv_add_all(&argv, "ip", "-n", "tare-lab", "link", "set", "node1c", state, NULL);
	assert_ok(process_check(&argv, 10, &e), e);
}

/* The control network may be down for 30 s during a job. */
static void test_cut_30s(void **state)
{
	struct error e = {""};
	struct rig rig;

	(void)state;
	if (!getenv("TARE_LAB_BREAK"))
		skip();
	lab_open(&rig, 0);
	connect_all(&rig, 60);
	struct host_machine *native = rig_start(&rig, "native", "native-1", NULL, &e);
	cleanup_free char *before = rig_shell(native, "echo before", &e);
	assert_non_null(before);
	link_set("down");
	double begun_s = clock_monotonic_s();
	clock_sleep_s(30);
	link_set("up");
	cleanup_free char *after = rig_shell(native, "echo after", &e);
	assert_some(after, e);
	printf("the stream goes on %.1f s after the cut\n", clock_monotonic_s() - begun_s);
	struct host_machine *other = rig_start(&rig, "native", "native-2", NULL, &e);
	assert_some(other, e);
	printf("and requests after %.1f s\n", clock_monotonic_s() - begun_s);
	rig_stop(other);
	rig_stop(native);
	lab_close(&rig, 0);
}

/* Down for longer: each end detects it and declares the other lost. */
static void test_cut_for_good(void **state)
{
	struct error e = {""};
	struct rig rig;

	(void)state;
	if (!getenv("TARE_LAB_BREAK"))
		skip();
	lab_open(&rig, 0);
	connect_all(&rig, 60);
	struct host_machine *native = rig_start(&rig, "native", "native-1", NULL, &e);
	assert_non_null(native);
	link_set("down");
	double begun_s = clock_monotonic_s();
	assert_null(rig_start(&rig, "native", "native-2", NULL, &e));
	printf("%s, after %.1f s\n", e.text, clock_monotonic_s() - begun_s);
	assert_false(host_connected(rig.host));
	rig_stop(native);
	clock_sleep_s(110 - (clock_monotonic_s() - begun_s));
	link_set("up");
	assert_clean(&rig, 0, 60);
	connect_all(&rig, 60);
	lab_close(&rig, 0);
}

static void lab(const char *verb, const char *node, const char *environment)
{
	cleanup_argv struct argv argv = {0};
	struct error e = {""};

	argv_add_all(&argv, TARE_SOURCE_DIR "/scripts/lab", verb, node, environment, NULL);
	assert_ok(process_check(&argv, 300, &e), e);
}

/* Power off with a machine running; then the same host is connected while it boots. */
static void test_power_off(void **state)
{
	struct error e = {""};
	struct rig rig;

	(void)state;
	if (!getenv("TARE_LAB_BREAK"))
		skip();
	lab_open(&rig, 1);
	connect_all(&rig, 60);
	struct host_machine *native = rig_start(&rig, "native", "native-1", NULL, &e);
	assert_non_null(native);
	lab("off", "node2", NULL);
	double begun_s = clock_monotonic_s();
	assert_null(rig_start(&rig, "native", "native-2", NULL, &e));
	printf("%s, after %.1f s\n", e.text, clock_monotonic_s() - begun_s);
	rig_stop(native);
	printf("stopped after %.1f s\n", clock_monotonic_s() - begun_s);
	assert_int_equal(host_connect(rig.host, 3, &e), -1);
	printf("%s, after %.1f s\n", e.text, clock_monotonic_s() - begun_s);
	lab("boot", "node2", "linux");
	connect_all(&rig, 120);
	lab_close(&rig, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_hosts),
		cmocka_unit_test(test_native_and_guest),
		cmocka_unit_test(test_guests_at_once),
		cmocka_unit_test(test_staging),
		cmocka_unit_test(test_reach_killed),
		cmocka_unit_test(test_service_killed),
		cmocka_unit_test(test_cut_30s),
		cmocka_unit_test(test_cut_for_good),
		cmocka_unit_test(test_power_off),
	};
	struct error e = {""};

	if (geteuid() != 0 || !file_exists(LAB "/node2/environment") ||
		image_open(NULL, &image, &e) < 0)
		return 77;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (getenv("TARE_TEST_FILTER"))
		cmocka_set_test_filter(getenv("TARE_TEST_FILTER"));
	int failed = cmocka_run_group_tests_name("hosts of the lab", tests, NULL, NULL);
	image_free(image);
	return failed;
}
