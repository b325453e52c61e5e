/* Decoding and measuring UTF-8 text. */
#include "base/utf8.h"

#include "base/array.h"

size_t utf8_decode(const char *text, uint32_t *point)
{
	const unsigned char *bytes = (const unsigned char *)text;
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

bool utf8_is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7F && point <= 0x9F);
}

size_t utf8_width(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

size_t utf8_prefix(const char *text, size_t width)
{
	size_t bytes = 0;

	for (; text[bytes]; bytes++) {
		bool begins = ((unsigned char)text[bytes] & 0xC0) != 0x80;
		if (begins && width-- == 0)
			break;
	}
	return bytes;
}

void utf8_drop_cut(char *line, size_t count)
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
