/* tare: what the command line says, and the only place that exits. */
#include <argp.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/option.h"
#include "base/text.h"
#include "campaign/file/campaign.h"
#include "cli/verbs.h"
#include "drivers/privileges.h"

static void print_version(FILE *stream, struct argp_state *state)
{
	(void)state;
	fprintf(stream, "tare %s\n", TARE_VERSION);
}

void (*argp_program_version_hook)(FILE *, struct argp_state *) = print_version;

/* --- standard output -------------------------------------------------------------------------- */

static void (*sigpipe_at_start)(int);
static bool output_failed; /* and that was printed */

/* A reader that has gone, as `head` does, is no error: tare ends by SIGPIPE, as other programs do.
 * It ignores that signal otherwise, for the sake of its connections. */
static void output_end_if_unread(void)
{
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

	if ((fflush(stdout) == 0 && !ferror(stdout)) || sigpipe_at_start == SIG_IGN ||
		poll(&output, 1, 0) < 1 || !(output.revents & POLLERR))
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}

/* What a usage error ends with, and whatever else keeps tare from an answer. */
static int no_answer = EXIT_USAGE;

/* Under `git bisect run` a usage error must not say that the revision is bad. */
static void note_bisect_run(int argc, char **argv)
{
	static const char name[] = "--bisect-run";

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strlen(argv[i]) > 2 && strncmp(name, argv[i], strlen(argv[i])) == 0)
			no_answer = EXIT_BISECT_ABORT;
}

/* At the end of the program: nothing that was printed is lost without an error. */
static void output_check(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return;
	int reason = errno;
	output_end_if_unread();
	if (!output_failed)
		fprintf(stderr, "tare: cannot write to standard output%s%s\n", reason ? ": " : "",
			reason ? strerror(reason) : "");
	_exit(no_answer);
}

/* --- verbs ------------------------------------------------------------------------------------ */

static error_t parse_flag(int key, char *value, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	const struct verb *verb = arguments->verb;

	if (key == ARGP_KEY_ARG) {
		if (arguments->count >= verb->maximum)
			argp_error(state, "unexpected argument \"%s\"", value);
		arguments->positionals[arguments->count++] = value;
		return 0;
	}
	if (key == ARGP_KEY_END && arguments->count < verb->minimum) {
		if (arguments->count > 0 && verb->too_few)
			argp_error(state, "%s", verb->too_few);
		argp_error(state, "missing argument: %s", verb->usage);
	}
	for (size_t i = 0; verb->flags[i].key; i++)
		if (key == verb->flags[i].key) {
			arguments->values[i] = value ? value : "";
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

/* What --help shows before and (after \v) below the options. */
static void add_help(const struct verb *verb, struct text *doc)
{
	text_addf(doc, "tare %s: %s.\v%s\n\nExit codes:", verb->name, verb->summary,
		verb->description);
	const struct exit_code *exits = verb_exits(verb);
	for (size_t i = 0; exits[i].meaning; i++)
		text_addf(doc, "%s %d %s", i ? ";" : "", exits[i].code, exits[i].meaning);
	text_addf(doc, ".\n\nExample%s:", verb->examples[1] ? "s" : "");
	for (size_t i = 0; verb->examples[i]; i++)
		text_addf(doc, "\n  %s", verb->examples[i]);
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	struct arguments arguments = {.verb = verb};
	struct argp_option options[FLAGS_MAX + 1] = {0};
	char name[64];
	cleanup_text struct text doc = {0};
	struct error e = {""};

	if (argc == 2 && strcmp(argv[1], "--man") == 0) {
		man_print(verb);
		return EXIT_OK;
	}
	for (size_t i = 0; verb->flags[i].key; i++)
		options[i] = (struct argp_option){verb->flags[i].name, verb->flags[i].key,
			verb->flags[i].argument, 0, verb->flags[i].help, 0};
	snprintf(name, sizeof(name), "tare %s", verb->name);
	add_help(verb, &doc);
	argv[0] = name;
	struct argp argp = {options, parse_flag, verb->usage[0] ? verb->usage : NULL, doc.bytes,
		NULL, NULL, NULL};
	argp_err_exit_status = no_answer;
	int status = no_answer;
	if (arguments_check_options(verb, argc, argv, &e) == 0 &&
		argp_parse(&argp, argc, argv, 0, NULL, &arguments) == 0)
		status = verb->function(&arguments, &e);
	output_end_if_unread();
	if (error_is_set(&e))
		fprintf(stderr, "tare %s: %s\n", verb->name, e.text);
	output_failed = output_failed || (error_is_set(&e) && ferror(stdout));
	return status;
}

static void print_help(FILE *stream)
{
	fputs("Usage: tare VERB [OPTION...] [ARGUMENT...]\n"
	      "What does this virtualization layer cost, and did that change?\n\n",
		stream);
	for (const struct verb *v = verbs; v->name; v++)
		fprintf(stream, "  %-8s %s\n", v->name, v->summary);
	fputs("\nA first campaign:\n"
	      "  tare doctor\n"
	      "  tare plan configs/campaigns/quick.yaml\n"
	      "  tare run configs/campaigns/quick.yaml\n"
	      "  tare report results/quick\n"
	      "\n`tare VERB --help` and `man tare-VERB` describe a verb.\n",
		stream);
}

static int unknown_verb(const char *name)
{
	const char *names[32];
	size_t count = 0;

	for (const struct verb *v = verbs; v->name && count < ARRAY_COUNT(names); v++)
		names[count++] = v->name;
	cleanup_free char *hint = nearest_hint(name, names, count);
	fprintf(stderr, "tare: there is no verb \"%s\"%s\n", name,
		hint[0] ? hint : "; see tare --help");
	return EXIT_USAGE;
}

static const struct verb *find_verb(const char *name)
{
	for (const struct verb *v = verbs; v->name; v++)
		if (strcmp(v->name, name) == 0)
			return v;
	return NULL;
}

/* Whether machines start on hosts that the site reaches, so that this process needs no rights of
 * its own: in a namespace it could not reach them. */
static bool goes_elsewhere(char **words, bool *host_network)
{
	for (; *words && strcmp(*words, "--") != 0; words++) {
		const char *value = NULL;
		if (strcmp(*words, "--site") == 0 || strcmp(*words, "-s") == 0)
			value = words[1];
		else if (strncmp(*words, "--site=", strlen("--site=")) == 0)
			value = *words + strlen("--site=");
		else if (strncmp(*words, "-s", 2) == 0)
			value = *words + 2;
		if (value)
			return site_is_reached(value, host_network);
	}
	return false;
}

int main(int argc, char **argv)
{
	const struct verb *verb = argc > 1 ? find_verb(argv[1]) : NULL;
	bool host_network = false;

	if (verb && verb->starts_machines && !goes_elsewhere(argv + 2, &host_network))
		privileges_take(argv, host_network);
	setlocale(LC_CTYPE, "C.UTF-8");
	sigpipe_at_start = signal(SIGPIPE, SIG_IGN);
	atexit(output_check);
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
		strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		print_version(stdout, NULL);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--man") == 0) {
		man_print(NULL);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--completion") == 0) {
		completion_print();
		return EXIT_OK;
	}
	note_bisect_run(argc, argv);
	return verb ? run_verb(verb, argc - 1, argv + 1) : unknown_verb(argv[1]);
}
