/* What MPI jobs are started with: tare-bind puts a rank on its CPU, tare-rsh hands a request on and
 * waits for its end. */
#include "harness.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

#define BIND TARE_BINARY_DIR "/kernels/tare-bind"
#define RSH TARE_BINARY_DIR "/kernels/tare-rsh"

/* The last CPU that this process may use, and how many there are. */
static int last_cpu(int *count)
{
	cpu_set_t set;
	int last = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			last = i;
	*count = CPU_COUNT(&set);
	return last;
}

/* The output of a rank that says where it may run. */
static char *bound(const char *rank, const char *cpus, int status)
{
	struct command command = {0};
	size_t count;

	argv_add(&command.env, rank);
	argv_add_all(&command.argv, BIND, cpus, "/bin/grep", "Cpus_allowed_list",
		"/proc/self/status", NULL);
	char *text = run_command(&command, NULL, status, &count);
	bench_command_free(&command);
	return text;
}

static void test_bind(void **state)
{
	int count, last = last_cpu(&count);
	cleanup_free char *absolute = str_printf("999,%d", last);
	cleanup_free char *nth = str_printf("+%d,999", count - 1);
	cleanup_free char *around = str_printf("9,9,+%d", 2 * count - 1);
	cleanup_free char *expected = str_printf("Cpus_allowed_list:\t%d\n", last);
	const struct {
		const char *rank, *cpus;
	} cases[] = {{"PMI_RANK=1", absolute}, {"OMPI_COMM_WORLD_RANK=1", absolute},
		{"SLURM_PROCID=1", absolute}, {"PMI_RANK=0", nth}, {"PMI_RANK=2", around}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
		cleanup_free char *text = bound(cases[i].rank, cases[i].cpus, 0);
		assert_string_equal(text, expected);
	}
}

/* A rank that cannot be put where it belongs does not run. */
static void test_bind_refuses(void **state)
{
	static const struct {
		const char *rank, *cpus;
	} cases[] = {{"PMI_RANK=2", "0,0"}, {"PMI_RANK=0", "x"}, {"PMI_RANK=0", ""},
		{"PMI_RANK=0", "1000000"}, {"PMI_RANK=0", "1023"}, {"PMI_RANK=-1", "0"},
		{"NO_RANK=0", "0"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
		free(bound(cases[i].rank, cases[i].cpus, 125));
}

static int run_end(const char *directory, const char *name, const char *status)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result;
	struct error e = {0};

	argv_add_all(&argv, "/usr/bin/env", "-C", directory, RSH, "--end", name, status, NULL);
	assert_int_equal(process_run(&argv, 10, &result, &e), 0);
	process_result_free(&result);
	return result.exit_status;
}

static void test_rsh(void **state)
{
	char directory[] = "/tmp/tare-rsh-test-XXXXXX", name[64], line[256];
	cleanup_argv struct argv argv = {0};
	struct error e = {0};
	pid_t pid;
	int in, out, status;

	(void)state;
	assert_non_null(mkdtemp(directory));
	argv_add_all(&argv, "/usr/bin/env", "-C", directory, RSH, "198.18.0.9", " orted", "-mca",
		"\"a;b\"", NULL);
	assert_int_equal(process_spawn(&argv, NULL, &pid, &in, &out, &e), 0);
	FILE *output = fdopen(out, "r");
	assert_non_null(fgets(line, sizeof(line), output));
	assert_int_equal(sscanf(line, "TARE_RSH %63s", name), 1);
	assert_string_equal(strstr(line, " 198"), " 198.18.0.9  orted -mca \"a;b\"\n");

	assert_int_equal(run_end(directory, "tare-rsh.0", "1"), 0); /* no process waits there */
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(run_end(directory, name, "7"), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	fclose(output);
	close(in);
	assert_int_equal(rmdir(directory), 0); /* the FIFO is gone */
}

static void test_rsh_refuses(void **state)
{
	struct command command = {0};
	size_t count;

	(void)state;
	argv_add_all(&command.argv, RSH, "host", "two\nlines", NULL);
	free(run_command(&command, NULL, 255, &count));
	bench_command_free(&command);
	cleanup_free char *long_word = mem_new(5001, 1);
	memset(long_word, 'x', 5000);
	argv_add_all(&command.argv, RSH, "host", long_word, NULL);
	free(run_command(&command, NULL, 255, &count));
	bench_command_free(&command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bind),
		cmocka_unit_test(test_bind_refuses),
		cmocka_unit_test(test_rsh),
		cmocka_unit_test(test_rsh_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
