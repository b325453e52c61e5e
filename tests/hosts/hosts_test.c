/* Hosts and machines on them: this machine itself, and the same by a reach. */
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

static void assert_shell(struct machine *machine, const char *line, const char *expected)
{
	struct error e = {""};
	cleanup_free char *output = rig_shell(machine, line, &e);

	if (!output)
		fail_msg("%s: %s", line, e.text);
	assert_string_equal(output, expected);
}

static void check_facts(const struct host *host)
{
	const struct host_facts *facts = host_facts(host);

	assert_string_equal(facts->hypervisor, "none");
	assert_true(facts->cpus > 0);
	assert_true(facts->memory_bytes > 1 << 20);
	assert_int_equal(strspn(facts->kernel, "0123456789"), 1);
}

/* The same for a host of either kind. */
static void live(struct rig *rig)
{
	struct error e = {""};

	assert_false(host_connected(rig->host));
	assert_ok(host_connect(rig->host, 30, &e), e);
	assert_ok(host_connect(rig->host, 30, &e), e);
	assert_true(host_connected(rig->host));
	check_facts(rig->host);
	assert_ok(host_probe(rig->host, driver_find("fake"), NULL, &e), e);
	struct machine *one = rig_start(rig, "fake", "one", NULL, &e);
	struct machine *two =
		rig_start(rig, "fake", "two", (const char *[]){"emulated=true", NULL}, &e);
	assert_non_null(one);
	assert_non_null(two);
	assert_ptr_equal(machine_host(one), rig->host);
	assert_ptr_equal(one->driver, driver_find("fake"));
	assert_true(two->emulated);
	assert_string_equal(one->address, "127.0.0.1");
	assert_non_null(strstr(one->facts_json, "\"driver\""));
	assert_shell(one, "echo one", "one\n");
	assert_shell(two, "head -c 300000 /dev/zero | tr '\\0' x | wc -c", "300000\n");
	/* What is saved goes on over a new stream. */
	assert_ok(machine_save(one, &e), e);
	assert_ok(machine_restore(one, &e), e);
	assert_shell(one, "echo more", "more\n");
	cleanup_free char *log = machine_log_tail(one);
	assert_non_null(log);
	rig_stop(one);
	assert_shell(two, "echo still", "still\n");
	rig_stop(two);
	host_disconnect(rig->host);
	assert_false(host_connected(rig->host));
	assert_ok(host_connect(rig->host, 30, &e), e);
	one = rig_start(rig, "fake", "one", NULL, &e);
	assert_non_null(one);
	assert_shell(one, "echo again", "again\n");
	rig_stop(one);
}

static void test_local(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "here", NULL, NULL);
	live(&rig);
	rig_close(&rig);
}

static void test_reached(void **state)
{
	struct rig rig;

	(void)state;
	rig_open(&rig, "there", NULL, "env", "HOST={host}", NULL);
	live(&rig);
	rig_close(&rig);
}

/* Several hosts of one campaign may be one machine. */
static void test_same_machine(void **state)
{
	struct rig one, two;
	struct error e = {""};

	(void)state;
	rig_open(&one, "one", NULL, "env", NULL);
	rig_open(&two, "two", NULL, "env", NULL);
	two.spec.campaign_id = one.id;
	host_free(two.host);
	two.host = host_new(&two.spec);
	assert_ok(host_connect(one.host, 30, &e), e);
	assert_ok(host_connect(two.host, 30, &e), e);
	struct machine *machines[2] = {rig_start(&one, "fake", "same", NULL, &e),
		rig_start(&two, "fake", "same", NULL, &e)};
	assert_shell(machines[0], "echo 1", "1\n");
	assert_shell(machines[1], "echo 2", "2\n");
	hosts_stop(machines, 2);
	rig_close(&two);
	rig_close(&one);
}

/* An orchestrator that lost its host and comes again finds an earlier service alive: that leaves,
 * and takes its machines with it. */
static void test_comes_again(void **state)
{
	struct rig first, again;
	struct error e = {""};

	(void)state;
	rig_open(&first, "host", NULL, "env", NULL);
	assert_ok(host_connect(first.host, 30, &e), e);
	struct machine *old = rig_start(&first, "fake", "one", NULL, &e);
	assert_shell(old, "echo 1", "1\n");
	rig_open(&again, "host", NULL, "env", NULL);
	again.spec.campaign_id = first.id;
	again.spec.work_dir = first.work_dir;
	host_free(again.host);
	again.host = host_new(&again.spec);
	assert_ok(host_connect(again.host, 30, &e), e);
	struct machine *young = rig_start(&again, "fake", "one", NULL, &e);
	assert_shell(young, "echo 2", "2\n");
	cleanup_free char *none = rig_shell(old, "echo 3", &e);
	assert_null(none);
	rig_stop(old);
	assert_shell(young, "echo 4", "4\n");
	rig_stop(young);
	rig_close(&again);
	rig_close(&first);
}

/* Starts that fail say why, and leave the host as it was. */
static void test_failing(void **state)
{
	struct rig rig;
	struct error e = {""};

	(void)state;
	rig_open(&rig, "host", NULL, "env", NULL);
	assert_ok(host_connect(rig.host, 30, &e), e);
	assert_null(rig_start(&rig, "fake", "one", (const char *[]){"fail_nth=1", NULL}, &e));
	assert_non_null(strstr(e.text, "as asked"));
	assert_null(rig_start(&rig, "fake", "a b", NULL, &e));
	assert_null(rig_start(&rig, "fake", "../up", NULL, &e));
	assert_true(host_connected(rig.host));
	struct machine *machine = rig_start(&rig, "fake", "one", NULL, &e);
	assert_non_null(machine);
	assert_null(rig_start(&rig, "fake", "one", NULL, &e));
	assert_non_null(strstr(e.text, "already"));
	host_disconnect(rig.host);
	rig_stop(machine);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_reached),
		cmocka_unit_test(test_same_machine),
		cmocka_unit_test(test_comes_again),
		cmocka_unit_test(test_failing),
	};

	if (geteuid() != 0)
		return 77;
	return cmocka_run_group_tests_name("hosts", tests, NULL, NULL);
}
