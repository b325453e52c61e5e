/* See input_file.h: one memfd, written again for every input. */
#include "input_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const char *input_file(const void *bytes, size_t count)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("input", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, bytes, count, 0) != (ssize_t)count) {
		perror("input file");
		exit(2);
	}
	return path;
}
