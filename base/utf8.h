/* UTF-8 text, by characters (code points). */
#ifndef TARE_BASE_UTF8_H
#define TARE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length in bytes of the sequence that the NUL-terminated text begins with, and its code point;
 * 0 if there is no valid one (overlong, surrogate, beyond U+10FFFF, cut off). RFC 3629. */
size_t utf8_decode(const char *text, uint32_t *point);
/* Whether it is a control character: below U+0020, or U+007F to U+009F. */
bool utf8_is_control(uint32_t point);
/* The number of characters in text. */
size_t utf8_width(const char *text);
/* Bytes of the first width characters of text, or of all of it if it has fewer. */
size_t utf8_prefix(const char *text, size_t width);
/* Removes a sequence that is cut off by the end of line, which has count bytes. Other bytes that
 * are not UTF-8 stay: a file name need not be UTF-8 and is shown as it is. */
void utf8_drop_cut(char *line, size_t count);

#endif
