/* Programs run by argv: their output, their end, and nothing of them left. */
#include "tests/base/base_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/process.h"

enum { LIMIT_S = 30 };

static struct argv shell(const char *script)
{
	struct argv argv = {0};

	argv_add_all(&argv, "sh", "-c", script, NULL);
	return argv;
}

static void run_shell(const char *script, double timeout_s, struct process_result *result)
{
	cleanup_argv struct argv argv = shell(script);
	struct error e;

	if (process_run(&argv, timeout_s, result, &e) < 0)
		fail_msg("%s", e.text);
}

static void argv_is_built_and_shown(void **state)
{
	cleanup_argv struct argv argv = {0}, more = {0};
	cleanup_free char *text = NULL;

	(void)state;
	argv_add(&argv, "fio");
	argv_addf(&argv, "--size=%dM", 4);
	argv_add_all(&more, "it's", "", "a b", "$x;", NULL);
	argv_append(&argv, &more);
	assert_int_equal(argv.count, 6);
	assert_null(argv.words[6]);
	text = argv_text(&argv);
	assert_string_equal(text, "fio --size=4M 'it'\\''s' '' 'a b' '$x;'");
	argv_free(&more);
	assert_int_equal(more.count, 0);
}

/* A shell reads the shown text back as the very words. */
static void shown_argv_means_itself(void **state)
{
	cleanup_argv struct argv argv = {0};
	cleanup_free char *text = NULL;
	struct process_result result;

	(void)state;
	argv_add_all(&argv, "printf", "[%s]", "a'b", "", "*", "x\ny", "~", "\\", "#", NULL);
	text = argv_text(&argv);
	run_shell(text, LIMIT_S, &result);
	assert_string_equal(result.output, "[a'b][][*][x\ny][~][\\][#]");
	process_result_free(&result);
}

static void output_and_status_come_back(void **state)
{
	struct process_result result;

	(void)state;
	run_shell("echo out; echo err >&2; exit 3", LIMIT_S, &result);
	assert_int_equal(result.exit_status, 3);
	assert_int_equal(result.signal, 0);
	assert_false(result.timed_out);
	assert_string_equal(result.output, "out\nerr\n");
	assert_int_equal(result.output_bytes, 8);
	process_result_free(&result);
	run_shell("kill -TERM $$", LIMIT_S, &result);
	assert_int_equal(result.exit_status, -1);
	assert_int_equal(result.signal, SIGTERM);
	assert_string_equal(result.output, "");
	process_result_free(&result);
	run_shell("cat; echo end", LIMIT_S, &result);
	assert_string_equal(result.output, "end\n");
	process_result_free(&result);
}

static void only_the_end_of_much_output_is_kept(void **state)
{
	struct process_result result;

	(void)state;
	run_shell("head -c 5000000 /dev/zero | tr '\\0' x; echo; echo last", LIMIT_S, &result);
	assert_int_equal(result.output_bytes, 1 << 20);
	assert_string_equal(result.output + result.output_bytes - 7, "x\nlast\n");
	process_result_free(&result);
}

static void what_cannot_start_is_told(void **state)
{
	static const struct {
		const char *program, *error;
	} rows[] = {
		{"tare-no-such-program", "tare-no-such-program: command not found"},
		{"/nowhere/program", "cannot run /nowhere/program: No such file or directory"},
		{"/etc/passwd", "cannot run /etc/passwd: Permission denied"},
		{"", ": command not found"},
	};
	cleanup_argv struct argv empty = {0};
	struct process_result result;
	struct error e;
	int to, from;
	pid_t pid;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		cleanup_argv struct argv argv = {0};

		argv_add(&argv, rows[i].program);
		assert_int_equal(process_run(&argv, LIMIT_S, &result, &e), -1);
		assert_string_equal(e.text, rows[i].error);
		assert_null(result.output);
		assert_int_equal(process_spawn(&argv, NULL, &pid, &to, &from, &e), -1);
		assert_string_equal(e.text, rows[i].error);
	}
	assert_int_equal(process_run(&empty, LIMIT_S, &result, &e), -1);
	/* No zombie of the failed ones. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Whether the process is gone; orphans may take a moment until their new parent reaps them. */
static bool gone(pid_t pid)
{
	for (int i = 0; i < 200; i++) {
		char path[64];
		cleanup_free char *stat = NULL;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		stat = file_read_line(path);
		if (!stat || strstr(stat, ") Z ") || strstr(stat, ") X "))
			return true;
		clock_sleep_s(0.01);
	}
	return false;
}

