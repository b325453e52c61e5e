/* Makes disk files with the file systems' and QEMU's own tools. */
#include "drivers/disks.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/process.h"

static const double tool_timeout_s = 120;

int disk_make_sparse(const char *path, uint64_t size_bytes, struct error *e)
{
	cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)size_bytes) < 0)
		return error_errno(e, errno, "scratch disk %s", path);
	return 0;
}

int disk_format_scratch(const char *path, uint64_t size_bytes, struct error *e)
{
	cleanup_argv struct argv argv = {0};

	/* All inode tables are written now, so that no kernel thread does it while a benchmark
	 * runs; few inodes, so that this is quick. */
	argv_add_all(&argv, "mke2fs", "-q", "-F", "-t", "ext4", "-L", SCRATCH_LABEL, "-m", "0",
		"-N", "8192", "-O", "^resize_inode", "-E",
		"lazy_itable_init=0,lazy_journal_init=0,nodiscard", path, NULL);
	argv_addf(&argv, "%lluk", (unsigned long long)(size_bytes / 1024));
	return process_check(&argv, tool_timeout_s, e);
}

int disk_make_scratch(const char *path, uint64_t size_bytes, struct error *e)
{
	return disk_make_sparse(path, size_bytes, e) < 0 ? -1
							 : disk_format_scratch(path, size_bytes, e);
}

bool disk_takes_direct(const char *path)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);

	return fd >= 0;
}

bool disk_directory_takes_direct(const char *directory)
{
	cleanup_free char *path = str_printf("%s/direct", directory);
	bool takes = disk_make_sparse(path, 0, NULL) == 0 && disk_takes_direct(path);

	unlink(path);
	return takes;
}

int disk_make_overlay(const char *path, const char *base, struct error *e)
{
	cleanup_argv struct argv argv = {0};

	argv_add_all(&argv, "qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base,
		path, NULL);
	return process_check(&argv, tool_timeout_s, e);
}
