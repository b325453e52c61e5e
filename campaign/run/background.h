/* Private to the campaign room: load in the background of a run. The background's benchmark runs in
 * the seats that the measured one leaves free, again and again, from the barrier until the measured
 * one has ended; what it prints is not kept. A load that cannot run at all, or that fails, fails
 * the run: what was measured then is not what was asked for. */
#ifndef TARE_CAMPAIGN_BACKGROUND_H
#define TARE_CAMPAIGN_BACKGROUND_H

#include "campaign/run/run_state.h"

struct background {
	const struct team *whole; /* x's team before and after */
	struct team measured, load; /* its seats, divided */
	struct campaign_benchmark benchmark;
	struct run_state x; /* of the load */
	struct background_jobs served; /* how the run's waits serve it */
	struct outcome out; /* what was run, and why it failed */
	unsigned again; /* how often it was started again */
};

/* Divides x's seats: what is measured keeps the first one, a pair the first and the middle one,
 * which on two hosts is the first of each. Starts the load, if there is one, in the others, held at
 * the barrier, and hooks it to x. background_end is needed in any case. */
int background_start(struct background *background, struct run_state *x, struct error *e);
/* Releases the background of x, if it has one. Every topology calls it at its barrier: when all
 * is ready and nothing that is measured runs yet. Does nothing the second time. -1 with the
 * outcome's failure set. */
int background_release(struct run_state *x);
/* Kills it, tells x's outcome what was run, and whether that failed. */
void background_end(struct background *background, struct run_state *x);

#endif
