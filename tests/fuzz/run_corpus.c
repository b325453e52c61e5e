/* A main() for a fuzzing harness without libFuzzer: gives it every file of a directory, and changed
 * copies of every file, by the harness's own mutator where it has one. No coverage is looked at.
 *   run-NAME-corpus DIRECTORY [VARIANTS]  so many copies of each, from a fixed seed
 *   run-NAME-corpus DIRECTORY SECONDS SEED FOUND
 *                                         copies of the short ones, for so long; an input by which
 *                                         the program ends, or hangs, is written to the file FOUND
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/files.h"
#include "tests/fuzz/mutate.h"

enum { VARIANTS = 200, FILE_LIMIT = 4 << 20, ROOM_BYTES = 4096 };
/* Of the timed run: as in a fast run of scripts/fuzz. */
enum { SHORT_BYTES = 512, CHANGES_MOST = 5, ROUND_VARIANTS = 1000, HANG_S = 30 };

#pragma weak LLVMFuzzerCustomMutator

struct input {
	char *bytes;
	size_t count;
};

static uint64_t random_state = 1;
/* The execution that is going on, for the handler of signals. */
static const uint8_t *volatile given;
static volatile size_t given_count;
static volatile unsigned long long executions;
static const char *found_path;

static size_t random_below(size_t limit)
{
	return mutate_below(&random_state, limit);
}

static void give(const uint8_t *bytes, size_t count)
{
	/* Exactly as large as the input, so that the sanitizer sees every step beyond. */
	uint8_t *copy = malloc(count + !count);

	if (!copy)
		abort();
	memcpy(copy, bytes, count);
	given_count = count;
	given = copy;
	executions++;
	LLVMFuzzerTestOneInput(copy, count);
	given = NULL;
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

static size_t change(uint8_t *bytes, size_t count, size_t most)
{
	if (!LLVMFuzzerCustomMutator)
		return LLVMFuzzerMutate(bytes, count, most);
	return LLVMFuzzerCustomMutator(bytes, count, most, (unsigned)random_below(UINT32_MAX));
}

/* Each with so many changes at most. */
static void give_variants(const struct input *input, unsigned variants, size_t changes_most)
{
	size_t most = 2 * input->count + ROOM_BYTES;
	uint8_t *changed = mem_new(most, 1);

	for (unsigned i = 0; i < variants; i++) {
		size_t count = input->count;

		memcpy(changed, input->bytes, count);
		for (size_t changes = 1 + random_below(changes_most); changes > 0; changes--)
			count = change(changed, count, most);
		give(changed, count);
	}
	free(changed);
}

static struct input *read_inputs(const char *directory, size_t *count)
{
	cleanup_dir DIR *folder = opendir(directory);
	struct input *inputs = NULL;
	struct dirent *entry;
	size_t capacity = 0;

	for (*count = 0; folder && (entry = readdir(folder));) {
		cleanup_free char *path = str_printf("%s/%s", directory, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		array_reserve(&inputs, &capacity, *count + 1);
		struct input *input = &inputs[(*count)++];
		if (file_read(path, FILE_LIMIT, &input->bytes, &input->count, NULL) < 0) {
			fprintf(stderr, "cannot read %s\n", path);
			exit(1);
		}
	}
	return inputs;
}

static void write_found(void)
{
	int fd = open(found_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (given && fd >= 0)
		(void)!write(fd, given, given_count);
}

static void on_end(int number)
{
	write_found();
	signal(number, SIG_DFL);
	raise(number);
}

/* Whether one execution took all the time since the last alarm. */
static void on_alarm(int number)
{
	static unsigned long long before;

	(void)number;
	if (executions == before)
		abort();
	before = executions;
	alarm(HANG_S);
}

static void handle_signals(void)
{
	static const int ends[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

	for (size_t i = 0; i < ARRAY_COUNT(ends); i++)
		signal(ends[i], on_end);
	signal(SIGALRM, on_alarm);
	alarm(HANG_S);
}

static void run_timed(const struct input *inputs, size_t count, char **argv)
{
	double end_s = clock_monotonic_s() + strtod(argv[2], NULL);

	random_state = strtoull(argv[3], NULL, 10);
	found_path = argv[4];
	handle_signals();
	while (clock_monotonic_s() < end_s)
		for (size_t i = 0; i < count && clock_monotonic_s() < end_s; i++)
			if (inputs[i].count <= SHORT_BYTES)
				give_variants(&inputs[i], ROUND_VARIANTS, CHANGES_MOST);
	printf("%llu executions\n", executions);
}

int main(int argc, char **argv)
{
	unsigned variants = argc == 3 ? (unsigned)strtoul(argv[2], NULL, 10) : VARIANTS;
	size_t count;

	if (argc != 2 && argc != 3 && argc != 5) {
		fprintf(stderr, "usage: run-corpus DIRECTORY [VARIANTS | SECONDS SEED FOUND]\n");
		return 2;
	}
	struct input *inputs = read_inputs(argv[1], &count);
	if (argc == 5) {
		run_timed(inputs, count, argv);
	} else {
		for (size_t i = 0; i < count; i++) {
			give((const uint8_t *)inputs[i].bytes, inputs[i].count);
			give_variants(&inputs[i], variants, 1);
		}
		printf("%zu files, %u variants of each\n", count, variants);
	}
	for (size_t i = 0; i < count; i++)
		free(inputs[i].bytes);
	free(inputs);
	return count ? 0 : 1; /* an empty corpus tests nothing */
}
