/* kernbuild, gromacs and the kernel tare-steps that runs both: files of steps, a captured log,
 * damaged ones, and which images have what they need. */
#include "network_checks.h"

#include <math.h>

#include "base/cleanup.h"
#include "base/text.h"

extern const struct benchmark bench_kernbuild, bench_gromacs;

static void test_gromacs_golden(void **state)
{
	const struct benchmark *b = &bench_gromacs;
	size_t count;
	cleanup_free char *text = golden_read("gromacs/two-threads.txt", &count);
	struct samples samples = parse_good(b, text, count);
	/* What follows mdrun's last word does not matter. */
	size_t needed = (size_t)(strstr(text, "Finished mdrun") - text);

	(void)state;
	assert_int_equal(samples.count, 5);
	assert_true(fabs(single_value(b, &samples, "performance", 0) - 8.882) < 1e-9);
	assert_true(fabs(single_value(b, &samples, "energy_drift", 0) - 1.14e-3) < 1e-9);
	assert_true(fabs(single_value(b, &samples, "elapsed", 0) - 20.1548) < 1e-9);
	check_damage(b, text, count, needed, 3);
	refuse_noise(b);
	bench_samples_free(&samples);
}

static void test_gromacs_hostile(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} cases[] = {
		{"Conserved energy drift: 1.14e-03", "Conserved energy drift: 7.1",
			"drifts by 7.1"},
		{"Conserved energy drift:", "Energy:", "drifts by"},
		{"Conserved energy drift: 1.14e-03", "Conserved energy drift: nan", "drifts by"},
		{"Performance:        8.882", "Performance:        0.000", "no performance"},
		{"Performance:", "Speed:", "no performance"},
		{"Finished mdrun", "Killed mdrun", "truncated"},
		{"==> md.log <==", "", "log is missing"},
		{"done 3", "done 4", "3 series instead of 4"},
	};
	size_t count;
	cleanup_free char *text = golden_read("gromacs/two-threads.txt", &count);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const char *place = strstr(text, cases[i].from);
		cleanup_free char *copy = NULL;

		assert_non_null(place);
		copy = str_printf("%.*s%s%s", (int)(place - text), text, cases[i].to,
			place + strlen(cases[i].from));
		parse_bad(&bench_gromacs, copy, strlen(copy), cases[i].message);
	}
}

static void test_kernbuild_golden(void **state)
{
	size_t count;
	cleanup_free char *text = golden_read("kernbuild/tinyconfig.txt", &count);
	struct samples samples = parse_good(&bench_kernbuild, text, count);

	(void)state;
	assert_int_equal(samples.count, 3);
	assert_true(single_value(&bench_kernbuild, &samples, "user", 0) >
		    single_value(&bench_kernbuild, &samples, "system", 0));
	check_damage(&bench_kernbuild, text, count, count, 1);
	bench_samples_free(&samples);
}

static void test_kernbuild_steps(void **state)
{
	static const char expected[] =
		"-\t/bin/mkdir\t/scratch/tare-kernbuild\n"
		"-\t/bin/tar\t-C\t/scratch/tare-kernbuild\t--strip-components=1\t-xf\t"
		"/usr/src/linux-source-6.1.tar.xz\n"
		"-\t/usr/bin/make\t-s\t-C\t/scratch/tare-kernbuild\tdefconfig\n"
		"-\t/usr/bin/make\t-s\t-C\t/scratch/tare-kernbuild\tclean\n"
		"+\t/usr/bin/make\t-s\t-j4\t-C\t/scratch/tare-kernbuild\tvmlinux\n"
		"-\t/usr/bin/readelf\t-lW\t/scratch/tare-kernbuild/vmlinux\n"
		"-\t/bin/rm\t-rf\t/scratch/tare-kernbuild\n";
	struct role role = {.count = 1, .cpus = 4, .scratch_dir = "/scratch"};
	void *options = options_with(&bench_kernbuild, "config=defconfig", NULL);
	struct command command = {0};
	struct error e = {0};

	(void)state;
	assert_int_equal(bench_kernbuild.command(options, &role, &command, &e), 0);
	assert_string_equal(command.files[0].bytes, expected);
	bench_command_free(&command);
	options_free(bench_kernbuild.options, options);
}

