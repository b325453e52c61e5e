/* SHA-256 of files, bytes and of the programs that hosts get. */
#include "hosts/digest.h"

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { PIECE_BYTES = 1 << 18 };

const char *const program_names[PROGRAM_COUNT] = {"tare-host", [PROGRAM_AGENT] = "tare-agent",
	"tare-enter", "tare-fake", "tare-room", "tare-attach"};

int digest_file(const char *path, char hex[DIGEST_TEXT_BYTES], struct error *e)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_free uint8_t *piece = mem_new(1, PIECE_BYTES);
	SHA2_CTX context;
	ssize_t got;

	if (fd < 0)
		return error_errno(e, errno, "%s", path);
	SHA256Init(&context);
	while ((got = read(fd, piece, PIECE_BYTES)) != 0) {
		if (got > 0)
			SHA256Update(&context, piece, (size_t)got);
		else if (errno != EINTR)
			return error_errno(e, errno, "%s", path);
	}
	SHA256End(&context, hex);
	return 0;
}

void digest_bytes(const void *bytes, size_t count, char hex[DIGEST_TEXT_BYTES])
{
	SHA256Data(bytes, count, hex);
}

int digest_programs(
	const char *const paths[PROGRAM_COUNT], char hex[DIGEST_TEXT_BYTES], struct error *e)
{
	cleanup_text struct text list = {0};

	for (size_t i = 0; i < PROGRAM_COUNT; i++) {
		if (digest_file(paths[i], hex, e) < 0)
			return -1;
		text_addf(&list, "%s %s\n", hex, program_names[i]);
	}
	digest_bytes(list.bytes, list.count, hex);
	return 0;
}
