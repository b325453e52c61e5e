/* Running a campaign: blocks, starts and runs in the plan's order, everything into the store,
 * one durable transaction per run. What was already done is not done again, so that running on
 * the same directory continues a killed campaign. */
#ifndef TARE_CAMPAIGN_RUN_H
#define TARE_CAMPAIGN_RUN_H

#include "campaign/plan/plan.h"

/* What the observer gets. Strings live only during the call. */
enum run_event_kind {
	RUN_BEGINS, /* the campaign; total, done and the plan are known */
	RUN_MACHINES, /* the machines of a target are being started */
	RUN_MACHINES_FAIL, /* … and could not be; text says why */
	RUN_CELL, /* a run is being measured; expected_s and emulated are known */
	RUN_MEASURED, /* text: its first metric, formatted with its unit */
	RUN_FAILED, /* text says why */
	RUN_BLOCK_ENDS, /* a block of a placement is done; text: how long it took */
	RUN_NOTE, /* text: continued, cap reached, cleaned up … */
	RUN_ENDS
};

struct run_event {
	enum run_event_kind kind;
	unsigned done, total; /* runs, of all planned blocks */
	unsigned failed;
	double eta_s; /* NaN while nothing is known */
	double expected_s; /* RUN_CELL: what the run takes */
	const struct plan *plan; /* RUN_BEGINS: stays until the campaign ends */
	unsigned block, blocks; /* 1-based number of the block, and how many are planned */
	const char *target, *placement, *benchmark, *parameters;
	bool emulated;
	const char *text;
	size_t first_host, host_count; /* of the site's, that it is about; 0: of none */
	/* RUN_MEASURED: what text says; metric NULL: the run has no value to show. */
	const struct metric *metric;
	double value;
};

struct run_observer {
	void (*event)(void *context, const struct run_event *event);
	void *context;
};

struct run_setup {
	const struct campaign *campaign;
	const struct site *site;
	const struct image *image; /* NULL: targets that need one are skipped */
	const char *directory; /* where the store is or will be */
	const char *agent_path;
	bool has_seed;
	uint64_t seed; /* for a new campaign; random if !has_seed */
	bool reversed; /* blocks have the reverse of the order that the seed gives */
	double deadline_s; /* from now, after which nothing is begun; 0: none */
	bool complete; /* decide: go on for the other metrics where one is worse */
	int interrupt_fd; /* readable: stop cleanly */
	struct run_observer observer;
};

enum run_result { RUN_ALL_MEASURED, RUN_SOME_FAILED, RUN_REFUSED, RUN_INTERRUPTED };

/* RUN_REFUSED: nothing was started; e says why. */
enum run_result run_campaign(const struct run_setup *setup, struct error *e);

#endif
