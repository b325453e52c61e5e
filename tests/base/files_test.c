/* Files and directories: whole or as before, and nothing removed that is not ours. */
#include "tests/base/base_test.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

static char directory[] = "/tmp/tare-files-test-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	struct error e;

	(void)state;
	return dir_remove(directory, &e);
}

static void writes_and_reads(void **state)
{
	cleanup_free char *path = str_printf("%s/file", directory);
	cleanup_free char *bytes = NULL, *line = NULL;
	struct error e;
	size_t count;

	(void)state;
	assert_false(file_exists(path));
	assert_int_equal(file_write(path, "one\ntwo\0x", 9, &e), 0);
	assert_true(file_exists(path));
	assert_int_equal(file_read(path, 9, &bytes, &count, &e), 0);
	assert_int_equal(count, 9);
	assert_memory_equal(bytes, "one\ntwo\0x", 10);
	line = file_read_line(path);
	assert_string_equal(line, "one");
}

static void says_that_a_directory_is_missing(void **state)
{
	cleanup_free char *path = str_printf("%s/none/file", directory);
	cleanup_free char *said =
		str_printf("cannot create %s: there is no directory %s/none", path, directory);
	struct error e;

	(void)state;
	assert_int_equal(file_write(path, "x", 1, &e), -1);
	assert_string_equal(e.text, said);
}

static void reading_has_a_limit(void **state)
{
	cleanup_free char *path = str_printf("%s/limited", directory);
	cleanup_free char *bytes = NULL;
	struct error e;
	size_t count;

	(void)state;
	assert_int_equal(file_write(path, "12345", 5, &e), 0);
	assert_int_equal(file_read(path, 4, &bytes, &count, &e), -1);
	assert_contains(e.text, "larger than the 4 bytes allowed");
	assert_null(bytes);
	assert_int_equal(file_read("/dev/zero", 1 << 20, &bytes, &count, &e), -1);
	assert_int_equal(file_read("/proc/self/status", 1 << 20, &bytes, &count, &e), 0);
	assert_true(count > 100);
}

static void absence_is_told(void **state)
{
	struct error e;
	char *bytes;
	size_t count;

	(void)state;
	assert_int_equal(file_read("/nowhere/file", 10, &bytes, &count, &e), -1);
	assert_string_equal(e.text, "cannot open /nowhere/file: No such file or directory");
	assert_int_equal(file_read("/", 10, &bytes, &count, &e), -1);
	assert_contains(e.text, "Is a directory");
	assert_null(file_read_line("/nowhere/file"));
	assert_null(file_read_line("/dev/null"));
	assert_int_equal(file_write("/nowhere/file", "", 0, &e), -1);
	assert_contains(e.text, "there is no directory /nowhere");
}

static int count_entries(const char *path)
{
	cleanup_dir DIR *dir = opendir(path);
	int count = -2; /* . and .. */

	while (readdir(dir))
		count++;
	return count;
}

static void failed_write_leaves_the_old_file(void **state)
{
	cleanup_free char *inner = str_printf("%s/atomic", directory);
	cleanup_free char *path = str_printf("%s/atomic/file", directory);
	cleanup_free char *bytes = NULL;
	struct rlimit limit, tight = {.rlim_cur = 4};
	struct error e;
	size_t count;
	int failed;

	(void)state;
	assert_int_equal(dir_make(inner, &e), 0);
	assert_int_equal(file_write(path, "old", 3, &e), 0);
	/* A limit of file sizes makes the write itself fail. */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	tight.rlim_max = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &tight);
	failed = file_write(path, "new content", 11, &e);
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(failed, -1);
	assert_contains(e.text, "File too large");
	assert_int_equal(file_read(path, 10, &bytes, &count, &e), 0);
	assert_string_equal(bytes, "old");
	free(take_ptr(bytes));
	assert_int_equal(file_write(path, "new", 3, &e), 0);
	assert_int_equal(file_read(path, 10, &bytes, &count, &e), 0);
	assert_string_equal(bytes, "new");
	assert_int_equal(count_entries(inner), 1);
}

static void pipes_are_written_in_place(void **state)
{
	cleanup_free char *path = NULL;
	char bytes[8] = "";
	struct error e;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	path = str_printf("/proc/self/fd/%d", ends[1]);
	assert_int_equal(file_write(path, "abc", 3, &e), 0);
	assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 3);
	assert_string_equal(bytes, "abc");
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(file_write("/dev/full", "abc", 3, &e), -1);
	assert_contains(e.text, "No space left on device");
}

