/* The verbs of tare: one table in verbs.c, from which the usage texts, --help, the man pages and
 * the dispatch derive. A verb is one file, cmd_<verb>.c. */
#ifndef TARE_CLI_VERBS_H
#define TARE_CLI_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/process.h"
#include "base/yaml.h"

/* Exit codes, documented in the man page. */
enum {
	EXIT_OK = 0,
	EXIT_SOME_FAILED = 1, /* or a regression */
	EXIT_USAGE = 2,
	EXIT_INTERRUPTED = 3,
	EXIT_INCONCLUSIVE = 4,
	/* Of `gate --bisect-run`: git skips the revision, or ends the bisection. */
	EXIT_BISECT_SKIP = 125,
	EXIT_BISECT_ABORT = 129
};

enum { FLAGS_MAX = 20, POSITIONALS_MAX = 1024, EXAMPLES_MAX = 6, EXITS_MAX = 8 };

struct exit_code {
	int code;
	const char *meaning; /* NULL ends a table */
};

/* One option of a verb. */
struct flag {
	char key; /* also the short option, if it is a letter; 0 ends a table */
	const char *name; /* --name */
	const char *argument; /* "DIR", or NULL: takes none */
	const char *help; /* with the default, where there is one */
};

struct arguments {
	const struct verb *verb;
	const char *positionals[POSITIONALS_MAX];
	size_t count;
	const char
		*values[FLAGS_MAX]; /* by index in the verb's flags; "" for one without argument */
};

struct verb {
	const char *name, *summary;
	const char *usage; /* the positional arguments, as shown */
	unsigned minimum, maximum; /* positional arguments */
	const char *too_few; /* said where some, but fewer than minimum, are given; NULL: nothing */
	const char *description; /* paragraphs, divided by empty lines */
	const char *examples[EXAMPLES_MAX + 1]; /* whole command lines, at least one */
	struct exit_code exits[EXITS_MAX + 1]; /* none: verb_exits knows the usual ones */
	struct flag flags[FLAGS_MAX];
	bool starts_machines; /* or looks at them: users without root need a user namespace */
	/* Adds the names that --format takes; NULL where there is no such option. */
	void (*add_formats)(struct argv *names);
	/* Returns the exit code. On EXIT_USAGE with a text in e, main prints it. */
	int (*function)(const struct arguments *arguments, struct error *e);
};

extern const struct verb verbs[]; /* ends at name NULL */

/* The value given for a flag, or NULL. */
const char *flag_value(const struct arguments *arguments, char key);
bool flag_given(const struct arguments *arguments, char key);
/* The whole number given for a flag, from low to high; *number is unchanged where it was not given.
 */
int flag_number(const struct arguments *arguments, char key, uint64_t low, uint64_t high,
	uint64_t *number, struct error *e);

/* -1 if one of the words after the verb is no option of it and is similar to one, which the error
 * then names. Other mistakes are argp's to find. */
int arguments_check_options(const struct verb *verb, int argc, char *const *argv, struct error *e);

const struct exit_code *verb_exits(const struct verb *verb);

/* The man page of a verb, or (NULL) of the program, to stdout. */
void man_print(const struct verb *verb);
/* The completion for bash, to stdout. */
void completion_print(void);

int cmd_doctor(const struct arguments *arguments, struct error *e);
int cmd_plan(const struct arguments *arguments, struct error *e);
int cmd_run(const struct arguments *arguments, struct error *e);
int cmd_report(const struct arguments *arguments, struct error *e);
int cmd_list(const struct arguments *arguments, struct error *e);
int cmd_slurm(const struct arguments *arguments, struct error *e);
int cmd_clean(const struct arguments *arguments, struct error *e);
int cmd_compare(const struct arguments *arguments, struct error *e);
int cmd_baseline(const struct arguments *arguments, struct error *e);
int cmd_gate(const struct arguments *arguments, struct error *e);
int cmd_bisect(const struct arguments *arguments, struct error *e);
int cmd_history(const struct arguments *arguments, struct error *e);
int cmd_selftest(const struct arguments *arguments, struct error *e);
int cmd_image(const struct arguments *arguments, struct error *e);
int cmd_import(const struct arguments *arguments, struct error *e);
int cmd_publish(const struct arguments *arguments, struct error *e);
int cmd_verify(const struct arguments *arguments, struct error *e);

/* struct verb's add_formats; those of compare and gate are in sources.h. */
void cmd_list_add_formats(struct argv *names);
void cmd_history_add_formats(struct argv *names);
void cmd_verify_add_formats(struct argv *names);

/* --- shared by several verbs ----------------------------------------------------------------- */

struct campaign;
struct site;
struct image;
struct run_setup;

/* Loads the site (flag 's') and the campaign (first positional argument). Prints every mistake on
 * stderr, and returns -1 then. */
int common_load_campaign(
	const struct arguments *arguments, struct site **site, struct campaign **campaign);
/* The same for the campaign file of that path, which is made to run until it is decided. Flag 'x'
 * is its file of known noise. */
int common_load_deciding(const struct arguments *arguments, const char *path, struct site **site,
	struct campaign **campaign);
/* The hosts of the site (flag 's'): what each is and what can run on it as it is booted now; or
 * what campaigns left on it removed. Return the exit code. */
int site_doctor(const struct arguments *arguments, struct error *e);
int site_clean(const struct arguments *arguments, struct error *e);
/* The current image, or NULL with why_not set. */
struct image *common_image(struct error *why_not);
/* The directory where a campaign's results go: flag 'o', else results/NAME. Caller frees. */
char *common_result_directory(const struct arguments *arguments, const char *campaign_name);
/* Runs the campaign of a setup that has campaign, site and directory, with the image, the agent,
 * clean interruption and a progress display. Returns the exit code. */
int common_run_campaign(struct run_setup *setup, bool quiet, struct error *e);
/* What asks tare to end becomes a readable descriptor, so that whatever waits also waits for it. */
int common_signals(void);
/* Loads a campaign file and a site file (NULL: this machine) and runs them into the directory.
 * Returns the exit code. */
int common_run_file(const char *site_path, const char *campaign_path, const char *directory,
	bool quiet, struct error *e);
/* Prints every mistake on stderr and frees them; -1 if there were any. */
int common_print_mistakes(struct yaml_mistakes *mistakes);
/* -1 with the reason, for which root is needed, unless this is root. */
int common_need_root(const char *why, struct error *e);

#endif
