/* Machines of a driver for tests. */
#include "tests/drivers/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "drivers/local.h"

#ifdef __SANITIZE_ADDRESS__
/* A sanitized agent needs libraries that the image lacks: there the image's own agent is run. */
#define AGENT_INSIDE NULL
#else
#define AGENT_INSIDE TARE_BINARY_DIR "/agent/tare-agent"
#endif

struct rig rig;

static void take_name(void)
{
	snprintf(rig.id, sizeof(rig.id), "t%d", (int)getpid());
	rig.work_dir = str_printf("/tmp/tare-test-%s", rig.id);
}

int rig_open(bool network, struct error *e)
{
	if (geteuid() != 0)
		return error_set(e, "not root");
	take_name();
	if (image_open(NULL, &rig.image, e) < 0 || dir_make(rig.work_dir, e) < 0)
		return -1;
	return network ? network_new(rig.id, &rig.network, e) : 0;
}

static void expect_run_directory(void *context, const char *line)
{
	(void)context;
	if (strncmp(line, "run directory ", 14) != 0)
		fail_msg("left behind: %s", line);
}

void rig_close(void)
{
	struct error e = {""};

	network_free(rig.network);
	image_free(rig.image);
	if (rig.work_dir) {
		assert_int_equal(drivers_clean(rig.id, expect_run_directory, NULL, &e), 0);
		assert_int_equal(dir_remove(rig.work_dir, &e), 0);
		assert_int_equal(rig_leftovers(rig.id), 0);
	}
	free(rig.work_dir);
}

static void *options_with(const struct target *target, const char *const *settings)
{
	const struct driver *driver = driver_find(target->driver);
	void *options = target_options(target);
	struct error e = {""};

	for (; settings && *settings; settings++) {
		cleanup_free char *name = str_dup(*settings);
		char *value = strchr(name, '=');
		*value++ = '\0';
		if (option_set(option_find(driver->options, name), options, value, &e) < 0)
			fail_msg("%s", e.text);
	}
	return options;
}

int rig_start(const char *target_name, unsigned index, const char *const *settings,
	struct machine **out, struct error *e)
{
	const struct target *target = target_find(target_name);
	const struct driver *driver = driver_find(target->driver);
	cleanup_free char *name = str_printf("%s-%u", target_name, index + 1);
	cleanup_free char *work_dir = str_printf("%s/%s", rig.work_dir, name);
	cleanup_free char *address = rig.network ? network_address(rig.network, index) : NULL;
	void *options = options_with(target, settings);
	struct machine_spec spec = {
		.campaign_id = rig.id,
		.name = name,
		.index = index,
		.cpus = rig.cpus ? rig.cpus : 1,
		.memory_bytes = 256 << 20,
		.scratch_bytes = 64 << 20,
		.image = rig.image,
		.network = rig.network,
		.address = address,
		.work_dir = work_dir,
		.agent_path = driver->caps & CAP_NEEDS_IMAGE ? AGENT_INSIDE
							     : TARE_BINARY_DIR "/agent/tare-agent",
		.options = options,
	};

	assert_int_equal(dir_make(work_dir, e), 0);
	int status = driver->start(&spec, out, e);
	options_free(driver->options, options);
	return status;
}

bool rig_can_run(const char *target_name, const char *const *settings, struct error *why_not)
{
	const struct target *target = target_find(target_name);
	const struct driver *driver = driver_find(target->driver);
	void *options = options_with(target, settings);
	int status = driver->probe(options, rig.image, why_not);

	options_free(driver->options, options);
	return status == 0;
}

static void count_one(const char *name, void *context)
{
	(void)name;
	++*(unsigned *)context;
}

unsigned rig_leftovers(const char *id)
{
	cleanup_free char *prefix = str_printf("tare-%s", id);
	cleanup_free char *guest = str_printf("guest=%s", prefix);
	cleanup_free char *umid = str_printf("umid=%s", prefix);
	cleanup_free char *overlay = str_printf("overlay %s", prefix);
	cleanup_free char *mounts = NULL;
	cleanup_dir DIR *proc = opendir("/proc");
	struct dirent *entry;
	size_t size;
	unsigned count = 0;

	netns_each(prefix, count_one, &count);
	while ((entry = readdir(proc))) {
		pid_t pid = (pid_t)atoi(entry->d_name);
		if (pid > 0 && (program_has_word(pid, guest) || program_has_word(pid, umid) ||
				       program_has_root(pid, prefix)))
			count++;
	}
	assert_int_equal(file_read("/proc/self/mountinfo", 1 << 20, &mounts, &size, NULL), 0);
	return count + (strstr(mounts, overlay) != NULL);
}

const char *rig_why_not(const char *target)
{
	static struct error why_not;

	if (rig_open(true, &why_not) < 0)
		return why_not.text;
	if (!target || rig_can_run(target, NULL, &why_not))
		return NULL;
	rig_close();
	return why_not.text;
}

int rig_set_up_bare(void **state)
{
	(void)state;
	take_name();
	return dir_make(rig.work_dir, NULL);
}

int rig_tear_down(void **state)
{
	(void)state;
	rig_close();
	return 0;
}

struct machine *rig_started(const char *target, unsigned index, const char *const *settings)
{
	struct machine *machine = NULL;
	struct error e = {""};

	if (rig_start(target, index, settings, &machine, &e) < 0)
		fail_msg("%s", e.text);
	return machine;
}

char *rig_output(struct machine *machine, const char *line)
{
	struct error e = {""};
	char *output = rig_shell(machine, line, &e);

	if (!output)
		fail_msg("%s", e.text);
	return output;
}
