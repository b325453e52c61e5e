/* The site's reach: running commands on a host by it. A command's words never hold anything that a
 * shell would take for more than itself, because ssh joins them for one. */
#ifndef TARE_HOSTS_REACH_H
#define TARE_HOSTS_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/process.h"

struct reach {
	const char *name; /* the host's, for messages */
	struct argv words; /* {host} and {address} are replaced */
	const char *log_path; /* takes what comes on stderr; NULL: inherited, or in the error */
	int interrupt_fd;
};

/* Letters, digits and ._-+:@%,/= and not a dash first: the same to every shell. */
bool reach_word_is_plain(const char *word);
/* Fills in words from the site's reach. address may be NULL. Fails where the name or the address is
 * no plain word. */
int reach_init(struct reach *reach, const struct argv *reach_words, const char *name,
	const char *address, struct error *e);
void reach_free(struct reach *reach);

/* The reach with the command's words, up to a NULL. Caller frees with argv_free. */
void reach_argv(const struct reach *reach, struct argv *argv, ...) __attribute__((sentinel));

/* A command that runs there. Zero-initialised but for fd = -1 each; reach_stop is safe then. */
struct reached {
	pid_t pid;
	int to, from; /* its stdin and stdout, nonblocking */
	int errors; /* a file with what it says on stderr */
};
int reach_start(
	const struct reach *reach, const struct argv *argv, struct reached *out, struct error *e);
/* Waits at most grace_s for its end, ends it, and closes everything. Its exit status, -1: a signal
 * ended it. If last is not NULL, it takes the last line that was said on stderr. */
int reach_stop(
	const struct reach *reach, struct reached *reached, double grace_s, struct error *last);

/* Runs the command with the bytes as its stdin. Any exit status but 0 is an error with its last
 * words; *status (if not NULL) tells it, -1 where there was none. */
int reach_run(const struct reach *reach, const struct argv *argv, const void *bytes, size_t count,
	double timeout_s, int *status, struct error *e);

#endif
