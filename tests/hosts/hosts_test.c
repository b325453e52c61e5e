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
	/* The stream carries much in both directions. */
	cleanup_free char *text = mem_new(200001, 1);
	memset(text, 'y', 200000);
	cleanup_free char *line = str_printf("printf %%s %s | head -c 5", "yyyyy");
	assert_shell(one, line, "yyyyy");
	assert_int_equal(machine_save(one, &e), -1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_reached),
	};

	if (geteuid() != 0)
		return 77;
	return cmocka_run_group_tests_name("hosts", tests, NULL, NULL);
}
