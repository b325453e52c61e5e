/* The man page, generated from the table of verbs, so that it cannot differ from --help. */
#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"

/* Text with what troff would take for its own escaped. */
static void print_escaped(const char *text)
{
	for (const char *p = text; *p; p++) {
		bool line_start = p == text || p[-1] == '\n';
		if (line_start && (*p == '.' || *p == '\''))
			fputs("\\&", stdout);
		if (*p == '\\')
			fputs("\\\\", stdout);
		else if (*p == '-')
			fputs("\\-", stdout);
		else
			putchar(*p);
	}
}

/* A description: paragraphs are divided by empty lines; indented lines are examples. */
static void print_description(const char *text)
{
	char line[1024];
	bool example = false;
	while (*text) {
		size_t length = strcspn(text, "\n");
		bool indented = text[0] == ' ';
		if (indented != example)
			puts(indented ? ".RS\n.nf" : ".fi\n.RE");
		example = indented;
		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		print_escaped(length > 0 ? line : "");
		puts(length > 0 ? "" : ".PP");
		text += length + (text[length] == '\n');
	}
	if (example)
		puts(".fi\n.RE");
}

static void print_verb(const struct verb *verb)
{
	printf(".SS \"tare %s %s\"\n", verb->name, verb->usage);
	print_description(verb->description);
	for (size_t i = 0; verb->flags[i].key; i++) {
		const struct flag *flag = &verb->flags[i];
		printf(".TP\n.B \\-%c, \\-\\-", flag->key);
		print_escaped(flag->name);
		printf("%s%s\n", flag->argument ? " " : "", flag->argument ? flag->argument : "");
		print_escaped(flag->help);
		putchar('\n');
	}
}

void print_man_page(void)
{
	printf(".TH TARE 1 \"\" \"tare %s\" \"User Commands\"\n", TARE_VERSION);
	puts(".SH NAME\ntare \\- what a virtualization layer costs, and whether that changed\n"
	     ".SH SYNOPSIS\n.B tare\n.I VERB\n[OPTION...] [ARGUMENT...]\n"
	     ".SH DESCRIPTION\n"
	     "Runs the same benchmarks in the same userspace natively, in containers and inside\n"
	     "guests, keeps every sample, and turns them into comparison tables and plots.\n"
	     ".SH VERBS");
	for (const struct verb *v = verbs; v->name; v++)
		print_verb(v);
	puts(".SH EXIT STATUS\n"
	     "0 success; 1 some runs failed, or a regression; 2 usage or configuration; 3 "
	     "interrupted;\n4 inconclusive.\n"
	     ".SH FILES\n"
	     ".TP\n.I DIR/campaign.sqlite\nall that a campaign measured\n"
	     ".TP\n.I /var/cache/tare/images\nimages, by digest (TARE_CACHE moves it)\n"
	     ".TP\n.I /var/lib/tare\nscratch files of running campaigns");
}
