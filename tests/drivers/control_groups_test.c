/* Control groups that a killed runtime left are removed, in hierarchies of both versions, and no
 * others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "drivers/control_groups.h"
#include "drivers/driver.h"

static void made_of_directories(void **state)
{
	static const char *const mine[] = {"tare-abc-x", "memory/tare-abc-x", "cpu/tare-abc-y"};
	static const char *const others[] = {
		"tare-abcd-x", "memory/tare-ab-x", "cpu/own/tare-abc-y", "other"};
	char root[] = "/tmp/tare-control-groups-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < ARRAY_COUNT(mine); i++) {
		cleanup_free char *path = str_printf("%s/%s", root, mine[i]);
		assert_int_equal(dir_make(path, NULL), 0);
	}
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		cleanup_free char *path = str_printf("%s/%s", root, others[i]);
		assert_int_equal(dir_make(path, NULL), 0);
	}
	assert_int_equal(control_groups_remove(root, "tare-abc-"), ARRAY_COUNT(mine));
	for (size_t i = 0; i < ARRAY_COUNT(mine); i++) {
		cleanup_free char *path = str_printf("%s/%s", root, mine[i]);
		assert_false(file_exists(path));
	}
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		cleanup_free char *path = str_printf("%s/%s", root, others[i]);
		assert_true(file_exists(path));
	}
	assert_int_equal(control_groups_remove(root, "tare-abc-"), 0);
	assert_int_equal(dir_remove(root, NULL), 0);
}

/* A real group of the campaign, with or without a controller. NULL: none can be made here. */
static char *make_group(const char *id)
{
	static const char *const hierarchies[] = {"/pids", "/unified", ""};

	for (size_t i = 0; i < ARRAY_COUNT(hierarchies); i++) {
		char *path = str_printf(CONTROL_GROUPS "%s/tare-%s-box-1", hierarchies[i], id);
		cleanup_free char *procs = str_printf("%s/cgroup.procs", path);
		if (mkdir(path, 0755) == 0 && file_exists(procs))
			return path;
		rmdir(path);
		free(path);
	}
	return NULL;
}

/* A process that sleeps in the group. */
static pid_t put_sleeper(const char *group)
{
	cleanup_free char *procs = str_printf("%s/cgroup.procs", group);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		pause();
		_exit(0);
	}
	FILE *file = fopen(procs, "we");
	assert_non_null(file);
	fprintf(file, "%d", (int)pid);
	assert_int_equal(fclose(file), 0);
	return pid;
}

/* As after a kill -9 of both runtime and orchestrator. */
static void cleaning_a_dead_campaign(void **state)
{
	char id[17];
	struct error e = {""};
	int status;

	(void)state;
	snprintf(id, sizeof(id), "groups%d", (int)getpid());
	cleanup_free char *group = geteuid() == 0 ? make_group(id) : NULL;
	if (!group)
		skip();
	pid_t pid = put_sleeper(group);
	assert_int_equal(drivers_own(id, &e), 0);
	assert_int_equal(drivers_clean(id, NULL, NULL, &e), 0);
	assert_false(file_exists(group));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_of_directories),
		cmocka_unit_test(cleaning_a_dead_campaign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
