/* Site files: what is read from them, and every mistake with its place. */
#include "base/array.h"
#include "campaign/file/environment.h"
#include "tests/campaign/campaign_test.h"

#define HOST "hosts: [{host: a, address: 198.18.0.1, cpus: 0-1, memory: 4G}]\n"

/* The first %s of a text replaced; the others stay. */
static void replace_mark(const char *text, const char *with, char *out, size_t size)
{
	const char *mark = strstr(text, "%s");
	if (mark)
		snprintf(out, size, "%.*s%s%s", (int)(mark - text), text, with, mark + 2);
	else
		snprintf(out, size, "%s", text);
}

static void test_hosts_and_addresses(void **state)
{
	static const char text[] =
		"site: s\n"
		"reach: [ssh, -T, \"root@{host}\"]\n"
		"data: {bridge: br0, guests: 198.18.1.0-198.18.1.255, prefix: 16}\n"
		"hosts:\n"
		"  - {host: \"node[08-11]-ib\", address: 198.18.0.8, cpus: 0-7, memory: 16G}\n"
		"  - {host: big, address: 198.18.0.99, cpus: \"2,4-6\", memory: 64G}\n";
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_text(text, &mistakes);
	(void)state;
	assert_non_null(site);
	assert_int_equal(site->host_count, 5);
	assert_string_equal(site->hosts[0].name, "node08-ib");
	assert_string_equal(site->hosts[3].name, "node11-ib");
	assert_string_equal(site->hosts[3].address, "198.18.0.11");
	assert_string_equal(site->hosts[4].name, "big");
	assert_int_equal(site->hosts[4].cpus[1], 4);
	assert_int_equal(site->cpus, 4); /* every host has that many */
	assert_int_equal(site->memory_bytes, (uint64_t)16 << 30);
	assert_int_equal(site_addresses_per_host(site), 51);
	char *address = site_address(site, 2, 3);
	assert_string_equal(address, "198.18.1.105");
	free(address);
	site_free(site);
}

