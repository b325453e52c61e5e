/* A thread that lives as long as the process. It starts the reaches, because a child dies with the
 * thread that started it (base/process.h) and hosts may be connected by threads that end; and it
 * sends the heartbeat of every connected host. */
#ifndef TARE_HOSTS_REACH_THREAD_H
#define TARE_HOSTS_REACH_THREAD_H

#include <pthread.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "agent/client.h"

struct heartbeat {
	int fd; /* nonblocking; receives an empty line every period_s */
	double period_s;
	double due_s; /* CLOCK_MONOTONIC: the next; the thread's own */
	pthread_mutex_t mutex; /* held while a line is written */
	TAILQ_ENTRY(heartbeat) place; /* the thread's own */
};

void reach_thread_add_heartbeat(struct heartbeat *heartbeat);
/* Afterwards nothing more is written. Does nothing if it was never added. */
void reach_thread_remove_heartbeat(struct heartbeat *heartbeat);

/* process_spawn, by that thread. */
int reach_thread_spawn(const struct argv *argv, const char *stderr_path, pid_t *pid, int *to_child,
	int *from_child, struct error *e);

#endif
