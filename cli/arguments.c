/* What was given on the command line of a verb, and what its exit codes mean. */
#include "cli/verbs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/option.h"

const struct exit_code *verb_exits(const struct verb *verb)
{
	static const struct exit_code usual[] = {
		{EXIT_OK, "success"}, {EXIT_USAGE, "usage or configuration error"}, {0, NULL}};

	return verb->exits[0].meaning ? verb->exits : usual;
}

const char *flag_value(const struct arguments *arguments, char key)
{
	for (size_t i = 0; arguments->verb->flags[i].key; i++)
		if (arguments->verb->flags[i].key == key)
			return arguments->values[i];
	return NULL;
}

bool flag_given(const struct arguments *arguments, char key)
{
	return flag_value(arguments, key) != NULL;
}

int flag_number(const struct arguments *arguments, char key, uint64_t low, uint64_t high,
	uint64_t *number, struct error *e)
{
	const struct flag *flag = arguments->verb->flags;
	const char *text = flag_value(arguments, key);
	char *end;

	if (!text)
		return 0;
	while (flag->key != key)
		flag++;
	errno = 0;
	uint64_t value = strtoull(text, &end, 10);
	if (errno || !isdigit((unsigned char)text[0]) || *end || value < low || value > high)
		return error_set(e, "--%s: expected a whole number from %llu to %llu, not \"%s\"",
			flag->name, (unsigned long long)low, (unsigned long long)high, text);
	*number = value;
	return 0;
}

/* --- mistyped options ------------------------------------------------------------------------- */

/* What argp adds to every verb's options. */
static const struct flag common_flags[] = {
	{'?', "help", NULL, NULL}, {'?', "usage", NULL, NULL}, {'V', "version", NULL, NULL}, {0}};

/* The first flag whose name begins with these bytes, as getopt takes abbreviations, or NULL. */
static const struct flag *find_long(const struct flag *flags, const char *name, size_t length)
{
	for (; flags->key; flags++)
		if (strncmp(flags->name, name, length) == 0)
			return flags;
	return NULL;
}

static int unknown_option(const struct verb *verb, const char *word, size_t length, struct error *e)
{
	char *names[FLAGS_MAX + ARRAY_COUNT(common_flags)];
	cleanup_free char *given = str_printf("%.*s", (int)length, word);
	size_t count = 0;

	for (const struct flag *f = verb->flags; f->key; f++)
		names[count++] = str_printf("--%s", f->name);
	for (const struct flag *f = common_flags; f->key; f++)
		names[count++] = str_printf("--%s", f->name);
	cleanup_free char *hint = nearest_hint(given, (const char *const *)names, count);
	while (count > 0)
		free(names[--count]);
	return hint[0] ? error_set(e, "there is no option \"%s\"%s", given, hint) : 0;
}

/* Whether the argument of the last of the letters is the next word. */
static bool takes_next(const struct verb *verb, const char *letters)
{
	for (; *letters; letters++)
		for (const struct flag *f = verb->flags; f->key; f++)
			if (f->key == *letters && f->argument)
				return !letters[1];
	return false;
}

int arguments_check_options(const struct verb *verb, int argc, char *const *argv, struct error *e)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *word = argv[i];
		if (word[0] != '-')
			continue;
		if (word[1] != '-') {
			i += takes_next(verb, word + 1);
			continue;
		}
		size_t length = strcspn(word, "=");
		const struct flag *flag = find_long(verb->flags, word + 2, length - 2);
		if (flag)
			i += flag->argument && !word[length];
		else if (!find_long(common_flags, word + 2, length - 2) &&
			 unknown_option(verb, word, length, e) < 0)
			return -1;
	}
	return 0;
}
