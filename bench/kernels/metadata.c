/* tare-metadata: processes that create, stat and unlink many small files, as mdtest does; prints
 * how many operations of all processes together were done per second, one value a round.
 *
 * Usage: tare-metadata --directory DIR --processes N --files N --layout own|one --seconds S
 * Every process has its own `files` files: in a directory of its own, or all in one. A round has
 * three phases, each begun by all processes at once: every process creates its files (open and
 * close), stats the files of the next process, so that it does not meet its own, and unlinks its
 * own. A rate is the operations of all over the time from the first start to the last end. One
 * round that is not counted comes first; then rounds follow until the given time is over.
 *
 * Method: mdtest of IOR (LLNL), files only, without a tree. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kernel.h"

enum { ROUNDS_MAX = 10000, PROCESSES_MAX = 1024 };
enum phase { CREATE, STAT, UNLINK, PHASES };

struct work {
	const char *directory;
	unsigned processes, files;
	bool is_one; /* directory for all */
	double seconds;
};

/* What the processes share. */
struct shared {
	pthread_barrier_t barrier;
	bool goes_on; /* written by process 0 between rounds */
	long rounds; /* counted ones */
	int64_t started_ns[PROCESSES_MAX], ended_ns[PROCESSES_MAX]; /* of the present phase */
	double rates[PHASES][ROUNDS_MAX];
};

static void file_name(const struct work *work, unsigned process, unsigned file, char *path)
{
	snprintf(path, PATH_MAX, "%s/%s%u%sfile-%u", work->directory, work->is_one ? "" : "tare-",
		process, work->is_one ? "-" : "/", file);
}

static void do_create(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || close(fd) < 0)
		kernel_die("create %s: %s", path, strerror(errno));
}

static void do_stat(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		kernel_die("stat %s: %s", path, strerror(errno));
}

static void do_unlink(const char *path)
{
	if (unlink(path) < 0)
		kernel_die("unlink %s: %s", path, strerror(errno));
}

/* One process's part of a phase. */
static void run_phase(
	const struct work *work, struct shared *shared, unsigned self, enum phase phase)
{
	static void (*const operations[PHASES])(const char *) = {
		[CREATE] = do_create, [STAT] = do_stat, [UNLINK] = do_unlink};
	unsigned owner = phase == STAT ? (self + 1) % work->processes : self;
	char path[PATH_MAX];

	pthread_barrier_wait(&shared->barrier);
	shared->started_ns[self] = kernel_clock_ns();
	for (unsigned file = 0; file < work->files; file++) {
		file_name(work, owner, file, path);
		operations[phase](path);
	}
	shared->ended_ns[self] = kernel_clock_ns();
	pthread_barrier_wait(&shared->barrier);
}

/* Operations of all processes per second of the phase that has just ended. */
static double rate_of(const struct work *work, const struct shared *shared)
{
	int64_t first = INT64_MAX, last = 0;

	for (unsigned i = 0; i < work->processes; i++) {
		first = shared->started_ns[i] < first ? shared->started_ns[i] : first;
		last = shared->ended_ns[i] > last ? shared->ended_ns[i] : last;
	}
	int64_t took_ns = last > first ? last - first : 1;
	return (double)work->processes * work->files * 1e9 / (double)took_ns;
}

/* All rounds of one process; process 0 keeps the rates. */
static void run_process(const struct work *work, struct shared *shared, unsigned self)
{
	int64_t counted_from_ns = 0;

	for (long round = -1; shared->goes_on; round++) {
		if (round == 0)
			counted_from_ns = kernel_clock_ns();
		for (enum phase phase = CREATE; phase < PHASES; phase++) {
			run_phase(work, shared, self, phase);
			if (self == 0 && round >= 0)
				shared->rates[phase][round] = rate_of(work, shared);
		}
		double took_s = (double)(kernel_clock_ns() - counted_from_ns) * 1e-9;
		if (self == 0 && round >= 0) {
			shared->rounds = round + 1;
			shared->goes_on = took_s < work->seconds && round + 1 < ROUNDS_MAX;
		}
		pthread_barrier_wait(&shared->barrier);
	}
}

static struct shared *shared_new(const struct work *work)
{
	struct shared *shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_t attributes;

	if (shared == MAP_FAILED)
		kernel_die("no shared memory: %s", strerror(errno));
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->barrier, &attributes, work->processes);
	pthread_barrierattr_destroy(&attributes);
	shared->goes_on = true;
	return shared;
}

static void directories(const struct work *work, bool make)
{
	for (unsigned i = 0; !work->is_one && i < work->processes; i++) {
		char path[PATH_MAX];
		snprintf(path, sizeof(path), "%s/tare-%u", work->directory, i);
		if ((make ? mkdir(path, 0700) : rmdir(path)) < 0)
			kernel_die("%s: %s", path, strerror(errno));
	}
}

static pid_t start(const struct work *work, struct shared *shared, unsigned self)
{
	pid_t child = fork();

	if (child < 0)
		kernel_die("fork: %s", strerror(errno));
	if (child > 0)
		return child;
	/* The others would wait for a process that has failed: they end with their parent. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run_process(work, shared, self);
	_exit(0);
}

static void run(const struct work *work, struct shared *shared)
{
	int status;

	for (unsigned i = 0; i < work->processes; i++)
		start(work, shared, i);
	for (unsigned i = 0; i < work->processes; i++) {
		while (wait(&status) < 0)
			if (errno != EINTR)
				kernel_die("wait: %s", strerror(errno));
		if (!WIFEXITED(status))
			kernel_die("a process was killed by signal %d", WTERMSIG(status));
		if (WEXITSTATUS(status) != 0)
			exit(1); /* it has said why */
	}
}

static struct work read_arguments(int argc, char **argv)
{
	static const char usage[] = "usage: tare-metadata --directory DIR --processes N --files N "
				    "--layout own|one --seconds S";
	static const struct option options[] = {{"directory", required_argument, NULL, 'd'},
		{"processes", required_argument, NULL, 'p'},
		{"files", required_argument, NULL, 'f'}, {"layout", required_argument, NULL, 'l'},
		{"seconds", required_argument, NULL, 's'}, {0}};
	struct work work = {.processes = 1, .files = 1000, .seconds = 5};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'd')
			work.directory = optarg;
		else if (option == 'p')
			work.processes = (unsigned)kernel_number(optarg, 1, PROCESSES_MAX);
		else if (option == 'f')
			work.files = (unsigned)kernel_number(optarg, 1, 1e7);
		else if (option == 'l' && strcmp(optarg, "own") == 0)
			work.is_one = false;
		else if (option == 'l' && strcmp(optarg, "one") == 0)
			work.is_one = true;
		else if (option == 's')
			work.seconds = kernel_number(optarg, 0, 86400);
		else
			kernel_die("%s", usage);
	}
	if (optind != argc || !work.directory)
		kernel_die("%s", usage);
	return work;
}

int main(int argc, char **argv)
{
	static const char *const names[PHASES] = {
		[CREATE] = "create_rate", [STAT] = "stat_rate", [UNLINK] = "unlink_rate"};
	struct work work = read_arguments(argc, argv);
	struct shared *shared = shared_new(&work);

	directories(&work, true);
	run(&work, shared);
	directories(&work, false);
	kernel_begin("tare-metadata");
	for (enum phase phase = CREATE; phase < PHASES; phase++)
		kernel_series(names[phase], "", 0, shared->rates[phase], shared->rounds);
	return kernel_end();
}
