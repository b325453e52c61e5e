/* Driver dom0: the first domain of a Xen host, started as native machines are. */
#include "drivers/dom0.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

#define MIB (1024.0 * 1024.0)

static char *online_path(const char *sysfs, unsigned cpu)
{
	return str_printf("%s/devices/system/cpu/cpu%u/online", sysfs, cpu);
}

/* A CPU that cannot be taken offline has no such file. */
static bool is_there(const char *sysfs, unsigned cpu)
{
	cleanup_free char *directory = str_printf("%s/devices/system/cpu/cpu%u", sysfs, cpu);

	return file_exists(directory);
}

static bool is_offline(const char *sysfs, unsigned cpu)
{
	cleanup_free char *path = online_path(sysfs, cpu);
	cleanup_free char *state = file_read_line(path);

	return state && strcmp(state, "0") == 0;
}

static bool set_online(const char *sysfs, unsigned cpu, const char *state)
{
	cleanup_free char *path = online_path(sysfs, cpu);
	cleanup_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, state, 1) == 1;
}

int dom0_take_cpus(const char *sysfs, const unsigned *cpus, size_t cpu_count, unsigned **onlined,
	size_t *count, struct error *e)
{
	*onlined = mem_new(cpu_count + 1, sizeof(**onlined));
	*count = 0;
	for (size_t i = 0; i < cpu_count; i++) {
		if (is_there(sysfs, cpus[i]) && !is_offline(sysfs, cpus[i]))
			continue;
		if (!is_there(sysfs, cpus[i]) || !set_online(sysfs, cpus[i], "1"))
			return error_set(e,
				"the site file names CPU %u, which dom0 does not have: boot Xen "
				"with dom0_max_vcpus=%u or more, or list fewer CPUs there",
				cpus[i], cpus[i] + 1);
		(*onlined)[(*count)++] = cpus[i];
	}
	return 0;
}

void dom0_release(const char *sysfs, const unsigned *onlined, size_t count)
{
	for (size_t i = 0; i < count; i++)
		set_online(sysfs, onlined[i], "0");
}

int dom0_check_memory(uint64_t wanted_bytes, uint64_t own_bytes, struct error *e)
{
	if (wanted_bytes <= own_bytes + own_bytes / 8)
		return 0;
	return error_set(e,
		"the site file lists %.0f MiB of memory, and dom0 has %.0f MiB: boot Xen with "
		"dom0_mem=%.0fM, or list less memory there",
		(double)wanted_bytes / MIB, (double)own_bytes / MIB, (double)wanted_bytes / MIB);
}
