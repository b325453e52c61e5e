/* The thread that starts the reaches of hosts and sends heartbeats to connected ones. */
#include "hosts/reach_thread.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "hosts/lines.h"

struct spawn {
	const struct argv *argv;
	const char *stderr_path;
	pid_t *pid;
	int *to_child, *from_child;
	struct error *e;
	int status;
	bool done;
	/* Its own: thousands of hosts wait for their reaches at once, and each is woken once. */
	pthread_cond_t answered;
	struct spawn *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct spawn *spawns, **spawns_end = &spawns; /* in the order that they were asked for */
TAILQ_HEAD(heartbeats, heartbeat);
/* The next that is due comes first: between two starts nothing is looked at but the first. */
static struct heartbeats heartbeats = TAILQ_HEAD_INITIALIZER(heartbeats);
static bool running;

/* Nearly all have the same period, and then the place is the last one. */
static void enqueue(struct heartbeat *heartbeat, double due_s)
{
	struct heartbeat *before = TAILQ_LAST(&heartbeats, heartbeats);

	heartbeat->due_s = due_s;
	while (before && before->due_s > due_s)
		before = TAILQ_PREV(before, heartbeats, place);
	if (before)
		TAILQ_INSERT_AFTER(&heartbeats, before, heartbeat, place);
	else
		TAILQ_INSERT_HEAD(&heartbeats, heartbeat, place);
}

/* A host to which a line is being written needs none: that line serves as one. */
static void send_heartbeat(struct heartbeat *heartbeat)
{
	if (pthread_mutex_trylock(&heartbeat->mutex) != 0)
		return;
	(void)!lines_write_quietly(heartbeat->fd, "\n", 1);
	pthread_mutex_unlock(&heartbeat->mutex);
}

/* Those that are due, each once: afterwards none of them is due before now_s. */
static void send_heartbeats(double now_s)
{
	struct heartbeat *heartbeat;

	while ((heartbeat = TAILQ_FIRST(&heartbeats)) && heartbeat->due_s < now_s) {
		TAILQ_REMOVE(&heartbeats, heartbeat, place);
		send_heartbeat(heartbeat);
		enqueue(heartbeat, now_s + heartbeat->period_s);
	}
}

static void do_spawn(void)
{
	struct spawn *spawn = spawns;

	spawns = spawn->next;
	if (!spawns)
		spawns_end = &spawns;
	pthread_mutex_unlock(&mutex);
	int status = process_spawn(spawn->argv, spawn->stderr_path, spawn->pid, spawn->to_child,
		spawn->from_child, spawn->e);
	pthread_mutex_lock(&mutex);
	spawn->status = status;
	spawn->done = true;
	pthread_cond_signal(&spawn->answered);
}

/* Between two spawns, too: thousands of them may take longer than hosts wait for a heartbeat. */
static void *keep(void *unused)
{
	pthread_mutex_lock(&mutex);
	for (;;) {
		send_heartbeats(clock_monotonic_s());
		const struct heartbeat *next = TAILQ_FIRST(&heartbeats);
		if (spawns) {
			do_spawn();
		} else if (!next) {
			pthread_cond_wait(&asked, &mutex);
		} else {
			struct timespec due = {.tv_sec = (time_t)next->due_s + 1};
			pthread_cond_clockwait(&asked, &mutex, CLOCK_MONOTONIC, &due);
		}
	}
	return unused;
}

static void begin(void)
{
	pthread_t thread;
	sigset_t all, before;

	/* Signals are handled by other threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	running = pthread_create(&thread, NULL, keep, NULL) == 0 && pthread_detach(thread) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void reach_thread_add_heartbeat(struct heartbeat *heartbeat)
{
	pthread_once(&once, begin);
	pthread_mutex_lock(&mutex);
	enqueue(heartbeat, clock_monotonic_s() + heartbeat->period_s);
	pthread_cond_signal(&asked);
	pthread_mutex_unlock(&mutex);
}

void reach_thread_remove_heartbeat(struct heartbeat *heartbeat)
{
	pthread_mutex_lock(&mutex);
	if (heartbeat->place.tqe_prev) {
		TAILQ_REMOVE(&heartbeats, heartbeat, place);
		heartbeat->place.tqe_prev = NULL;
	}
	pthread_mutex_unlock(&mutex);
}

int reach_thread_spawn(const struct argv *argv, const char *stderr_path, pid_t *pid, int *to_child,
	int *from_child, struct error *e)
{
	pthread_once(&once, begin);
	if (!running)
		return error_set(e, "cannot start a thread");
	cleanup_free struct spawn *spawn = mem_new(1, sizeof(*spawn));
	*spawn = (struct spawn){.argv = argv,
		.stderr_path = stderr_path,
		.pid = pid,
		.to_child = to_child,
		.from_child = from_child,
		.e = e,
		.answered = PTHREAD_COND_INITIALIZER};
	pthread_mutex_lock(&mutex);
	*spawns_end = spawn;
	spawns_end = &spawn->next;
	pthread_cond_signal(&asked);
	while (!spawn->done)
		pthread_cond_wait(&spawn->answered, &mutex);
	pthread_mutex_unlock(&mutex);
	pthread_cond_destroy(&spawn->answered);
	return spawn->status;
}
