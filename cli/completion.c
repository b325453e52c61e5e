/* The completion for bash, generated from the tables of verbs and formats, so that it cannot differ
 * from --help. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "cli/verbs.h"

/* How the argument of a flag is completed: a command that fills COMPREPLY; NULL: not at all. */
static const char *command_of(const struct flag *flag)
{
	static const struct {
		const char *argument, *command;
	} commands[] = {{"DIR", "compgen -d -- \"$cur\""}, {"CRATE", "compgen -d -- \"$cur\""},
		{"FILE", "compgen -f -- \"$cur\""}};

	for (size_t i = 0; i < ARRAY_COUNT(commands); i++)
		if (strcmp(flag->argument, commands[i].argument) == 0)
			return commands[i].command;
	return NULL;
}

static void print_formats(const struct verb *verb)
{
	cleanup_argv struct argv names = {0};

	verb->add_formats(&names);
	for (size_t i = 0; i < names.count; i++)
		printf(" %s", names.words[i]);
}

/* What follows an option that takes an argument. */
static void print_arguments(const struct verb *verb)
{
	puts("\t\tcase $prev in");
	for (const struct flag *flag = verb->flags; flag->key; flag++) {
		if (!flag->argument)
			continue;
		printf("\t\t-%c | --%s)", flag->key, flag->name);
		const char *command = command_of(flag);
		if (command)
			printf(" mapfile -t COMPREPLY < <(%s);", command);
		if (verb->add_formats && strncmp(flag->argument, "FORMAT", strlen("FORMAT")) == 0) {
			printf(" mapfile -t COMPREPLY < <(compgen -W \"");
			print_formats(verb);
			printf("\" -- \"$cur\");");
		}
		puts(" return ;;");
	}
	puts("\t\tesac");
}

static void print_verb(const struct verb *verb)
{
	printf("\t%s)\n", verb->name);
	for (const struct flag *flag = verb->flags; flag->key; flag++)
		if (flag->argument) {
			print_arguments(verb);
			break;
		}
	printf("\t\twords=\"--help");
	for (const struct flag *flag = verb->flags; flag->key; flag++)
		printf(" --%s", flag->name);
	puts("\"\n\t\t;;");
}

void completion_print(void)
{
	puts("# bash completion for tare, made by `tare --completion`.\n"
	     "_tare()\n{\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} words\n"
	     "\tCOMPREPLY=()\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then");
	printf("\t\tmapfile -t COMPREPLY < <(compgen -W \"--help --version");
	for (const struct verb *verb = verbs; verb->name; verb++)
		printf(" %s", verb->name);
	puts("\" -- \"$cur\")\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in");
	for (const struct verb *verb = verbs; verb->name; verb++)
		print_verb(verb);
	puts("\t*) return ;;\n\tesac\n"
	     "\tcase $cur in\n"
	     "\t-*) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\") ;;\n"
	     "\t*) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	     "\tesac\n}\ncomplete -o filenames -F _tare tare");
}
