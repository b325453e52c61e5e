/* What the kernels share that something is done to from outside while they run: they say that they
 * are ready by their output's first line, and go on when a file appears. */
#ifndef TARE_KERNELS_AWAIT_H
#define TARE_KERNELS_AWAIT_H

#include <stdbool.h>
#include <unistd.h>

/* Whether the file is there. Looking for one that is not costs no access to a disk. */
static inline bool appeared(const char *path)
{
	return access(path, F_OK) == 0;
}

#endif
