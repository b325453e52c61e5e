/* Keys that the entries of all benchmarks have: all machines, background and network conditions, as
 * they are read, named, refused, and turned into command lines. */
#include "tests/campaign/campaign_test.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/file/conditions.h"
#include "campaign/plan/fits.h"
#include "campaign/run/run_cell.h"

#define HEAD "campaign: c\ntargets: [fake]\nplacements: [1x3]\nbenchmarks:\n"

/* --- reading ---------------------------------------------------------------------------------- */

/* One entry, and the mistake that it makes: its place and how it begins. */
static const struct {
	const char *entry, *mistake;
} bad_entries[] = {
	{"  - {benchmark: null, background: linpak}\n",
		"5:35: benchmarks: there is no benchmark \"linpak\"; did you mean \"linpack\"?"},
	{"  - {benchmark: null, background: {sizes: [100]}}\n",
		"5:35: background: expected a key \"benchmark\""},
	{"  - {benchmark: null, background: {benchmark: linpack, size: [100]}}\n",
		"5:56: unknown key \"size\"; did you mean \"sizes\""},
	{"  - {benchmark: null, background: {benchmark: linpack, sizes: [x]}}\n", "5:63: sizes"},
	{"  - {benchmark: null, background: {benchmark: disk, seconds: [1, 2]}}\n",
		"5:62: seconds: expected a single value, not a list"},
	{"  - {benchmark: null, background: net}\n", "5:35: background: net needs several"},
	{"  - {benchmark: null, background: [none, mpi-pingpong]}\n",
		"5:42: background: mpi-pingpong needs several"},
	{"  - {benchmark: null, background: [[cpu]]}\n", "5:36: background: expected a single"},
	{"  - {benchmark: null, background: [cpu, cpu]}\n", "5:5: benchmarks: null with the same"},
	{"  - {benchmark: net, pairs: all, background: cpu}\n",
		"5:46: background: net in pairs of all machines leaves no machine for it"},
	{"  - {benchmark: cpu, machines: both}\n",
		"5:32: machines: expected one or all, not \"both\""},
	{"  - {benchmark: cpu, machines: [one, [all]]}\n", "5:38: machines: expected a single"},
	{"  - {benchmark: cpu, machines: [all, all]}\n", "5:5: benchmarks: cpu with the same"},
	{"  - {benchmark: net, machines: all}\n",
		"5:32: machines: net runs between two ends; set pairs: all"},
	{"  - {benchmark: mpi-pingpong, machines: [one, all]}\n",
		"5:42: machines: mpi-pingpong is always one job over all machines; remove"},
	{"  - {benchmark: boot, machines: one}\n",
		"5:33: machines: boot does not run inside one machine; remove"},
	{"  - {benchmark: cpu, machines: all, background: linpack}\n",
		"5:49: background: cpu in all machines leaves no machine for it; set machines: "
		"one"},
	{"  - {benchmark: cpu, machines: [one, all], background: none}\n",
		"5:56: background: cpu in all machines leaves no machine for it; set machines: "
		"one"},
	{"  - {benchmark: cpu, network: {delay: 1ms}}\n",
		"5:31: network: cpu does not use the network"},
	{"  - {benchmark: net, network: slow}\n", "5:31: network: expected none, or a map"},
	{"  - {benchmark: net, network: {}}\n", "5:31: network: expected delay"},
	{"  - {benchmark: net, network: {latency: 1ms}}\n", "5:32: unknown key \"latency\""},
	{"  - {benchmark: net, network: {delay: fast}}\n", "5:39: delay: "},
	{"  - {benchmark: net, network: {delay: 2m}}\n", "5:31: network: delay must be at most 60"},
	{"  - {benchmark: net, network: {delay: 1ms, jitter: 2ms}}\n",
		"5:31: network: jitter must not exceed delay"},
	{"  - {benchmark: net, network: {loss: 100%}}\n", "5:38: loss: expected less than 100%"},
	{"  - {benchmark: net, network: {rate: 100}}\n", "5:38: rate: expected a rate such as"},
	{"  - {benchmark: net, network: {rate: 100MB}}\n", "5:38: rate: expected a rate such as"},
	{"  - {benchmark: net, network: {rate: 1bit}}\n", "5:38: rate: expected a rate from"},
};

static void test_mistakes(void **state)
{
	struct site *site = small_site();
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad_entries); i++) {
		struct yaml_mistakes mistakes = {0};
		cleanup_free char *text = str_printf("%s%s", HEAD, bad_entries[i].entry);
		const char *expected = bad_entries[i].mistake;
		assert_null(load_text(text, site, &mistakes));
		if (mistakes.count != 1 || strncmp(strchr(mistakes.lines[0], ':') + 1, expected,
						   strlen(expected)) != 0) {
			wrong++;
			print_error("%sexpected %s\n", bad_entries[i].entry, expected);
			for (size_t j = 0; j < mistakes.count; j++)
				print_error("got %s\n", mistakes.lines[j]);
		}
		yaml_mistakes_free(&mistakes);
	}
	assert_int_equal(wrong, 0);
	site_free(site);
}

