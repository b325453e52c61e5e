/* Building argument vectors, and showing them as text. */
#include "base/process.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

/* Takes word. */
static void argv_take(struct argv *argv, char *word)
{
	array_reserve(&argv->words, &argv->capacity, argv->count + 2);
	argv->words[argv->count++] = word;
	argv->words[argv->count] = NULL;
}

void argv_add(struct argv *argv, const char *word)
{
	argv_take(argv, str_dup(word));
}

void argv_addf(struct argv *argv, const char *format, ...)
{
	struct text word = {0};
	va_list args;

	va_start(args, format);
	text_addv(&word, format, args);
	va_end(args);
	argv_take(argv, text_take(&word));
}

void argv_add_all(struct argv *argv, ...)
{
	const char *word;
	va_list args;

	va_start(args, argv);
	while ((word = va_arg(args, const char *)))
		argv_add(argv, word);
	va_end(args);
}

void argv_append(struct argv *argv, const struct argv *from)
{
	for (size_t i = 0; i < from->count; i++)
		argv_add(argv, from->words[i]);
}

void argv_free(struct argv *argv)
{
	for (size_t i = 0; i < argv->count; i++)
		free(argv->words[i]);
	free(argv->words);
	*argv = (struct argv){0};
}

static void add_quoted(struct text *text, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_@%+=:,./-";

	if (*word && word[strspn(word, plain)] == '\0') {
		text_add(text, word);
		return;
	}
	text_add(text, "'");
	for (; *word; word++) {
		if (*word == '\'')
			text_add(text, "'\\''");
		else
			text_add_bytes(text, word, 1);
	}
	text_add(text, "'");
}

char *argv_text(const struct argv *argv)
{
	struct text text = {0};

	for (size_t i = 0; i < argv->count; i++) {
		if (i > 0)
			text_add(&text, " ");
		add_quoted(&text, argv->words[i]);
	}
	return text_take(&text);
}
