/* Makes and removes storage back ends, by util-linux and e2fsprogs. A partition is announced to the
 * kernel and written nowhere: no table is needed for a guest's disk to begin at any sector of the
 * device, and nothing before that sector is touched. */
#include "drivers/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/blkpg.h>
#include <linux/fs.h>

#include "base/array.h"
#include "base/files.h"
#include "drivers/disks.h"
#include "drivers/local.h"

/* How leftovers of campaigns are distinguished from others: by the file behind a loop device. */
#define LOOP_FILE "%s/%s.loop"

enum { SECTOR_BYTES = 512, NAME_LIMIT = 256 };

static const double tool_timeout_s = 60;

static int run(struct error *e, ...) __attribute__((sentinel));
static int run(struct error *e, ...)
{
	cleanup_argv struct argv argv = {0};
	va_list words;

	va_start(words, e);
	for (const char *word; (word = va_arg(words, const char *));)
		argv_add(&argv, word);
	va_end(words);
	return process_check(&argv, tool_timeout_s, e);
}

/* --- spare devices ------------------------------------------------------------------------- */

static int check_contents(const char *device, bool overwrite, struct error *why_not)
{
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};

	argv_add_all(&argv, "blkid", "-p", "-o", "export", device, NULL);
	if (process_run(&argv, tool_timeout_s, &result, why_not) < 0)
		return -1;
	/* Exit status 2: nothing was recognised. */
	bool ours = strstr(result.output, "LABEL=" SCRATCH_LABEL "\n") != NULL;
	bool is_empty = result.exit_status == 2;
	process_result_free(&result);
	if (is_empty || ours || overwrite)
		return 0;
	return error_set(why_not,
		"%s holds a file system or a partition table; set device_overwrite: true to "
		"overwrite it",
		device);
}

int storage_check(const char *device, bool overwrite, struct error *why_not)
{
	struct stat status;

	if (stat(device, &status) < 0)
		return error_errno(why_not, errno, "%s", device);
	if (!S_ISBLK(status.st_mode))
		return error_set(why_not, "%s is not a block device", device);
	/* Exclusive: refused while it is mounted, swapped to or part of another device. */
	cleanup_fd int fd = open(device, O_RDWR | O_EXCL | O_CLOEXEC);
	if (fd < 0)
		return error_errno(why_not, errno, "%s", device);
	return check_contents(device, overwrite, why_not);
}