static void test_reach(void **state)
{
	static const struct {
		const char *text;
		const char *first; /* word of the reach; NULL: this machine */
	} cases[] = {
		{"hosts: [{host: localhost}]\n", NULL},
		{"hosts: [{cpus: 0}]\n", NULL},
		{"reach: local\nhosts: [{host: \"n[1-3]\", cpus: 0}]\n", NULL},
		{HOST, "ssh"},
		{"reach: [srun, --unbuffered, -w, \"{host}\"]\n" HOST, "srun"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct yaml_mistakes mistakes = {0};
		struct site *site = site_text(cases[i].text, &mistakes);
		for (size_t m = 0; m < mistakes.count; m++)
			print_error("%s\n", mistakes.lines[m]);
		assert_non_null(site);
		if (cases[i].first)
			assert_string_equal(site->reach.words[0], cases[i].first);
		else
			assert_int_equal(site->reach.count, 0);
		site_free(site);
	}
}

/* A program beside the site file, for a site that is used from elsewhere. */
static void test_relative_programs(void **state)
{
	static const struct {
		const char *words, *first; /* %s: the directory of the site file */
	} cases[] = {
		{"[./tool, x]", "%s/./tool"},
		{"[../%s/tool]", "%s/../%s/tool"},
		{"[tool]", "tool"}, /* of PATH */
		{"[./missing]", "./missing"}, /* where tare is called */
		{"[/bin/sh]", "/bin/sh"},
	};
	char directory[] = "/tmp/tare-test-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(directory));
	const char *name = strrchr(directory, '/') + 1;
	char tool[64], path[64], words[64], text[512], first[128], expected[128];
	snprintf(tool, sizeof(tool), "%s/tool", directory);
	snprintf(path, sizeof(path), "%s/site.yaml", directory);
	assert_int_equal(symlink("/bin/true", tool), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		replace_mark(cases[i].words, name, words, sizeof(words));
		replace_mark(cases[i].first, directory, first, sizeof(first));
		replace_mark(first, name, expected, sizeof(expected));
		snprintf(text, sizeof(text),
			"reach: %s\nenvironments: [{name: linux, enter: %s}]\n" HOST, words, words);
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
		struct yaml_mistakes mistakes = {0};
		struct site *site = site_load(path, &mistakes);
		assert_non_null(site);
		assert_string_equal(site->reach.words[0], expected);
		assert_string_equal(site->environments[0].enter.words[0], expected);
		site_free(site);
	}
	unlink(path);
	unlink(tool);
	rmdir(directory);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		const char *expected; /* in the first line */
	} cases[] = {
		{"site: s\n", "1:1: hosts: expected a list of at least one host"},
		{"hosts: [{host: a}]\n", "1:9: cpus: missing"},
		{"hosts: [{cpus: []}]\n", "1:16: cpus: expected at least one CPU"},
		{"hosts: [{host: a, cpus: 0, memory: 1G, colour: red}]\n", "1:40: "},
		{"hosts: [{host: \"a b\", cpus: 0, memory: 1G}]\n", "is no host name"},
		{"hosts: [{host: \"a;reboot\", cpus: 0, memory: 1G}]\n", "is no host name"},
		{"hosts: [{host: \"-oProxyCommand\", cpus: 0, memory: 1G}]\n", "is no host name"},
		{"hosts: [{host: \"n[3-1]\", cpus: 0, memory: 1G}]\n", "is no host name"},
		{"hosts: [{host: \"n[1-3]\", cpus: 0, memory: 1G},"
		 " {host: n2, cpus: 0, memory: 1G}]\n",
			"n2 is listed twice"},
		{"reach: []\n" HOST, "1:8: reach: expected the words"},
		{"data: {bridge: br0}\n" HOST, "guests: expected addresses"},
		{"data: {bridge: br0, guests: 198.18.0.9-198.18.0.1}\n" HOST,
			"guests: expected addresses"},
		{"data: {bridge: br0, guests: 198.18.0.1-198.18.0.9}\n"
		 "hosts: [{host: a, cpus: 0, memory: 1G}]\n",
			"address: missing"},
		{"data: {bridge: br0, guests: 198.18.0.1-198.18.0.9}\n" HOST,
			"2:28: address: 198.18.0.1 of a lies in data.guests"},
		{"data: {bridge: br0, guests: 198.18.0.4-198.18.0.9}\n"
		 "reach: [ssh]\n"
		 "hosts: [{host: \"n[1-4]\", address: 198.18.0.1, cpus: 0, memory: 1G}]\n",
			"address: 198.18.0.4 of n4 lies in data.guests"},
		{"environments: [{enter: [true]}]\n" HOST, "1:16: name: missing"},
		{"environments: [{name: x}, {name: x}]\n" HOST, "two environments \"x\""},
		{"environments: [{name: x, limit: soon}]\n" HOST, "limit: "},
		{"environments: [{name: x, hypervisor: none}, {name: y, hypervisor: none,"
		 " kernel: \"6\"}]\n" HOST,
			"a host may fit \"x\" and \"y\""},
		{"environments: [{name: x, kernel: \"6\"}, {name: y, kernel: \"6.1\"}]\n" HOST,
			"a host may fit"},
		{"environments: [{name: x, kernel: \"6\"}, {name: y, hypervisor: xen}]\n" HOST,
			"a host may fit"},
		{"site: s\nreach: [env, /usr/bin/srun, -w, \"{host}\"]\n" HOST,
			":2:8: reach: srun without --unbuffered"},
		{"hosts: torque\n", ":1:8: hosts: expected a list, or slurm, pbs or lsf"},
		{"reach: [ssh]\nhosts: [{host: a, address: 300.1.1.1, cpus: 0, memory: 1G}]\n",
			"expected an IPv4 address"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct yaml_mistakes mistakes = {0};
		struct site *site = site_text(cases[i].text, &mistakes);
		assert_null(site);
		assert_true(mistakes.count > 0);
		if (!strstr(mistakes.lines[0], cases[i].expected))
			print_error("%zu: %s\n", i, mistakes.lines[0]);
		assert_non_null(strstr(mistakes.lines[0], cases[i].expected));
		yaml_mistakes_free(&mistakes);
	}
}

static void test_environment_is_what_the_host_says(void **state)
{
	static char none[] = "none", xen[] = "xen", six[] = "6.1.0-56-amd64", four[] = "4.17.6";
	static char asked_six[] = "6.1", asked_five[] = "5.10", asked_four[] = "4.17.",
		    six_twelve[] = "6.12.3", part[] = "4.1";
	static const struct {
		struct environment environment;
		struct host_facts facts;
		const char *difference; /* NULL: it is that environment */
	} cases[] = {
		{{.name = xen}, {.kernel = six, .hypervisor = none}, NULL}, /* nothing is checked */
		{{.name = xen, .hypervisor = xen}, {.kernel = six, .hypervisor = xen}, NULL},
		{{.name = xen, .hypervisor = xen}, {.kernel = six, .hypervisor = none},
			"it runs hypervisor none; xen needs hypervisor xen"},
		{{.name = none, .kernel = asked_six}, {.kernel = six, .hypervisor = none}, NULL},
		{{.name = none, .kernel = asked_five}, {.kernel = six, .hypervisor = none},
			"it runs kernel 6.1.0-56-amd64; none needs 5.10…"},
		{{.name = xen, .hypervisor_version = asked_four},
			{.kernel = six, .hypervisor = xen, .hypervisor_version = four}, NULL},
		{{.name = none, .kernel = asked_six}, {.kernel = six_twelve, .hypervisor = none},
			"it runs kernel 6.12.3; none needs 6.1…"},
		{{.name = xen, .hypervisor_version = part},
			{.kernel = six, .hypervisor = xen, .hypervisor_version = four},
			"its hypervisor has version 4.17.6; xen needs 4.1…"},
		{{.name = xen, .hypervisor_version = asked_four},
			{.kernel = six, .hypervisor = xen},
			"its hypervisor has version unknown; xen needs 4.17.…"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error e = {""};
		int status = environment_check(&cases[i].environment, &cases[i].facts, &e);
		assert_int_equal(status, cases[i].difference ? -1 : 0);
		assert_string_equal(e.text, cases[i].difference ? cases[i].difference : "");
	}
}

/* The default site has what this machine has, but for an eighth of the memory; a file may list
 * less, not more. */
static void test_own_host(void **state)
{
	struct host_capacity own;
	struct error e = {""};
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_load(NULL, &mistakes);
	(void)state;
	assert_non_null(site);
	assert_int_equal(host_capacity(&own, &e), 0);
	assert_int_equal(site->hosts[0].cpu_count, own.cpu_count);
	assert_memory_equal(site->hosts[0].cpus, own.cpus, own.cpu_count * sizeof(*own.cpus));
	assert_true(site->memory_bytes == own.free_bytes / 8 * 7);
	site_free(site);
	char *text = str_printf("hosts: [{cpus: %u, memory: %lluM}]\n", own.cpus[0],
		(unsigned long long)(own.memory_bytes >> 20));
	site = site_text(text, &mistakes);
	free(text);
	assert_non_null(site);
	assert_int_equal(site->cpus, 1);
	site_free(site);
	text = str_printf(
		"hosts: [{memory: %lluM}]\n", (unsigned long long)(own.memory_bytes >> 20) + 1);
	assert_null(site_text(text, &mistakes));
	free(text);
	assert_non_null(strstr(mistakes.lines[0], "memory: the host has only"));
	yaml_mistakes_free(&mistakes);
	host_capacity_free(&own);
}

/* One without a check is never recognised. */
static void test_environments_are_recognised(void **state)
{
	static const char text[] =
		"environments: [{name: blank}, {name: twelve, hypervisor: none, kernel: \"6.12\"},"
		" {name: one, hypervisor: none, kernel: \"6.1\"}]\n" HOST;
	static char six[] = "6.1.0", none[] = "none", xen[] = "xen", five[] = "5.10";
	const struct host_facts facts = {.kernel = six, .hypervisor = none},
				unknown = {.kernel = five, .hypervisor = xen};
	struct yaml_mistakes mistakes = {0};
	struct site *site = site_text(text, &mistakes);
	(void)state;
	assert_non_null(site);
	const struct environment *e = site->environments;
	assert_ptr_equal(environment_recognise(site, &facts), &e[2]);
	assert_null(environment_recognise(site, &unknown));
	site_free(site);
}

static void test_capacity_of_the_host(void **state)
{
	static char name[] = "node1";
	static unsigned cpus[] = {0, 1, 2, 3, 8};
	static const struct {
		unsigned has, cpu_end, listed;
		uint64_t memory_bytes;
		bool known;
		const char *mistake;
	} cases[] = {
		{9, 9, 5, 1 << 20, true, ""},
		{4, 9, 5, 1 << 20, true, ""}, /* some in between are off */
		{8, 8, 5, 1 << 20, true,
			"node1 has 8 CPUs; the site file has 0-3,8: correct the cpus of node1 in "
			"it"},
		{8, 8, 4, 1 << 20, true, ""},
		{8, 8, 5, 1 << 20, false, ""},
		{9, 9, 5, 3 << 20, true,
			"node1 has 2M of memory; the site file has 3M: correct the memory of node1 "
			"in it"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct site_host host = {.name = name,
			.cpus = cpus,
			.cpu_count = cases[i].listed,
			.memory_bytes = cases[i].memory_bytes};
		const struct host_facts facts = {.cpus = cases[i].has,
			.cpu_end = cases[i].cpu_end,
			.memory_bytes = 2 << 20,
			.capacity_known = cases[i].known};
		struct error e = {""};
		int status = environment_check_capacity(&host, &facts, &e);
		assert_string_equal(e.text, cases[i].mistake);
		assert_int_equal(status, cases[i].mistake[0] ? -1 : 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts_and_addresses),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_own_host),
		cmocka_unit_test(test_relative_programs),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_environment_is_what_the_host_says),
		cmocka_unit_test(test_environments_are_recognised),
		cmocka_unit_test(test_capacity_of_the_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
