/* disk: captured outputs, damaged ones, the job file, option rules, and fio for real. */
#include "harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/files.h"

extern const struct benchmark bench_disk;

static double value_at(const struct samples *samples, const char *metric, double x, size_t i)
{
	const struct series *series = series_at(&bench_disk, samples, metric, x);

	assert_true(series->count > i);
	return series->values[i];
}

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) <= 1e-9 * fabs(expected)))
		fail_msg("%.12g is not %.12g", value, expected);
}

static void test_golden_direct(void **state)
{
	static const struct {
		const char *metric;
		double x;
		size_t index, count;
		double value;
	} expected[] = {
		{"bandwidth", 4096, 0, 1, 3.811555},
		{"iops", 4096, 0, 1, 930.555556},
		{"latency_median", 4096, 0, 1, 150.528},
		{"latency_p99", 65536, 0, 1, 7962.624},
		{"bandwidth", 1048576, 0, 1, 433.425338},
		{"bandwidth_interval", 4096, 0, 3, 3665 * 1024.0 / 1e6},
		{"bandwidth_interval", 4096, 2, 3, 5776 * 1024.0 / 1e6},
		{"bandwidth_interval", 65536, 0, 3, 40409 * 1024.0 / 1e6},
		{"bandwidth_interval", 1048576, 3, 4, 384505 * 1024.0 / 1e6},
	};
	size_t count;
	char *text = golden_read("disk/randread-direct.txt", &count);
	struct samples samples = parse_good(&bench_disk, text, count);

	(void)state;
	assert_int_equal(samples.count, 18);
	for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
		assert_near(
			value_at(&samples, expected[i].metric, expected[i].x, expected[i].index),
			expected[i].value);
		assert_int_equal(
			series_at(&bench_disk, &samples, expected[i].metric, expected[i].x)->count,
			expected[i].count);
	}
	check_damage(&bench_disk, text, count, count, 7);
	bench_samples_free(&samples);
	free(text);
}

static void test_golden_buffered_fsync(void **state)
{
	size_t count;
	char *text = golden_read("disk/seqwrite-buffered-fsync.txt", &count);
	struct samples samples = parse_good(&bench_disk, text, count);

	(void)state;
	assert_int_equal(samples.count, 15);
	assert_near(value_at(&samples, "bandwidth", 4096, 0), 85.380234);
	assert_near(value_at(&samples, "bandwidth", 1048576, 0), 1032.444061);
	assert_near(value_at(&samples, "latency_median", 4096, 0), 12.352);
	assert_near(value_at(&samples, "latency_p99", 1048576, 0), 16056.32);
	/* The last newline may be missing: JSON's end is its bracket. */
	check_damage(&bench_disk, text, count, count - 1, 7);
	bench_samples_free(&samples);
	free(text);
}

/* One pass of reads through the page cache: no log, and no fsync. */
static void test_golden_buffered(void **state)
{
	size_t count;
	char *text = golden_read("disk/seqread-buffered.txt", &count);
	struct samples samples = parse_good(&bench_disk, text, count);

	(void)state;
	assert_int_equal(samples.count, 15);
	assert_near(value_at(&samples, "bandwidth", 4096, 0), 137.518163);
	assert_near(value_at(&samples, "iops", 65536, 0), 9660.377358);
	assert_near(value_at(&samples, "latency_median", 65536, 0), 9.152);
	assert_near(value_at(&samples, "latency_p99", 1048576, 0), 100139.008);
	check_damage(&bench_disk, text, count, count - 1, 7);
	bench_samples_free(&samples);
	free(text);
}

/* Every write is safe when it returns (O_SYNC): its own time holds that, there is no fsync's. */
static void test_golden_sync(void **state)
{
	size_t count;
	char *text = golden_read("disk/seqwrite-sync.txt", &count);
	struct samples samples = parse_good(&bench_disk, text, count);

	(void)state;
	assert_int_equal(samples.count, 12);
	assert_near(value_at(&samples, "bandwidth", 4096, 0), 0.634245);
	assert_near(value_at(&samples, "iops", 65536, 0), 125.867195);
	assert_near(value_at(&samples, "latency_median", 4096, 0), 5537.792);
	assert_near(value_at(&samples, "latency_p99", 65536, 0), 21889.024);
	assert_near(value_at(&samples, "bandwidth_interval", 4096, 0), 589 * 1024.0 / 1e6);
	assert_near(value_at(&samples, "bandwidth_interval", 65536, 1), 8159 * 1024.0 / 1e6);
	check_damage(&bench_disk, text, count, count, 7);
	bench_samples_free(&samples);
	free(text);
}

