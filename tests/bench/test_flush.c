/* flush: texts of real actions, damaged and forged ones, those on a busy device, and those of which
 * a part cannot be counted. The kernel tare-flush is in test_lifecycle.c. */
#include "forgeries.h"
#include "network_checks.h"

#include "bench/lifecycle.h"

extern const struct benchmark bench_flush;

static double flush_value(const struct samples *samples, const char *metric)
{
	return single_value(&bench_flush, samples, metric, 0);
}

/* The same guest over a disk with QEMU's cache modes none, writeback and unsafe. */
static void test_flush_golden(void **state)
{
	static const struct {
		const char *file;
		double host_bytes, background_bytes, device_share, direct_share, flush_share;
	} cases[] = {
		{"flush/honest.txt", 38604800, 0, 1.178125, 1, 1},
		{"flush/cached.txt", 35454976, 2810.26133606, 1.082, 0, 1},
		{"flush/lying.txt", 528384, 619029.888762, 0.016125, 0.00275, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		size_t count;
		cleanup_free char *text = golden_read(cases[i].file, &count);
		struct samples samples = parse_good(&bench_flush, text, count);

		assert_int_equal(series_at(&bench_flush, &samples, "latency", 0)->count, 500);
		close_to(flush_value(&samples, "acknowledged_bytes"), 32768000);
		close_to(flush_value(&samples, "machine_bytes"), 32768000);
		close_to(flush_value(&samples, "flushes_asked"), 500);
		close_to(flush_value(&samples, "machine_flushes"), 500);
		close_to(flush_value(&samples, "host_bytes"), cases[i].host_bytes);
		close_to(flush_value(&samples, "background_bytes"), cases[i].background_bytes);
		close_to(flush_value(&samples, "device_share"), cases[i].device_share);
		close_to(flush_value(&samples, "direct_share"), cases[i].direct_share);
		close_to(flush_value(&samples, "flush_share"), cases[i].flush_share);
		bench_samples_free(&samples);
		check_damage(&bench_flush, text, count, count, 7);
	}
}

static void test_flush_hostile(void **state)
{
	static const struct forgery forgeries[] = {
		{"done 14", "done 13", "series"},
		{"==> job 1 <==", "", "after the end"},
		{"tare-flush 1\ndirect", "tare-flash 1\ndirect", "tare-flush"},
		{"direct_bytes 0 1", "acknowledged_bytes 0 1", "duplicate"},
		{"machine_flushes 0 1\n", "machine_fishes 0 1\n", "unknown metric"},
		{"flushes_asked 0 1\n500.0000", "flushes_asked 0 1\n0", "requested no flush"},
		{"\nacknowledged_bytes 0 1\n32768000.0000", "\nacknowledged_bytes 0 1\n0",
			"without the counts"},
	};
	size_t count;
	cleanup_free char *text = golden_read("flush/honest.txt", &count);

	(void)state;
	check_forgeries(&bench_flush, text, forgeries, ARRAY_COUNT(forgeries));
	refuse_noise(&bench_flush);
}

/* Where other processes' bytes could decide there is no share; where they could not, there is. */
static void test_flush_busy(void **state)
{
	static const struct {
		const char *file, *from, *to;
		bool sure;
	} cases[] = {
		{"flush/honest.txt", "\nbackground_bytes 0 1\n0\n",
			"\nbackground_bytes 0 1\n500000\n", true},
		{"flush/honest.txt", "\nbackground_bytes 0 1\n0\n",
			"\nbackground_bytes 0 1\n20000000\n", false},
		{"flush/honest.txt", "\ndirect_background_bytes 0 1\n0\n",
			"\ndirect_background_bytes 0 1\n20000000\n", false},
		{"flush/lying.txt", "\nbackground_bytes 0 1\n619029.888762\n",
			"\nbackground_bytes 0 1\n20000000\n", true},
		{"flush/cached.txt", "\ndirect_background_bytes 0 1\n0\n",
			"\ndirect_background_bytes 0 1\n90000000\n", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		size_t count;
		cleanup_free char *text = golden_read(cases[i].file, &count);
		cleanup_free char *busy = with(text, cases[i].from, cases[i].to);
		struct samples samples = parse_good(&bench_flush, busy, strlen(busy));
		bool shares = false;

		for (size_t s = 0; s < samples.count; s++)
			shares |= strcmp(bench_flush.metrics[samples.series[s].metric].name,
					  "device_share") == 0;
		assert_int_equal(shares, cases[i].sure);
		assert_true(flush_value(&samples, "flush_share") >= 0);
		bench_samples_free(&samples);
	}
}

/* Without a hypervisor that counts there are the device's shares all the same; of one that counts,
 * nothing may be missing. */
static void test_flush_native(void **state)
{
#define DEVICE "host_bytes 0 1\n8192\nhost_flushes 0 1\n2\nbackground_bytes 0 1\n0\n"
#define DIRECT_DEVICE "direct_host_bytes 0 1\n4096\ndirect_background_bytes 0 1\n0\n"
#define JOBS \
	"==> job 0 <==\ntare-flush 1\nacknowledged_bytes 0 1\n4096\n" \
	"flushes_asked 0 1\n1\nlatency 0 1\n77\ndone 3\n" \
	"==> job 1 <==\ntare-flush 1\ndirect_bytes 0 1\n4096\ndone 1\n"
	static const char text[] = LIFECYCLE_PROGRAM " 1\n" DEVICE DIRECT_DEVICE "done 5\n" JOBS;
	static const char half[] = LIFECYCLE_PROGRAM " 1\n" DEVICE DIRECT_DEVICE
						     "machine_bytes 0 1\n4096\ndone 6\n" JOBS;
	struct samples samples = parse_good(&bench_flush, text, sizeof(text) - 1);

	(void)state;
	close_to(flush_value(&samples, "device_share"), 2);
	close_to(flush_value(&samples, "direct_share"), 1);
	close_to(flush_value(&samples, "flush_share"), 2);
	bench_samples_free(&samples);
	parse_bad(&bench_flush, half, sizeof(half) - 1, "machine_flushes is missing");
}

/* A scratch file on no device of the host's: what the hypervisor saw, and no share. */
static void test_flush_unknown(void **state)
{
	static const char text[] =
		LIFECYCLE_PROGRAM " 1\nmachine_bytes 0 1\n4096\nmachine_flushes 0 1\n1\n"
				  "direct_machine_bytes 0 1\n4096\ndone 3\n"
				  "==> job 0 <==\ntare-flush 1\nacknowledged_bytes 0 1\n4096\n"
				  "flushes_asked 0 1\n1\nlatency 0 1\n77\ndone 3\n"
				  "==> job 1 <==\ntare-flush 1\ndirect_bytes 0 1\n4096\ndone 1\n";
	struct samples samples = parse_good(&bench_flush, text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(samples.count, 7);
	bench_samples_free(&samples);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_flush_golden),
		cmocka_unit_test(test_flush_hostile), cmocka_unit_test(test_flush_busy),
		cmocka_unit_test(test_flush_native), cmocka_unit_test(test_flush_unknown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
