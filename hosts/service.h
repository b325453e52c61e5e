/* What the files of the far end share: «tare-host serve», which owns a campaign's id on a host, its
 * network and its machines.
 *
 * Threads: requests are done one after another by the main thread, because what drivers start dies
 * with the thread that started it; stops have a thread each; the reader, which also hands streams
 * to «tare-host attach», never waits for either. */
#ifndef TARE_HOSTS_SERVICE_H
#define TARE_HOSTS_SERVICE_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>

#include "drivers/driver.h"

enum machine_state { MACHINE_STARTING, MACHINE_RUNS, MACHINE_BUSY, MACHINE_STOPPING };

struct entry {
	char *name, *work_dir;
	enum machine_state state;
	bool stop_wanted; /* to be stopped as soon as it is not busy any more */
	json_int_t stop_request; /* the request to be answered then */
	struct machine *machine; /* NULL while it starts */
	int attached_fd; /* the socket of its tare-host attach, or -1 */
	struct entry *next;
};

/* The id of another host's, whose machines came here: they keep their names and paths. */
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
	char *digest; /* of the programs beside this one */
	char *uncleaned; /* why something of killed campaigns is left; NULL: nothing is */
	int out_fd; /* answers */
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
};

/* --- serve.c --- */

int serve_main(const char *id, const char *work_dir);

/* --- answers.c --- */

/* Sends {"id": id, "ok": result}, taking the result, or with NULL {"id": id, "error": why}. */
void service_answer(
	struct service *service, json_int_t id, json_t *result, const struct error *why);
/* The first line: versions, the programs' digest, and why it cannot serve; why NULL: it can. */
void service_hello(struct service *service, const struct error *why);
/* Never waits: an orchestrator that has stopped reading is noticed by its own silence. */
void service_pulse(struct service *service);

/* --- requests.c: in the main thread --- */

void request_do(struct service *service, const json_t *request);
void service_network_end(struct service *service);

/* --- registry.c --- */

json_t *registry_start(struct service *service, const json_t *request, struct error *e);
/* Begins to stop the machine of that name, in a thread of its own that answers. */
void registry_stop(struct service *service, json_int_t id, const char *name);
json_t *registry_save(struct service *service, const json_t *request, struct error *e);
json_t *registry_restore(struct service *service, const json_t *request, struct error *e);
/* The three parts of a move, see driver.h. */
json_t *registry_receive(struct service *service, const json_t *request, struct error *e);
json_t *registry_arrive(struct service *service, const json_t *request, struct error *e);
json_t *registry_migrate(struct service *service, const json_t *request, struct error *e);
/* Leaves nothing of other hosts' ids; their machines are stopped by then. */
void registry_clean_other_ids(struct service *service);
json_t *registry_log(struct service *service, const json_t *request, struct error *e);
json_t *registry_counters(struct service *service, const json_t *request, struct error *e);
/* Gives the machine's stream to the process at the other end of the socket, which is taken. */
void registry_attach(struct service *service, const char *name, int socket_fd);
/* Stops all, each in a thread; true once there are none. */
bool registry_stop_all(struct service *service, double timeout_s);

/* --- attach.c --- */

/* «tare-host attach»: its end of that. Exit status. */
int attach_main(const char *id, const char *name);
/* Where the service of an id listens. Caller frees. */
char *service_socket_path(const char *id);
int service_socket_connect(const char *id);
/* Over a UNIX socket. */
int service_send_stream(int socket_fd, int read_fd, int write_fd);

#endif
