/* Private to the campaign room: a campaign under way. Blocks on different hosts run in different
 * threads; what they share is under the mutex. */
#ifndef TARE_CAMPAIGN_CAMPAIGN_RUN_H
#define TARE_CAMPAIGN_CAMPAIGN_RUN_H

#include <pthread.h>

#include "campaign/run/run_cell.h"
#include "campaign/fleet/fleet.h"
#include "campaign/plan/forecast.h"
#include "campaign/record.h"
#include "campaign/run.h"

/* STOP_ALL_FAIL: every run of the first block failed in the same way. */
enum stop {
	STOP_NOT,
	STOP_INTERRUPTED,
	STOP_TIME,
	STOP_DEADLINE,
	STOP_ALLOCATION, /* its end is near */
	STOP_STORE,
	STOP_ALL_FAIL,
};

struct campaign_run {
	const struct run_setup *setup;
	struct plan *plan;
	struct plan_course course;
	struct store *store;
	struct record record;
	struct site_lock *site_lock; /* before anything is begun */
	struct fleet *fleet;
	struct team_context team_context;
	unsigned blocks; /* planned so far, of the cell that has most */
	bool owned; /* the campaign's id on this host is ours */
	double begun_s;

	pthread_mutex_t mutex; /* of all below, and of the observer */
	struct forecast *forecast;
	unsigned done, total, failed, order;
	char *common_failure; /* of every failed run, owned; NULL: none, or they differ */
	bool unlike; /* something was measured, or failures differ */
	size_t first_blocks; /* placements whose first block is done */
	unsigned recorded; /* runs in this invocation */
	double too_long_s; /* forecast of a block that was not begun for that reason; 0: none */
	unsigned given_up; /* runs that were left unmeasured with their hosts */
	enum stop stop;
	struct error store_error;
};

/* --- notes.c: events for the observer and the store ---------------------------------------- */

void notes_notify(struct campaign_run *run, struct run_event event);
/* A row in the store's event table, and a note to the observer; text NULL: just its kind. */
void notes_add(struct campaign_run *run, const char *kind, const char *text);
/* How long something took that is neither a run nor its parts, as a row {"host": …, "seconds": …}
 * for `tare report --timing`. failure may be NULL. */
void notes_add_time(struct campaign_run *run, const char *kind, const char *what,
	const struct plan_block *block, double seconds);
/* How long it took until the first block could begin, likewise. */
void notes_add_begun(struct campaign_run *run);
/* fleet_setup.entered */
void notes_add_entered(void *context, size_t host, const struct environment *environment,
	double seconds, double entering_s, const char *failure);
/* An event about a run; item and block as planned. */
struct run_event notes_cell_event(const struct campaign_run *run, enum run_event_kind kind,
	const struct plan_run *item, const struct plan_block *block);
/* "hpl_tflops 0.123 TFLOP/s", for the display, and the number itself. */
void notes_describe(const struct benchmark *benchmark, const struct outcome *outcome, char *text,
	size_t size, struct run_event *event);

/* --- blocks.c: doing them ------------------------------------------------------------------- */

bool blocks_interrupted(const struct campaign_run *run);
/* Whether to go on with the next thing. */
bool blocks_may_continue(struct campaign_run *run);
bool blocks_run_is_done(struct campaign_run *run, const struct plan_run *item, unsigned block);
/* Does the blocks first … end − 1 of all placements, each on its hosts, and waits for them. */
void blocks_run(struct campaign_run *run, unsigned first, unsigned end);

/* Counts the runs of the blocks first … end − 1, and those that the store has already. */
void blocks_count(struct campaign_run *run, unsigned first, unsigned end);

/* --- decide.c: going on until it is decided ------------------------------------------------- */

/* Whether the question can be asked, before anything is begun. */
int decide_check(const struct campaign *campaign, struct error *e);
/* Records the question in a new campaign's store; of a continued one another question is refused.
 */
int decide_declare(struct campaign_run *run, struct error *e);
/* Blocks and looks, until everything is decided or hopeless, something is worse (unless the setup
 * says complete), or a limit is reached. */
void decide_run(struct campaign_run *run);

#endif
