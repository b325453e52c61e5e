/* shared: captured outputs of both measures, damaged ones, command lines, and the kernel
 * tare-metadata for real. */
#include "network_checks.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"

extern const struct benchmark bench_shared;

static const char *const rates[] = {"create_rate", "stat_rate", "unlink_rate"};

static void test_metadata_golden(void **state)
{
	size_t count;
	cleanup_free char *text = golden_read("shared/metadata.txt", &count);
	struct samples samples = parse_good(&bench_shared, text, count);

	(void)state;
	assert_int_equal(samples.count, ARRAY_COUNT(rates));
	size_t rounds = series_at(&bench_shared, &samples, "create_rate", 0)->count;
	for (size_t i = 0; i < ARRAY_COUNT(rates); i++)
		assert_int_equal(series_at(&bench_shared, &samples, rates[i], 0)->count, rounds);
	assert_true(series_at(&bench_shared, &samples, "stat_rate", 0)->values[0] >
		    series_at(&bench_shared, &samples, "create_rate", 0)->values[0]);
	check_damage(&bench_shared, text, count, count, 1);
	refuse_noise(&bench_shared);
	bench_samples_free(&samples);
}

/* A guest may say of any metric that it cannot be measured: it is not taken for one of fio's. */
static void test_gap(void **state)
{
	static const char text[] =
		"tare-metadata 1\ncreate_rate 0 1\n5\ngap stat_rate no\ndone 1\n";
	struct samples samples = parse_good(&bench_shared, text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(samples.gap_count, 1);
	assert_string_equal(bench_shared.metrics[samples.gaps[0].metric].name, "stat_rate");
	bench_samples_free(&samples);
}

/* The data is fio's, as in disk. */
static void test_data_golden(void **state)
{
	size_t count;
	cleanup_free char *text = golden_read("disk/seqwrite-buffered-fsync.txt", &count);
	struct samples samples = parse_good(&bench_shared, text, count);

	(void)state;
	assert_int_equal(samples.count, 15);
	assert_non_null(series_at(&bench_shared, &samples, "bandwidth", 4096));
	check_damage(&bench_shared, text, count, count - 1, 7);
	bench_samples_free(&samples);
}

static void test_commands(void **state)
{
	struct role role = {.count = 1, .cpus = 2, .scratch_dir = "/share/x"};
	void *data = options_with(&bench_shared, NULL);
	void *metadata = options_with(&bench_shared, "measure=metadata", "layout=one", NULL);
	struct command command = {0};
	struct error e = {0};

	(void)state;
	assert_int_equal(bench_shared.command(data, &role, &command, &e), 0);
	assert_non_null(strstr(command.files[0].bytes, "filename=/share/x/"));
	assert_non_null(strstr(command.files[0].bytes, "rw=write\n"));
	assert_non_null(strstr(command.files[0].bytes, "end_fsync=1\n"));
	bench_command_free(&command);
	command = (struct command){0};
	assert_int_equal(bench_shared.command(metadata, &role, &command, &e), 0);
	assert_string_equal(command.argv.words[2], "/share/x");
	assert_string_equal(command.argv.words[4], "one");
	bench_command_free(&command);
	role.scratch_dir = NULL;
	assert_int_equal(bench_shared.command(metadata, &role, &command, &e), -1);
	bench_command_free(&command);
	options_free(bench_shared.options, data);
	options_free(bench_shared.options, metadata);
}

/* A guest's scratch disk has not as many inodes; the options of data have disk's rules. */
static void test_check(void **state)
{
	static const struct {
		const char *first, *second, *error;
	} cases[] = {
		{"measure=metadata", "files=2000", NULL},
		{"measure=metadata", "files=2001", "must not exceed 8000"},
		{"measure=data", "files=2001", NULL},
		{"measure=data", "pattern=seqread", "needs a pattern that writes"},
		{"measure=metadata", "pattern=seqread", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		void *options = options_with(&bench_shared, cases[i].first, cases[i].second, NULL);
		struct error e = {0};

		assert_int_equal(bench_shared.check(options, &e), cases[i].error ? -1 : 0);
		if (cases[i].error)
			assert_non_null(strstr(e.text, cases[i].error));
		options_free(bench_shared.options, options);
	}
}

/* Runs the kernel in a directory; returns what it prints, which the caller frees. */
static char *run_metadata(const char *directory, const char *layout, int status, size_t *count)
{
	struct command command = {0};

	argv_add_all(&command.argv, TARE_BINARY_DIR "/kernels/tare-metadata", "--directory",
		directory, "--processes", "3", "--files", "20", "--layout", layout, "--seconds",
		"0.05", NULL);
	char *text = run_command(&command, NULL, status, count);
	bench_command_free(&command);
	return text;
}

static void test_kernel(void **state)
{
	static const char *const layouts[] = {"own", "one"};
	char directory[] = "/tmp/tare-metadata-XXXXXX";
	size_t count;

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < ARRAY_COUNT(layouts); i++) {
		cleanup_free char *text = run_metadata(directory, layouts[i], 0, &count);
		struct samples samples = parse_good(&bench_shared, text, count);
		for (size_t m = 0; m < ARRAY_COUNT(rates); m++)
			assert_true(series_at(&bench_shared, &samples, rates[m], 0)->values[0] > 0);
		bench_samples_free(&samples);
	}
	/* A file in the way: one process fails, and the others do not wait for it. */
	cleanup_free char *file = str_printf("%s/1-file-7", directory);
	assert_int_equal(file_write(file, "", 0, NULL), 0);
	cleanup_free char *nothing = run_metadata(directory, "one", 1, &count);
	assert_null(strstr(nothing, "done"));
	cleanup_argv struct argv argv = {0};
	argv_add_all(&argv, "rm", "-rf", directory, NULL);
	assert_int_equal(process_check(&argv, 10, NULL), 0);
	free(run_metadata("/nowhere", "own", 1, &count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_metadata_golden),
		cmocka_unit_test(test_gap), cmocka_unit_test(test_data_golden),
		cmocka_unit_test(test_commands), cmocka_unit_test(test_check),
		cmocka_unit_test(test_kernel)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
