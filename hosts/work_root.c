/* Work directories of campaigns, the mark that tells them from what others keep beside them, and
 * the lock on it while they are in use. */
#include "hosts/work_root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

#define MARK ".tare-work"

/* Identifies this host across boots. Caller frees. */
static char *own_mark(void)
{
	struct utsname name = {0};
	cleanup_free char *machine = file_read_line("/etc/machine-id");

	uname(&name);
	return str_printf("%s %s", name.nodename, machine ? machine : "-");
}

/* How the directories are named on this host until they have their mark. Caller frees. */
static char *unfinished_prefix(void)
{
	struct utsname name = {0};

	uname(&name);
	return str_printf(MARK ".%s.", name.nodename);
}

/* Whether another process made it meanwhile; then ours is not needed. */
static bool was_made(const char *mark_path, const char *unfinished)
{
	struct error ignored;

	if (!file_exists(mark_path))
		return false;
	dir_remove(unfinished, &ignored);
	return true;
}

/* Under another name first, so that it never is there without its mark. The name is this process's:
 * hosts of a site that share a directory may be one machine. */
static int make(const char *path, struct error *e)
{
	const char *id = strrchr(path, '/') + 1;
	cleanup_free char *mark_path = str_printf("%s/" MARK, path), *mark = own_mark();
	cleanup_free char *prefix = unfinished_prefix();
	cleanup_free char *unfinished =
		str_printf("%.*s%s%s.%d", (int)(id - path), path, prefix, id, (int)getpid());
	cleanup_free char *first_mark = str_printf("%s/" MARK, unfinished);

	if (file_exists(mark_path))
		return 0;
	if (dir_make(unfinished, e) < 0 || file_write(first_mark, mark, strlen(mark), e) < 0)
		return -1;
	if (rename(unfinished, path) < 0 && !was_made(mark_path, unfinished))
		return error_errno(e, errno, "cannot make the work directory %s", path);
	return 0;
}

/* The directories that this process uses, each with its locked mark. Several hosts of a site may be
 * this machine, each with a thread of its own. */
struct use {
	struct use *next;
	char *path;
	int fd;
};

static struct use *uses;
static pthread_mutex_t uses_mutex = PTHREAD_MUTEX_INITIALIZER;

/* Where it is, or where the next one is put. */
static struct use **find_use(const char *path)
{
	struct use **at = &uses;

	while (*at && strcmp((*at)->path, path) != 0)
		at = &(*at)->next;
	return at;
}

/* NFS wants a descriptor that can be written for an exclusive lock. */
static int open_mark(const char *path)
{
	cleanup_free char *mark_path = str_printf("%s/" MARK, path);

	return open(mark_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
}

/* On a file system without locks campaigns run all the same; there only a run directory says that
 * a work directory is in use. */
static void begin_use(const char *path)
{
	struct use **at = find_use(path);

	if (*at)
		return;
	cleanup_fd int fd = open_mark(path);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0)
		return;
	*at = mem_new(1, sizeof(**at));
	**at = (struct use){.path = str_dup(path), .fd = take_fd(&fd)};
}

static void end_use(const char *path)
{
	struct use **at = find_use(path), *use = *at;

	if (!use)
		return;
	*at = use->next;
	close(use->fd);
	free(use->path);
	free(use);
}

int work_root_make(const char *path, struct error *e)
{
	pthread_mutex_lock(&uses_mutex);
	int status = make(path, e);
	if (status == 0)
		begin_use(path);
	pthread_mutex_unlock(&uses_mutex);
	return status;
}

int work_root_remove(const char *path, struct error *e)
{
	int status = dir_remove(path, e);

	pthread_mutex_lock(&uses_mutex);
	end_use(path);
	pthread_mutex_unlock(&uses_mutex);
	return status;
}

bool work_root_is_used(const char *path)
{
	cleanup_fd int fd = open_mark(path);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool work_root_is_own(const char *path)
{
	cleanup_free char *mark_path = str_printf("%s/" MARK, path), *own = own_mark();
	cleanup_free char *mark = file_read_line(mark_path);

	return mark && strcmp(mark, own) == 0;
}

int work_roots_remove_unfinished(const char *work_dir, struct error *e)
{
	cleanup_free char *prefix = unfinished_prefix();
	cleanup_dir DIR *dir = opendir(work_dir);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		const char *id = entry->d_name + strlen(prefix);
		cleanup_free char *alive = str_printf("/run/tare/%.*s", (int)strcspn(id, "."), id);
		cleanup_free char *path = str_printf("%s/%s", work_dir, entry->d_name);
		if (!file_exists(alive) && dir_remove(path, e) < 0)
			return -1;
	}
	return 0;
}
