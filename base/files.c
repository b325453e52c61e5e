/* Reading, writing and removing whole files and directories. */
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { READ_STEP_BYTES = 65536, DEEPEST_TREE = 200 };

bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

int file_read(const char *path, size_t limit, char **bytes, size_t *count, struct error *e)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_free char *content = NULL;
	size_t used = 0, capacity = 0;

	if (fd < 0)
		return error_errno(e, errno, "cannot open %s", path);
	/* Not by the size that stat returns: the files of /proc and /sys have none. */
	for (;;) {
		ssize_t got;

		array_reserve(&content, &capacity, used + READ_STEP_BYTES + 1);
		got = read(fd, content + used, READ_STEP_BYTES);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(e, errno, "cannot read %s", path);
		if (got == 0)
			break;
		used += (size_t)got;
		if (used > limit)
			return error_set(e, "%s is larger than the %zu bytes allowed", path, limit);
	}
	content[used] = '\0';
	*bytes = take_ptr(content);
	if (count)
		*count = used;
	return 0;
}

char *file_read_line(const char *path)
{
	cleanup_file FILE *file = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t capacity = 0;
	ssize_t count;

	if (!file)
		return NULL;
	count = getline(&line, &capacity, file);
	if (count < 0)
		return NULL;
	if (count > 0 && line[count - 1] == '\n')
		line[count - 1] = '\0';
	return take_ptr(line);
}

static bool is_below(const char *path, const char *directory, size_t length)
{
	return strncmp(path, directory, length) == 0 && path[length] == '/';
}

char *file_path_from(const char *directory, const char *path)
{
	cleanup_free char *base = realpath(directory, NULL), *whole = realpath(path, NULL);
	struct text from = {0};

	if (!base || !whole)
		return str_dup(path);
	size_t length = strcmp(base, "/") == 0 ? 0 : strlen(base);
	while (!is_below(whole, base, length)) {
		text_add(&from, "../");
		while (base[--length] != '/')
			;
	}
	text_add(&from, whole + length + 1);
	return text_take(&from);
}

static int write_all(int fd, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t put = write(fd, bytes, count);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		bytes += put;
		count -= (size_t)put;
	}
	return 0;
}

/* A rename is durable only once the directory is. Some file systems cannot sync a directory;
 * the file itself is whole either way, so that is no error. */
static void sync_directory_of(const char *path)
{
	cleanup_free char *directory = str_dup(path);
	char *slash = strrchr(directory, '/');
	cleanup_fd int fd = -1;

	if (slash)
		slash[slash == directory ? 1 : 0] = '\0';
	fd = open(slash ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
}

/* A new file beside path; *name is its name, also where it cannot be made: then -1 with errno. By
 * hand rather than by mkostemp, whose mode 0600 could be widened only by reading the umask, which
 * is not safe among threads. */
static int open_new(const char *path, char **name)
{
	static atomic_uint serial;

	for (int attempt = 0; attempt < 100; attempt++) {
		free(*name);
		*name = str_printf(
			"%s.%ld-%u.new", path, (long)getpid(), atomic_fetch_add(&serial, 1));
		int fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

/* For what a rename would replace (pipes, terminals) or cannot (a bind mount, a file in a directory
 * that is not writable). */
static int write_in_place(const char *path, const void *bytes, size_t count, struct error *e)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return error_errno(e, errno, "cannot open %s", path);
	if (write_all(fd, bytes, count) < 0)
		return error_errno(e, errno, "cannot write %s", path);
	return 0;
}

/* The descriptor of standard output or standard error if the file is open there, else -1. */
static int standard_descriptor(const struct stat *file)
{
	struct stat st;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &st) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino)
			return fd;
	return -1;
}

/* The new file has the owner and the permissions of the old one. What only root may set is left. */
static void copy_owner(int fd, const struct stat *old)
{
	if (fchown(fd, old->st_uid, old->st_gid) < 0 && errno != EPERM)
		return;
	fchmod(fd, old->st_mode & 0777);
}

static bool forbids_rename(int failure)
{
	return failure == EACCES || failure == EPERM || failure == EROFS || failure == EBUSY ||
	       failure == EXDEV;
}

/* Where nothing of the path can be made because its directory is missing, that is said. */
static int cannot_create(const char *path, int failure, struct error *e)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (failure == ENOENT && length > 0)
		return error_set(
			e, "cannot create %s: there is no directory %.*s", path, (int)length, path);
	return error_errno(e, failure, "cannot create %s", path);
}

