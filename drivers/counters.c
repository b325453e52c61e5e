/* Finds the device below a file, and reads its statistics. */
#include "drivers/counters.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/local.h"

/* Limit for loop devices over files on loop devices. */
enum { DEPTH_MAX = 8, SECTOR_BYTES = 512 };

bool counters_parse(const char *line, struct storage_counts *out)
{
	unsigned long long writes, sectors, flushes;

	if (sscanf(line, "%*u %*u %*u %*u %llu %*u %llu %*u %*u %*u %*u %*u %*u %*u %*u %llu",
		    &writes, &sectors, &flushes) != 3)
		return false;
	*out = (struct storage_counts){
		.writes = writes, .written_bytes = sectors * SECTOR_BYTES, .flushes = flushes};
	return true;
}

/* The only entry of a directory of links, or NULL. Caller frees. */
static char *only_entry(const char *path)
{
	cleanup_dir DIR *dir = opendir(path);
	cleanup_free char *name = NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (name)
			return NULL;
		name = str_dup(entry->d_name);
	}
	return take_ptr(name);
}

/* The directory of a device in /sys; of the whole disk for a partition. Caller frees. */
static char *device_directory(unsigned major_number, unsigned minor_number)
{
	cleanup_free char *link = str_printf("/sys/dev/block/%u:%u", major_number, minor_number);
	cleanup_free char *real = realpath(link, NULL);
	cleanup_free char *sign = str_printf("%s/partition", real ? real : "");

	if (real && file_exists(sign))
		*strrchr(real, '/') = '\0';
	return take_ptr(real);
}

/* What the device stores its data on: a loop device's file, a mapped device's only slave; or NULL.
 * Caller frees. */
static char *below(const char *directory)
{
	cleanup_free char *file_path = str_printf("%s/loop/backing_file", directory);
	cleanup_free char *slaves = str_printf("%s/slaves", directory);
	char *file = file_read_line(file_path);

	if (file)
		return file;
	cleanup_free char *slave = only_entry(slaves);
	return slave ? str_printf("/dev/%s", slave) : NULL;
}

bool counters_of_host(const char *path, struct storage_counts *out)
{
	cleanup_free char *at = str_dup(path);
	struct stat status;

	for (int depth = 0; depth < DEPTH_MAX && stat(at, &status) == 0; depth++) {
		dev_t device = S_ISBLK(status.st_mode) ? status.st_rdev : status.st_dev;
		cleanup_free char *directory = device_directory(major(device), minor(device));
		if (!directory)
			return false;
		char *next = below(directory);
		if (!next) {
			cleanup_free char *stat_path = str_printf("%s/stat", directory);
			cleanup_free char *line = file_read_line(stat_path);
			return line && counters_parse(line, out);
		}
		free(at);
		at = next;
	}
	return false;
}

void counters_of_directory(const char *directory, struct storage_counters *out)
{
	struct storage_counters counters = {.machine_known = false};

	counters.host_known = counters_of_host(directory, &counters.host);
	*out = counters;
}
