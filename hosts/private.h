/* What the files of the orchestrator's side of hosts/ share. */
#ifndef TARE_HOSTS_PRIVATE_H
#define TARE_HOSTS_PRIVATE_H

#include <jansson.h>

#include "hosts/host.h"
#include "hosts/reach_thread.h"
#include "hosts/lines.h"
#include "hosts/reach.h"

/* Where remote hosts keep tare's programs. */
#define PROGRAMS_DIR "/var/cache/tare/programs"

struct call;

/* The operations that differ between this machine and remote hosts. start and stop take whole
 * arrays and handle the elements of their own kind. See host.h for their meaning. */
struct host_operations {
	int (*connect)(struct host *host, double timeout_s, struct error *e);
	void (*disconnect)(struct host *host);
	void (*ping)(struct host *host); /* a host that does not answer is declared lost */
	int (*stage)(struct host *host, struct error *e);
	int (*network)(struct host *host, const struct host_data *data, struct error *e);
	void (*network_end)(struct host *host);
	int (*clock)(struct host *host, int64_t *far_ns, struct error *e);
	void (*count)(struct host_counting *countings, size_t count);
	int (*probe)(struct host *host, const struct driver *driver, const void *options,
		struct error *why_not);
	void (*start)(struct host_start *starts, size_t count);
	void (*stop)(struct host_machine **machines, size_t count);
	char *(*log_tail)(struct host_machine *machine);
	int (*save)(struct host_machine *machine, struct error *e);
	int (*restore)(struct host_machine *machine, struct error *e);
	int (*migrate)(struct host_machine *machine, struct host *destination, double *took_s,
		struct error *e);
	int (*storage_counters)(
		struct host_machine *machine, struct storage_counters *out, struct error *e);
};
extern const struct host_operations local_operations, remote_operations;

struct host {
	struct host_spec spec;
	const struct host_operations *operations;
	bool is_remote;
	/* The id that is owned on the host: the campaign's on this machine; on remote hosts with a
	 * suffix of the host's name, so that several hosts of a campaign may be the same
	 * machine. */
	char *id;
	bool connected;
	bool interrupted; /* a wait ended for that */
	bool answered; /* the host sent something during the last attempt to connect */
	bool seems_down; /* see host_seems_down */
	unsigned generation; /* of the connection: machines of an earlier one are lost */
	struct host_facts facts;
	struct network *network;
	bool network_given; /* it is the host's own */
	struct counters *counters; /* of this machine; NULL until they are read */

	/* Of a remote host: */
	struct reach reach;
	struct reached service;
	bool own_programs; /* kept in the user's own cache there, for want of rights */
	char *programs_dir; /* there */
	char *program, *attach_program; /* of tare-host and tare-attach there */
	struct lines lines;
	struct heartbeat heartbeat;
	json_int_t last_id;
	struct call *calls; /* that are waited for */
	double heard_s; /* CLOCK_MONOTONIC when data came last */
	struct error lost; /* why it is no longer connected */
};

/* One request to a host and its result. */
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

/* Sends the request; takes the reference `arguments`, which may be NULL. Errors are reported in the
 * call. */
void call_begin(struct call *call, struct host *host, const char *verb, json_t *arguments,
	double timeout_s);
/* Serves the hosts of all calls until each is done: answered, timed out, or its host lost. NULLs
 * are skipped. urgent: not ended by an interrupt. */
void calls_wait(struct call *const *calls, size_t count, bool urgent);
void call_end(struct call *call);
/* Drops the call: its answer is ignored. */
void call_forget(struct call *call);
/* Begins, waits for and ends one call. result may be NULL. */
int call_do(struct host *host, const char *verb, json_t *arguments, double timeout_s,
	json_t **result, struct error *e);
/* Declares the host lost: its calls fail with that reason. */
void host_lose(struct host *host, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- remote_counting.c --- */

void remote_count(struct host_counting *countings, size_t count);

/* --- remote_machines.c, remote_move.c --- */

struct host_machine_state {
	struct machine *local; /* of this process; NULL: on a remote host, and the rest is set */
	unsigned generation; /* of the host's connection in which it was started */
	pid_t reach; /* whose stdin and stdout are its stream; 0: none */
	json_t *arguments; /* of the request that started it */
	char *name, *address, *scratch_dir, *share_dir,
		*facts_json; /* what the machine's members point to */
};

enum { remote_stop_timeout_s = 90 };

/* How long the host may take to answer that a machine has started. */
double remote_start_timeout_s(const struct host *host);
/* A machine as the host describes it, without a stream; NULL: invalid description. */
struct host_machine *remote_machine(
	struct host *host, const struct driver *driver, const char *name, const json_t *result);
/* Opens the stream of a machine on the host. */
int remote_attach(struct host *host, const char *name, pid_t *pid, int *read_fd, int *write_fd,
	struct error *e);
/* After a failed start: the machine may still come up, and is stopped as soon as it does. */
void remote_abandon(struct host *host, const struct call *call, const char *name);
/* Whether the connection in which the machine was started still exists. */
bool remote_lives(const struct host_machine *machine);
void remote_start(struct host_start *starts, size_t count);
void remote_stop(struct host_machine **machines, size_t count);
char *remote_log_tail(struct host_machine *machine);
int remote_save(struct host_machine *machine, struct error *e);
int remote_restore(struct host_machine *machine, struct error *e);
int remote_migrate(
	struct host_machine *machine, struct host *destination, double *took_s, struct error *e);
int remote_counters(struct host_machine *machine, struct storage_counters *out, struct error *e);

/* --- remote_connect.c, remote_programs.c, remote_stage.c --- */

int remote_connect(struct host *host, double timeout_s, struct error *e);
void remote_disconnect(struct host *host);
/* Digest of this build's programs, with the agent of the host's spec. Caller frees. */
char *remote_programs_digest(const struct host *host, struct error *e);
/* Says where they are or will be: PROGRAMS_DIR, or the user's own cache, by the path that it has
 * here. */
void remote_programs_place(struct host *host, bool own, const char *digest);
/* Copies them to that place on the host; the user's own is taken where the other cannot be written.
 * An existing directory is kept unless replace: another campaign's tare-host may run from it. */
int remote_programs_copy(
	struct host *host, const char *digest, bool replace, double timeout_s, struct error *e);
int remote_stage(struct host *host, struct error *e);

#endif
