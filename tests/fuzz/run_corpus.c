/* A main() for a fuzzing harness where libFuzzer is not at hand: gives it every file of a
 * directory, and every file again with bytes changed, cut off, and doubled, from a fixed seed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"

enum { VARIANTS = 200, FILE_LIMIT = 4 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static uint64_t random_state = 1;

static size_t random_below(size_t limit)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return limit ? (size_t)(random_state >> 33) % limit : 0;
}

static void give(const uint8_t *bytes, size_t count)
{
	/* Exactly as large as the input, so that the sanitizer sees every step beyond. */
	uint8_t *copy = mem_new(count + !count, 1);

	memcpy(copy, bytes, count);
	LLVMFuzzerTestOneInput(copy, count);
	free(copy);
}

static void variants(const uint8_t *bytes, size_t count)
{
	uint8_t *changed = mem_new(2 * count + 1, 1);

	for (int i = 0; i < VARIANTS; i++) {
		size_t at = random_below(count), length = count;

		memcpy(changed, bytes, count);
		if (i % 4 == 0) {
			changed[at] ^= (uint8_t)(1 + random_below(255));
		} else if (i % 4 == 1) {
			length = at;
		} else if (i % 4 == 2) {
			memmove(changed + at, bytes + random_below(at + 1), count - at);
		} else {
			memcpy(changed + at, bytes, count);
			length = at + count;
		}
		give(changed, length);
	}
	free(changed);
}

int main(int argc, char **argv)
{
	cleanup_dir DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	unsigned files = 0;

	if (!folder) {
		fprintf(stderr, "usage: run-corpus DIRECTORY\n");
		return 2;
	}
	while ((entry = readdir(folder))) {
		cleanup_free char *path = str_printf("%s/%s", argv[1], entry->d_name);
		cleanup_free char *bytes = NULL;
		size_t count;

		if (entry->d_name[0] == '.')
			continue;
		if (file_read(path, FILE_LIMIT, &bytes, &count, NULL) < 0) {
			fprintf(stderr, "cannot read %s\n", path);
			return 1;
		}
		give((const uint8_t *)bytes, count);
		variants((const uint8_t *)bytes, count);
		files++;
	}
	printf("%u files, %d variants of each\n", files, VARIANTS);
	return files ? 0 : 1; /* an empty corpus tests nothing */
}
