/* Removing the scratch directories of campaigns: which names are taken for theirs, and that those
 * in use stay. */
#include <signal.h>
#include <sys/wait.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "campaign/clean.h"
#include "hosts/work_root.h"
#include "tests/campaign/campaign_test.h"
#include "tests/skippable.h"

/* A campaign's process: it makes the directory and waits to be killed. */
static pid_t begin_use(const char *path)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (work_root_make(path, NULL) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end_use(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool made; /* by tare: it has the mark */
		bool removed;
	} cases[] = {
		{"0011aabb", true, true},
		{"0011aabb22cc", true, true}, /* of a host that was this machine */
		{"0011aabb22", true, false},
		{"0011aabb22cz", true, false},
		{"0011aabb22cc33", true, false},
		{"deadbeef", false, false}, /* somebody else's, named like an id */
		{"0123456789ab", false, false},
	};
	char directory[] = "/tmp/tare-test-clean-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(directory));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_free char *path = str_printf("%s/%s/guest-1", directory, cases[i].name);
		cleanup_free char *top = str_printf("%s/%s", directory, cases[i].name);
		struct error e = {""};
		if (cases[i].made)
			end_use(begin_use(top));
		assert_int_equal(dir_make(path, &e), 0);
		if (campaign_clean(directory, cases[i].name, NULL, NULL, &e) < 0)
			fail_msg("%s: %s", cases[i].name, e.text);
		if (file_exists(top) == cases[i].removed)
			fail_msg("%s: removed: %d", cases[i].name, !cases[i].removed);
	}
	dir_remove(directory, NULL);
}

/* There is no run directory of the campaign here: it may have another, in a user namespace. */
static void test_in_use(void **state)
{
	char directory[] = "/tmp/tare-test-clean-XXXXXX";
	struct error e = {""};

	(void)state;
	assert_non_null(mkdtemp(directory));
	cleanup_free char *path = str_printf("%s/0011aabb", directory);
	pid_t user = begin_use(path);
	assert_int_equal(campaign_clean(directory, "", NULL, NULL, &e), 0);
	assert_true(file_exists(path));
	end_use(user);
	assert_int_equal(campaign_clean(directory, "", NULL, NULL, &e), 0);
	assert_false(file_exists(path));
	assert_int_equal(dir_remove(directory, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_in_use),
	};

	return RUN_AS_ROOT("clean", tests, NULL, NULL);
}
