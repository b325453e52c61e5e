/* Campaign and site files: what is read, and that every mistake is reported with its place. */
#include "tests/campaign/campaign_test.h"

#define HEAD "campaign: c\ntargets: [fake, native]\n"

/* A campaign file, and "line:column: start of the message" of each mistake, in order. */
static const struct {
	const char *yaml;
	const char *mistakes[4];
} bad_files[] = {
	{"campaign: c\nbenchmarks: [null]\n", {"1:1: targets: missing"}},
	{HEAD "benchmark: [null]\n",
		{"1:1: benchmarks: missing",
			"3:1: unknown key \"benchmark\"; did you mean \"benchmarks\""}},
	{"campaign: c\ntargets: [natve]\nbenchmarks: [null]\n",
		{"2:11: targets: there is no target \"natve\"; did you mean \"native\"?"}},
	{HEAD "baseline: nativ\nbenchmarks: [null]\n",
		{"3:11: baseline: \"nativ\" is not among the targets; did you mean \"native\"?"}},
	{"campaign: c\ntargets: [fake, fake]\nbenchmarks: [null]\n",
		{"2:17: targets: the name \"fake\" is used twice"}},
	{HEAD "benchmarks: [nul]\n",
		{"3:14: benchmarks: there is no benchmark \"nul\"; did you mean \"null\"?"}},
	{HEAD "benchmarks: [null, null]\n", {"3:20: benchmarks: null with the same options"}},
	{HEAD "benchmarks: [null]\nblocks: many\nruns: 0\n",
		{"4:9: blocks: expected a whole number", "5:7: runs: expected a whole number"}},
	{HEAD "benchmarks: [null]\nblocks: 60\n", {"4:9: blocks: 60 is more than limits.blocks"}},
	{HEAD "benchmarks: [null]\nplacements: [1x1, 1y2, 0x1, 1x1]\n",
		{"4:19: placements: expected HOSTSxGUESTS",
			"4:24: placements: expected HOSTSxGUESTS",
			"4:29: placements: \"1x1\" is listed twice"}},
	{HEAD "benchmarks: [null]\nresources: {memory: -1G}\n", {"4:21: memory: "}},
	{HEAD "benchmarks: [null]\nresources: {memory: 1 parsec}\n", {"4:21: memory: "}},
	{HEAD "benchmarks: [null]\nresources: {memory: 64G}\n",
		{"1:1: 1x1: 1 guests of 65536 MiB need more memory"}},
	{HEAD "benchmarks: [null]\nplacements: [1x2x4]\n",
		{"4:14: 1x2x4: 2 guests of 4 CPUs need 8 CPUs; a host has 4"}},
	{HEAD "benchmarks: [null]\nplacements: [2x1]\n",
		{"4:14: 2x1: needs 2 hosts; the site \"test\" has 1"}},
	{HEAD "benchmarks: [null]\nlimits: {time: soon}\n", {"4:16: time: "}},
	{HEAD "benchmarks:\n  - benchmark: null\n    placements: [1x3]\n",
		{"5:18: placements: \"1x3\" is not among the campaign's placements"}},
	{HEAD "benchmarks:\n  - benchmark: null\n    secnds: 3\n",
		{"5:5: unknown key \"secnds\"; did you mean \"seconds\""}},
	{"campaign: c\ntargets:\n  - {target: kvm-virtio, io: native, cache: writeback}\n"
	 "benchmarks: [cpu]\n",
		{"3:30: io: native needs cache none or directsync"}},
	{"campaign: c\ntargets:\n  - target: kvm-virtio\n    net_queues: 3\n"
	 "placements: [1x1, 1x2]\nbenchmarks: [cpu]\n",
		{"4:17: net_queues: 3 queues for 2 CPUs: at most one for each (target kvm-virtio, "
		 "placement 1x2)"}},
	{"campaign: c\ntargets:\n  - {target: kvm-virtio, cache: [none, nothing]}\n"
	 "benchmarks: [cpu]\n",
		{"3:40: cache: expected"}},
	{"campaign: c\ntargets:\n  - {target: kvm-virtio, machine: microvm}\n"
	 "benchmarks: [cpu]\n",
		{"3:35: machine: microvm has no PCI bus"}},
	{"- a\n- b\n", {"1:1: the campaign file: expected a map, not a list"}},
	{HEAD "benchmarks: [null]\nbenchmarks: [cpu]\n", {"4:1: "}},
};

