/* Staging an image's files on a host: the words of the conversation that «tare-host receive» has
 * over its stdin and stdout, and what both ends know of the files. Not for other rooms.
 *
 * The receiver first says how much of the file is there ("tare-receive at BYTES"), gets the rest,
 * checks the whole and says "tare-receive complete"; or, at any time, "tare-receive failed WHY". */
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

/* Takes stdin into the file. Exit status. */
int receive_main(const char *digest, const struct staged_file *file);

/* Checks the files that are there by size and SHA-256 (once, as long as they do not change) and
 * removes those that are wrong. Those that are not there are appended to missing, a JSON array of
 * names; where none is missing, the root tree is made accessible. */
int image_check(const char *digest, const struct staged_file *files, size_t count, json_t *missing,
	struct error *e);

#endif