static void timeout_kills_the_whole_group(void **state)
{
	double start_s = clock_monotonic_s();
	struct process_result result;

	(void)state;
	run_shell("trap '' TERM; sleep 300 & echo $!; wait", 0.3, &result);
	assert_true(clock_monotonic_s() - start_s < 10);
	assert_true(result.timed_out);
	assert_int_equal(result.exit_status, -1);
	assert_true(gone((pid_t)atoi(result.output)));
	process_result_free(&result);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void closed_output_is_not_the_end(void **state)
{
	struct process_result result;
	clock_t start = clock();

	(void)state;
	run_shell("exec >&- 2>&-; sleep 0.5; exit 4", LIMIT_S, &result);
	assert_int_equal(result.exit_status, 4);
	/* Waited asleep, not in a loop: this disturbs what is being measured. */
	assert_true(clock() - start < CLOCKS_PER_SEC / 4);
	process_result_free(&result);
}

static void a_daemon_left_behind_is_not_waited_for(void **state)
{
	double start_s = clock_monotonic_s();
	struct process_result result;
	pid_t daemon;

	(void)state;
	run_shell("setsid sleep 300 & echo $!", LIMIT_S, &result);
	assert_true(clock_monotonic_s() - start_s < 10);
	assert_int_equal(result.exit_status, 0);
	daemon = (pid_t)atoi(result.output);
	process_result_free(&result);
	assert_true(daemon > 1);
	kill(daemon, SIGKILL);
}

static void the_child_starts_clean(void **state)
{
	int stray = fcntl(STDERR_FILENO, F_DUPFD, 50); /* without close-on-exec */
	cleanup_free char *script = NULL;
	struct process_result result;
	sigset_t usr1, before;

	(void)state;
	assert_true(stray >= 50);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	signal(SIGPIPE, SIG_IGN);
	script = str_printf("[ -e /proc/$$/fd/%d ] && echo leaked;"
			    "grep -E 'Sig(Blk|Ign)' /proc/self/status",
		stray);
	run_shell(script, LIMIT_S, &result);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(stray);
	assert_string_equal(
		result.output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
	process_result_free(&result);
}

/* Of thousands of descriptors a child gets none, and the kernel copies none for it. */
static void the_table_of_descriptors_stays_small(void **state)
{
	enum { MANY = 3000, SMALL = 256 };
	struct rlimit before, most;
	struct process_result result;
	static int fds[MANY];
	unsigned size = 0;

	(void)state;
	if (syscall(SYS_close_range, ~0U, ~0U, 0) != 0)
		skip(); /* before Linux 5.9 */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	most = (struct rlimit){before.rlim_max, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
	run_shell("true", LIMIT_S, &result); /* the first start keeps low descriptors */
	process_result_free(&result);
	for (size_t i = 0; i < MANY; i++)
		assert_true((fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0);
	run_shell("exec grep FDSize /proc/self/status", LIMIT_S, &result);
	for (size_t i = 0; i < MANY; i++)
		close(fds[i]);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(sscanf(result.output, "FDSize: %u", &size), 1);
	process_result_free(&result);
	assert_in_range(size, 1, SMALL);
}

static void check_names_program_status_and_last_line(void **state)
{
	static const struct {
		const char *script, *error;
	} rows[] = {
		{"echo first; echo 'no such device'; echo; exit 2",
			"sh: exit status 2: no such device"},
		{"exit 1", "sh: exit status 1"},
		{"kill -SEGV $$", "sh: killed by signal 11 (Segmentation fault)"},
		{"echo busy; exec sleep 300", "sh: did not end within 0.5 s and was killed: busy"},
	};
	cleanup_argv struct argv good = shell("true");
	struct error e;

	(void)state;
	assert_int_equal(process_check(&good, LIMIT_S, &e), 0);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		cleanup_argv struct argv argv = shell(rows[i].script);

		assert_int_equal(process_check(&argv, 0.5, &e), -1);
		assert_string_equal(e.text, rows[i].error);
	}
}

static void spawned_child_talks_and_ends(void **state)
{
	cleanup_argv struct argv argv = shell("read line; echo got $line; echo oops >&2; cat");
	char log_path[] = "/tmp/tare-process-test-XXXXXX";
	cleanup_free char *log = NULL;
	char bytes[64] = "";
	int to, from, log_fd = mkstemp(log_path);
	struct error e;
	pid_t pid;

	(void)state;
	assert_int_equal(write(log_fd, "before\n", 7), 7);
	close(log_fd);
	assert_int_equal(process_spawn(&argv, log_path, &pid, &to, &from, &e), 0);
	assert_true(fcntl(to, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(from, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getpgid(pid), pid);
	assert_int_equal(write(to, "hello\n", 6), 6);
	assert_int_equal(read(from, bytes, sizeof(bytes) - 1), 10);
	assert_string_equal(bytes, "got hello\n");
	close(to);
	process_end(pid, LIMIT_S);
	assert_int_equal(read(from, bytes, sizeof(bytes)), 0);
	close(from);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
	log = file_read_line(log_path);
	assert_string_equal(log, "before");
	unlink(log_path);
	process_end(0, 1);
	process_end(-1, 1);
	process_end(pid, 1); /* reaped before: nothing is killed */
}

/* One descriptor, both directions; the child reads the end when it is closed. */
static void spawn_on_a_socket(void **state)
{
	cleanup_argv struct argv argv = shell("read -r x; echo got $x; cat; echo end");
	char bytes[32] = "";
	struct error e;
	int stream;
	pid_t pid;

	(void)state;
	assert_int_equal(process_spawn_on_socket(&argv, NULL, &pid, &stream, &e), 0);
	assert_true(stream > STDERR_FILENO);
	assert_true(fcntl(stream, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(stream, "hello\n", 6), 6);
	assert_int_equal(read(stream, bytes, sizeof(bytes) - 1), 10);
	assert_string_equal(bytes, "got hello\n");
	assert_int_equal(shutdown(stream, SHUT_WR), 0);
	assert_int_equal(read(stream, bytes, sizeof(bytes)), 4);
	process_end(pid, LIMIT_S);
	assert_int_equal(read(stream, bytes, sizeof(bytes)), 0);
	close(stream);
}

static void stubborn_children_are_killed(void **state)
{
	static const char *const scripts[] = {
		"echo $$; exec sleep 300", /* SIGTERM does */
		"trap '' TERM; echo $$; while :; do sleep 0.1; done", /* SIGKILL must */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(scripts); i++) {
		cleanup_argv struct argv argv = shell(scripts[i]);
		double start_s = clock_monotonic_s();
		char bytes[32] = "";
		struct error e;
		int to, from;
		pid_t pid;

		assert_int_equal(process_spawn(&argv, NULL, &pid, &to, &from, &e), 0);
		assert_true(read(from, bytes, sizeof(bytes) - 1) > 0);
		process_end(pid, 0.1);
		assert_true(clock_monotonic_s() - start_s < 15);
		assert_true(gone(pid));
		close(to);
		close(from);
	}
}

/* A creator that dies by SIGKILL cannot end its child; the kernel does. */
static void child_dies_with_its_creator(void **state)
{
	int report[2], to, from;
	pid_t creator, child = 0;

	(void)state;
	assert_int_equal(pipe(report), 0);
	creator = fork();
	if (creator == 0) {
		cleanup_argv struct argv argv = shell("exec sleep 300");
		struct error e;

		if (process_spawn(&argv, NULL, &child, &to, &from, &e) == 0 &&
			write(report[1], &child, sizeof(child)) > 0)
			pause();
		_exit(1);
	}
	assert_int_equal(read(report[0], &child, sizeof(child)), sizeof(child));
	assert_true(child > 0);
	kill(creator, SIGKILL);
	waitpid(creator, NULL, 0);
	assert_true(gone(child));
	close(report[0]);
	close(report[1]);
}

static atomic_int failures;

static void *run_many(void *unused)
{
	(void)unused;
	for (int i = 0; i < 20; i++) {
		cleanup_argv struct argv argv = shell("echo $((6 * 7))");
		struct process_result result;
		struct error e;

		if (process_run(&argv, LIMIT_S, &result, &e) < 0 ||
			strcmp(result.output, "42\n") != 0)
			failures++;
		process_result_free(&result);
	}
	return NULL;
}

static void threads_run_at_once(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run_many, NULL), 0);
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(failures, 0);
}

/* Users' PATH, and cron's, has no directories of administrators' programs. */
static void programs_of_administrators_are_found(void **state)
{
	cleanup_argv struct argv argv = {0};
	cleanup_free char *before = str_dup(getenv("PATH"));
	struct process_result result;
	struct error e = {""};

	(void)state;
	argv_add_all(&argv, "chroot", "--version", NULL);
	setenv("PATH", "/usr/bin:/bin", 1);
	int status = process_run(&argv, LIMIT_S, &result, &e);
	setenv("PATH", before, 1);
	if (status < 0)
		fail_msg("%s", e.text);
	assert_int_equal(result.exit_status, 0);
	process_result_free(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(argv_is_built_and_shown),
		cmocka_unit_test(shown_argv_means_itself),
		cmocka_unit_test(output_and_status_come_back),
		cmocka_unit_test(only_the_end_of_much_output_is_kept),
		cmocka_unit_test(what_cannot_start_is_told),
		cmocka_unit_test(programs_of_administrators_are_found),
		cmocka_unit_test(timeout_kills_the_whole_group),
		cmocka_unit_test(closed_output_is_not_the_end),
		cmocka_unit_test(a_daemon_left_behind_is_not_waited_for),
		cmocka_unit_test(the_child_starts_clean),
		cmocka_unit_test(the_table_of_descriptors_stays_small),
		cmocka_unit_test(check_names_program_status_and_last_line),
		cmocka_unit_test(spawned_child_talks_and_ends),
		cmocka_unit_test(spawn_on_a_socket),
		cmocka_unit_test(stubborn_children_are_killed),
		cmocka_unit_test(child_dies_with_its_creator),
		cmocka_unit_test(threads_run_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
