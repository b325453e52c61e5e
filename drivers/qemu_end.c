/* See qemu_end.h. */
#include "drivers/qemu_end.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "drivers/local.h"

/* libvirt's connection to QEMU's monitor, at QEMU's end. */
#define MONITOR "/monitor.sock"

static bool is_monitor(int fd)
{
	struct sockaddr_un address = {0};
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
		address.sun_family != AF_UNIX || length == sizeof(address))
		return false;
	const char *name = strrchr(address.sun_path, '/');
	return name && strcmp(name, MONITOR) == 0;
}

/* Whether it is the monitor's connection, not the socket that waits for one. */
static bool is_connected(int fd)
{
	struct sockaddr_un peer;
	socklen_t length = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &length) == 0;
}

/* A copy of the process's descriptor; -1: it is none. */
static int copy_monitor(int process, int number)
{
	cleanup_fd int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);

	return fd >= 0 && is_monitor(fd) && is_connected(fd) ? take_fd(&fd) : -1;
}

static int find_monitor(pid_t pid)
{
	cleanup_free char *path = str_printf("/proc/%d/fd", (int)pid);
	cleanup_fd int process = (int)syscall(SYS_pidfd_open, pid, 0);
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;
	int found = -1;

	while (dir && process >= 0 && found < 0 && (entry = readdir(dir))) {
		char target[16] = "";
		if (readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1) > 0 &&
			strncmp(target, "socket:", strlen("socket:")) == 0)
			found = copy_monitor(process, atoi(entry->d_name));
	}
	return found;
}

int qemu_end(const char *word, double limit_s)
{
	pid_t pid = program_pid(program_has_word, word);

	if (pid <= 0)
		return -1;
	cleanup_fd int monitor = find_monitor(pid);
	return program_end(pid, limit_s) ? take_fd(&monitor) : -1;
}