static bool as_expected(const struct yaml_mistakes *mistakes, const char *const *expected)
{
	for (size_t i = 0; i < 4 && expected[i]; i++) {
		if (i >= mistakes->count)
			return false;
		const char *place = strchr(mistakes->lines[i], ':') + 1;
		if (strncmp(place, expected[i], strlen(expected[i])) != 0)
			return false;
	}
	return mistakes->count == 4 || !expected[mistakes->count];
}

static void test_mistakes(void **state)
{
	(void)state;
	struct site *site = small_site();
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++) {
		struct yaml_mistakes mistakes = {0};
		assert_null(load_text(bad_files[i].yaml, site, &mistakes));
		if (!as_expected(&mistakes, bad_files[i].mistakes)) {
			wrong++;
			for (size_t j = 0; j < mistakes.count; j++)
				print_error("file %zu: %s\n", i, mistakes.lines[j]);
		}
		yaml_mistakes_free(&mistakes);
	}
	assert_int_equal(wrong, 0);
	site_free(site);
}

static void test_wrong_values_are_reported_once(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	assert_null(load_text(HEAD "benchmarks:\n  - benchmark: null\n    seconds: [1, x]\n"
				   "    value: [1, 2, 3]\n",
		site, &mistakes));
	assert_int_equal(mistakes.count, 1);
	yaml_mistakes_free(&mistakes);
	site_free(site);
}

static void test_sweep(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c = load_text(HEAD
		"placements: [1x1, 1x2]\n"
		"benchmarks:\n  - benchmark: null\n    seconds: [1, 2]\n    value: [5, 6, 7]\n"
		"    placements: [1x2]\n    targets: [fake]\n    runs: 4\n",
		site, &mistakes);
	assert_int_equal(mistakes.count, 0);
	assert_non_null(c);
	assert_int_equal(c->benchmark_count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_false(c->benchmarks[i].placements[0]);
		assert_true(c->benchmarks[i].placements[1]);
		assert_true(c->benchmarks[i].targets[0]);
		assert_false(c->benchmarks[i].targets[1]);
		assert_int_equal(c->benchmarks[i].runs, 4);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(
				c->benchmarks[i].parameters, c->benchmarks[j].parameters);
	}
	assert_non_null(strstr(c->benchmarks[0].parameters, "value=5"));
	campaign_free(c);
	site_free(site);
}

/* A list for an option of a target makes a target of each value, named by it. */
static void test_target_sweep(void **state)
{
	static const char *const names[] = {"native", "g-cache-none-numa--1",
		"g-cache-none-numa-0-0", "g-cache-writeback-numa--1", "g-cache-writeback-numa-0-0"};
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c =
		load_text("campaign: c\ntargets:\n  - native\n"
			  "  - {target: kvm-virtio, name: g, cache: [none, writeback],\n"
			  "     numa: [[-1], [0, 0]], iothreads: 1}\n"
			  "benchmarks:\n  - {benchmark: cpu, targets: [g]}\n"
			  "  - {benchmark: disk, targets: [g-cache-none-numa--1]}\n",
			site, &mistakes);
	for (size_t i = 0; i < mistakes.count; i++)
		print_error("%s\n", mistakes.lines[i]);
	assert_non_null(c);
	assert_int_equal(c->target_count, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(c->targets[i].name, names[i]);
		assert_int_equal(c->benchmarks[0].targets[i], i > 0);
		assert_int_equal(c->benchmarks[1].targets[i], i == 1);
	}
	assert_null(c->targets[0].sweep);
	assert_string_equal(c->targets[4].sweep, "g");
	assert_non_null(strstr(c->targets[4].options_json, "\"cache\":\"writeback\""));
	assert_non_null(strstr(c->targets[4].options_json, "\"iothreads\":\"1\""));
	campaign_free(c);
	site_free(site);
}