/* Held while the machine lives, so that no other machine gets the same device. */
static int device_lock(const char *device, struct error *e)
{
	cleanup_fd int fd = open(device, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(e, errno, "%s", device);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return error_set(e,
			"%s is in use by another machine; a spare device serves one machine at a "
			"time",
			device);
	return take_fd(&fd);
}

static int device_take(const struct storage_spec *spec, struct storage *storage, struct error *e)
{
	uint64_t bytes, needed = spec->size_bytes;

	if (spec->kind == STORAGE_PARTITION)
		needed += spec->offset_bytes;
	if (storage_check(spec->device, spec->overwrite, e) < 0)
		return -1;
	storage->lock_fd = device_lock(spec->device, e);
	if (storage->lock_fd < 0)
		return -1;
	if (ioctl(storage->lock_fd, BLKGETSIZE64, &bytes) < 0)
		return error_errno(e, errno, "size of %s", spec->device);
	if (bytes < needed)
		return error_set(e, "%s has %llu bytes; %llu are needed", spec->device,
			(unsigned long long)bytes, (unsigned long long)needed);
	storage->device = str_dup(spec->device);
	return 0;
}

/* --- loop devices -------------------------------------------------------------------------- */

/* Loop device number's file, or NULL. Caller frees. */
static char *backing_file(const char *loop)
{
	cleanup_free char *path = str_printf("/sys/block/%s/loop/backing_file", loop);

	return file_read_line(path);
}

static int loop_add(const struct storage_spec *spec, struct storage *storage, struct error *e)
{
	uint64_t size =
		spec->size_bytes + (spec->kind == STORAGE_PARTITION ? spec->offset_bytes : 0);
	cleanup_free char *file = str_printf(LOOP_FILE, spec->work_dir, spec->name);
	cleanup_argv struct argv argv = {0};
	struct process_result result = {0};

	if (disk_make_sparse(file, size, e) < 0)
		return -1;
	argv_add_all(&argv, "losetup", "--find", "--show", "--partscan",
		disk_takes_direct(file) ? "--direct-io=on" : "--direct-io=off", file, NULL);
	if (process_run(&argv, tool_timeout_s, &result, e) < 0)
		return -1;
	result.output[strcspn(result.output, "\n")] = '\0';
	int status = result.exit_status == 0 && result.output[0] == '/'
			     ? 0
			     : error_set(e, "cannot set up a loop device: %s", result.output);
	if (status == 0) {
		storage->device = str_dup(result.output);
		storage->is_loop = true;
	}
	process_result_free(&result);
	return status;
}

/* --- partitions ---------------------------------------------------------------------------- */

/* "/dev/loop0" → "/dev/loop0p1", "/dev/sdb" → "/dev/sdb1", as the kernel names them. */
static char *partition_name(const char *device)
{
	char last = device[strlen(device) - 1];

	return str_printf("%s%s1", device, last >= '0' && last <= '9' ? "p" : "");
}

/* BLKPG_ADD_PARTITION or BLKPG_DEL_PARTITION of the first partition. Debian 12 has addpart for
 * that, Debian 13 has none. */
static int partition_request(const char *device, int operation, uint64_t start_bytes,
	uint64_t length_bytes, struct error *e)
{
	struct blkpg_partition partition = {.pno = 1,
		.start = (long long)start_bytes,
		.length = (long long)(length_bytes / SECTOR_BYTES * SECTOR_BYTES)};
	struct blkpg_ioctl_arg request = {
		.op = operation, .datalen = sizeof(partition), .data = &partition};
	cleanup_fd int fd = open(device, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(e, errno, "cannot open %s", device);
	if (ioctl(fd, BLKPG, &request) < 0)
		return error_errno(e, errno, "cannot announce a partition of %s", device);
	return 0;
}

static int partition_remove(const char *device, struct error *e)
{
	return partition_request(device, BLKPG_DEL_PARTITION, 0, 0, e);
}

/* Recorded first: cleaning up after a killed campaign finds the partition of a spare device by the
 * record alone. */
static int partition_add(const struct storage_spec *spec, struct storage *storage, struct error *e)
{
	if (spec->offset_bytes % SECTOR_BYTES)
		return error_set(e, "partition_offset: %llu is not a multiple of %d",
			(unsigned long long)spec->offset_bytes, SECTOR_BYTES);
	storage->record = str_printf("/run/tare/%s/%s.partition", spec->campaign_id, spec->name);
	if (file_write(storage->record, storage->device, strlen(storage->device), e) < 0 ||
		partition_request(storage->device, BLKPG_ADD_PARTITION, spec->offset_bytes,
			spec->size_bytes, e) < 0)
		return -1;
	storage->partition = partition_name(storage->device);
	return 0;
}

/* --- back ends ----------------------------------------------------------------------------- */

static int make_file(const struct storage_spec *spec, struct storage *storage, struct error *e)
{
	storage->format = str_dup("raw");
	storage->path = str_printf("%s/scratch.raw", spec->work_dir);
	storage->words = str_dup("raw file");
	return disk_make_scratch(storage->path, spec->size_bytes, e);
}

/* Holes of the raw file are clusters that are not allocated. */
static int make_qcow2(const struct storage_spec *spec, struct storage *storage, struct error *e)
{
	cleanup_free char *raw = str_printf("%s/scratch.raw", spec->work_dir);

	storage->format = str_dup("qcow2");
	storage->path = str_printf("%s/scratch.qcow2", spec->work_dir);
	storage->words = str_dup("qcow2 file");
	if (disk_make_scratch(raw, spec->size_bytes, e) < 0 ||
		run(e, "qemu-img", "convert", "-q", "-f", "raw", "-O", "qcow2", raw, storage->path,
			NULL) < 0)
		return -1;
	unlink(raw);
	return 0;
}

static char *device_words(const struct storage_spec *spec, const struct storage *storage)
{
	cleanup_free char *part = spec->kind == STORAGE_PARTITION
					  ? str_printf("partition at byte %llu of ",
						    (unsigned long long)spec->offset_bytes)
					  : str_dup("");
	cleanup_free char *dio =
		str_printf("/sys/block/%s/loop/dio", strrchr(storage->device, '/') + 1);
	cleanup_free char *direct = storage->is_loop ? file_read_line(dio) : NULL;

	if (!storage->is_loop)
		return str_printf("%s%s", part, storage->device);
	return str_printf("%sa loop device over a file, %s", part,
		direct && direct[0] == '1' ? "past the page cache" : "through the page cache");
}

static int make_device(const struct storage_spec *spec, struct storage *storage, struct error *e)
{
	bool spare = spec->device && spec->device[0];

	storage->is_device = true;
	storage->format = str_dup("raw");
	if ((spare ? device_take(spec, storage, e) : loop_add(spec, storage, e)) < 0)
		return -1;
	if (spec->kind == STORAGE_PARTITION && partition_add(spec, storage, e) < 0)
		return -1;
	storage->path = str_dup(storage->partition ? storage->partition : storage->device);
	storage->words = device_words(spec, storage);
	return disk_format_scratch(storage->path, spec->size_bytes, e);
}

int storage_make(const struct storage_spec *spec, struct storage **out, struct error *e)
{
	static int (*const makers[])(
		const struct storage_spec *, struct storage *, struct error *) = {
		[STORAGE_RAW_FILE] = make_file,
		[STORAGE_QCOW2] = make_qcow2,
		[STORAGE_BLOCK_DEVICE] = make_device,
		[STORAGE_PARTITION] = make_device,
	};
	struct storage *storage = mem_new(1, sizeof(*storage));

	storage->lock_fd = -1;
	if (makers[spec->kind](spec, storage, e) < 0) {
		storage_free(storage);
		return error_prefix(e, "scratch disk");
	}
	storage->direct = disk_takes_direct(storage->path);
	*out = storage;
	return 0;
}

void storage_free(struct storage *storage)
{
	if (!storage)
		return;
	if (storage->partition)
		partition_remove(storage->device, NULL);
	if (storage->record)
		unlink(storage->record);
	if (storage->is_loop)
		run(NULL, "losetup", "--detach", storage->device, NULL);
	if (storage->lock_fd >= 0)
		close(storage->lock_fd);
	free(storage->path);
	free(storage->format);
	free(storage->words);
	free(storage->device);
	free(storage->partition);
	free(storage->record);
	free(storage);
}

/* --- cleaning ------------------------------------------------------------------------------ */

static size_t partitions_clean(const char *campaign_id)
{
	cleanup_free char *run_path = own_run_dir(campaign_id);
	cleanup_dir DIR *dir = opendir(run_path);
	struct dirent *entry;
	size_t count = 0;

	while (dir && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');
		cleanup_free char *path = str_printf("%s/%s", run_path, entry->d_name);
		if (!dot || strcmp(dot, ".partition") != 0)
			continue;
		cleanup_free char *device = file_read_line(path);
		if (device && partition_remove(device, NULL) == 0)
			count++;
		unlink(path);
	}
	return count;
}

size_t storage_clean(const char *campaign_id)
{
	size_t count = partitions_clean(campaign_id);
	cleanup_free char *prefix = str_printf("tare-%s-", campaign_id);
	cleanup_dir DIR *dir = opendir("/sys/block");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_free char *file = backing_file(entry->d_name);
		cleanup_free char *device = str_printf("/dev/%s", entry->d_name);
		const char *name = file ? strrchr(file, '/') : NULL;
		if (name && strncmp(name + 1, prefix, strlen(prefix)) == 0 &&
			run(NULL, "losetup", "--detach", device, NULL) == 0)
			count++;
	}
	return count;
}
