/* Staging an image's files on a host: the protocol of "tare-host receive" over its stdin and
 * stdout, and what both ends know about the files. Not for other rooms.
 *
 * * * The receiver first prints how much of the file it has ("tare-receive at BYTES"), receives the
 * rest, verifies the whole file and prints "tare-receive complete"; or, at any time, "tare-receive
 * failed WHY". */
#ifndef TARE_HOSTS_RECEIVE_H
#define TARE_HOSTS_RECEIVE_H

#define RECEIVE_AT "tare-receive at "
#define RECEIVE_COMPLETE "tare-receive complete"
#define RECEIVE_FAILED "tare-receive failed "

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct staged_file {
	const char *name, *sha256;
	uint64_t size;
};

/* $TARE_CACHE/images/DIGEST, of this host. Caller frees. */
char *receive_image_directory(const char *digest);

/* Writes stdin to the file. Returns the exit status. */
int receive_main(const char *digest, const struct staged_file *file);

/* Checks the existing files by size and SHA-256 (once, as long as they do not change) and removes
 * wrong ones. The names of missing files are appended to missing, a JSON array; if none is missing,
 * the root tree is made accessible. */
int image_check(const char *digest, const struct staged_file *files, size_t count, json_t *missing,
	struct error *e);

#endif