/* One swept option: the entry's own name says which, the target's does not. */
static void test_sweep_names(void **state)
{
	static const char *const names[] = {
		"kvm-virtio-disk_model-nvme", "disk-sata", "disk-ide", "qemu-old", "qemu-new"};
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c =
		load_text("campaign: c\ntargets:\n  - {target: kvm-virtio, disk_model: [nvme]}\n"
			  "  - {target: kvm-virtio, name: disk, disk_model: [sata, ide]}\n"
			  "  - {target: kvm-virtio, name: qemu, emulator: [/opt/old, /opt/new]}\n"
			  "benchmarks: [cpu]\n",
			site, &mistakes);
	for (size_t i = 0; i < mistakes.count; i++)
		print_error("%s\n", mistakes.lines[i]);
	assert_non_null(c);
	assert_int_equal(c->target_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(c->targets[i].name, names[i]);
	campaign_free(c);
	site_free(site);
}

/* On a site of one host two wordings mean the same placement, and benchmarks may use either. */
static void test_placements_of_two_wordings(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c = load_text(HEAD "placements: [1x1, allx1, 1x2]\n"
					    "benchmarks:\n"
					    "  - {benchmark: null, placements: [allx1]}\n"
					    "  - {benchmark: null, value: 2, placements: [1x1]}\n"
					    "  - {benchmark: null, value: 3, placements: [1x2]}\n",
		site, &mistakes);
	assert_int_equal(mistakes.count, 0);
	assert_non_null(c);
	assert_int_equal(c->placement_count, 2);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(c->benchmarks[i].placements[0], i < 2);
		assert_int_equal(c->benchmarks[i].placements[1], i == 2);
	}
	campaign_free(c);
	site_free(site);
	c = load_text(HEAD "placements: [1x1, allx1]\nbenchmarks:\n"
			   "  - {benchmark: null, placements: [llx1]}\n",
		site = small_site(), &mistakes);
	assert_int_equal(mistakes.count, 1);
	yaml_mistakes_free(&mistakes);
	campaign_free(c);
	site_free(site);
}

static void test_totals_stay_equal(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c = load_text(HEAD "placements: [1x1, 1x2, 1x4, 1x2x1]\n"
					    "resources: {cpus: 4, memory: 4G}\n"
					    "benchmarks: [null]\n",
		site, &mistakes);
	static const unsigned cpus[] = {4, 2, 1, 1};
	static const uint64_t mib[] = {4096, 2048, 1024, 2048};
	assert_non_null(c);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(campaign_machine_cpus(c, site, &c->placements[i]), cpus[i]);
		assert_int_equal(campaign_machine_memory(c, site, &c->placements[i]) >> 20, mib[i]);
	}
	campaign_free(c);
	site_free(site);
}

static void test_variant_of_a_target(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c = load_text("campaign: c\nbaseline: plain\ntargets:\n"
				       "  - {target: fake, name: plain}\n"
				       "  - {target: fake, name: slow, start_delay: 3s}\n"
				       "benchmarks: [null]\n",
		site, &mistakes);
	for (size_t i = 0; i < mistakes.count; i++)
		print_error("%s\n", mistakes.lines[i]);
	assert_non_null(c);
	assert_int_equal(c->target_count, 2);
	assert_string_equal(c->targets[1].name, "slow");
	assert_non_null(strstr(c->targets[1].options_json, "\"start_delay\":\"3"));
	assert_int_equal(c->baseline, 0);
	campaign_free(c);
	site_free(site);
}

