/* A growing text buffer: for building output, XML and messages. Zero-initialised is empty. */
#ifndef TARE_BASE_TEXT_H
#define TARE_BASE_TEXT_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

struct text {
	char *bytes; /* NUL-terminated once anything was added */
	size_t count, capacity;
};

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const void *bytes, size_t count);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *text, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* Adds with &, <, >, " and ' escaped for XML and HTML; bytes that are not valid UTF-8 and
 * control characters other than tab and newline become U+FFFD. */
void text_add_xml(struct text *text, const char *string);
/* Adds with bytes that are not valid UTF-8, and control characters other than tab and newline, as
 * U+FFFD. */
void text_add_clean(struct text *text, const char *string);
/* Makes text of unknown origin safe to print as one line on a terminal, in place: control
 * characters (of ASCII, and U+0080 to U+009F) become spaces, and a UTF-8 sequence that is cut off
 * at the end is removed. */
void text_one_line(char *line);
/* The owned, NUL-terminated string ("" if empty); the buffer becomes empty. */
char *text_take(struct text *text);
void text_free(struct text *text);

#define cleanup_text __attribute__((cleanup(text_free)))

#endif
