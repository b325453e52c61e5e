/* The search for the first bad one of a row of revisions, in a directory that keeps everything, so
 * that a search that was stopped or killed goes on where it was (docs/verdicts.md):
 *   DIR/bisect.json  what is asked, the revisions, blocks, and the posterior so far
 *   DIR/builds/      what was built, with the commands' output
 *   DIR/anchors/     the campaign that decides whether the bad one is worse than the good one
 *   DIR/block-NN/    a campaign of one block: good, bad and what was to be tested next
 *   DIR/figures/     the posterior and the measured values as a figure */
#ifndef TARE_BISECT_SEARCH_H
#define TARE_BISECT_SEARCH_H

#include <stdio.h>

#include "bisect/builds.h"
#include "bisect/measured.h"
#include "bisect/revisions.h"
#include "campaign/run.h"

enum { SEARCH_BLOCKS_MOST = 60 };

struct search_setup {
	const char *campaign_path, *settings; /* settings: of --set, or NULL */
	const struct site *site;
	const char *directory;
	const char *target, *option; /* as struct variants has them */
	const char *delta; /* NULL: what the campaign has, or 1% */
	const char *value; /* as struct builds has it */
	const struct revisions *revisions;
	const struct argv *command; /* likewise */
	const char *repository;
	double build_limit_s;
	int interrupt_fd; /* readable: stop */
	/* Runs a campaign; the setup has all but what starting machines needs. */
	enum run_result (*run)(void *context, struct run_setup *setup, bool quiet, struct error *e);
	/* What goes on, a line at a time. */
	void (*say)(void *context, const char *line);
	void *context;
};

enum search_result {
	SEARCH_FOUND,
	SEARCH_OPEN, /* the anchors do not differ, or it is not clear which one it is */
	SEARCH_REFUSED,
	SEARCH_INTERRUPTED, /* the same call goes on */
};

/* The posterior, to read or to draw. */
struct search_answer {
	double *chances; /* as stats/bisect.h has them; NULL: the anchors were not decided */
	struct bisect_group group; /* the likeliest */
	bool *untestable;
	struct bisect_block *blocks; /* measured, those of the anchors first */
	size_t block_count;
	size_t searched; /* blocks after the anchors' */
	struct measured_metric metric;
	double steps_p; /* see bisect_steps_p */
};

/* answer is filled as far as the search came; the caller frees it with search_answer_free. On
 * SEARCH_OPEN and SEARCH_REFUSED e says why. */
enum search_result search_run(
	const struct search_setup *setup, struct search_answer *answer, struct error *e);
void search_answer_free(struct search_answer *answer);

#endif
