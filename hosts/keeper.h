/* The thread that lives as long as the process. A reach is started by it, because a child dies with
 * the thread that started it (base/process.h) and hosts are connected by threads that end; and it
 * sends the pulse of every connected host. */
#ifndef TARE_HOSTS_KEEPER_H
#define TARE_HOSTS_KEEPER_H

#include <pthread.h>
#include <sys/types.h>

#include "agent/client.h"

struct pulse {
	int fd; /* nonblocking; an empty line goes there every PULSE_S */
	pthread_mutex_t mutex; /* held by whoever writes a line there */
	struct pulse *next;
};

void pulse_begin(struct pulse *pulse);
/* Afterwards nothing is written any more. Harmless if it never began. */
void pulse_end(struct pulse *pulse);

/* process_spawn, by that thread. */
int keeper_spawn(const struct argv *argv, const char *stderr_path, pid_t *pid, int *to_child,
	int *from_child, struct error *e);

#endif
