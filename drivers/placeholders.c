/* Splits a command line into words and replaces placeholders. */
#include "drivers/placeholders.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* At "{": adds the value and returns the placeholder's length, or 0 if it is none. */
static size_t placeholder(const char *at, const struct placeholder_value *values, struct text *word)
{
	const char *end = strchr(at, '}');

	for (; end && values->name; values++) {
		size_t length = (size_t)(end - at - 1);
		if (strlen(values->name) == length && strncmp(at + 1, values->name, length) == 0) {
			text_add(word, values->value);
			return length + 2;
		}
	}
	return 0;
}

int placeholders_split(
	const char *text, const struct placeholder_value *values, struct argv *out, struct error *e)
{
	cleanup_text struct text word = {0};
	bool begun = false;
	char quote = '\0';
	size_t step;

	for (const char *at = text;; at += step) {
		step = 1;
		if (*at && quote == *at) {
			quote = '\0';
		} else if (!quote && (*at == '\'' || *at == '"')) {
			quote = *at;
			begun = true;
		} else if (!*at || (!quote && isspace((unsigned char)*at))) {
			if (begun)
				argv_add(out, word.bytes ? word.bytes : "");
			text_free(&word);
			begun = false;
		} else if (*at == '{') {
			step = placeholder(at, values, &word);
			if (step == 0)
				return error_set(e, "\"%.20s\": not one of the placeholders", at);
			begun = true;
		} else {
			text_add_bytes(&word, at, 1);
			begun = true;
		}
		if (!*at)
			break;
	}
	return quote ? error_set(e, "the quote %c is not closed", quote) : 0;
}