/* One entry, and the parameters of the cells that it makes. */
static const struct {
	const char *entry;
	const char *parameters[5];
} good_entries[] = {
	{"  - {benchmark: cpu, background: linpack}\n", {"background=linpack"}},
	{"  - {benchmark: cpu, background: none}\n", {"background=none"}},
	{"  - {benchmark: cpu, work: 7, background: [none, {benchmark: disk, size: 8M, seconds: "
	 "5}]}\n",
		{"work=7 background=none", "work=7 background=disk(size=8M)"}},
	{"  - {benchmark: cpu, machines: all}\n", {"machines=all"}},
	{"  - {benchmark: cpu, machines: one}\n", {""}},
	{"  - {benchmark: cpu, work: [7, 8], machines: [one, all]}\n",
		{"work=7 machines=one", "work=8 machines=one", "work=7 machines=all",
			"work=8 machines=all"}},
	{"  - {benchmark: cpu, machines: one, background: linpack}\n", {"background=linpack"}},
	{"  - {benchmark: net, network: none}\n", {""}},
	{"  - {benchmark: net, network: [none, {delay: 0.01s, loss: 0.001}]}\n",
		{"network=none", "network=delay 10ms loss 0.1%"}},
	{"  - {benchmark: net, background: [none, cpu], network: [none, {rate: 1500kbit/s}]}\n",
		{"background=none network=none", "background=cpu network=none",
			"background=none network=rate 1.5Mbit",
			"background=cpu network=rate 1.5Mbit"}},
};

static void test_parameters(void **state)
{
	struct site *site = small_site();
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(good_entries); i++) {
		struct yaml_mistakes mistakes = {0};
		cleanup_free char *text = str_printf("%s%s", HEAD, good_entries[i].entry);
		struct campaign *c = load_text(text, site, &mistakes);
		for (size_t m = 0; m < mistakes.count; m++)
			print_error("%s\n", mistakes.lines[m]);
		assert_non_null(c);
		size_t count = 0;
		for (; good_entries[i].parameters[count]; count++)
			if (count < c->benchmark_count)
				assert_string_equal(c->benchmarks[count].parameters,
					good_entries[i].parameters[count]);
		assert_int_equal(c->benchmark_count, count);
		campaign_free(c);
	}
	site_free(site);
}

static void test_what_is_read(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c = load_text(HEAD
		"  - benchmark: net\n    background: [none, {benchmark: linpack, sizes: [7]}]\n"
		"    network: {delay: 20ms, jitter: 500us, loss: 0.5%, rate: 2Gbit}\n",
		site, &mistakes);
	assert_non_null(c);
	assert_int_equal(c->benchmark_count, 2);
	assert_null(c->benchmarks[0].background->benchmark);
	const struct campaign_benchmark *b = &c->benchmarks[1];
	assert_string_equal(b->background->benchmark->name, "linpack");
	assert_non_null(strstr(b->options_json, "\"background\":\"linpack(sizes=7)\""));
	assert_non_null(strstr(b->options_json, "\"network\":\"delay 20ms jitter 500us loss 0.5%"));
	assert_float_equal(b->conditions->delay_s, 0.02, 1e-12);
	assert_float_equal(b->conditions->jitter_s, 0.0005, 1e-12);
	assert_float_equal(b->conditions->loss, 0.005, 1e-12);
	assert_float_equal(b->conditions->rate_bit_s, 2e9, 1);
	campaign_free(c);
	site_free(site);
}

static void test_all_machines(void **state)
{
	struct site *site = small_site();
	struct yaml_mistakes mistakes = {0};
	(void)state;
	struct campaign *c =
		load_text(HEAD "  - {benchmark: cpu, machines: [one, all]}\n", site, &mistakes);
	assert_non_null(c);
	assert_int_equal(c->benchmark_count, 2);
	assert_false(c->benchmarks[0].all_machines);
	assert_true(c->benchmarks[1].all_machines);
	assert_null(strstr(c->benchmarks[0].options_json, "machines"));
	assert_non_null(strstr(c->benchmarks[1].options_json, "\"machines\":\"all\""));
	assert_null(strstr(c->benchmarks[1].options_json, "network"));
	campaign_free(c);
	site_free(site);
}

/* --- conditions ------------------------------------------------------------------------------- */

static const struct {
	struct conditions conditions;
	const char *text, *command;
} conditions_rows[] = {
	{{.delay_s = 0.01}, "delay 10ms",
		"/sbin/tc qdisc replace dev eth0 root netem limit 9334 delay 10000us"},
	{{.delay_s = 0.00025, .rate_bit_s = 1e9}, "delay 250us rate 1Gbit",
		"/sbin/tc qdisc replace dev eth0 root netem limit 1021 delay 250us rate "
		"1000000000bit"},
	{{.delay_s = 1.5, .jitter_s = 0.1, .loss = 0.001, .rate_bit_s = 12000},
		"delay 1.5s jitter 100ms loss 0.1% rate 12kbit",
		"/sbin/tc qdisc replace dev eth0 root netem limit 1002 delay 1500000us 100000us "
		"loss random 0.1% rate 12000bit"},
	{{.loss = 0.25}, "loss 25%",
		"/sbin/tc qdisc replace dev eth0 root netem limit 1000 loss random 25%"},
};

