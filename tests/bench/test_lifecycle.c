/* boot, saverestore and flush: texts of real actions, damaged and forged ones, and the kernels
 * tare-tick and tare-flush for real. */
#include "network_checks.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "bench/lifecycle.h"

extern const struct benchmark bench_boot, bench_saverestore, bench_migrate, bench_flush;

/* A copy with the first `from` replaced; the caller frees. */
static char *with(const char *text, const char *from, const char *to)
{
	const char *place = strstr(text, from);

	if (!place)
		fail_msg("no \"%s\" in the text", from);
	return str_printf("%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
}

struct forgery {
	const char *from, *to, *message;
};

static void check_forgeries(const struct benchmark *bench, const char *text,
	const struct forgery *forgeries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *copy = with(text, forgeries[i].from, forgeries[i].to);

		parse_bad(bench, copy, strlen(copy), forgeries[i].message);
	}
}

static void close_to(double value, double expected)
{
	if (!(fabs(value - expected) < 1e-6 * fabs(expected) + 1e-9))
		fail_msg("%.12g is not %.12g", value, expected);
}

/* --- boot ------------------------------------------------------------------------------------- */

static void test_boot_guest(void **state)
{
	static const struct forgery forgeries[] = {
		{"tare-lifecycle 1", "tare-lifecycle 2", "format"},
		{"done 6", "done 5", "series"},
		{"ready 0 1\n2.296166973\n", "", ""},
		{"uptime", "downtime", "unknown metric"},
		{"==> job 1 <==", "==> job 2 <==", "no log"},
		{"==> job 0 <==", "", "no job's output"},
		{"[    1.285521] Run", "[    9.285521] Run", "after 9.28552 s"},
	};
	size_t count;
	cleanup_free char *text = golden_read("boot/guest.txt", &count);
	struct samples samples = parse_good(&bench_boot, text, count);

	(void)state;
	close_to(single_value(&bench_boot, &samples, "ready", 0), 2.296166973);
	close_to(single_value(&bench_boot, &samples, "loader", 0), 2.296840393 - 1.748417774);
	close_to(single_value(&bench_boot, &samples, "kernel", 0), 1.285521);
	/* The stages are all of it. */
	close_to(single_value(&bench_boot, &samples, "loader", 0) +
			 single_value(&bench_boot, &samples, "kernel", 0) +
			 single_value(&bench_boot, &samples, "userspace", 0),
		2.296166973);
	samples_free(&samples);
	check_forgeries(&bench_boot, text, forgeries, ARRAY_COUNT(forgeries));
	refuse_noise(&bench_boot);
	/* A log that lost its beginning: everything but the stages that only it tells. */
	cleanup_free char *lost = with(text, "] Run /init as", "] Ran /init as");
	samples = parse_good(&bench_boot, lost, strlen(lost));
	assert_int_equal(samples.count, 5);
	samples_free(&samples);
	check_damage(&bench_boot, text, (size_t)(strstr(text, "==> job 1 <==") - text), count, 1);
}

static void test_boot_container(void **state)
{
	size_t count;
	cleanup_free char *text = golden_read("boot/container.txt", &count);
	struct samples samples = parse_good(&bench_boot, text, count);

	(void)state;
	assert_int_equal(samples.count, 4);
	close_to(single_value(&bench_boot, &samples, "stop", 0), 0.0112312799993);
	samples_free(&samples);
}

static void test_boot_command(void **state)
{
	void *options = options_with(&bench_boot, "program=/bin/hostname", NULL);
	struct role role = {.count = 2};
	struct command command = {0};
	struct error e = {0};

	(void)state;
	assert_int_equal(bench_boot.command(options, &role, &command, &e), 0);
	assert_string_equal(command.argv.words[0], "/bin/hostname");
	assert_null(command.ready);
	command_free(&command);
	options_free(bench_boot.options, options);
	options = options_with(&bench_boot, "program=hostname", NULL);
	assert_int_equal(bench_boot.check(options, &e), -1);
	options_free(bench_boot.options, options);
}

/* --- save and restore ------------------------------------------------------------------------- */

