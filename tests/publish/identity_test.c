/* What is left out of what is published: names, addresses, serial numbers; and what stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "publish/identity.h"

static char facts[] = "{\"hostname\": \"node17.cluster.example.org\", \"kernel\": \"6.1.0\", "
		      "\"board_serial\": \"SN-4711\", \"user\": \"jdoe\"}";
static char site[] =
	"site: s\nhosts:\n  - {host: spare, reach: local}\n  - host: \"rack[01-32]\"\n";

static struct data_machine machine = {
	.name = (char *)"native-1", .host = (char *)"node17", .facts_json = facts, .cpus = 1};
static struct data_target target = {.name = (char *)"native", .driver = (char *)"native"};
static struct data_metric metric = {
	.benchmark = (char *)"cpu", .name = (char *)"rate", .unit = (char *)"op/s"};

static struct data_event event = {.kind = (char *)"hosts", .text = (char *)"node17 idle42"};

static const struct store_data data = {.events = &event,
	.event_count = 1,
	.targets = &target,
	.target_count = 1,
	.metrics = &metric,
	.metric_count = 1,
	.machines = &machine,
	.machine_count = 1,
	.site_yaml = site};

/* Text, and what has to become of it; NULL: it stays. */
static const struct {
	const char *text, *clean;
} cases[] = {
	{"ran on node17, ok", "ran on host-*, ok"},
	{"node17.cluster.example.org:22", "host-*:22"},
	/* Names are the same in capitals. */
	{"NODE17 and Node17.Cluster.example.ORG, Rack07", "host-* and host-*, host-*"},
	{"login2.cluster.example.org, www.example.org", "login2.domain-*, www.domain-*"},
	{"other.org, cluster", NULL},
	{"jdoe@node17.cluster.example.org, jdoe@mail.example", "user@host, user@host"},
	{"jdoe@ and node17:/tmp", "user-*@ and host-*:/tmp"},
	{"the hosts were idle42, idle", "the hosts were host-*, idle"},
	{"node177 knode17 node17x", NULL},
	{"spare and rack03 and rack", "host-* and host-* and host-*"},
	{"serial SN-4711 of jdoe", "serial serial-* of user-*"},
	{"ether 52:54:00:12:34:56 brd", "ether mac-address brd"},
	{"00-16-3E-aa-bb-cc", "mac-address"},
	{"inet 10.1.2.3/24", "inet ip-address/24"},
	{"to 192.168.7.1. Then", "to ip-address. Then"},
	{"127.0.0.1 0.0.0.0 198.18.0.1 198.19.255.254", NULL},
	{"198.20.0.1", "ip-address"},
	{"version 1.2.3 of 6.1.0-18", NULL},
	{"fe80::5054:ff:fe12:3456%eth0 ::1", "ip-address%eth0 ::1"},
	{"at 12:30:45, std::vector", NULL},
	{"root=UUID=3f2a9c00-1111-2222-3333-444455556666 ro", "root=UUID=uuid ro"},
	{"/home/alice/tare and /home/bob", "/home/user/tare and /home/user"},
	{"mail alice@example.org", "mail user@host"},
	{"ssh -T root@{host}", NULL},
	{"Serial Number: XK42-9", "Serial Number: serial-number"},
	{"serial line ttyS0", NULL},
	{"PCI 0000:00:1f.2, 4:2:1", NULL},
	{"", NULL},
};

/* Whether found is expected, in which "*" stands for any number. */
static bool matches(const char *found, const char *expected)
{
	for (; *expected; expected++)
		if (*expected == '*')
			found += strspn(found, "0123456789");
		else if (*found++ != *expected)
			return false;
	return !*found;
}

static void test_texts(void **state)
{
	struct identity identity = {0};
	struct error e = {""};

	(void)state;
	if (identity_collect(&identity, &data, &e) < 0)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_free char *clean = identity_clean(&identity, cases[i].text);
		if (!cases[i].clean ? clean != NULL : !clean || !matches(clean, cases[i].clean))
			fail_msg("\"%s\" became \"%s\"", cases[i].text, clean ? clean : "(same)");
		/* What is clean stays so. */
		cleanup_free char *again = clean ? identity_clean(&identity, clean) : NULL;
		if (again && strcmp(again, clean) != 0)
			fail_msg("\"%s\" became \"%s\"", clean, again);
	}
	identity_free(&identity);
}

/* A host that is called as a target is: leaving it out would change what was measured. */
static void test_ambiguous_names_are_refused(void **state)
{
	struct data_machine other = machine;
	struct store_data ambiguous = data;
	static const char *const names[] = {"native", "Native"};

	(void)state;
	ambiguous.machines = &other;
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		struct identity identity = {0};
		struct error e = {""};
		other.host = (char *)names[i];
		assert_int_equal(identity_collect(&identity, &ambiguous, &e), -1);
		assert_non_null(strstr(e.text, "\"native\""));
		assert_non_null(strstr(e.text, "--identify"));
		identity_free(&identity);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_ambiguous_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