static void test_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(conditions_rows); i++) {
		const struct conditions *c = &conditions_rows[i].conditions;
		cleanup_free char *text = conditions_text(c);
		cleanup_argv struct argv argv = {0};
		struct error e = {""};
		conditions_add_argv(c, "eth0", &argv);
		cleanup_free char *command = argv_text(&argv);
		assert_int_equal(conditions_check(c, &e), 0);
		assert_string_equal(text, conditions_rows[i].text);
		assert_string_equal(command, conditions_rows[i].command);
	}
}

static void test_rates(void **state)
{
	static const struct {
		const char *text;
		double bit_s; /* 0: refused */
	} rows[] = {{"100Mbit", 1e8}, {"1.5Gbit/s", 1.5e9}, {"64kbit", 64e3}, {"9600bit", 9600},
		{"10", 0}, {"Mbit", 0}, {"-1Mbit", 0}, {"nanMbit", 0}, {"1Mbits", 0}, {"", 0},
		{"2000Gbit", 0}};
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		double bit_s = 0;
		struct error e = {""};
		int status = conditions_parse_rate(rows[i].text, &bit_s, &e);
		assert_int_equal(status, rows[i].bit_s > 0 ? 0 : -1);
		assert_float_equal(bit_s, rows[i].bit_s, 1e-3);
	}
}

/* --- why not ---------------------------------------------------------------------------------- */

#define GUEST (CAP_GUESTS | CAP_OWN_NETWORK)
#define CONTAINER (GUEST | CAP_SHARES_KERNEL)

static const struct {
	const char *entry;
	unsigned caps, machines;
	const char *reason; /* how it begins; NULL: it can run */
} why_not_rows[] = {
	{"{benchmark: cpu, background: cpu}", GUEST, 1, "needs a second machine"},
	{"{benchmark: cpu, background: cpu}", GUEST, 2, NULL},
	{"{benchmark: cpu, background: none}", GUEST, 1, "needs a second machine"},
	{"{benchmark: net, background: cpu}", GUEST, 2, "needs a third machine"},
	{"{benchmark: net, background: cpu}", CONTAINER, 3, NULL},
	{"{benchmark: net, path: machine-to-host, background: cpu}", GUEST, 2, NULL},
	/* One machine with one CPU is what is left to the ranks. */
	{"{benchmark: mpi-pingpong, background: cpu}", GUEST, 4, "needs 2 MPI ranks"},
	{"{benchmark: cpu, machines: all}", GUEST, 1, NULL},
	{"{benchmark: cpu, machines: all}", CAP_SHARES_KERNEL, 3, NULL},
	{"{benchmark: disk, size: 2G, machines: all}", GUEST, 2, "the file does not fit"},
	/* The background must be able to, as well. */
	{"{benchmark: cpu, background: {benchmark: micro, operations: shootdown}}", GUEST, 2, ""},
	{"{benchmark: net, pairs: all}", GUEST, 3, "pairs all machines"},
	{"{benchmark: net, pairs: all}", GUEST, 4, NULL},
	{"{benchmark: net, pairs: all, path: machine-to-host}", GUEST, 3, NULL},
	{"{benchmark: net, network: {delay: 1ms}}", GUEST, 2, NULL},
	{"{benchmark: net, network: {delay: 1ms}}", CONTAINER, 2, "network conditions are set"},
	{"{benchmark: net, network: {delay: 1ms}}", CAP_SHARES_KERNEL, 2, "network conditions"},
	{"{benchmark: net, network: {delay: 1ms}, path: machine-to-host}", GUEST, 2,
		"network conditions are set inside machines, at both ends"},
	{"{benchmark: net, network: none}", CAP_SHARES_KERNEL, 2, NULL},
};

static void test_why_not(void **state)
{
	struct site *site = small_site();
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(why_not_rows); i++) {
		struct yaml_mistakes mistakes = {0};
		cleanup_free char *text = str_printf("%s  - %s\n", HEAD, why_not_rows[i].entry);
		struct campaign *c = load_text(text, site, &mistakes);
		for (size_t m = 0; m < mistakes.count; m++)
			print_error("%s\n", mistakes.lines[m]);
		assert_non_null(c);
		struct machine_facts facts = {.hosts = 1,
			.machines = why_not_rows[i].machines,
			.cpus = 1,
			.memory_bytes = (uint64_t)1 << 30,
			.scratch_bytes = (uint64_t)1 << 30,
			.ranks = why_not_rows[i].machines};
		const char *expected = why_not_rows[i].reason;
		const char *reason = fits_why_not(&c->benchmarks[0], why_not_rows[i].caps, &facts);
		if (!expected != !reason ||
			(expected && strncmp(reason, expected, strlen(expected)) != 0))
			fail_msg("%s: \"%s\" instead of \"%s\"", why_not_rows[i].entry,
				reason ? reason : "(can run)", expected ? expected : "(can run)");
		campaign_free(c);
	}
	site_free(site);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_all_machines),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_why_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
