/* boot and saverestore: texts of real actions, damaged and forged ones, and the kernels
 * tare-tick and tare-flush for real. */
#include "forgeries.h"
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

/* --- boot ------------------------------------------------------------------------------------- */

static void test_boot_guest(void **state)
{
	static const struct forgery forgeries[] = {
		{"tare-lifecycle 1", "tare-lifecycle 2", "format"},
		{"done 6", "done 5", "series"},
		{"ready 0 1\n2.296166973\n", "", ""},
		{"uptime", "downtime", "unknown metric"},
		{"==> job 1 <==", "==> job 2 <==", "log of the machine's kernel"},
		{"==> job 0 <==", "", "job output missing"},
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
	bench_samples_free(&samples);
	check_forgeries(&bench_boot, text, forgeries, ARRAY_COUNT(forgeries));
	refuse_noise(&bench_boot);
	/* A log that lost its beginning: everything but the stages that only it tells. */
	cleanup_free char *lost = with(text, "] Run /init as", "] Ran /init as");
	samples = parse_good(&bench_boot, lost, strlen(lost));
	assert_int_equal(samples.count, 5);
	bench_samples_free(&samples);
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
	bench_samples_free(&samples);
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
	bench_command_free(&command);
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
		{"==> job 0 <==", "==> job 1 <==", "job output missing"},
		{"tare-tick 1", "tare-tock 1", "tare-tick"},
		{"ticks 0 1\n905.0000\ndone 6", "done 5", "ticks missing"},
		{"gap_realtime", "gap_boottime", "duplicate"},
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
	bench_samples_free(&samples);
	check_forgeries(&bench_saverestore, text, forgeries, ARRAY_COUNT(forgeries));
	cleanup_free char *unseen = with(text, "restore 0 1\n0.537082126\n", "");
	cleanup_free char *counted = with(unseen, "done 4", "done 3");
	parse_bad(&bench_saverestore, counted, strlen(counted), "restore was not observed");
	check_damage(&bench_saverestore, text, count, count, 1);
	refuse_noise(&bench_saverestore);
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
	bench_command_free(&command);
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
	bench_samples_free(&samples);
	options_free(bench_saverestore.options, options);
}

static void test_migrate(void **state)
{
	static const struct forgery forgeries[] = {
		{"total 0 1\n4.5\n", "", "series"},
		{"clock_behind 0 1\n0.01\ndone 2", "done 1", "clock_behind is missing"},
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
	bench_samples_free(&samples);
	check_forgeries(&bench_migrate, text, forgeries, ARRAY_COUNT(forgeries));
	check_damage(&bench_migrate, text, strlen(text), strlen(text), 1);
	options_free(bench_migrate.options, options);
}

/* A Xen PV guest in an emulated host: its clocks but the monotonic one saw the time pass. */
static void test_saverestore_of_xen(void **state)
{
	size_t count;
	cleanup_free char *text = golden_read("saverestore/xen-pv.txt", &count);
	struct samples samples = parse_good(&bench_saverestore, text, count);

	(void)state;
	close_to(single_value(&bench_saverestore, &samples, "save", 0), 18.715963136);
	close_to(single_value(&bench_saverestore, &samples, "restore", 0), 27.443663488);
	close_to(single_value(&bench_saverestore, &samples, "downtime", 0), 48.260706036);
	close_to(single_value(&bench_saverestore, &samples, "gap_realtime", 0), 47482.9230);
	close_to(single_value(&bench_saverestore, &samples, "gap_monotonic", 0), 1685.1891);
	bench_samples_free(&samples);
}

/* A guest of KVM that moved between two emulated hosts. */
static void test_migrate_golden(void **state)
{
	size_t count;
	cleanup_free char *text = golden_read("migrate/kvm-nested.txt", &count);
	struct samples samples = parse_good(&bench_migrate, text, count);

	(void)state;
	assert_int_equal(samples.count, 11);
	close_to(single_value(&bench_migrate, &samples, "total", 0), 17.30915772);
	close_to(single_value(&bench_migrate, &samples, "gap_peer", 0), 16551.5917);
	close_to(single_value(&bench_migrate, &samples, "unanswered", 0), 2289);
	close_to(single_value(&bench_migrate, &samples, "gap_monotonic", 0), 1165.5092);
	close_to(single_value(&bench_migrate, &samples, "clock_behind", 0), 0);
	bench_samples_free(&samples);
	check_damage(&bench_migrate, text, count, count, 1);
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

		assert_non_null(strstr(asks, "acknowledged_bytes 0 1\n131072\n"));
		assert_non_null(strstr(asks, "flushes_asked 0 1\n16\n"));
		assert_non_null(strstr(asks, "latency 0 16\n"));
		assert_non_null(strstr(direct, "direct_bytes 0 1\n131072\ndone 1\n"));
		options_free(bench_flush.options, options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_boot_guest),
		cmocka_unit_test(test_boot_container), cmocka_unit_test(test_boot_command),
		cmocka_unit_test(test_saverestore_golden), cmocka_unit_test(test_why_not),
		cmocka_unit_test(test_tick), cmocka_unit_test(test_saverestore_of_xen),
		cmocka_unit_test(test_migrate), cmocka_unit_test(test_migrate_golden),
		cmocka_unit_test(test_tick_memory), cmocka_unit_test(test_flush)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
