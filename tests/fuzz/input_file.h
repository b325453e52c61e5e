/* Inputs of harnesses as files, for parsers that take a path. */
#ifndef TARE_TESTS_INPUT_FILE_H
#define TARE_TESTS_INPUT_FILE_H

#include <stddef.h>

/* Writes the bytes into a file in memory and returns its path, which stays the same and is valid
 * until the next call. Ends the program where that fails. */
const char *input_file(const void *bytes, size_t count);

#endif