/* Every write followed by an fsync, whose times fio keeps apart. */
static void test_golden_fsync(void **state)
{
	size_t count;
	char *text = golden_read("disk/seqwrite-fsync-each.txt", &count), *without;
	struct samples samples = parse_good(&bench_disk, text, count);

	(void)state;
	assert_near(value_at(&samples, "sync_mean", 4096, 0), 6175.772686957);
	assert_near(value_at(&samples, "sync_median", 4096, 0), 6717.44);
	assert_near(value_at(&samples, "sync_p99", 65536, 0), 11993.088);
	assert_near(value_at(&samples, "latency_mean", 4096, 0), 8.459721739);
	assert_int_equal(series_at(&bench_disk, &samples, "bandwidth_interval", 4096)->count, 3);
	/* An fsync that was asked for and not done has no times. */
	without = str_printf("%.*s\"none\"%s", (int)(strstr(text, "\"sync\" :") - text), text,
		strstr(text, "\"sync\" :") + strlen("\"sync\""));
	parse_bad(&bench_disk, without, strlen(without), "fio's JSON");
	check_damage(&bench_disk, text, count, count, 7);
	bench_samples_free(&samples);
	free(without);
	free(text);
}

static void test_golden_libaio(void **state)
{
	size_t count;
	char *text = golden_read("disk/randwrite-libaio.txt", &count);
	struct samples samples = parse_good(&bench_disk, text, count);

	(void)state;
	assert_int_equal(samples.count, 12);
	assert_near(value_at(&samples, "bandwidth_interval", 1048576, 0), 2293760 * 1024.0 / 1e6);
	assert_near(value_at(&samples, "iops", 1048576, 0), 561.403509);
	bench_samples_free(&samples);
	free(text);
}

/* The captured text with the first `from` after `after` replaced. Caller frees. */
static char *changed(
	const char *text, const char *after, const char *from, const char *to, size_t *count)
{
	const char *place = strstr(strstr(text, after), from);
	char *copy;

	assert_non_null(place);
	copy = str_printf("%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
	*count = strlen(copy);
	return copy;
}

static void test_hostile(void **state)
{
	static const struct {
		const char *after, *from, *to, *message;
	} cases[] = {
		{"bs65536", "\"error\" : 0", "\"error\" : 5", "Input/output error"},
		{"bs65536", "\"error\" : 0", "\"error\" : -1", "failed"},
		{"bs65536", "\"error\" : 0", "\"error\" : \"no\"", "fio's JSON"},
		{"bs65536", "bs65536", "bs4096", "duplicate"},
		{"bs65536", "bs65536", "bsnan", "unknown job"},
		{"bs65536", "bs65536", "other", "unknown job"},
		{"\"read\" : {", "\"bw_bytes\" : 3811555", "\"bw_bytes\" : 0", "bandwidth of 0"},
		{"\"read\" : {", "\"bw_bytes\" : 3811555", "\"bw_bytes\" : -1", "bandwidth of -"},
		{"\"read\" : {", "\"bw_bytes\" : 3811555", "\"bw_bytes\" : NaN", "fio's JSON"},
		{"\"read\" : {", "\"bw_bytes\" : 3811555", "\"bw_bytes\" : 1e999", "fio's JSON"},
		{"\"read\" : {", "\"bw_samples\" : 3", "\"bw_samples\" : -3", "failed"},
		{"\"read\" : {", "\"bw_samples\" : 3", "\"bw_samples\" : 2", "more lines"},
		{"\"read\" : {", "\"bw_samples\" : 3", "\"bw_samples\" : 900000000000",
			"truncated"},
		{"tare_bw.log", "539, 2050", "539, -2050", "unexpected line"},
		{"tare_bw.log", "539, 2050", "539, nan", "not a number"},
		{"tare_bw.log", "539, 2050, 0", "539, 2050, 1", "unexpected line"},
		{"tare_bw.log", "539, 2050, 0, 0, 0", "539, 2050", "unexpected line"},
		{"==>", "==> fio.json <==", "", "JSON output is missing"},
		{"==>", "==> tare_bw.log <==", "", "fio's JSON"},
	};
	size_t count;
	char *text = golden_read("disk/randread-direct.txt", &count);

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		char *copy = changed(text, cases[i].after, cases[i].from, cases[i].to, &count);

		parse_bad(&bench_disk, copy, count, cases[i].message);
		free(copy);
	}
	/* The log is missing as a whole. */
	parse_bad(&bench_disk, text, (size_t)(strstr(text, "==> tare_bw.log") - text), "truncated");
	free(text);
}