static void test_sites(void **state)
{
	(void)state;
	static const struct {
		const char *yaml, *mistake; /* NULL: good */
	} rows[] = {
		{"site: s\nhosts:\n  - {host: localhost, cpus: 0}\n", NULL},
		{"site: s\n", "1:1: hosts: expected a list"},
		{"site: s\nhosts: []\n", "1:1: hosts: expected a list"},
		{"site: s\nhosts:\n  - {host: localhost, cpus: 4000}\n", "3:29: cpus: CPU 4000"},
		{"site: s\nhosts:\n  - {host: localhost, cpus: 3-1}\n",
			"3:29: cpus: expected CPU numbers"},
		{"site: s\nhosts:\n  - {hst: a}\n", "3:6: unknown key \"hst\""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct yaml_mistakes mistakes = {0};
		char path[64];
		write_yaml(rows[i].yaml, path);
		struct site *site = site_load(path, &mistakes);
		unlink(path);
		assert_int_equal(site == NULL, rows[i].mistake != NULL);
		if (rows[i].mistake && !strstr(mistakes.lines[0], rows[i].mistake))
			fail_msg("%s", mistakes.lines[0]);
		site_free(site);
		yaml_mistakes_free(&mistakes);
	}
}

/* --set replaces values before anything is checked, and what is stored says so. */
static void test_settings(void **state)
{
	static const char text[] =
		"campaign: c\ntargets: [fake]\nlimits: {time: 1h}\n"
		"benchmarks: [null, {benchmark: cpu, work: 9}, {benchmark: cpu}]\n";
	static const struct {
		const char *settings, *mistake;
	} bad[] = {
		{"blocks", "--set blocks: expected KEY=VALUE"},
		{"=3", "--set =3: expected KEY=VALUE"},
		{"disk.size=1M", "neither a map nor a benchmark \"disk\""},
		{"limit.time=1h", "\"limit\"; did you mean \"limits\"?"},
		{"cpuu.work=3", "\"cpuu\"; did you mean \"cpu\"?"},
		{"limits.tmie=1h", "--set limits.tmie=1h: unknown key \"tmie\"; did you mean "},
		{"bloks=3", "--set bloks=3: unknown key \"bloks\"; did you mean \"blocks\"?"},
		{"null.value=[1,x]", "--set null.value=[1,x]: "},
		{"null.valu=1", "--set null.valu=1: unknown key \"valu\""},
		{"resources.cpu=1",
			"--set resources.cpu=1: unknown key \"cpu\"; did you mean \"cpus\"?"},
		{"blocks=none", "--set blocks=none: blocks: expected a whole number"},
		{"cpu.wrok=3", "--set cpu.wrok=3: unknown key \"wrok\""},
	};
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	char path[64];
	(void)state;
	write_yaml(text, path);
	struct campaign *c = campaign_load(
		path, "blocks=2 limits.time=2h null.value=[1,2] cpu.work=5", site, &mistakes);
	for (size_t i = 0; i < mistakes.count; i++)
		print_error("%s\n", mistakes.lines[i]);
	assert_null(c); /* both cpu entries have the same options now */
	assert_non_null(strstr(mistakes.lines[0], "cpu with the same options"));
	yaml_mistakes_free(&mistakes);
	/* A map that the file lacks is made. */
	c = campaign_load(
		path, "blocks=2 limits.time=2h null.value=[1,2] resources.cpus=2", site, &mistakes);
	assert_non_null(c);
	assert_int_equal(c->blocks, 2);
	assert_true(c->cpus == 2);
	assert_true(c->limit_time_s == 7200);
	assert_int_equal(c->benchmark_count, 4);
	assert_string_equal(c->benchmarks[1].parameters, "value=2");
	assert_non_null(strstr(c->yaml, "# --set null.value=[1,2]\n"));
	struct campaign *plain = campaign_load(path, NULL, site, &mistakes);
	assert_string_not_equal(c->digest, plain->digest);
	assert_string_equal(plain->yaml, text);
	campaign_free(plain);
	campaign_free(c);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(campaign_load(path, bad[i].settings, site, &mistakes));
		if (!strstr(mistakes.lines[0], bad[i].mistake))
			print_error("%s\n", mistakes.lines[0]);
		assert_non_null(strstr(mistakes.lines[0], bad[i].mistake));
		yaml_mistakes_free(&mistakes);
	}
	unlink(path);
	site_free(site);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_wrong_values_are_reported_once),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_target_sweep),
		cmocka_unit_test(test_sweep_names),
		cmocka_unit_test(test_placements_of_two_wordings),
		cmocka_unit_test(test_totals_stay_equal),
		cmocka_unit_test(test_variant_of_a_target),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_settings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
