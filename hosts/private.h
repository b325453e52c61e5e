/* What the files of the orchestrator's end of a host share. */
#ifndef TARE_HOSTS_PRIVATE_H
#define TARE_HOSTS_PRIVATE_H

#include <jansson.h>

#include "hosts/host.h"
#include "hosts/keeper.h"
#include "hosts/lines.h"
#include "hosts/reach.h"

/* Where hosts keep what outlives campaigns: named without asking the host. */
#define PROGRAMS_DIR "/var/cache/tare/programs"

struct call;

struct host {
	struct host_spec spec;
	/* Owned there. The campaign's for this machine itself; else with a mark of the host's name,
	 * so that several hosts of a campaign may be one machine. */
	char *id;
	bool connected;
	bool interrupted; /* a wait ended for that */
	bool answered; /* something came from there in the last try to connect */
	bool seems_down; /* see host_seems_down */
	unsigned generation; /* of the connection: machines of an earlier one are gone */
	struct host_facts facts;
	struct network *network;
	bool network_given; /* it is the host's own */

	/* Of a host that is reached: */
	struct reach reach;
	struct reached service;
	char *program; /* of tare-host there */
	struct lines lines;
	struct pulse pulse;
	json_int_t last_id;
	struct call *calls; /* that are waited for */
	double heard_s; /* CLOCK_MONOTONIC when bytes came last */
	struct error lost; /* why it is not connected any more */
};

/* One request to a host and what comes of it. */
struct call {
	struct host *host;
	json_int_t id;
	bool done;
	json_t *result; /* what the host answered, owned by the call; NULL: failed, see error */
	struct error error;
	double timeout_s, deadline_s;
	struct call *next;
};

/* --- calls.c --- */

/* Sends the request; `arguments` is taken and may be NULL. Failing shows in the call alone. */
void call_begin(struct call *call, struct host *host, const char *verb, json_t *arguments,
	double timeout_s);
/* Serves the hosts of all calls until each is done: answered, late, or its host lost. NULLs are
 * skipped. urgent: also when interrupted. */
void calls_wait(struct call *const *calls, size_t count, bool urgent);
void call_end(struct call *call);
/* Nobody waits for it any more. */
void call_forget(struct call *call);
/* One call from begin to end. result may be NULL. */
int call_do(struct host *host, const char *verb, json_t *arguments, double timeout_s,
	json_t **result, struct error *e);
/* Declares the host lost: its calls fail with that reason. */
void host_lose(struct host *host, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- machines.c, stop_here.c --- */

/* Caller frees. */
char *machine_work_dir(const struct host *host, const char *name);
/* Stops machines of this process, at the same time, and removes their work directories. */
void stop_here(struct machine **machines, size_t count);

/* --- connect.c, bring.c, stage.c, local.c --- */

bool host_is_local(const struct host *host);
int remote_connect(struct host *host, double timeout_s, struct error *e);
void remote_disconnect(struct host *host);
/* Digest of this build's programs; the agent is the host's spec's. Caller frees. */
char *programs_digest(const struct host *host, struct error *e);
/* Copies them to PROGRAMS_DIR/DIGEST there. What is there already stays unless it is to be replaced:
 * another campaign's tare-host may run from it. */
int programs_bring(
	struct host *host, const char *digest, bool replace, double timeout_s, struct error *e);
int remote_stage(struct host *host, struct error *e);

#endif
