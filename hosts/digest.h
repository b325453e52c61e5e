/* SHA-256 of files, and of the set of programs that a host needs. */
#ifndef TARE_HOSTS_DIGEST_H
#define TARE_HOSTS_DIGEST_H

#include <stddef.h>

#include "base/error.h"

enum { DIGEST_TEXT_BYTES = 65 };

/* Of the whole file, as 64 hex digits. */
int digest_file(const char *path, char hex[DIGEST_TEXT_BYTES], struct error *e);
void digest_bytes(const void *bytes, size_t count, char hex[DIGEST_TEXT_BYTES]);

enum { PROGRAM_AGENT = 1, PROGRAM_COUNT = 6 };
/* tare-host, the programs that drivers start by path, and what the reach starts. */
extern const char *const program_names[PROGRAM_COUNT];
/* SHA-256 over the SHA-256s and names of the files, in the order of program_names. */
int digest_programs(
	const char *const paths[PROGRAM_COUNT], char hex[DIGEST_TEXT_BYTES], struct error *e);

#endif
