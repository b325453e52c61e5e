/* Kernels that run during an operation on their machine: they report that they are ready with the
 * first line of their output, and continue when a file appears. */
#ifndef TARE_KERNELS_AWAIT_H
#define TARE_KERNELS_AWAIT_H

#include <stdbool.h>
#include <unistd.h>

/* Whether the file exists. The check for a missing file does not access a disk. */
static inline bool appeared(const char *path)
{
	return access(path, F_OK) == 0;
}

#endif
