/* A lock a host, as flock on a file that is named by the site and the host: campaigns of other
 * users see it, too, and the kernel lets go of it when its process ends. The files stay: one that
 * is removed could be locked by two. */
#include "campaign/fleet/site_lock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "base/log.h"

/* Anybody may make files there. */
#define LOCKS_DIR "/run/lock"

enum { PID_BYTES = 16 };

struct site_lock {
	int *fds; /* by the site's hosts; -1: could not be made */
	size_t count;
};

/* A site's name may be any text. */
static char *lock_path(const struct site *site, const struct site_host *host)
{
	char *path = str_printf(LOCKS_DIR "/tare-%s-%s", site->name, host->name);

	for (char *c = path + strlen(LOCKS_DIR "/"); *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
			*c = '_';
	return path;
}

/* Opened before it is made: what another user has made there must not be opened with O_CREAT
 * (fs.protected_regular). */
static int open_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0)
		fchmod(fd, 0666); /* whatever the umask */
	else if (errno == EEXIST)
		fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return fd;
}

static int refuse(int fd, const struct site *site, const struct site_host *host, struct error *e)
{
	char pid[PID_BYTES] = "";
	ssize_t count = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[count > 0 ? strspn(pid, "0123456789") : 0] = '\0';
	return error_set(e,
		"%s of site %s is in use by another campaign (process %s), which may reboot it; "
		"wait until that has ended",
		host->name, site->name, pid[0] ? pid : "unknown");
}

/* A lock that cannot be made is no reason not to measure. */
static int lock_host(
	const struct site *site, const struct site_host *host, int *out, struct error *e)
{
	cleanup_free char *path = lock_path(site, host);
	cleanup_fd int fd = open_lock(path);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return refuse(fd, site, host, e);
	if (fd < 0 || ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0)
		log_warn("%s: %s; other campaigns do not see that %s is in use", path,
			strerror(errno), host->name);
	*out = take_fd(&fd);
	return 0;
}

struct site_lock *site_lock_new(const struct site *site, struct error *e)
{
	struct site_lock *lock = mem_new(1, sizeof(*lock));

	if (site->environment_count == 0)
		return lock;
	lock->fds = mem_new(site->host_count, sizeof(*lock->fds));
	for (; lock->count < site->host_count; lock->count++)
		if (lock_host(site, &site->hosts[lock->count], &lock->fds[lock->count], e) < 0) {
			site_lock_free(lock);
			return NULL;
		}
	return lock;
}

void site_lock_free(struct site_lock *lock)
{
	if (!lock)
		return;
	for (size_t h = 0; h < lock->count; h++)
		if (lock->fds[h] >= 0)
			close(lock->fds[h]);
	free(lock->fds);
	free(lock);
}
