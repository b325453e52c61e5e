/* Writes a tar archive that any host's tar can extract. */
#include "hosts/ustar.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_BYTES = 512 };

/* The header of POSIX.1-1988, "ustar" in POSIX.1-2017's pax(1): numbers are octal text. */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type,
		link_name[100], magic[6], version[2], user[32], group[32], major[8], minor[8],
		prefix[155], rest[12];
};

static const char zeros[BLOCK_BYTES];

void ustar_add(struct text *archive, const char *name, const void *bytes, size_t count)
{
	struct header header = {.type = '0', .user = "root", .group = "root"};
	const unsigned char *at = (const unsigned char *)&header;
	unsigned sum = 0;

	_Static_assert(sizeof(header) == BLOCK_BYTES, "a header is one block");
	snprintf(header.name, sizeof(header.name), "%s", name);
	snprintf(header.mode, sizeof(header.mode), "%07o", 0755U);
	snprintf(header.uid, sizeof(header.uid), "%07o", 0U);
	snprintf(header.gid, sizeof(header.gid), "%07o", 0U);
	snprintf(header.size, sizeof(header.size), "%011zo", count);
	snprintf(header.mtime, sizeof(header.mtime), "%011o", 0U);
	memcpy(header.magic, "ustar", sizeof(header.magic));
	memcpy(header.version, "00", sizeof(header.version));
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += at[i];
	snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
	text_add_bytes(archive, &header, sizeof(header));
	text_add_bytes(archive, bytes, count);
	if (count % BLOCK_BYTES)
		text_add_bytes(archive, zeros, BLOCK_BYTES - count % BLOCK_BYTES);
}

void ustar_end(struct text *archive)
{
	text_add_bytes(archive, zeros, BLOCK_BYTES);
	text_add_bytes(archive, zeros, BLOCK_BYTES);
}
