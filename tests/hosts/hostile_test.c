/* Remote ends that misbehave: each host is declared lost, or cannot be connected, in bounded time
 * and with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skippable.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/hosts/rig.h"

/* In a shell whose arguments are the program and its words: prints the first line of this build's
 * tare-host. */
#define HELLO \
	"[ \"$2\" = serve ] || exit 1; " \
	"d=${1%/*}; printf '{\"tare-host\":\"0\",\"protocol\":1,\"digest\":\"%s\"}\\n' ${d##*/}; "
#define FACTS \
	"read r; echo '{\"id\":1,\"ok\":{\"kernel\":\"6\",\"hypervisor\":\"none\",\"cpus\":1," \
	"\"cpu_end\":1,\"memory_bytes\":1,\"capacity_known\":true,\"emulated\":false}}'; "

/* A host that cannot be connected, and why. */
static const struct refusal {
	const char *script, *reason;
	bool seems_down;
} refusals[] = {
	{"exec cat /dev/zero", "unexpected output before tare-host", false},
	{"while echo garbage; do :; done", "unexpected output before tare-host", false},
	{"exec sleep 1000", "did not answer in time", true},
	{"echo no route >&2; exit 255", "no route", true},
	/* A reach whose exit status is of no use: the host is up because commands run there. */
	{"[ \"$1\" = true ] || { echo disk full >&2; exit 255; }", "disk full", false},
	{"case $1 in mkdir|tar|sync|mv|rm) cat >/dev/null;; *) echo no libvirt >&2; exit 127; esac",
		"cannot run on the host (exit status 127: no libvirt", false},
	{"echo '{\"tare-host\":\"0\",\"error\":\"not today\"}'", "not today", false},
	{"echo '{\"tare-host\":\"0\",\"protocol\":1,\"digest\":\"1\"}'", "of a different build",
		false},
	{HELLO "exec sleep 1000", "no answer within", false},
	{HELLO "exit 7", "evil is lost: ", false},
	{HELLO "read r; echo nonsense; exec sleep 1000", "invalid answer: nonsense", false},
	{HELLO "read r; echo '{\"id\":77,\"ok\":{}}'; exec sleep 1000",
		"invalid answer: {\"id\":77", false},
	{HELLO "read r; echo '{\"id\":1}'; exec sleep 1000", "invalid answer: {\"id\":1}", false},
	{HELLO "read r; echo '[[[[[['; exec sleep 1000", "invalid answer: [[[[[[", false},
	{HELLO "read r; echo '{\"id\":1,\"ok\":{\"cpus\":\"many\"}}'; exec sleep 1000",
		"facts are invalid", false},
	{HELLO "read r; head -c 100000000 /dev/zero | tr '\\0' x; exec sleep 1000",
		"a line of more than", false},
};

/* In a process of its own: 0 as exit status where the host is refused as it should be. */
static int refused(const struct refusal *refusal)
{
	struct rig rig;
	struct error e = {""};
	double begun_s = clock_monotonic_s();

	rig_open(&rig, "evil", NULL, "sh", "-c", refusal->script, "sh", NULL);
	bool as_expected = host_connect(rig.host, 0, &e) == -1 && strstr(e.text, refusal->reason) &&
			   !host_connected(rig.host) &&
			   host_seems_down(rig.host) == refusal->seems_down &&
			   clock_monotonic_s() - begun_s < 20;
	if (!as_expected)
		print_error("%s: %s, not %s; seems down: %d\n", refusal->script, e.text,
			refusal->reason, host_seems_down(rig.host));
	rig_close(&rig);
	return as_expected ? 0 : 1;
}

/* All at once: most of them are waited for. */
static void test_refusals(void **state)
{
	pid_t children[ARRAY_COUNT(refusals)];

	(void)state;
	fflush(NULL);
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			exit(refused(&refusals[i])); /* sanitizers look for leaks then */
	}
	for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
		int status;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		if (status != 0)
			fail_msg("%s: not refused as expected", refusals[i].script);
	}
}