static const char direct_job[] = "[global]\nfilename=/scratch/tare-disk\nsize=67108864\n"
				 "rw=randread\nioengine=libaio\niodepth=4\nruntime=1500ms\n"
				 "overwrite=1\nstonewall\nlat_percentiles=1\nclat_percentiles=0\n"
				 "percentile_list=50:99\ndirect=1\ntime_based=1\n"
				 "write_bw_log=tare\nper_job_logs=0\nlog_avg_msec=250\n"
				 "[bs4096]\nbs=4096\n[bs1048576]\nbs=1048576\nunlink=1\n";
static const char buffered_job[] = "[global]\nfilename=/scratch/tare-disk\nsize=268435456\n"
				   "rw=write\nioengine=psync\niodepth=1\nruntime=5000ms\n"
				   "overwrite=1\nstonewall\nlat_percentiles=1\n"
				   "clat_percentiles=0\npercentile_list=50:99\n"
				   "direct=0\nend_fsync=1\n[bs65536]\nbs=65536\nunlink=1\n";

static const char sync_job[] = "[global]\nfilename=/scratch/tare-disk\nsize=1048576\n"
			       "rw=randwrite\nioengine=psync\niodepth=1\nruntime=1000ms\n"
			       "overwrite=1\nstonewall\nlat_percentiles=1\nclat_percentiles=0\n"
			       "percentile_list=50:99\ndirect=0\n%s=1\ntime_based=1\n"
			       "write_bw_log=tare\nper_job_logs=0\nlog_avg_msec=500\n"
			       "[bs4096]\nbs=4096\nunlink=1\n";
static const char cached_job[] = "[global]\nfilename=/scratch/tare-disk\nsize=1048576\n"
				 "rw=read\nioengine=psync\niodepth=1\nruntime=5000ms\n"
				 "overwrite=1\nstonewall\nlat_percentiles=1\n"
				 "clat_percentiles=0\npercentile_list=50:99\ndirect=0\n"
				 "[bs4096]\nbs=4096\nunlink=1\n";

static void check_job(void *options, const char *job, size_t collected)
{
	const struct role role = {.count = 1, .scratch_dir = "/scratch"};
	struct command command = {0};
	struct error e = {0};

	assert_int_equal(bench_disk.check(options, &e), 0);
	assert_int_equal(bench_disk.command(options, &role, &command, &e), 0);
	assert_int_equal(command.file_count, 1);
	assert_string_equal(command.files[0].bytes, job);
	assert_int_equal(command.files[0].count, strlen(job));
	assert_int_equal(command.collect_count, collected);
	bench_command_free(&command);
	options_free(bench_disk.options, options);
}

static void test_job_file(void **state)
{
	(void)state;
	check_job(options_with(&bench_disk, "pattern=randread", "engine=libaio", "queue_depth=4",
			  "size=64M", "seconds=1.5", "interval=250ms", "block_sizes=4K,1M", NULL),
		direct_job, 2);
	check_job(options_with(&bench_disk, "pattern=seqwrite", "mode=buffered_fsync",
			  "block_sizes=64K", NULL),
		buffered_job, 1);
	check_job(options_with(&bench_disk, "mode=buffered", "size=1M", "block_sizes=4K", NULL),
		cached_job, 1);
	for (int each = 0; each < 2; each++) {
		char *job = str_printf(sync_job, each ? "fsync" : "sync");

		check_job(options_with(&bench_disk, each ? "mode=fsync_each" : "mode=sync",
				  "pattern=randwrite", "size=1M", "seconds=1", "block_sizes=4K",
				  NULL),
			job, 2);
		free(job);
	}
}

