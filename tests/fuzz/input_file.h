/* Inputs of harnesses as files and streams in memory, for code that takes a path or descriptors: a
 * system call costs as much as parsing a short input. The linker puts the calls of input_file.c in
 * the place of open, read, write, close, fcntl, poll, ppoll, pthread_sigmask and getrandom (see
 * CMakeLists.txt): those that are not about these descriptors go on to the C library. */
#ifndef TARE_TESTS_INPUT_FILE_H
#define TARE_TESTS_INPUT_FILE_H

#include <stddef.h>

/* Descriptors that the kernel never gives: what is read from one is the input; what is written to
 * the other is taken and forgotten. Closing them does nothing. */
enum { INPUT_FD = 1 << 30, OUTPUT_FD };

/* Makes the bytes, which must stay, a file, and returns its path, which is valid until the next
 * call. Opening it gives INPUT_FD. */
const char *input_file(const void *bytes, size_t count);
/* Makes the bytes, which must stay, a stream of which nothing has come yet. */
void input_stream(const void *bytes, size_t count);
/* So many more of its bytes come. */
void input_stream_come(size_t count);
/* The stream has ended, with what has come. */
void input_stream_end(void);

#endif
