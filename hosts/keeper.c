/* The process that keeps the reach of a host, with a pulse that both ends watch. */
#include "hosts/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "hosts/lines.h"

struct spawn {
	const struct argv *argv;
	const char *stderr_path;
	pid_t *pid;
	int *to_child, *from_child;
	struct error *e;
	int status;
	bool done;
	struct spawn *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t asked = PTHREAD_COND_INITIALIZER, answered = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct spawn *spawns;
static struct pulse *pulses;
static bool running;

/* Not where a line is half written: that is a sign of life itself. */
static void send_pulses(void)
{
	for (struct pulse *pulse = pulses; pulse; pulse = pulse->next) {
		if (pthread_mutex_trylock(&pulse->mutex) != 0)
			continue;
		(void)!lines_write_quietly(pulse->fd, "\n", 1);
		pthread_mutex_unlock(&pulse->mutex);
	}
}

static void do_spawns(void)
{
	while (spawns) {
		struct spawn *spawn = spawns;
		spawns = spawn->next;
		pthread_mutex_unlock(&mutex);
		int status = process_spawn(spawn->argv, spawn->stderr_path, spawn->pid,
			spawn->to_child, spawn->from_child, spawn->e);
		pthread_mutex_lock(&mutex);
		spawn->status = status;
		spawn->done = true;
		pthread_cond_broadcast(&answered);
	}
}

static void *keep(void *unused)
{
	struct timespec due;

	pthread_mutex_lock(&mutex);
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (;;) {
		do_spawns();
		if (!pulses) {
			pthread_cond_wait(&asked, &mutex);
		} else if (pthread_cond_clockwait(&asked, &mutex, CLOCK_MONOTONIC, &due) ==
			   ETIMEDOUT) {
			send_pulses();
			clock_gettime(CLOCK_MONOTONIC, &due);
			due.tv_sec += PULSE_S;
		}
	}
	return unused;
}

static void begin(void)
{
	pthread_t thread;
	sigset_t all, before;

	/* Signals are for the threads that know what to do with them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	running = pthread_create(&thread, NULL, keep, NULL) == 0 && pthread_detach(thread) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void pulse_begin(struct pulse *pulse)
{
	pthread_once(&once, begin);
	pthread_mutex_lock(&mutex);
	pulse->next = pulses;
	pulses = pulse;
	pthread_cond_signal(&asked);
	pthread_mutex_unlock(&mutex);
}

void pulse_end(struct pulse *pulse)
{
	pthread_mutex_lock(&mutex);
	for (struct pulse **at = &pulses; *at; at = &(*at)->next) {
		if (*at == pulse) {
			*at = pulse->next;
			break;
		}
	}
	pthread_mutex_unlock(&mutex);
}

int keeper_spawn(const struct argv *argv, const char *stderr_path, pid_t *pid, int *to_child,
	int *from_child, struct error *e)
{
	struct spawn spawn = {.argv = argv,
		.stderr_path = stderr_path,
		.pid = pid,
		.to_child = to_child,
		.from_child = from_child,
		.e = e};

	pthread_once(&once, begin);
	if (!running)
		return error_set(e, "cannot start a thread");
	pthread_mutex_lock(&mutex);
	spawn.next = spawns;
	spawns = &spawn;
	pthread_cond_signal(&asked);
	while (!spawn.done)
		pthread_cond_wait(&answered, &mutex);
	pthread_mutex_unlock(&mutex);
	return spawn.status;
}
