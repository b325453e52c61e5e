/* What was given on the command line of a verb, and what its exit codes mean. */
#include "cli/verbs.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

const struct exit_code *verb_exits(const struct verb *verb)
{
	static const struct exit_code usual[] = {
		{EXIT_OK, "success"}, {EXIT_USAGE, "usage or configuration"}, {0, NULL}};
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
