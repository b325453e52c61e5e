/* Campaigns named on the command line, and what compare, gate and history share. */
#ifndef TARE_CLI_SOURCES_H
#define TARE_CLI_SOURCES_H

#include "base/error.h"
#include "base/text.h"
#include "cli/verbs.h"
#include "report/verdict/compare.h"
#include "store/store.h"

/* DIR or DIR:TARGET, read. Zero-initialised is empty. */
struct source {
	char *label, *target; /* target: NULL if none was named */
	struct store_data *data;
};

/* "DIR:TARGET" taken apart: both owned by the caller, *target NULL where none is named. */
void source_split(const char *name, char **directory, char **target);
int source_open(const char *name, struct source *source, struct error *e);
void source_close(struct source *source);

/* The flags of a comparison: 'd' (delta), 'a' (alpha), 'F' (force), 'E' (equivalence). Margins are
 * freed by margins_free. */
int source_parse_comparison(const struct arguments *arguments, struct compare_options *options,
	struct margins *margins, struct error *e);
/* Flag 'd' where one margin is for all metrics of what is named ("a history"): relative; 0 when it
 * is not given. */
int source_parse_delta(
	const struct arguments *arguments, const char *named, double *delta, struct error *e);
/* Flag 'a'; leaves *alpha when it is not given. */
int source_parse_alpha(const struct arguments *arguments, double *alpha, struct error *e);

/* Flag 'x', a file of known noise; *expectations is NULL when it is not given. Prints every mistake
 * in it, and returns -1 then. Freed by expectations_free. */
int source_load_expectations(const struct arguments *arguments, struct expectations **expectations);

/* That the verb has no such format; which it has, and the nearest of them. */
int sources_unknown_format(const struct verb *verb, const char *name, struct error *e);
/* Flag 'f' of a comparison; text when it is not given. */
int source_parse_format(
	const struct arguments *arguments, const struct compare_format **format, struct error *e);
/* The formats of a comparison: struct verb's add_formats. */
void sources_add_formats(struct argv *names);

/* To the file, or to standard output if path is NULL. */
int sources_write(const char *path, const struct text *text, struct error *e);

#endif
