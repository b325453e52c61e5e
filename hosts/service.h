/* What the files of "tare-host serve" share, which owns a campaign's id on a host, its network and
 * its machines.
 *
 * * * Threads: requests are handled one after another by the main thread, because what drivers
 * start dies with the thread that started it; each stop has its own thread; the reader, which also
 * passes streams to tare-attach, never waits for either. */
#ifndef TARE_HOSTS_SERVICE_H
#define TARE_HOSTS_SERVICE_H

#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "drivers/driver.h"

enum machine_state { MACHINE_STARTING, MACHINE_RUNS, MACHINE_BUSY, MACHINE_STOPPING };

struct entry {
	char *name, *work_dir;
	enum machine_state state;
	bool stop_wanted; /* to be stopped as soon as it is no longer busy */
	json_int_t stop_request; /* the request to be answered then */
	struct machine *machine; /* NULL while it starts */
	int attached_fd; /* the socket of its tare-attach, or -1 */
	struct entry *next;
};

/* The id of another host whose machines migrated here; they keep their names and paths. */
struct other_id {
	char *id, *work_root;
	struct other_id *next;
};

struct request {
	json_t *line;
	struct request *next;
};

struct service {
	const char *id;
	char *work_root; /* below it, machines' work directories */
	char *socket_path, *agent_path;
	char *digest; /* of the programs in this program's directory */
	char *uncleaned; /* why leftovers of killed campaigns remain; NULL: none do */
	double silence_s; /* after which the orchestrator is lost */
	int out_fd; /* answers */
	sigset_t ends; /* signals that make it leave; blocked in all threads */
	pthread_mutex_t out_mutex;

	pthread_mutex_t mutex; /* of all below */
	pthread_cond_t changed;
	struct request *requests;
	struct entry *entries;
	struct other_id *other_ids; /* owned until the service leaves */
	bool serves, leaving;

	/* The main thread's alone. */
	struct network *network;
	bool network_given;
	struct image *image;
	struct counters *counters; /* NULL until they are read */
};

/* --- serve.c --- */

/* pulse: the orchestrator sends one, and is lost when it does not come. */
int serve_main(const char *id, const char *work_dir, bool pulse);

/* --- answers.c --- */

/* Sends {"id": id, "ok": result} and takes the reference; result NULL: {"id": id, "error": why}. */
void service_answer(
	struct service *service, json_int_t id, json_t *result, const struct error *why);
/* Sends the first line: versions, the programs' digest, and an error if why is not NULL. -1 where
 * it cannot be written. */
int service_hello(struct service *service, const struct error *why);
/* Sends an empty line. Never waits: an orchestrator that hangs is detected by its silence. */
void service_heartbeat(struct service *service);

/* --- requests.c: in the main thread --- */

void requests_do(struct service *service, const json_t *request);
void requests_network_end(struct service *service);

/* --- registry.c --- */

json_t *registry_start(struct service *service, const json_t *request, struct error *e);
/* Starts a thread that stops the machine of that name and then answers. */
void registry_stop(struct service *service, json_int_t id, const char *name);
json_t *registry_save(struct service *service, const json_t *request, struct error *e);
json_t *registry_restore(struct service *service, const json_t *request, struct error *e);
/* The three parts of a move, see driver.h. */
json_t *registry_receive(struct service *service, const json_t *request, struct error *e);
json_t *registry_arrive(struct service *service, const json_t *request, struct error *e);
json_t *registry_migrate(struct service *service, const json_t *request, struct error *e);
/* Removes everything of other hosts' ids; their machines must be stopped before. */
void registry_clean_other_ids(struct service *service);
json_t *registry_log(struct service *service, const json_t *request, struct error *e);
json_t *registry_counters(struct service *service, const json_t *request, struct error *e);
/* Passes the machine's stream to the process at the other end of the socket; takes the
 * descriptor. */
void registry_attach(struct service *service, const char *name, int socket_fd);
/* Stops all machines, each in a thread; false: timed out. */
bool registry_stop_all(struct service *service, double timeout_s);

#endif
