/* A main() for a fuzzing harness where libFuzzer is not at hand: gives it every file of a
 * directory, and changed copies of every file, from a fixed seed, by the harness's own mutator
 * where it has one. Usage: run-NAME-corpus DIRECTORY [VARIANTS] */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/files.h"
#include "tests/fuzz/mutate.h"

enum { VARIANTS = 200, FILE_LIMIT = 4 << 20, ROOM_BYTES = 4096 };

#pragma weak LLVMFuzzerCustomMutator

static uint64_t random_state = 1;

static size_t random_below(size_t limit)
{
	return mutate_below(&random_state, limit);
}

static void give(const uint8_t *bytes, size_t count)
{
	/* Exactly as large as the input, so that the sanitizer sees every step beyond. */
	uint8_t *copy = mem_new(count + !count, 1);

	memcpy(copy, bytes, count);
	LLVMFuzzerTestOneInput(copy, count);
	free(copy);
}

/* A byte changed, the end cut off, a part moved, or the whole put in the middle of itself. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t most)
{
	size_t at = random_below(count), way = random_below(4);

	if (!count) {
		bytes[0] = (uint8_t)random_below(256);
		return most > 0;
	}
	if (way == 0) {
		bytes[at] ^= (uint8_t)(1 + random_below(255));
	} else if (way == 1) {
		count = at;
	} else if (way == 2) {
		memmove(bytes + at, bytes + random_below(at + 1), count - at);
	} else {
		size_t length = count + at <= most ? count : most - at;

		memmove(bytes + at, bytes, length);
		count = at + length;
	}
	return count;
}

static void give_variants(const uint8_t *bytes, size_t count, unsigned variants)
{
	size_t most = 2 * count + ROOM_BYTES;
	uint8_t *changed = mem_new(most, 1);

	for (unsigned i = 0; i < variants; i++) {
		size_t length;

		memcpy(changed, bytes, count);
		if (LLVMFuzzerCustomMutator)
			length = LLVMFuzzerCustomMutator(
				changed, count, most, (unsigned)random_below(UINT32_MAX));
		else
			length = LLVMFuzzerMutate(changed, count, most);
		give(changed, length);
	}
	free(changed);
}

int main(int argc, char **argv)
{
	cleanup_dir DIR *folder = argc == 2 || argc == 3 ? opendir(argv[1]) : NULL;
	unsigned variants = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : VARIANTS;
	struct dirent *entry;
	unsigned files = 0;

	if (!folder) {
		fprintf(stderr, "usage: run-corpus DIRECTORY [VARIANTS]\n");
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
		give_variants((const uint8_t *)bytes, count, variants);
		files++;
	}
	printf("%u files, %u variants of each\n", files, variants);
	return files ? 0 : 1; /* an empty corpus tests nothing */
}
