/* See footnotes.h. */
#include "cli/footnotes.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "report/write/text_table.h"

static void add_superscript(struct text *out, size_t number)
{
	static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};

	if (number >= ARRAY_COUNT(digits))
		add_superscript(out, number / ARRAY_COUNT(digits));
	text_add(out, digits[number % ARRAY_COUNT(digits)]);
}

void footnotes_mark(struct footnotes *notes, const char *note, struct text *out)
{
	size_t i = 0;

	while (i < notes->count && strcmp(notes->texts[i], note) != 0)
		i++;
	if (i == notes->count) {
		array_reserve(&notes->texts, &notes->capacity, notes->count + 1);
		notes->texts[notes->count++] = str_dup(note);
	}
	add_superscript(out, i + 1);
}

void footnotes_add(const struct footnotes *notes, size_t width, struct text *out)
{
	for (size_t i = 0; i < notes->count; i++) {
		cleanup_text struct text line = {0};
		add_superscript(&line, i + 1);
		text_addf(&line, " %s", notes->texts[i]);
		text_table_add_lines(out, line.bytes, width);
	}
	text_add(out, notes->count ? "\n" : "");
}

void footnotes_free(struct footnotes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->texts[i]);
	free(notes->texts);
	*notes = (struct footnotes){0};
}
