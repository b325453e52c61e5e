/* Jobs in a real agent over pipes: output, files, limits, barrier, kill. */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/files.h"

static struct agent *agent;

static int setup(void **state)
{
	(void)state;
	agent = agent_start(NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	agent_free(agent);
	return 0;
}

static char *test_directory(void)
{
	static unsigned count;

	return str_printf("/tmp/tare-agent-test-%d-%u", (int)getpid(), ++count);
}

static void ends_as_told(void **state)
{
	static const struct {
		const char *script, *output, *errors;
		int exit_status, signal;
		const char *problem; /* part of what job_check says, or NULL */
	} CASES[] = {
		{"echo out; echo err >&2", "out\n", "err\n", 0, 0, NULL},
		{"exit 3", "", "", 3, 0, "exited with status 3"},
		{"echo first >&2; echo last words >&2; exit 1", "", "first\nlast words\n", 1, 0,
			"status 1; last line of stderr: last words"},
		{"kill -SEGV $$", "", "", -1, SIGSEGV, "signal 11"},
		{"printf 'a\\000b'", "a", "", 0, 0, NULL},
		{"pwd; echo $HOME $LANG $TERM", "/\n/tmp C.UTF-8 dumb\n", "", 0, 0, NULL},
		{"cat; echo stdin is empty", "stdin is empty\n", "", 0, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(CASES); i++) {
		struct job *job = job_run(agent, (struct job_spec){0}, SHELL(CASES[i].script));
		struct error e = {0};

		assert_string_equal(job->output, CASES[i].output);
		assert_string_equal(job->errors, CASES[i].errors);
		assert_int_equal(job->exit_status, CASES[i].exit_status);
		assert_int_equal(job->signal, CASES[i].signal);
		assert_int_equal(job_check(job, &e), CASES[i].problem ? -1 : 0);
		if (CASES[i].problem && !strstr(e.text, CASES[i].problem))
			fail_msg("\"%s\" lacks \"%s\"", e.text, CASES[i].problem);
		job_free(job);
	}
}

static void cannot_start(void **state)
{
	static const unsigned NO_CPU[] = {8000};
	const struct {
		struct job_spec spec;
		const char *program, *problem;
	} CASES[] = {
		{{0}, "/does/not/exist", "/does/not/exist: cannot be executed: No such file"},
		{{0}, "/etc/passwd", "Permission denied"},
		{{0}, "relative", "is not absolute"},
		{{.directory = "/proc/nowhere"}, "/bin/true", "work directory /proc/nowhere"},
		{{.directory = "relative"}, "/bin/true", "relative is not absolute"},
		{{.cpus = NO_CPU, .cpu_count = 1}, "/bin/true", "cannot be bound to its CPUs"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(CASES); i++) {
		struct job *job = job_run(agent, CASES[i].spec, WORDS(CASES[i].program));
		struct error e = {0};

		assert_int_equal(job->state, JOB_DONE);
		assert_int_equal(job->exit_status, -1);
		assert_int_equal(job_check(job, &e), -1);
		if (!strstr(e.text, CASES[i].problem))
			fail_msg("\"%s\" lacks \"%s\"", e.text, CASES[i].problem);
		job_free(job);
	}
}

static void refused_here(void **state)
{
	struct argv argv = {0};
	struct job *job;
	struct error e = {0};

	(void)state;
	struct job_spec spec = {.argv = &argv, .timeout_s = 1};
	assert_int_equal(agent_job_start(agent, &spec, &job, &e), -1);
	argv_add(&argv, "/bin/true");
	spec.timeout_s = 0;
	assert_int_equal(agent_job_start(agent, &spec, &job, &e), -1);
	spec.timeout_s = 1;
	spec.collect_count = 1;
	assert_int_equal(agent_job_start(agent, &spec, &job, &e), -1);
	assert_non_null(strstr(e.text, "needs a directory"));
	argv_free(&argv);
}

static void environment_is_clean(void **state)
{
	struct argv env = {0};

	(void)state;
	argv_add_all(&env, "HOME=/elsewhere", "EXTRA=a b", NULL);
	setenv("TARE_LEAK", "1", 1);
	struct job *job = job_run(agent, (struct job_spec){.env = &env}, WORDS("/usr/bin/env"));
	assert_non_null(strstr(job->output, "HOME=/elsewhere\n"));
	assert_non_null(strstr(job->output, "EXTRA=a b\n"));
	assert_null(strstr(job->output, "TARE_LEAK"));
	assert_null(strstr(job->output, "HOME=/tmp"));
	job_free(job);
	argv_free(&env);
}

static void files_there_and_back(void **state)
{
	char *directory = test_directory();
	char *collect[] = {(char *)"copy", (char *)"big", (char *)"missing-newline"};
	size_t big_bytes = 300000;
	char *big = mem_new(big_bytes, 1);
	struct job_file put[] = {{"input", "text\n", 5}, {"raw", big, big_bytes}, {"empty", "", 0}};

	(void)state;
	for (size_t i = 0; i < big_bytes; i++)
		big[i] = (char)('a' + (i * 7919 / 13) % 26);
	struct job *job = job_run(agent,
		(struct job_spec){.directory = directory,
			.put = put,
			.put_count = 3,
			.collect = collect,
			.collect_count = 3},
		SHELL("cp input copy; cp raw big; printf abc >missing-newline; ls; printf tail"));
	struct error e = {0};
	assert_ok(job_check(job, &e), &e);

	char *expected = mem_new(big_bytes + 1000, 1);
	int used = sprintf(expected, "big\ncopy\nempty\ninput\nmissing-newline\nraw\ntail\n"
				     "==> copy <==\ntext\n==> big <==\n");
	memcpy(expected + used, big, big_bytes);
	sprintf(expected + used + big_bytes, "\n==> missing-newline <==\nabc");
	assert_int_equal(job->output_bytes, strlen(expected));
	assert_string_equal(job->output, expected);
	assert_false(file_exists(directory));
	job_free(job);
	free(expected);
	free(big);
	free(directory);
}

static void missing_and_odd_files(void **state)
{
	static const struct {
		const char *script, *name, *problem;
	} CASES[] = {
		{"true", "nothing", "file nothing was not written"},
		{"ln -s /etc/passwd link", "link", "link: Too many levels"},
		{"mkfifo fifo", "fifo", "fifo is not a regular file"},
		{"mkdir folder", "folder", "folder is not a regular file"},
		{"true", "../etc/passwd", "expected a plain name"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(CASES); i++) {
		char *directory = test_directory();
		char *collect[] = {(char *)CASES[i].name};
		struct error e = {0};
		struct job *job = job_run(agent,
			(struct job_spec){
				.directory = directory, .collect = collect, .collect_count = 1},
			SHELL(CASES[i].script));

		assert_int_equal(job_check(job, &e), -1);
		if (!strstr(e.text, CASES[i].problem))
			fail_msg("\"%s\" lacks \"%s\"", e.text, CASES[i].problem);
		assert_null(strstr(job->output, "root:"));
		assert_false(file_exists(directory));
		job_free(job);
		free(directory);
	}
}

/* A directory that was there before stays; what a symbolic link in ours points to stays. */
static void removes_only_its_own(void **state)
{
	char *outside = test_directory(), *inside = test_directory();
	char *keep = str_printf("%s/keep", outside), *script;
	struct error e = {0};

	(void)state;
	assert_ok(dir_make(outside, &e), &e);
	script = str_printf(
		"echo x >%s; mkdir -p a/b/c; chmod 0 a/b; ln -s %s a/link", keep, outside);
	job_free(job_run(agent, (struct job_spec){.directory = inside}, SHELL(script)));
	assert_false(file_exists(inside));
	assert_true(file_exists(keep));
	job_free(job_run(agent, (struct job_spec){.directory = outside}, WORDS("/bin/true")));
	assert_true(file_exists(keep));
	assert_ok(dir_remove(outside, &e), &e);
	free(script);
	free(keep);
	free(inside);
	free(outside);
}

static void output_limit_holds(void **state)
{
	struct error e = {0};

	(void)state;
	struct job *job = job_run(agent, (struct job_spec){.output_limit = 100000},
		SHELL("yes | head -c 3000000; echo done >&2"));
	assert_int_equal(job->output_bytes, 100000);
	assert_true(job->truncated);
	assert_string_equal(job->errors, "done\n");
	assert_int_equal(job_check(job, &e), -1);
	assert_non_null(strstr(e.text, "more than the limit of 100000 bytes (2900000 more"));
	job_free(job);
}

static void flood_is_survived(void **state)
{
	(void)state;
	struct job *job =
		job_run(agent, (struct job_spec){.output_limit = 1 << 20, .timeout_s = 0.5},
			WORDS("/usr/bin/yes"));
	assert_true(job->timed_out);
	assert_true(job->truncated);
	assert_int_equal(job->output_bytes, 1 << 20);
	job_free(job);
	job = job_run(agent, (struct job_spec){0}, WORDS("/bin/echo", "still here"));
	assert_string_equal(job->output, "still here\n");
	job_free(job);
}

/* Whether a process with that number lives (zombies do not count). */
static bool lives(int pid)
{
	char path[64], text[256] = "", state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return strrchr(text, ')') && sscanf(strrchr(text, ')'), ") %c", &state) == 1 &&
	       state != 'Z';
}

static void assert_dead(const char *pids)
{
	for (const char *at = pids; *at;) {
		char *end;
		int pid = (int)strtol(at, &end, 10);

		if (end == at)
			break;
		for (int i = 0; i < 200 && lives(pid); i++)
			clock_sleep_s(0.01);
		if (lives(pid))
			fail_msg("process %d still lives", pid);
		at = end;
	}
}

#define FAMILY \
	"sleep 1000 & echo $!; setsid sh -c 'sleep 1001 & echo $!; echo $$; exec sleep 1002' & " \
	"(setsid sh -c 'echo $$; sleep 1003' &) ; sleep 0.3; "

static void timeout_kills_everything(void **state)
{
	(void)state;
	double start_s = clock_monotonic_s();
	struct job *job = job_run(agent, (struct job_spec){.timeout_s = 0.8},
		SHELL(FAMILY "trap '' TERM; sleep 1004"));
	assert_true(clock_monotonic_s() - start_s < 3);
	assert_true(job->timed_out);
	assert_int_equal(job->signal, SIGKILL);
	assert_non_null(strstr(job->reason, "killed after its timeout of 0.8 s"));
	assert_true(strlen(job->output) > 8);
	assert_dead(job->output);
	job_free(job);
}

static void exit_leaves_no_process(void **state)
{
	(void)state;
	double start_s = clock_monotonic_s();
	struct job *job = job_run(agent, (struct job_spec){0}, SHELL(FAMILY "exit 0"));
	assert_int_equal(job->exit_status, 0);
	assert_true(clock_monotonic_s() - start_s < 2);
	assert_dead(job->output);
	job_free(job);
}

static void killed_on_request(void **state)
{
	(void)state;
	struct job *job = job_begin(agent, (struct job_spec){0}, SHELL("echo $$; sleep 1000"));
	while (!job->output_bytes)
		job_await(job, JOB_RUNNING, 5), agent_poll(&job, 1, 1, -1);
	agent_job_kill(job);
	job_await(job, JOB_DONE, 5);
	assert_int_equal(job->signal, SIGKILL);
	assert_string_equal(job->reason, "killed on request");
	assert_dead(job->output);
	job_free(job);
}

static void freeing_kills(void **state)
{
	char pids[64];

	(void)state;
	struct job *job = job_begin(agent, (struct job_spec){0}, SHELL("echo $$; exec sleep 1000"));
	while (!job->output_bytes)
		agent_poll(&job, 1, 5, -1);
	snprintf(pids, sizeof(pids), "%s", job->output);
	assert_true(lives(atoi(pids)));
	job_free(job);
	assert_dead(pids);
}

/* Dies with a job and its grandchildren running. */
static void stream_end_kills(void **state)
{
	char *directory = test_directory();
	struct agent *other = agent_start(NULL);
	char pids[256];

	(void)state;
	struct job *job = job_begin(other, (struct job_spec){.directory = directory},
		SHELL(FAMILY "echo ready; sleep 1000"));
	while (!strstr(job->output, "ready"))
		agent_poll(&job, 1, 5, -1);
	assert_true(file_exists(directory));
	snprintf(pids, sizeof(pids), "%s", job->output);
	agent_free(other);
	assert_int_equal(job->state, JOB_LOST);
	assert_null(job->agent);
	assert_dead(pids);
	assert_false(file_exists(directory));
	job_free(job);
	free(directory);
}

static void agent_death_is_noticed(void **state)
{
	struct agent *other = agent_start(NULL);
	struct error e = {0};

	(void)state;
	struct job *job = job_begin(other, (struct job_spec){0}, SHELL("echo $PPID; sleep 1000"));
	while (!job->output_bytes)
		agent_poll(&job, 1, 5, -1);
	kill(atoi(job->output), SIGKILL);
	job_await(job, JOB_LOST, 5);
	assert_non_null(strstr(job->reason, "the stream to the agent ended"));
	assert_int_equal(job_check(job, &e), -1);
	assert_int_equal(agent_poll(&job, 1, 0.05, -1), 0);
	struct job *second;
	struct argv argv = {0};
	argv_add(&argv, "/bin/true");
	assert_int_equal(agent_job_start(other, &(struct job_spec){.argv = &argv, .timeout_s = 1},
				 &second, &e),
		-1);
	char *json;
	assert_int_equal(agent_facts(other, 1, &json, &e), -1);
	argv_free(&argv);
	job_free(job);
	agent_free(other);
}

static void barrier_holds(void **state)
{
	struct job *jobs[4];
	struct error e = {0};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		jobs[i] =
			job_begin(agent, (struct job_spec){.hold = true}, WORDS("/bin/echo", "x"));
	for (size_t i = 0; i < 4; i++)
		job_await(jobs[i], JOB_HELD, 5);
	assert_int_equal(agent_poll(jobs, 4, 0.2, -1), 0);
	int64_t go_ns = clock_monotonic_ns();
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(jobs[i]->state, JOB_HELD);
		assert_int_equal(jobs[i]->output_bytes, 0);
		assert_ok(agent_job_go(jobs[i], &e), &e);
	}
	for (size_t i = 0; i < 4; i++) {
		job_await(jobs[i], JOB_DONE, 5);
		assert_ok(job_check(jobs[i], &e), &e);
		assert_true(jobs[i]->far_start_ns >= go_ns);
		assert_string_equal(jobs[i]->output, "x\n");
		job_free(jobs[i]);
	}
}

static void held_jobs_can_be_killed(void **state)
{
	(void)state;
	struct job *job = job_begin(agent, (struct job_spec){.hold = true}, WORDS("/bin/true"));
	job_await(job, JOB_HELD, 5);
	agent_job_kill(job);
	job_await(job, JOB_DONE, 5);
	assert_int_equal(job->exit_status, -1);
	job_free(job);
}

static void affinity_is_set(void **state)
{
	(void)state;
	for (unsigned cpu = 0; cpu < (unsigned)sysconf(_SC_NPROCESSORS_ONLN) && cpu < 2; cpu++) {
		char expected[64];
		struct job *job = job_run(agent, (struct job_spec){.cpus = &cpu, .cpu_count = 1},
			WORDS("/bin/grep", "Cpus_allowed_list", "/proc/self/status"));

		snprintf(expected, sizeof(expected), "Cpus_allowed_list:\t%u\n", cpu);
		assert_string_equal(job->output, expected);
		job_free(job);
	}
}

static void times_and_rusage(void **state)
{
	(void)state;
	int64_t before_ns = clock_monotonic_ns();
	struct job *job = job_run(agent, (struct job_spec){0},
		SHELL("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 0.2"));
	double duration_s = (double)(job->far_end_ns - job->far_start_ns) * 1e-9;
	assert_true(job->far_start_ns >= before_ns);
	assert_true(duration_s >= 0.2 && duration_s < 10);
	assert_true(job->user_s + job->system_s > 0.01);
	assert_true(job->user_s + job->system_s < duration_s);
	assert_true(job->max_rss_bytes > 100000);
	assert_true(job->voluntary_switches > 0);
	assert_true(job->near_end_ns >= job->far_end_ns);
	assert_true(job->near_start_ns >= job->far_start_ns);
	assert_true(job->steal_s >= 0);
	job_free(job);
}

/* What a job prints is here at once, while it runs on. */
static void output_streams(void **state)
{
	(void)state;
	struct job *job = job_begin(
		agent, (struct job_spec){0}, SHELL("echo listening; sleep 5; echo too late"));
	double end_s = clock_monotonic_s() + 2;
	while (!strstr(job->output, "listening") && clock_monotonic_s() < end_s)
		agent_poll(&job, 1, 2, -1);
	assert_string_equal(job->output, "listening\n");
	assert_int_equal(job->state, JOB_RUNNING);
	job_free(job);
}

static void interrupt_ends_the_wait(void **state)
{
	int pipe_fds[2];

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	struct job *job = job_begin(agent, (struct job_spec){0}, WORDS("/bin/sleep", "1000"));
	job_await(job, JOB_RUNNING, 5);
	assert_int_equal(agent_poll(&job, 1, 0.05, pipe_fds[0]), 0);
	assert_int_equal(write(pipe_fds[1], "x", 1), 1);
	assert_int_equal(agent_poll(&job, 1, 10, pipe_fds[0]), -2);
	job_free(job);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void many_at_once(void **state)
{
	enum { COUNT = 40 };
	struct job *jobs[COUNT];
	struct agent *other = agent_start(NULL);
	double end_s = clock_monotonic_s() + 30;
	size_t left = COUNT;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		char text[32];

		snprintf(text, sizeof(text), "job %zu", i);
		jobs[i] = job_begin(
			i % 2 ? other : agent, (struct job_spec){0}, WORDS("/bin/echo", text));
	}
	while (left && clock_monotonic_s() < end_s) {
		agent_poll(jobs, COUNT, 5, -1);
		left = 0;
		for (size_t i = 0; i < COUNT; i++)
			left += jobs[i]->state != JOB_DONE;
	}
	assert_int_equal(left, 0);
	for (size_t i = 0; i < COUNT; i++) {
		char text[32];

		snprintf(text, sizeof(text), "job %zu\n", i);
		assert_string_equal(jobs[i]->output, text);
		job_free(jobs[i]);
	}
	agent_free(other);
}

static void round_trip_is_short(void **state)
{
	enum { COUNT = 100 };
	double start_s = clock_monotonic_s(), each_ms;

	(void)state;
	for (int i = 0; i < COUNT; i++)
		job_free(job_run(agent, (struct job_spec){0}, WORDS("/bin/true")));
	each_ms = (clock_monotonic_s() - start_s) / COUNT * 1e3;
	print_message("a job /bin/true takes %.3f ms\n", each_ms);
	/* No poll interval hides in it; the bound is for busy machines and sanitizers. */
	assert_true(each_ms < 50);
}

/* What the kernel counts, as it wrote it, and why a file is not there. */
static void kernel_files_come(void **state)
{
	struct kernel_file *files;
	struct error e = {0};
	size_t count, found = 0;

	(void)state;
	agent_kernel_files_begin(agent);
	assert_ok(agent_kernel_files_end(agent, 20, &files, &count, &e), &e);
	for (size_t i = 0; i < count; i++) {
		assert_true(files[i].found || files[i].text[0]);
		if (strcmp(files[i].path, "proc/stat") == 0) {
			assert_int_equal(strncmp(files[i].text, "cpu ", 4), 0);
			assert_non_null(strstr(files[i].text, "\nctxt "));
			found++;
		}
	}
	assert_int_equal(found, 1);
	kernel_files_free(files, count);
}

int main(void)
{
	static const struct CMUnitTest TESTS[] = {
		cmocka_unit_test(ends_as_told),
		cmocka_unit_test(cannot_start),
		cmocka_unit_test(refused_here),
		cmocka_unit_test(environment_is_clean),
		cmocka_unit_test(files_there_and_back),
		cmocka_unit_test(missing_and_odd_files),
		cmocka_unit_test(removes_only_its_own),
		cmocka_unit_test(output_limit_holds),
		cmocka_unit_test(flood_is_survived),
		cmocka_unit_test(timeout_kills_everything),
		cmocka_unit_test(exit_leaves_no_process),
		cmocka_unit_test(killed_on_request),
		cmocka_unit_test(freeing_kills),
		cmocka_unit_test(stream_end_kills),
		cmocka_unit_test(agent_death_is_noticed),
		cmocka_unit_test(barrier_holds),
		cmocka_unit_test(held_jobs_can_be_killed),
		cmocka_unit_test(affinity_is_set),
		cmocka_unit_test(times_and_rusage),
		cmocka_unit_test(output_streams),
		cmocka_unit_test(interrupt_ends_the_wait),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(round_trip_is_short),
		cmocka_unit_test(kernel_files_come),
	};

	return cmocka_run_group_tests(TESTS, setup, teardown);
}