static void test_why_not(void **state)
{
	static const struct {
		const struct benchmark *bench;
		const char *packages;
		int can;
	} cases[] = {
		{&bench_gromacs, NULL, 0},
		{&bench_gromacs, "", 0},
		{&bench_gromacs, "fio\ngromacs-data\n", 0},
		{&bench_gromacs, "fio\ngromacs", 1},
		{&bench_gromacs, "gromacs\nfio\n", 1},
		{&bench_kernbuild, "gcc\nmake\nflex\nbison\nbc\nxz-utils\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		const struct benchmark *b = cases[i].bench;
		struct machine_facts facts = {.machines = 1,
			.cpus = 1,
			.scratch_bytes = 1LL << 40,
			.image_packages = cases[i].packages};
		void *options = options_with(b, NULL);

		assert_int_equal(!b->why_not(options, &facts), cases[i].can);
		facts.scratch_bytes = 1 << 20;
		assert_int_equal(!b->why_not(options, &facts), cases[i].can && b == &bench_gromacs);
		options_free(b->options, options);
	}
}

/* An image has all that scripts/image --with kernbuild installs, or the cell is skipped: a package
 * that is missing would end the build minutes later. */
static void test_kernbuild_packages(void **state)
{
	size_t length, count = 0;
	cleanup_free char *text = golden_read("../../../scripts/image.d/optional", &length);
	char *line = strstr(text, "\nkernbuild:"), *names[64], *rest;
	void *options = options_with(&bench_kernbuild, NULL);

	(void)state;
	assert_non_null(line);
	line += strlen("\nkernbuild:");
	line[strcspn(line, "\n")] = '\0';
	for (char *name = strtok_r(line, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		names[count++] = name;
	assert_true(count > 8 && count < ARRAY_COUNT(names));
	for (size_t missing = 0; missing <= count; missing++) {
		cleanup_text struct text packages = {0};
		struct machine_facts facts = {.machines = 1, .scratch_bytes = 1LL << 40};

		for (size_t i = 0; i < count; i++)
			if (i != missing)
				text_addf(&packages, "%s\n", names[i]);
		facts.image_packages = packages.bytes;
		if (!bench_kernbuild.why_not(options, &facts) != (missing == count))
			fail_msg("without %s", missing < count ? names[missing] : "nothing");
	}
	options_free(bench_kernbuild.options, options);
}

/* Runs a file of steps; returns the output, which the caller frees. */
static char *run_steps(const char *steps, int status, size_t *count)
{
	struct command command = {0};
	char *text;

	argv_add_all(&command.argv, TARE_BINARY_DIR "/kernels/tare-steps", "steps", NULL);
	bench_command_add_file(&command, "steps", str_dup(steps), strlen(steps));
	text = run_command(&command, NULL, status, count);
	bench_command_free(&command);
	return text;
}

static void test_kernel(void **state)
{
	static const char *const bad[] = {"", "-\t/bin/true\n", "+\t/bin/false\n",
		"-\t/bin/false\n+\t/bin/true\n", "+\t/no/such/program\n", "/bin/true\n", "+\n"};
	struct samples samples;
	size_t count;
	cleanup_free char *text =
		run_steps("-\t/bin/sleep\t0.5\n+\t/bin/sleep\t0.1\n+\t/bin/true\n", 0, &count);

	(void)state;
	samples = parse_good(&bench_kernbuild, text, count);
	assert_int_equal(series_at(&bench_kernbuild, &samples, "elapsed", 0)->count, 2);
	assert_true(series_at(&bench_kernbuild, &samples, "elapsed", 0)->values[0] >= 0.1);
	bench_samples_free(&samples);
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		free(run_steps(bad[i], 1, &count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_gromacs_golden),
		cmocka_unit_test(test_gromacs_hostile), cmocka_unit_test(test_kernbuild_golden),
		cmocka_unit_test(test_kernbuild_steps), cmocka_unit_test(test_why_not),
		cmocka_unit_test(test_kernbuild_packages), cmocka_unit_test(test_kernel)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
