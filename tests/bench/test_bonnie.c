/* bonnie: captured lines, damaged ones, option rules, and bonnie++ for real. */
#include "network_checks.h"

#include <math.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"

extern const struct benchmark bench_bonnie;

static void test_golden(void **state)
{
	static const struct {
		const char *file, *metric;
		double value;
	} expected[] = {
		{"direct.txt", "block_write", 18192 * 1024 / 1e6},
		{"direct.txt", "block_write_cpu", 6},
		{"direct.txt", "block_write_longest", 81990},
		{"direct.txt", "rewrite", 369445 * 1024 / 1e6},
		{"direct.txt", "block_read_longest", 3729},
		{"direct.txt", "create", 4712},
		{"direct.txt", "random_create", 3157},
		{"direct.txt", "random_delete_longest", 5872},
		{"per-char.txt", "char_write", 1852 * 1024 / 1e6},
		{"per-char.txt", "char_read", 2153 * 1024 / 1e6},
		{"per-char.txt", "char_read_cpu", 73},
		{"per-char.txt", "seeks", 5959},
		{"per-char.txt", "create_longest", 183e3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		cleanup_free char *name = str_printf("bonnie/%s", expected[i].file);
		size_t count;
		cleanup_free char *text = golden_read(name, &count);
		struct samples samples = parse_good(&bench_bonnie, text, count);
		double value = single_value(&bench_bonnie, &samples, expected[i].metric, 0);

		if (fabs(value - expected[i].value) > 1e-9 * value)
			fail_msg("%s: %g, not %g", expected[i].metric, value, expected[i].value);
		/* Too fast for bonnie++: no value, but not an error. */
		for (size_t s = 0; s < samples.count; s++)
			assert_string_not_equal(
				bench_bonnie.metrics[samples.series[s].metric].name, "block_read");
		check_damage(&bench_bonnie, text, count, count, 1);
		bench_samples_free(&samples);
	}
}

static void test_hostile(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} cases[] = {
		{"1.98,", "1.97,", "format 1.98"},
		{"18192", "-1", "not a positive rate"},
		{"18192", "0", "not a positive rate"},
		{"18192", "nan", "not a positive rate"},
		{"4712,93", "4712,x", "not a number"},
		{"81990us", "81990", "not a time"},
		{"81990us", "us", "not a time"},
		{"81990us", "1e99us", ""},
		{",5872us", "", "fields"},
		{"5872us", "5872us,1", "fields"},
		{"5872us\n", "5872us\nmore\n", "expected one line"},
	};
	size_t count;
	cleanup_free char *text = golden_read("bonnie/direct.txt", &count);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const char *place = strstr(text, cases[i].from);
		cleanup_free char *copy = NULL;

		assert_non_null(place);
		copy = str_printf("%.*s%s%s", (int)(place - text), text, cases[i].to,
			place + strlen(cases[i].from));
		if (cases[i].message[0])
			parse_bad(&bench_bonnie, copy, strlen(copy), cases[i].message);
	}
	parse_bad(&bench_bonnie, "", 0, "no complete line");
	refuse_noise(&bench_bonnie);
}

static void test_rules(void **state)
{
	static const struct machine_facts facts = {
		.machines = 1, .memory_bytes = 1 << 30, .scratch_bytes = 1 << 30};
	struct role role = {.count = 1, .memory_bytes = 1 << 30, .scratch_dir = "/scratch"};
	void *twice = options_with(&bench_bonnie, NULL);
	void *small = options_with(&bench_bonnie, "size=64M", "files=0", NULL);
	void *odd = options_with(&bench_bonnie, "size=1000000", NULL);
	void *both = options_with(&bench_bonnie, "direct=true", "per_char=true", NULL);
	struct command command = {0};
	struct error e = {0};

	(void)state;
	assert_non_null(bench_bonnie.why_not(twice, &facts));
	assert_null(bench_bonnie.why_not(small, &facts));
	assert_int_equal(bench_bonnie.check(odd, &e), -1);
	assert_int_equal(bench_bonnie.check(both, &e), -1);
	assert_int_equal(bench_bonnie.check(small, &e), 0);
	assert_int_equal(bench_bonnie.command(twice, &role, &command, &e), 0);
	assert_string_equal(command.argv.words[11], "2048");
	bench_command_free(&command);
	role.scratch_dir = NULL;
	assert_int_equal(bench_bonnie.command(small, &role, &command, &e), -1);
	bench_command_free(&command);
	options_free(bench_bonnie.options, twice);
	options_free(bench_bonnie.options, small);
	options_free(bench_bonnie.options, odd);
	options_free(bench_bonnie.options, both);
}

/* The single bytes take long enough on any machine to have a value. */
static void test_bonnie(void **state)
{
	char scratch[] = TARE_BINARY_DIR "/bonnie-test-XXXXXX";
	struct role role = {.count = 1, .scratch_dir = scratch};
	void *options = options_with(&bench_bonnie, "size=16M", "files=1", "per_char=true", NULL);
	struct command command = {0};
	struct samples samples;
	struct error e = {0};
	size_t count;
	cleanup_free char *text = NULL;
	const char *line;

	(void)state;
	if (!file_exists("/usr/sbin/bonnie++") || geteuid() != 0) {
		options_free(bench_bonnie.options, options);
		skip();
	}
	assert_non_null(mkdtemp(scratch));
	assert_int_equal(bench_bonnie.command(options, &role, &command, &e), 0);
	text = run_command(&command, NULL, 0, &count);
	/* Here stderr, where bonnie++ puts a table, is before the output; an agent keeps it
	 * apart. */
	line = strstr(text, "1.98,");
	assert_non_null(line);
	samples = parse_good(&bench_bonnie, line, strlen(line));
	assert_true(single_value(&bench_bonnie, &samples, "char_write", 0) > 0);
	bench_samples_free(&samples);
	bench_command_free(&command);
	options_free(bench_bonnie.options, options);
	assert_int_equal(rmdir(scratch), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_bonnie)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
