/* The digests of a crate's files: manifest-sha256.txt, in the format of sha256sum, with a digest
 * of its own lines in a comment before them. */
#ifndef TARE_PUBLISH_DIGESTS_H
#define TARE_PUBLISH_DIGESTS_H

#include "base/error.h"

#define DIGESTS_NAME "manifest-sha256.txt"

/* Writes it over all files of the directory. */
int digests_write(const char *directory, struct error *e);
/* Calls found(context, name, what) for every file that was changed, is missing, is not listed or
 * is no plain file, the list itself, too; without a list that can be read, for that alone. Returns
 * how many, or -1: the directory or the list cannot be read. */
int digests_check(const char *directory,
	void (*found)(void *context, const char *name, const char *what), void *context,
	struct error *e);

#endif