/* The file of that path, no link; old is NULL if there is none yet. */
static int replace(
	const char *path, const struct stat *old, const void *bytes, size_t count, struct error *e)
{
	cleanup_free char *name = NULL;
	int failure = 0, fd = open_new(path, &name);

	if (fd < 0 && old && forbids_rename(errno))
		return write_in_place(path, bytes, count, e);
	if (fd < 0)
		return cannot_create(path, errno, e);
	if (old)
		copy_owner(fd, old);
	if (write_all(fd, bytes, count) < 0 || fsync(fd) < 0)
		failure = errno;
	if (close(fd) < 0 && !failure)
		failure = errno;
	bool renamed = !failure && rename(name, path) == 0;
	if (renamed) {
		sync_directory_of(path);
		return 0;
	}
	bool in_place = !failure && old && forbids_rename(errno);
	failure = failure ? failure : errno;
	unlink(name);
	return in_place ? write_in_place(path, bytes, count, e)
			: error_errno(e, failure, "cannot write %s", path);
}

int file_write(const char *path, const void *bytes, size_t count, struct error *e)
{
	struct stat st;
	int fd;

	if (stat(path, &st) < 0) {
		bool dangling = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
		return dangling ? write_in_place(path, bytes, count, e)
				: replace(path, NULL, bytes, count, e);
	}
	fd = S_ISREG(st.st_mode) ? standard_descriptor(&st) : -1;
	if (fd >= 0 && write_all(fd, bytes, count) < 0)
		return error_errno(e, errno, "cannot write %s", path);
	if (fd >= 0)
		return 0;
	if (!S_ISREG(st.st_mode))
		return write_in_place(path, bytes, count, e);
	cleanup_free char *resolved = realpath(path, NULL);
	return replace(resolved ? resolved : path, &st, bytes, count, e);
}

int dir_make(const char *path, struct error *e)
{
	cleanup_free char *part = str_dup(path);
	struct stat st;

	for (char *at = part + 1; *part && *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		/* If a parent cannot be made, the last mkdir fails. */
		mkdir(part, 0755);
		*at = '/';
	}
	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return error_errno(e, errno, "cannot make the directory %s", path);
	if (stat(path, &st) < 0)
		return error_errno(e, errno, "cannot use %s as a directory", path);
	if (!S_ISDIR(st.st_mode))
		return error_set(e, "cannot make the directory %s: a file is there", path);
	return 0;
}

/* RESOLVE_NO_XDEV also stops at a bind mount of the same file system, which comparing device
 * numbers would not notice: a tree that is bound into a forgotten chroot must survive. */
static int open_inside(int parent, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};

	return (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
}

static int remove_entry(int parent, const char *name, const char *path, int depth, struct error *e);

/* Takes fd. */
static int remove_content(int fd, const char *path, int depth, struct error *e)
{
	cleanup_dir DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		int failure = errno;

		close(fd);
		return error_errno(e, failure, "cannot read the directory %s", path);
	}
	while (errno = 0, (entry = readdir(dir))) {
		cleanup_free char *inner = NULL;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		inner = str_printf("%s/%s", path, entry->d_name);
		if (remove_entry(dirfd(dir), entry->d_name, inner, depth + 1, e) < 0)
			return -1;
	}
	if (errno)
		return error_errno(e, errno, "cannot read the directory %s", path);
	return 0;
}

static int remove_entry(int parent, const char *name, const char *path, int depth, struct error *e)
{
	int fd;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return error_errno(e, errno, "cannot remove %s", path);
	if (depth > DEEPEST_TREE)
		return error_set(e, "cannot remove %s: directories are nested too deeply", path);
	fd = open_inside(parent, name);
	if (fd < 0 && errno == EXDEV)
		return error_set(e, "cannot remove %s: something is mounted there", path);
	if (fd < 0)
		return error_errno(e, errno, "cannot remove %s", path);
	if (remove_content(fd, path, depth, e) < 0)
		return -1;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_errno(e, errno, "cannot remove %s", path);
	return 0;
}

static bool is_mount_point(int fd)
{
	struct statx stx;

	return statx(fd, "", AT_EMPTY_PATH, 0, &stx) == 0 &&
	       (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

int dir_remove(const char *path, struct error *e)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) < 0 && errno == ENOENT)
		return 0;
	/* The way to the top may cross mount points; from there down none is crossed. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		if (unlink(path) < 0 && errno != ENOENT)
			return error_errno(e, errno, "cannot remove %s", path);
		return 0;
	}
	if (fd < 0)
		return error_errno(e, errno, "cannot remove %s", path);
	if (is_mount_point(fd)) {
		close(fd);
		return error_set(e, "cannot remove %s: something is mounted there", path);
	}
	if (remove_content(fd, path, 0, e) < 0)
		return -1;
	if (rmdir(path) < 0 && errno != ENOENT)
		return error_errno(e, errno, "cannot remove %s", path);
	return 0;
}
