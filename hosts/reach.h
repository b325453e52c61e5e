/* The site's reach: the command by which others are run on a host. No word of a command contains a
 * character that is special to a shell, because ssh joins the words for one. */
#ifndef TARE_HOSTS_REACH_H
#define TARE_HOSTS_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/process.h"

struct reach {
	const char *name; /* the host's, for messages */
	struct argv words; /* {host} and {address} are replaced */
	const char *log_path; /* stderr is appended here; NULL: inherited, or in the error */
	int interrupt_fd;
};

/* Only letters, digits and ._-+:@%,/= and no dash first: not special to any shell. */
bool reach_word_is_plain(const char *word);
/* Fills in words from the site's reach. address may be NULL. Fails if the name or the address is
 * not a plain word. */
int reach_init(struct reach *reach, const struct argv *reach_words, const char *name,
	const char *address, struct error *e);
void reach_free(struct reach *reach);

/* The reach with the command's words, up to a NULL. Caller frees with argv_free. */
void reach_argv(const struct reach *reach, struct argv *argv, ...) __attribute__((sentinel));

/* A command running on the host. Zero-initialised but for fd = -1 each; reach_stop is safe then. */
struct reached {
	pid_t pid;
	int to, from; /* its stdin and stdout, nonblocking */
	int errors; /* a file that takes its stderr */
};
int reach_start(
	const struct reach *reach, const struct argv *argv, struct reached *out, struct error *e);
/* Waits at most grace_s for it to exit, then kills it, and closes everything. Returns its exit
 * status, -1: killed by a signal. If last is not NULL, it receives the last line of stderr. */
int reach_stop(
	const struct reach *reach, struct reached *reached, double grace_s, struct error *last);

/* Runs the command with the bytes as its stdin. A nonzero exit status is an error with the last
 * line of stderr; *status (if not NULL) receives it, -1 if there was none. */
int reach_run(const struct reach *reach, const struct argv *argv, const void *bytes, size_t count,
	double timeout_s, int *status, struct error *e);

#endif
