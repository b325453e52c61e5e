/* The growing text buffer, and what makes foreign bytes fit to be shown. */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static const char REPLACEMENT[] = "\xEF\xBF\xBD"; /* U+FFFD */

void text_add_bytes(struct text *text, const void *bytes, size_t count)
{
	array_reserve(&text->bytes, &text->capacity, text->count + count + 1);
	if (count)
		memcpy(text->bytes + text->count, bytes, count);
	text->count += count;
	text->bytes[text->count] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_bytes(text, string, strlen(string));
}

void text_addv(struct text *text, const char *format, va_list args)
{
	va_list again;
	int count;

	va_copy(again, args);
	count = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (count < 0)
		return;
	array_reserve(&text->bytes, &text->capacity, text->count + (size_t)count + 1);
	vsnprintf(text->bytes + text->count, (size_t)count + 1, format, args);
	text->count += (size_t)count;
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_addv(text, format, args);
	va_end(args);
}

/* The length of the UTF-8 sequence that starts the NUL-terminated bytes, and its code point; 0 if
 * there is no valid one (overlong, surrogate, beyond U+10FFFF, cut off). RFC 3629. */
static size_t utf8_decode(const unsigned char *bytes, uint32_t *point)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t smallest;
	} forms[] = {
		{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};

	for (size_t extra = 0; extra < ARRAY_COUNT(forms); extra++) {
		if ((bytes[0] & forms[extra].mask) != forms[extra].lead)
			continue;
		*point = bytes[0] & (unsigned char)~forms[extra].mask;
		for (size_t i = 1; i <= extra; i++) {
			if ((bytes[i] & 0xC0) != 0x80)
				return 0;
			*point = *point << 6 | (bytes[i] & 0x3F);
		}
		if (*point < forms[extra].smallest || *point > 0x10FFFF ||
			(*point >= 0xD800 && *point <= 0xDFFF))
			return 0;
		return extra + 1;
	}
	return 0;
}

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

static const char *xml_entity(uint32_t point)
{
	static const struct {
		uint32_t point;
		const char *entity;
	} entities[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

	for (size_t i = 0; i < ARRAY_COUNT(entities); i++)
		if (entities[i].point == point)
			return entities[i].entity;
	return NULL;
}

void text_add_xml(struct text *text, const char *string)
{
	const unsigned char *at = (const unsigned char *)string;

	text_add_bytes(text, "", 0);
	while (*at) {
		uint32_t point = 0;
		size_t length = utf8_decode(at, &point);
		const char *entity = length ? xml_entity(point) : NULL;
		bool blank = point == '\t' || point == '\n';
		/* XML 1.0 has no way to write these, not even escaped. */
		bool unwritable = point == 0xFFFE || point == 0xFFFF;

		if (entity)
			text_add(text, entity);
		else if (!length || unwritable || (is_control(point) && !blank))
			text_add(text, REPLACEMENT);
		else
			text_add_bytes(text, at, length);
		at += length ? length : 1;
	}
}

/* A sequence that the end of the buffer cut off is dropped; other foreign bytes stay, because a
 * file name need not be UTF-8 and should be shown as it is. */
static void drop_cut_sequence(char *line, size_t count)
{
	for (size_t back = 1; back <= 3 && back <= count; back++) {
		unsigned char byte = (unsigned char)line[count - back];
		size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;

		if (byte < 0x80)
			return;
		if (length > back)
			line[count - back] = '\0';
		if (length > 1)
			return;
	}
}

void text_one_line(char *line)
{
	unsigned char *at = (unsigned char *)line;

	while (*at) {
		uint32_t point = 0;
		size_t length = utf8_decode(at, &point);

		if (length && is_control(point))
			memset(at, ' ', length);
		at += length ? length : 1;
	}
	drop_cut_sequence(line, (size_t)(at - (unsigned char *)line));
}

char *text_take(struct text *text)
{
	char *bytes = text->bytes ? text->bytes : str_dup("");

	*text = (struct text){0};
	return bytes;
}

void text_free(struct text *text)
{
	free(text->bytes);
	*text = (struct text){0};
}