static void links_are_followed_modes_stay(void **state)
{
	cleanup_free char *path = str_printf("%s/linked", directory);
	cleanup_free char *link = str_printf("%s/a-link", directory);
	cleanup_free char *dangling = str_printf("%s/a-dangling-link", directory);
	cleanup_free char *made = str_printf("%s/made", directory);
	cleanup_free char *line = NULL, *other = NULL;
	struct stat st;
	struct error e;

	(void)state;
	assert_int_equal(file_write(path, "a longer text\n", 14, &e), 0);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(symlink("linked", link), 0);
	assert_int_equal(symlink("made", dangling), 0);
	assert_int_equal(file_write(link, "new\n", 4, &e), 0);
	assert_int_equal(file_write(dangling, "other\n", 6, &e), 0);
	line = file_read_line(path);
	other = file_read_line(made);
	assert_string_equal(line, "new");
	assert_string_equal(other, "other");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(lstat(dangling, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

static void paths_from_a_directory(void **state)
{
	static const struct {
		const char *from, *to, *path;
	} rows[] = {{"/usr", "/usr/bin/env", "bin/env"}, {"/", "/usr/bin/env", "usr/bin/env"},
		{"/usr/bin", "/usr", "../../usr"}, {"/usr/lib", "/etc/passwd", "../../etc/passwd"},
		{"/usr/bin/../lib/.", "/usr//bin/env", "../bin/env"}, {"/usr", "/usr", "../usr"},
		{"/usr", "not/there", "not/there"}, {"/not/there", "/usr", "/usr"}};
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		cleanup_free char *path = file_path_from(rows[i].from, rows[i].to);
		assert_string_equal(path, rows[i].path);
	}
	/* A directory whose name begins with the other's is beside it. */
	cleanup_free char *paper = str_printf("%s/paper", directory);
	cleanup_free char *papers = str_printf("%s/papers", directory);
	assert_int_equal(dir_make(paper, &e), 0);
	assert_int_equal(dir_make(papers, &e), 0);
	cleanup_free char *beside = file_path_from(paper, papers);
	assert_string_equal(beside, "../papers");
}

static void directories_are_made(void **state)
{
	cleanup_free char *deep = str_printf("%s/a/b//c/", directory);
	cleanup_free char *file = str_printf("%s/a/file", directory);
	cleanup_free char *under_file = str_printf("%s/a/file/d", directory);
	struct error e;

	(void)state;
	assert_int_equal(dir_make(deep, &e), 0);
	assert_int_equal(dir_make(deep, &e), 0);
	assert_true(file_exists(deep));
	assert_int_equal(dir_make("/", &e), 0);
	assert_int_equal(file_write(file, "", 0, &e), 0);
	assert_int_equal(dir_make(file, &e), -1);
	assert_contains(e.text, "a file is there");
	assert_int_equal(dir_make(under_file, &e), -1);
	assert_contains(e.text, "Not a directory");
	assert_int_equal(dir_make("", &e), -1);
}

static void trees_are_removed_links_are_not_followed(void **state)
{
	cleanup_free char *tree = str_printf("%s/tree", directory);
	cleanup_free char *deep = str_printf("%s/tree/x/y/z", directory);
	cleanup_free char *kept = str_printf("%s/kept", directory);
	cleanup_free char *kept_file = str_printf("%s/kept/file", directory);
	cleanup_free char *link_in = str_printf("%s/tree/x/link", directory);
	cleanup_free char *link_top = str_printf("%s/link", directory);
	struct error e;

	(void)state;
	assert_int_equal(dir_make(deep, &e), 0);
	assert_int_equal(dir_make(kept, &e), 0);
	assert_int_equal(file_write(kept_file, "1", 1, &e), 0);
	assert_int_equal(symlink(kept, link_in), 0);
	assert_int_equal(symlink(kept, link_top), 0);
	assert_int_equal(dir_remove(tree, &e), 0);
	assert_false(file_exists(tree));
	assert_int_equal(dir_remove(link_top, &e), 0);
	assert_int_equal(access(link_top, F_OK), -1);
	assert_true(file_exists(kept_file));
	assert_int_equal(dir_remove(tree, &e), 0);
	assert_int_equal(dir_remove(kept_file, &e), 0);
	assert_false(file_exists(kept_file));
}

/* In a mount namespace of its own; 77 where none can be had. */
static int remove_around_mounts(const char *tree, const char *inside, const char *elsewhere)
{
	struct error e;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount(elsewhere, inside, NULL, MS_BIND, NULL) < 0)
		return 77;
	if (dir_remove(tree, &e) == 0 || !strstr(e.text, "something is mounted there"))
		return 1;
	if (dir_remove(inside, &e) == 0 || !strstr(e.text, "something is mounted there"))
		return 2;
	return 0;
}

static void mounts_survive(void **state)
{
	cleanup_free char *tree = str_printf("%s/chroot", directory);
	cleanup_free char *inside = str_printf("%s/chroot/mnt", directory);
	cleanup_free char *elsewhere = str_printf("%s/elsewhere", directory);
	cleanup_free char *precious = str_printf("%s/elsewhere/precious", directory);
	struct error e;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(dir_make(inside, &e), 0);
	assert_int_equal(dir_make(elsewhere, &e), 0);
	assert_int_equal(file_write(precious, "1", 1, &e), 0);
	pid = fork();
	if (pid == 0)
		_exit(remove_around_mounts(tree, inside, elsewhere));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(file_exists(precious));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_and_reads),
		cmocka_unit_test(says_that_a_directory_is_missing),
		cmocka_unit_test(reading_has_a_limit),
		cmocka_unit_test(absence_is_told),
		cmocka_unit_test(failed_write_leaves_the_old_file),
		cmocka_unit_test(pipes_are_written_in_place),
		cmocka_unit_test(links_are_followed_modes_stay),
		cmocka_unit_test(paths_from_a_directory),
		cmocka_unit_test(directories_are_made),
		cmocka_unit_test(trees_are_removed_links_are_not_followed),
		cmocka_unit_test(mounts_survive),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