static void test_motd(void **state)
{
	struct rig rig;
	struct error e = {""};

	(void)state;
	rig_open(&rig, "chatty", NULL, "sh", "-c",
		"echo 'Welcome to \"node\"!'; echo; printf '{\"a\":1}\\n'; exec \"$@\"", "sh",
		NULL);
	assert_ok(host_connect(rig.host, 30, &e), e);
	struct host_machine *machine = rig_start(&rig, "fake", "one", NULL, &e);
	assert_non_null(machine);
	rig_stop(machine);
	rig_close(&rig);
}

/* Lost during a start; a machine of a lost host can be stopped. */
static void test_lost_in_start(void **state)
{
	struct rig rig;
	struct error e = {""};

	(void)state;
	rig_open(&rig, "fragile", NULL, "sh", "-c", HELLO FACTS "read r; echo dying >&2; exit 3",
		"sh", NULL);
	assert_ok(host_connect(rig.host, 0, &e), e);
	assert_null(rig_start(&rig, "fake", "one", NULL, &e));
	assert_string_equal(e.text, "fragile is lost: the stream ended (dying)");
	assert_false(host_connected(rig.host));
	assert_null(rig_start(&rig, "fake", "two", NULL, &e));
	assert_non_null(strstr(e.text, "fragile is lost"));
	rig_close(&rig);
}

static void test_garbage_machine(void **state)
{
	struct rig rig;
	struct error e = {""};

	(void)state;
	rig_open(&rig, "liar", NULL, "sh", "-c",
		HELLO FACTS "read r; echo '{\"id\":2,\"ok\":{\"address\":5}}'; cat >/dev/null",
		"sh", NULL);
	assert_ok(host_connect(rig.host, 0, &e), e);
	assert_null(rig_start(&rig, "fake", "one", NULL, &e));
	assert_non_null(strstr(e.text, "invalid description"));
	rig_close(&rig);
}

static void test_names(void **state)
{
	static const char *const bad[] = {"a b", "-oProxyCommand=x", "a;b", "$(x)", "", "a\nb"};
	struct error e = {""};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		struct rig rig;
		rig_open(&rig, bad[i], NULL, "env", NULL);
		assert_int_equal(host_connect(rig.host, 0, &e), -1);
		rig_close(&rig);
	}
}

/* A stream that ended between calls is noticed by host_answers. */
static void test_lost_while_idle(void **state)
{
	struct rig rig;
	struct error e = {""};

	(void)state;
	rig_open(&rig, "idle", NULL, "sh", "-c", HELLO FACTS "sleep 1", "sh", NULL);
	assert_ok(host_connect(rig.host, 0, &e), e);
	assert_true(host_connected(rig.host));
	clock_sleep_s(1.5);
	assert_true(host_connected(rig.host));
	assert_false(host_answers(rig.host));
	assert_false(host_connected(rig.host));
	rig_close(&rig);
	rig_open(&rig, "alive", NULL, "env", NULL);
	assert_false(host_answers(rig.host));
	assert_ok(host_connect(rig.host, 30, &e), e);
	assert_true(host_answers(rig.host));
	rig_close(&rig);
}

/* A readable interrupt_fd ends every wait at once. */
static void test_interrupt(void **state)
{
	struct rig rig;
	struct error e = {""};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	rig_open(&rig, "slow", NULL, "sh", "-c", HELLO FACTS "cat >/dev/null", "sh", NULL);
	rig.spec.interrupt_fd = ends[0];
	host_free(rig.host);
	rig.host = host_new(&rig.spec);
	assert_ok(host_connect(rig.host, 0, &e), e);
	assert_int_equal(write(ends[1], "x", 1), 1);
	double begun_s = clock_monotonic_s();
	assert_null(rig_start(&rig, "fake", "one", NULL, &e));
	assert_non_null(strstr(e.text, "interrupted"));
	assert_true(clock_monotonic_s() - begun_s < 5);
	host_free(rig.host);
	rig.host = host_new(&rig.spec);
	assert_int_equal(host_connect(rig.host, 60, &e), -1);
	assert_true(clock_monotonic_s() - begun_s < 30);
	rig_close(&rig);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_motd),
		cmocka_unit_test(test_lost_in_start),
		cmocka_unit_test(test_garbage_machine),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lost_while_idle),
		cmocka_unit_test(test_interrupt),
	};

	return RUN_AS_ROOT("hostile hosts", tests, NULL, NULL);
}
