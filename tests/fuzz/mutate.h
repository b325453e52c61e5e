/* The custom mutators of libFuzzer, as clang's documentation declares them. */
#ifndef TARE_TESTS_MUTATE_H
#define TARE_TESTS_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* The plain mutation of bytes: libFuzzer's, or that of run_corpus.c. Returns the new size. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t count, size_t most);

/* Changes the input in place, in the way that seed says. Returns the new size. */
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t count, size_t most, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* A generator of the mutators' own, which the seed alone decides. */
static inline uint64_t mutate_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static inline size_t mutate_below(uint64_t *state, size_t limit)
{
	return limit ? mutate_random(state) % limit : 0;
}

#endif
