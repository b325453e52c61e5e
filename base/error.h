/* The one error object. Every function that can fail takes a struct error as its last
 * parameter, returns -1 (or NULL) and sets one line of text; callers add context on the
 * way up. Only main() prints and exits. */
#ifndef TARE_BASE_ERROR_H
#define TARE_BASE_ERROR_H

#include <stdbool.h>

enum { ERROR_TEXT_BYTES = 1024 };

struct error {
	char text[ERROR_TEXT_BYTES]; /* one line, no newline; "" while there is no error */
};

/* Whether a text was set; false for NULL. */
bool error_is_set(const struct error *e);

/* Sets the text (printf style; control characters become spaces). Returns -1, so that a
 * function can end with `return error_set(e, "…")`. e may be NULL. */
int error_set(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Like error_set, and appends ": " and strerror(number). */
int error_errno(struct error *e, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts context before the text that is already there: "context: text". Returns -1. */
int error_prefix(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Static analysis reads one file at a time and cannot know that these return -1. */
#ifdef __clang_analyzer__
#define error_set(...) (error_set(__VA_ARGS__), -1)
#define error_errno(...) (error_errno(__VA_ARGS__), -1)
#define error_prefix(...) (error_prefix(__VA_ARGS__), -1)
#endif

#endif
