/* The growing text buffer, and making bytes of unknown origin safe to show. */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"

/* What most lines need, so that an empty text is not formatted twice. */
enum { FORMAT_ROOM_BYTES = 100 };

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

	/* Mostly there is room: numbers are the larger part of what a report costs. */
	array_reserve(&text->bytes, &text->capacity, text->count + FORMAT_ROOM_BYTES);
	size_t room = text->capacity - text->count;
	va_copy(again, args);
	count = vsnprintf(text->bytes + text->count, room, format, again);
	va_end(again);
	if (count < 0) {
		text->bytes[text->count] = '\0';
		return;
	}
	if ((size_t)count >= room) {
		array_reserve(&text->bytes, &text->capacity, text->count + (size_t)count + 1);
		vsnprintf(text->bytes + text->count, (size_t)count + 1, format, args);
	}
	text->count += (size_t)count;
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_addv(text, format, args);
	va_end(args);
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
		size_t length = utf8_decode((const char *)at, &point);
		const char *entity = length ? xml_entity(point) : NULL;
		bool blank = point == '\t' || point == '\n';
		/* XML 1.0 has no way to write these, not even escaped. */
		bool unwritable = point == 0xFFFE || point == 0xFFFF;

		if (entity)
			text_add(text, entity);
		else if (!length || unwritable || (utf8_is_control(point) && !blank))
			text_add(text, REPLACEMENT);
		else
			text_add_bytes(text, at, length);
		at += length ? length : 1;
	}
}

void text_add_clean(struct text *text, const char *string)
{
	while (*string) {
		uint32_t point = 0;
		size_t length = utf8_decode(string, &point);

		if (!length || (utf8_is_control(point) && point != '\n' && point != '\t'))
			text_add(text, REPLACEMENT);
		else
			text_add_bytes(text, string, length);
		string += length ? length : 1;
	}
}

void text_one_line(char *line)
{
	unsigned char *at = (unsigned char *)line;

	while (*at) {
		uint32_t point = 0;
		size_t length;

		if (*at >= ' ' && *at < 0x7F) { /* most text is nothing else */
			at++;
			continue;
		}
		length = utf8_decode((const char *)at, &point);
		if (length && utf8_is_control(point))
			memset(at, ' ', length);
		at += length ? length : 1;
	}
	utf8_drop_cut(line, (size_t)(at - (unsigned char *)line));
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