/* A guest whose time stood still. */
static void test_saverestore_golden(void **state)
{
	static const struct forgery forgeries[] = {
		{"tare-lifecycle 1", "tare-lifecycle", ""},
		{"save 0 1\n", "saved 0 1\n", "unknown metric"},
		{"done 4", "done 3", "series"},
		{"==> job 0 <==", "==> job 1 <==", "no job's output"},
		{"tare-tick 1", "tare-tock 1", "tare-tick"},
		{"ticks 0 1\n905.0000\ndone 6", "done 5", "no ticks"},
		{"gap_realtime", "gap_boottime", "twice"},
		{"46.2492", "inf", "expected a number"},
		{"restore 0 1\n0.537082126\n", "", ""},
	};
	size_t count;
	cleanup_free char *text = golden_read("saverestore/frozen.txt", &count);
	struct samples samples = parse_good(&bench_saverestore, text, count);

	(void)state;
	assert_int_equal(samples.count, 10);
	close_to(single_value(&bench_saverestore, &samples, "downtime", 0), 2.204867362);
	close_to(single_value(&bench_saverestore, &samples, "save", 0), 1.64201484);
	close_to(single_value(&bench_saverestore, &samples, "clock_behind", 0), 2.118567121);
	close_to(single_value(&bench_saverestore, &samples, "gap_monotonic", 0), 46.2492);
	close_to(single_value(&bench_saverestore, &samples, "step_back", 0), 0);
	samples_free(&samples);
	check_forgeries(&bench_saverestore, text, forgeries, ARRAY_COUNT(forgeries));
	cleanup_free char *unseen = with(text, "restore 0 1\n0.537082126\n", "");
	cleanup_free char *counted = with(unseen, "done 4", "done 3");
	parse_bad(&bench_saverestore, counted, strlen(counted), "restore was not observed");
	check_damage(&bench_saverestore, text, count, count, 1);
	refuse_noise(&bench_saverestore);
}

/* --- flush ------------------------------------------------------------------------------------ */

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
		samples_free(&samples);
		check_damage(&bench_flush, text, count, count, 7);
	}
}

static void test_flush_hostile(void **state)
{
	static const struct forgery forgeries[] = {
		{"done 14", "done 13", "series"},
		{"==> job 1 <==", "", "after the end"},
		{"tare-flush 1\ndirect", "tare-flash 1\ndirect", "tare-flush"},
		{"direct_bytes 0 1", "acknowledged_bytes 0 1", "twice"},
		{"machine_flushes 0 1\n", "machine_fishes 0 1\n", "unknown metric"},
		{"flushes_asked 0 1\n500.0000", "flushes_asked 0 1\n0", "no flush was asked"},
		{"\nacknowledged_bytes 0 1\n32768000.0000", "\nacknowledged_bytes 0 1\n0",
			"without what it is a share of"},
	};
	size_t count;
	cleanup_free char *text = golden_read("flush/honest.txt", &count);

	(void)state;
	check_forgeries(&bench_flush, text, forgeries, ARRAY_COUNT(forgeries));
	refuse_noise(&bench_flush);
}

/* Where somebody else's bytes could decide there is no share; where they could not, there is. */
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
		samples_free(&samples);
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
	samples_free(&samples);
	parse_bad(&bench_flush, half, sizeof(half) - 1, "no machine_flushes");
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
	samples_free(&samples);
}

/* --- why not ---------------------------------------------------------------------------------- */

