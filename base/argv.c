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

int argv_check_stream(const struct argv *argv, struct error *e)
{
	bool by_srun = false, unbuffered = false;

	for (size_t i = 0; i < argv->count; i++) {
		const char *slash = strrchr(argv->words[i], '/');
		by_srun = by_srun || strcmp(slash ? slash + 1 : argv->words[i], "srun") == 0;
		unbuffered = unbuffered || strcmp(argv->words[i], "--unbuffered") == 0 ||
			     strcmp(argv->words[i], "-u") == 0;
	}
	if (!by_srun || unbuffered)
		return 0;
	return error_set(e,
		"srun without --unbuffered passes whole lines only, and the campaign would wait in "
		"vain for its first agent; add --unbuffered");
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
