/* Work directories of jobs and their files, and files anywhere in the machine. */
#include "agent/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

enum { PARENT_BYTES = 4096 };

static int parent_make(const char *path, struct error *e)
{
	char parent[PARENT_BYTES];
	const char *slash = strrchr(path, '/');

	if (slash == path)
		return 0;
	if ((size_t)(slash - path) >= sizeof(parent))
		return error_set(e, "the path is longer than %d bytes", PARENT_BYTES);
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	return dir_make(parent, e);
}

int workdir_open(const char *path, bool *made, struct error *e)
{
	int fd;

	*made = false;
	if (path[0] != '/')
		return error_set(e, "the work directory %s is not absolute", path);
	if (parent_make(path, e) < 0)
		return -1;
	if (mkdir(path, 0755) == 0)
		*made = true;
	else if (errno != EEXIST)
		return error_errno(e, errno, "cannot make the work directory %s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, errno, "cannot open the work directory %s", path);
	return fd;
}

void workdir_close(const char *path, int directory_fd, bool made)
{
	if (directory_fd >= 0)
		close(directory_fd);
	if (made)
		dir_remove(path, NULL);
}

static int name_check(int directory_fd, const char *name, struct error *e)
{
	if (directory_fd < 0)
		return error_set(e, "file %s: the job has no work directory", name);
	if (!name[0] || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return error_set(e, "file %s: expected a plain name", name);
	return 0;
}

static int write_all(int fd, uint64_t offset, const char *bytes, size_t count, struct error *e)
{
	while (count) {
		ssize_t written = pwrite(fd, bytes, count, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return error_errno(e, written ? errno : ENOSPC, "write");
		bytes += written;
		count -= (size_t)written;
		offset += (uint64_t)written;
	}
	return 0;
}

int workdir_write(int directory_fd, const char *name, uint64_t offset, const void *bytes,
	size_t count, struct error *e)
{
	int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (offset ? 0 : O_TRUNC);

	if (name_check(directory_fd, name, e) < 0)
		return -1;
	cleanup_fd int fd = openat(directory_fd, name, flags, 0644);
	if (fd < 0)
		return error_errno(e, errno, "file %s", name);
	if (write_all(fd, offset, bytes, count, e) < 0)
		return error_prefix(e, "file %s", name);
	return 0;
}

int workdir_read(int directory_fd, const char *name, struct error *e)
{
	struct stat st;

	if (name_check(directory_fd, name, e) < 0)
		return -1;
	cleanup_fd int fd =
		openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return error_set(e, "file %s was not written", name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(e, errno, "file %s", name);
	if (!S_ISREG(st.st_mode))
		return error_set(e, "file %s is not a regular file", name);
	return take_fd(&fd);
}

int workdir_put_file(const char *path, mode_t mode, uint64_t offset, const void *bytes,
	size_t count, bool last, struct error *e)
{
	int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (offset ? 0 : O_TRUNC);

	if (path[0] != '/')
		return error_set(e, "the path %s is not absolute", path);
	if (!offset && parent_make(path, e) < 0)
		return -1;
	/* Never the file itself: it may be a program that is running. */
	cleanup_free char *partial = str_printf("%s.partial", path);
	cleanup_fd int fd = open(partial, flags, 0600);
	if (fd < 0)
		return error_errno(e, errno, "cannot write %s", path);
	int result = write_all(fd, offset, bytes, count, e);
	if (result < 0)
		error_prefix(e, "cannot write %s", path);
	else if (last && (fchmod(fd, mode & 07777) < 0 || rename(partial, path) < 0))
		result = error_errno(e, errno, "cannot write %s", path);
	if (result < 0)
		unlink(partial);
	return result;
}
