/* tare-enter by itself, with a tree made of the host's own directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/skippable.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/process.h"

#define ENTER TARE_BINARY_DIR "/drivers/tare-enter"

static char *dir, *tree, *at, *scratch;

/* The tree is a file and a directory: enough, for the programs are the host's. */
static int set_up(void **state)
{
	(void)state;
	static const char *const parts[] = {"tree", "tree/scratch", "at", "scratch"};
	char **const paths[] = {&tree, NULL, &at, &scratch};
	struct error e;

	dir = str_printf("/tmp/tare-enter-%d", (int)getpid());
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		cleanup_free char *path = str_printf("%s/%s", dir, parts[i]);
		if (dir_make(path, &e) < 0)
			return -1;
		if (paths[i])
			*paths[i] = take_ptr(path);
	}
	cleanup_free char *file = str_printf("%s/file", tree);
	return file_write(file, "image\n", 6, &e);
}

static int tear_down(void **state)
{
	(void)state;
	struct error e;
	int status = dir_remove(dir, &e);

	free(dir);
	free(tree);
	free(at);
	free(scratch);
	return status;
}

static struct process_result enter(const char *const *words)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};
	struct error e = {""};

	argv_add(&argv, ENTER);
	for (; *words; words++)
		argv_add(&argv, *words);
	if (process_run(&argv, 20, &result, &e) < 0)
		fail_msg("%s", e.text);
	return result;
}

/* With --host the program sees the host's root and the overlay beneath --at. */
static void writes_stay_out_of_the_tree(void **state)
{
	(void)state;
	cleanup_free char *line =
		str_printf("cat %s/root/file && echo changed >%s/root/file && echo kept "
			   ">%s/root/scratch/new && "
			   "cat %s/root/file && grep -c ' tare-test-x ' /proc/self/mountinfo",
			at, at, at, at);
	struct process_result result =
		enter((const char *const[]){"--root", tree, "--at", at, "--name", "tare-test-x",
			"--scratch", scratch, "--host", "--", "/bin/sh", "-c", line, NULL});
	cleanup_free char *file = str_printf("%s/file", tree);
	cleanup_free char *kept_path = str_printf("%s/new", scratch);
	cleanup_free char *before = file_read_line(file);
	cleanup_free char *kept = file_read_line(kept_path);

	assert_string_equal(result.output, "image\nchanged\n2\n");
	assert_int_equal(result.exit_status, 0);
	assert_string_equal(before, "image");
	assert_string_equal(kept, "kept");
	process_result_free(&result);
}

static void nothing_stays_mounted(void **state)
{
	(void)state;
	cleanup_free char *mounts = NULL;
	size_t count;

	assert_int_equal(file_read("/proc/self/mountinfo", 1 << 20, &mounts, &count, NULL), 0);
	assert_null(strstr(mounts, at));
}

static void affinity_is_set(void **state)
{
	(void)state;
	struct process_result result =
		enter((const char *const[]){"--root", tree, "--at", at, "--cpus", "0", "--host",
			"--", "/bin/sh", "-c", "grep Cpus_allowed_list /proc/self/status", NULL});

	assert_string_equal(result.output, "Cpus_allowed_list:\t0\n");
	process_result_free(&result);
}

/* Apart from other machines, the program is the first process of its own namespaces; its status is
 * tare-enter's, and it ends with tare-enter. */
static void machines_are_kept_apart(void **state)
{
	(void)state;
	char ours[64] = "";
	ssize_t length = readlink("/proc/self/ns/ipc", ours, sizeof(ours) - 1);
	struct process_result result = enter((const char *const[]){"--root", tree, "--at", at,
		"--apart", "--host", "--", "/bin/sh", "-c",
		"echo $$; readlink /proc/thread-self/ns/ipc /proc/self/ns/ipc; exit 7", NULL});

	assert_in_range(length, 1, sizeof(ours) - 1);
	assert_int_equal(strncmp(result.output, "1\n", 2), 0);
	assert_null(strstr(result.output, ours));
	assert_int_equal(result.exit_status, 7);
	process_result_free(&result);
}

/* Root in the namespace, on the host a user: what is root's cannot be written. */
static void user_has_no_rights(void **state)
{
	(void)state;
	cleanup_free char *line = str_printf(
		"id -u; grep -c ' 65534 ' /proc/self/uid_map; echo kept >%s/root/scratch/user; "
		"test -w %s/root/file; echo $?; echo $$",
		at, at);
	cleanup_free char *kept_path = str_printf("%s/user", scratch);

	assert_int_equal(chown(scratch, 65534, 65534), 0);
	struct process_result result = enter((const char *const[]){"--root", tree, "--at", at,
		"--scratch", scratch, "--user", "--host", "--", "/bin/sh", "-c", line, NULL});
	cleanup_free char *kept = file_read_line(kept_path);
	if (strstr(result.output, "cannot make a user namespace"))
		skip();
	assert_int_equal(chown(scratch, 0, 0), 0);
	assert_string_equal(result.output, "0\n1\n1\n1\n");
	assert_string_equal(kept, "kept");
	process_result_free(&result);
}

/* The policy shows on every mapping of what is run then. */
static void memory_is_bound(void **state)
{
	(void)state;
	if (!file_exists("/proc/self/numa_maps"))
		skip();
	struct process_result result = enter((const char *const[]){"--root", tree, "--at", at,
		"--memory-node", "0", "--host", "--", "/bin/sh", "-c",
		"grep -q ' bind:0 ' /proc/self/numa_maps && echo bound", NULL});

	assert_string_equal(result.output, "bound\n");
	process_result_free(&result);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	const struct {
		const char *const *words, *message;
	} rows[] = {
		{(const char *const[]){"--at", at, "--", "/bin/true", NULL}, "--root"},
		{(const char *const[]){"--root", tree, "--at", at, NULL}, "a program"},
		{(const char *const[]){"--root", "/no:where", "--at", at, "--", "/bin/true", NULL},
			"colon"},
		{(const char *const[]){"--root", tree, "--at", at, "--", "/no/such", NULL},
			"/no/such: No such file"},
		{(const char *const[]){"--root", tree, "--at", at, "--cpus", "x", "--host", "--",
			 "/bin/true", NULL},
			"CPU numbers"},
		{(const char *const[]){"--root", tree, "--at", at, "--memory-node", "1x", "--",
			 "/bin/true", NULL},
			"NUMA node"},
		{(const char *const[]){
			 "--root", tree, "--at", at, "--netns", "/no/ns", "--", "/bin/true", NULL},
			"network namespace /no/ns"},
		{(const char *const[]){"--root", tree, "--at", at, "--", "image:/no/such", NULL},
			"/no/such"},
	};

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct process_result result = enter(rows[i].words);
		assert_int_equal(result.exit_status, 125);
		if (!strstr(result.output, rows[i].message))
			fail_msg("\"%s\" lacks \"%s\"", result.output, rows[i].message);
		process_result_free(&result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_stay_out_of_the_tree),
		cmocka_unit_test(nothing_stays_mounted),
		cmocka_unit_test(affinity_is_set),
		cmocka_unit_test(machines_are_kept_apart),
		cmocka_unit_test(user_has_no_rights),
		cmocka_unit_test(memory_is_bound),
		cmocka_unit_test(mistakes_are_named),
	};

	return RUN_AS_ROOT("enter", tests, set_up, tear_down);
}
