/* Writes a tar archive (POSIX ustar) of a few programs into memory. */
#ifndef TARE_HOSTS_USTAR_H
#define TARE_HOSTS_USTAR_H

#include "base/text.h"

/* Adds an executable file, owned by root. The name has less than 100 bytes. */
void ustar_add(struct text *archive, const char *name, const void *bytes, size_t count);
void ustar_end(struct text *archive);

#endif