static void test_why_not(void **state)
{
	static const uint64_t gib = 1 << 30;
	const struct {
		const struct benchmark *bench;
		struct machine_facts facts;
		const char *reason; /* NULL: it can */
	} cases[] = {
		{&bench_boot, {.memory_bytes = gib, .spare_memory_bytes = gib}, NULL},
		{&bench_boot, {.memory_bytes = gib, .spare_memory_bytes = gib - 1}, "no memory"},
		{&bench_boot, {.memory_bytes = gib, .shares_kernel = true}, NULL},
		{&bench_saverestore, {.memory_bytes = gib, .spare_memory_bytes = gib},
			"cannot save"},
		{&bench_saverestore, {.memory_bytes = gib, .can_save = true}, "no memory"},
		{&bench_saverestore,
			{.memory_bytes = gib / 16, .spare_memory_bytes = gib, .can_save = true},
			"more than half"},
		{&bench_saverestore,
			{.memory_bytes = gib, .spare_memory_bytes = gib, .can_save = true}, NULL},
		{&bench_migrate, {.hosts = 2, .memory_bytes = gib, .spare_memory_bytes = gib},
			"cannot move"},
		{&bench_migrate,
			{.hosts = 1,
				.memory_bytes = gib,
				.spare_memory_bytes = gib,
				.can_migrate = true},
			"second host"},
		{&bench_migrate,
			{.hosts = 2,
				.memory_bytes = gib,
				.spare_memory_bytes = gib,
				.can_migrate = true},
			NULL},
		{&bench_flush, {.scratch_bytes = gib}, "no counters"},
		{&bench_flush, {.scratch_bytes = 1 << 20, .has_storage_counters = true}, "fit"},
		{&bench_flush, {.scratch_bytes = gib, .has_storage_counters = true}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		void *options = options_with(cases[i].bench, NULL);
		const char *reason = cases[i].bench->why_not(options, &cases[i].facts);

		assert_int_equal(!reason, !cases[i].reason);
		if (reason && cases[i].reason && !strstr(reason, cases[i].reason))
			fail_msg("%s: %s", cases[i].bench->name, reason);
		options_free(cases[i].bench->options, options);
	}
}

/* --- the kernels ------------------------------------------------------------------------------ */

/* Lets the kernel go on after a moment, as the action does. */
static void *go_later(void *path)
{
	clock_sleep_s(0.3);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	return NULL;
}

/* Runs a job of the benchmark in a directory of its own; the caller frees what it prints. */
static char *run_job(const struct benchmark *bench, const void *options, unsigned index)
{
	char directory[] = "/tmp/tare-test-XXXXXX";
	struct role role = {
		.index = index, .count = 2, .scratch_dir = mkdtemp(directory), .peer = "127.0.0.1"};
	struct command command = {0};
	struct error e = {0};
	pthread_t thread;
	size_t count;

	assert_int_equal(bench->command(options, &role, &command, &e), 0);
	use_built_kernel(&command);
	cleanup_free char *go = str_printf("%s/" LIFECYCLE_GO, directory);
	assert_int_equal(pthread_create(&thread, NULL, go_later, go), 0);
	char *text = run_command(&command, NULL, 0, &count);
	pthread_join(thread, NULL);
	/* Ready is what comes first, whole. */
	assert_memory_equal(text, command.ready, strlen(command.ready));
	command_free(&command);
	unlink(go);
	assert_int_equal(rmdir(directory), 0);
	return text;
}

static void test_tick(void **state)
{
	void *options = options_with(&bench_saverestore, "memory=8M", "before=100ms", NULL);
	cleanup_free char *ticks = run_job(&bench_saverestore, options, 0);
	cleanup_free char *text = str_printf(LIFECYCLE_PROGRAM
		" 1\nsave 0 1\n1.5\nrestore 0 1\n0.5\ndowntime 0 1\n2.1\n"
		"clock_behind 0 1\n2\ndone 4\n==> job 0 <==\n%s",
		ticks);
	struct samples samples = parse_good(&bench_saverestore, text, strlen(text));

	(void)state;
	close_to(single_value(&bench_saverestore, &samples, "downtime", 0), 2.1);
	assert_true(single_value(&bench_saverestore, &samples, "gap_monotonic", 0) >= 1);
	assert_true(single_value(&bench_saverestore, &samples, "gap_before", 0) >= 1);
	assert_true(single_value(&bench_saverestore, &samples, "ticks", 0) >= 16);
	samples_free(&samples);
	options_free(bench_saverestore.options, options);
}

static void test_migrate(void **state)
{
	static const struct forgery forgeries[] = {
		{"total 0 1\n4.5\n", "", "series"},
		{"clock_behind 0 1\n0.01\ndone 2", "done 1", "no clock_behind"},
		{"==> job 1 <==", "==> job 2 <==", ""},
		{"tare-peer 1", "tare-tick 1", "tare-peer"},
		{"gap_peer ", "gap_peers ", "unknown metric"},
		{"gap_boottime ", "gap_pear ", "unknown metric"},
	};
	void *options = options_with(&bench_migrate, "memory=1M", "before=100ms", NULL);
	cleanup_free char *ticks = run_job(&bench_migrate, options, 0);
	cleanup_free char *echoes = run_job(&bench_migrate, options, 1);
	cleanup_free char *text =
		str_printf(LIFECYCLE_PROGRAM " 1\ntotal 0 1\n4.5\nclock_behind 0 1\n0.01\ndone 2\n"
					     "==> job 0 <==\n%s==> job 1 <==\n%s",
			ticks, echoes);
	struct samples samples = parse_good(&bench_migrate, text, strlen(text));

	(void)state;
	assert_int_equal(samples.count, 11);
	close_to(single_value(&bench_migrate, &samples, "total", 0), 4.5);
	assert_true(single_value(&bench_migrate, &samples, "gap_peer", 0) > 0);
	assert_true(single_value(&bench_migrate, &samples, "gap_monotonic", 0) >= 1);
	samples_free(&samples);
	check_forgeries(&bench_migrate, text, forgeries, ARRAY_COUNT(forgeries));
	check_damage(&bench_migrate, text, strlen(text), strlen(text), 1);
	options_free(bench_migrate.options, options);
}

/* The middle of the largest private mapping of a process without a file: its pattern. */
static off_t pattern_middle(pid_t pid)
{
	cleanup_free char *path = str_printf("/proc/%d/maps", (int)pid);
	cleanup_file FILE *maps = fopen(path, "re");
	unsigned long begin, end, largest = 0, middle = 0;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx", &begin, &end) != 2 || strchr(line, '/') ||
			strchr(line, '[') || end - begin <= largest)
			continue;
		largest = end - begin;
		middle = begin + largest / 2;
	}
	return (off_t)middle;
}

