/* The man pages, generated from the table of verbs, so that they cannot differ from --help. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "cli/verbs.h"

/* The text with what troff would take for its own escaped, and typographic variants avoided. */
static void print_escaped(const char *text)
{
	static const struct {
		char character;
		const char *escape;
	} escapes[] = {{'\\', "\\e"}, {'-', "\\-"}, {'`', "\\(ga"}, {'\'', "\\(aq"}, {'^', "\\(ha"},
		{'~', "\\(ti"}};

	for (const char *p = text; *p; p++) {
		size_t i = 0;
		if (*p == '.' && (p == text || p[-1] == '\n'))
			fputs("\\&", stdout);
		while (i < ARRAY_COUNT(escapes) && escapes[i].character != *p)
			i++;
		if (i < ARRAY_COUNT(escapes))
			fputs(escapes[i].escape, stdout);
		else
			putchar(*p);
	}
}

static void print_paragraphs(const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		char paragraph[2048];
		snprintf(paragraph, sizeof(paragraph), "%.*s",
			end ? (int)(end - text) : (int)strlen(text), text);
		print_escaped(paragraph);
		puts(end ? "\n.PP" : "");
		text = end ? end + 2 : "";
	}
}

static void print_options(const struct verb *verb)
{
	puts(".SH OPTIONS");
	for (size_t i = 0; verb->flags[i].key; i++) {
		const struct flag *flag = &verb->flags[i];
		printf(".TP\n\\fB\\-%c\\fR, \\fB\\-\\-", flag->key);
		print_escaped(flag->name);
		printf("\\fR");
		if (flag->argument)
			printf(" \\fI%s\\fR", flag->argument);
		putchar('\n');
		print_escaped(flag->help);
		putchar('\n');
	}
	puts(".TP\n\\fB\\-?\\fR, \\fB\\-\\-help\\fR\nprint a summary of the above and exit\n"
	     ".TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nprint the version and exit");
}

static void print_exits(const struct exit_code *exits)
{
	puts(".SH EXIT STATUS");
	for (size_t i = 0; exits[i].meaning; i++) {
		printf(".TP\n.B %d\n", exits[i].code);
		print_escaped(exits[i].meaning);
		putchar('\n');
	}
}

static void print_verb_page(const struct verb *verb)
{
	char title[32];

	snprintf(title, sizeof(title), "TARE-%s", verb->name);
	for (char *p = title; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	printf(".TH %s 1 \"%s\" \"tare %s\" \"User Commands\"\n", title, TARE_DATE, TARE_VERSION);
	printf(".SH NAME\ntare\\-%s \\- ", verb->name);
	print_escaped(verb->summary);
	printf("\n.SH SYNOPSIS\n.B tare %s\n[OPTION...]", verb->name);
	if (verb->usage[0]) {
		putchar(' ');
		print_escaped(verb->usage);
	}
	puts("\n.SH DESCRIPTION");
	print_paragraphs(verb->description);
	print_options(verb);
	print_exits(verb_exits(verb));
	puts(".SH EXAMPLES");
	for (size_t i = 0; verb->examples[i]; i++) {
		puts(i > 0 ? ".PP\n.nf" : ".nf");
		print_escaped(verb->examples[i]);
		puts("\n.fi");
	}
	puts(".SH SEE ALSO\n.BR tare (1)");
}

static void print_program_page(void)
{
	static const struct exit_code exits[] = {{EXIT_OK, "success"},
		{EXIT_SOME_FAILED, "some runs failed, or the gate found a regression"},
		{EXIT_USAGE, "usage or configuration error"}, {EXIT_INTERRUPTED, "interrupted"},
		{EXIT_INCONCLUSIVE, "the verdict is inconclusive"}, {0, NULL}};

	printf(".TH TARE 1 \"%s\" \"tare %s\" \"User Commands\"\n", TARE_DATE, TARE_VERSION);
	puts(".SH NAME\ntare \\- what a virtualization layer costs, and whether that changed\n"
	     ".SH SYNOPSIS\n.B tare\n.I VERB\n[OPTION...] [ARGUMENT...]\n"
	     ".SH DESCRIPTION\n"
	     "Runs the same benchmarks in the same userspace natively, in containers and inside\n"
	     "guests, keeps every sample, and turns them into comparison tables and plots.\n"
	     ".SH VERBS");
	for (const struct verb *v = verbs; v->name; v++) {
		printf(".TP\n.BR tare\\-%s (1)\n", v->name);
		print_escaped(v->summary);
		putchar('\n');
	}
	print_exits(exits);
	puts(".SH FILES\n"
	     ".TP\n.I DIR/campaign.sqlite\neverything that a campaign measured\n"
	     ".TP\n.I /var/cache/tare/images\nimages, named by digest\n"
	     ".TP\n.I /var/lib/tare\nscratch files of running campaigns\n"
	     ".SH ENVIRONMENT\n"
	     ".TP\n.B NO_COLOR\nif set and not empty, terminals get no colours\n"
	     ".TP\n.B TARE_CACHE\ndirectory of images instead of /var/cache/tare\n"
	     ".TP\n.B TERM\nif unset or dumb, terminals get plain lines\n"
	     ".SH SEE ALSO");
	for (const struct verb *v = verbs; v->name; v++)
		printf(".BR tare\\-%s (1)%s\n", v->name, v[1].name ? " ," : "");
}

void man_print(const struct verb *verb)
{
	if (verb)
		print_verb_page(verb);
	else
		print_program_page();
}
