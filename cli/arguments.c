/* What was given on the command line of a verb, and what its exit codes mean. */
#include "cli/verbs.h"

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