/* Starts the ticking program; *from_child gets what it prints. */
static pid_t start_tick(const char *go, int *from_child)
{
	int pipe_ends[2];

	assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(pipe_ends[1], STDOUT_FILENO);
		dup2(pipe_ends[1], STDERR_FILENO);
		execl(TARE_BINARY_DIR "/kernels/tare-tick", "tare-tick", "--memory", "8388608",
			"--before", "0.01", "--go", go, NULL);
		_exit(127);
	}
	close(pipe_ends[1]);
	*from_child = pipe_ends[0];
	return pid;
}

/* One byte that changes meanwhile is a failure, not a number. */
static void test_tick_memory(void **state)
{
	static const char ready[] = "tare-tick 1\n";
	char directory[] = "/tmp/tare-test-XXXXXX", text[512] = "", byte = 0;
	int from_child, status;

	(void)state;
	assert_non_null(mkdtemp(directory));
	cleanup_free char *go = str_printf("%s/go", directory);
	pid_t pid = start_tick(go, &from_child);
	assert_int_equal(read(from_child, text, sizeof(ready) - 1), sizeof(ready) - 1);
	assert_string_equal(text, ready);
	cleanup_free char *path = str_printf("/proc/%d/mem", (int)pid);
	int memory = open(path, O_RDWR | O_CLOEXEC);
	off_t place = pattern_middle(pid);
	assert_int_equal(pread(memory, &byte, 1, place), 1);
	byte ^= 1;
	assert_int_equal(pwrite(memory, &byte, 1, place), 1);
	close(memory);
	close(open(go, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_true(read(from_child, text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "memory changed"));
	close(from_child);
	unlink(go);
	rmdir(directory);
}

static void test_flush(void **state)
{
	static const char *const modes[] = {"mode=fsync", "mode=fdatasync", "mode=dsync"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
		void *options =
			options_with(&bench_flush, modes[i], "count=16", "block_size=8K", NULL);
		cleanup_free char *asks = run_job(&bench_flush, options, 0);
		cleanup_free char *direct = run_job(&bench_flush, options, 1);

		assert_non_null(strstr(asks, "acknowledged_bytes 0 1\n131072.0000\n"));
		assert_non_null(strstr(asks, "flushes_asked 0 1\n16.0000\n"));
		assert_non_null(strstr(asks, "latency 0 16\n"));
		assert_non_null(strstr(direct, "direct_bytes 0 1\n131072.0000\ndone 1\n"));
		options_free(bench_flush.options, options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_boot_guest),
		cmocka_unit_test(test_boot_container), cmocka_unit_test(test_boot_command),
		cmocka_unit_test(test_saverestore_golden), cmocka_unit_test(test_flush_golden),
		cmocka_unit_test(test_flush_hostile), cmocka_unit_test(test_flush_busy),
		cmocka_unit_test(test_flush_native), cmocka_unit_test(test_flush_unknown),
		cmocka_unit_test(test_why_not), cmocka_unit_test(test_tick),
		cmocka_unit_test(test_migrate), cmocka_unit_test(test_tick_memory),
		cmocka_unit_test(test_flush)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
