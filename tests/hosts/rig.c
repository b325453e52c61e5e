/* See rig.h. */
#include "tests/hosts/rig.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"

void rig_open(struct rig *rig, const char *name, const struct image *image, ...)
{
	static unsigned number;
	const char *word;
	va_list words;

	*rig = (struct rig){.host = NULL};
	snprintf(rig->id, sizeof(rig->id), "t%dx%u", (int)getpid() % 100000, number++ % 100);
	snprintf(rig->work_dir, sizeof(rig->work_dir), "/tmp/tare-test-%s", rig->id);
	snprintf(rig->log, sizeof(rig->log), "%s.log", rig->work_dir);
	va_start(words, image);
	while ((word = va_arg(words, const char *)))
		argv_add(&rig->reach, word);
	va_end(words);
	rig->spec = (struct host_spec){
		.name = name,
		.reach = &rig->reach,
		.campaign_id = rig->id,
		.work_dir = rig->work_dir,
		.log_path = rig->log,
		.image = image,
		.agent_path = TARE_BINARY_DIR "/agent/tare-agent",
		.interrupt_fd = -1,
	};
	rig->host = host_new(&rig->spec);
}

static unsigned entries_with(const char *directory, const char *prefix)
{
	cleanup_dir DIR *dir = opendir(directory);
	const struct dirent *entry;
	unsigned count = 0;

	while (dir && (entry = readdir(dir)))
		count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	return count;
}

static unsigned programs_there(const struct rig *rig)
{
	return rig_processes("tare-host", rig->id) + rig_processes("tare-attach", rig->id);
}

void rig_close(struct rig *rig)
{
	cleanup_free char *netns = str_printf("tare-%s", rig->id);

	host_free(rig->host);
	rig->host = NULL;
	assert_int_equal(entries_with("/run/tare", rig->id), 0);
	assert_int_equal(entries_with("/run/netns", netns), 0);
	assert_int_equal(entries_with(rig->work_dir, rig->id), 0);
	/* A machine's stream ends a moment after its machine. */
	for (int i = 0; i < 1000 && programs_there(rig); i++)
		clock_sleep_s(0.02);
	assert_int_equal(programs_there(rig), 0);
	dir_remove(rig->work_dir, NULL);
	unlink(rig->log);
	argv_free(&rig->reach);
}

struct host_machine *rig_start(struct rig *rig, const char *driver_name, const char *name,
	const char *const *values, struct error *e)
{
	const struct driver *driver = driver_find(driver_name);
	void *options = options_new(driver->options, driver->options_size);

	for (; values && *values; values++) {
		cleanup_free char *option = str_dup(*values);
		char *value = strchr(option, '=');
		*value++ = '\0';
		assert_ok(option_set(option_find(driver->options, option), options, value, e), *e);
	}
	struct host_start start = {
		.host = rig->host,
		.driver = driver,
		.spec = {.name = name,
			.cpus = 1,
			.memory_bytes = 256 << 20,
			.scratch_bytes = 64 << 20,
			.options = options},
	};
	hosts_start(&start, 1);
	options_free(driver->options, options);
	*e = start.error;
	return start.machine;
}

void rig_stop(struct host_machine *machine)
{
	hosts_stop(&machine, 1);
	assert_null(machine);
}

unsigned rig_processes(const char *text, const char *other)
{
	cleanup_dir DIR *proc = opendir("/proc");
	const struct dirent *entry;
	unsigned found = 0;

	while (proc && (entry = readdir(proc))) {
		cleanup_free char *path = str_printf("/proc/%s/cmdline", entry->d_name);
		cleanup_free char *line = NULL;
		size_t count = 0;
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
			file_read(path, 1 << 20, &line, &count, NULL) < 0)
			continue;
		for (size_t i = 0; i + 1 < count; i++)
			line[i] = line[i] ? line[i] : ' ';
		found += strstr(line, text) && strstr(line, other);
	}
	return found;
}