static void test_rules(void **state)
{
	static const struct {
		const char *one, *two, *message;
	} cases[] = {
		{"mode=buffered_fsync", "pattern=randread", "needs a pattern that writes"},
		{"mode=sync", "pattern=seqread", "mode sync needs a pattern that writes"},
		{"mode=fsync_each", "pattern=randread", "needs a pattern that writes"},
		{"mode=buffered", "engine=libaio", "needs mode direct"},
		{"queue_depth=2", "engine=psync", "needs engine libaio"},
		{"block_sizes=64K,4K", "size=1M", "increasing"},
		{"block_sizes=4K,1M", "size=1537K", "multiple of every block size"},
		{"block_sizes=1000", "size=2000000", "multiples of 512"},
		{"interval=6s", "seconds=5s", "interval must not exceed"},
	};
	static const struct machine_facts facts = {.scratch_bytes = 100 << 20};
	struct role role = {.count = 1, .scratch_dir = "/a:b"};
	struct command command = {0};
	struct error e = {0};
	void *options;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		options = options_with(&bench_disk, cases[i].one, cases[i].two, NULL);
		assert_int_equal(bench_disk.check(options, &e), -1);
		if (!strstr(e.text, cases[i].message))
			fail_msg("\"%s\" does not have \"%s\"", e.text, cases[i].message);
		options_free(bench_disk.options, options);
	}
	options = options_with(&bench_disk, "size=64M", NULL);
	assert_null(bench_disk.why_not(options, &facts));
	assert_int_equal(bench_disk.command(options, &role, &command, &e), -1);
	role.scratch_dir = NULL;
	assert_int_equal(bench_disk.command(options, &role, &command, &e), -1);
	options_free(bench_disk.options, options);
	options = options_with(&bench_disk, "size=128M", NULL);
	assert_non_null(bench_disk.why_not(options, &facts));
	options_free(bench_disk.options, options);
}

/* A direct run needs a file system that can: the source's own. */
static void test_fio(void **state)
{
	static const char *const modes[] = {"mode=direct", "mode=buffered_fsync", "mode=sync",
		"mode=fsync_each", "mode=buffered"};
	char scratch[] = TARE_BINARY_DIR "/disk-test-XXXXXX";
	struct role role = {.count = 1, .scratch_dir = scratch};
	struct error e = {0};

	(void)state;
	if (!file_exists("/usr/bin/fio"))
		skip();
	assert_non_null(mkdtemp(scratch));
	for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
		void *options = options_with(&bench_disk, modes[i], "pattern=seqwrite", "size=1M",
			"seconds=1", "interval=100ms", "block_sizes=4K,512K", NULL);
		struct command command = {0};
		struct samples samples;
		size_t count;
		char *text;

		assert_int_equal(bench_disk.command(options, &role, &command, &e), 0);
		text = run_command(&command, NULL, 0, &count);
		samples = parse_good(&bench_disk, text, count);
		assert_true(value_at(&samples, "bandwidth", 4096, 0) > 0);
		assert_true(value_at(&samples, "latency_p99", 524288, 0) >=
			    value_at(&samples, "latency_median", 524288, 0));
		if (i == 0)
			assert_true(series_at(&bench_disk, &samples, "bandwidth_interval", 4096)
					    ->count >= 2);
		bench_samples_free(&samples);
		free(text);
		bench_command_free(&command);
		options_free(bench_disk.options, options);
	}
	/* Empty: the last job removed its file. */
	assert_int_equal(rmdir(scratch), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_golden_direct),
		cmocka_unit_test(test_golden_buffered_fsync),
		cmocka_unit_test(test_golden_buffered), cmocka_unit_test(test_golden_sync),
		cmocka_unit_test(test_golden_fsync), cmocka_unit_test(test_golden_libaio),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_job_file),
		cmocka_unit_test(test_rules), cmocka_unit_test(test_fio)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
