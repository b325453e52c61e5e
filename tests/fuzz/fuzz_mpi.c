/* What mpiexec and mpirun print before their ranks do are requests to start programs in other
 * machines. They come from a machine, which may be hostile: nothing but the two proxies may be
 * started, with words of the line and nothing of a shell. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/run/mpi.h"
#include "tests/fuzz/mutate.h"

enum { MACHINES = 3 };

static const char *const addresses[MACHINES] = {"198.18.0.2", "198.18.0.3", "198.18.0.4"};

static void check_program(const struct argv *argv)
{
	if (!argv->count || (strcmp(argv->words[0], "/usr/bin/hydra_pmi_proxy") != 0 &&
				    strcmp(argv->words[0], "/usr/bin/orted") != 0 &&
				    strcmp(argv->words[0], "/usr/bin/prted") != 0 &&
				    strcmp(argv->words[0], BENCH_KERNELS_DIR "/tare-rsh") != 0))
		abort();
}

/* In the place of what starts jobs in machines. */
const char *mpi_address(const struct mpi_job *mpi, size_t machine)
{
	(void)mpi;
	return addresses[machine];
}

void mpi_add_hosts(const struct mpi_job *mpi, const char *first, struct argv *argv)
{
	(void)mpi;
	(void)first;
	(void)argv;
}

int mpi_start_remote(struct mpi_job *mpi, size_t machine, const struct argv *argv, struct error *e)
{
	(void)e;
	if (machine >= MACHINES)
		abort();
	check_program(argv);
	mpi->remotes[machine] = mpi->main;
	return 0;
}

struct job *jobs_start_argv(struct jobs *jobs, const struct seat *seat, const struct argv *argv,
	const struct argv *env, const char *directory, struct error *e)
{
	(void)jobs;
	(void)seat;
	(void)env;
	(void)directory;
	(void)e;
	static struct job started;
	check_program(argv);
	return &started;
}

static void converse(const struct mpi_launcher *launcher, const uint8_t *bytes, size_t count)
{
	struct host_machine machine = {.name = "one"},
			    *machines[MACHINES] = {&machine, &machine, &machine};
	struct team team = {.machines = machines, .machine_count = MACHINES};
	struct job *remotes[MACHINES] = {NULL};
	char *output = mem_new(count + 1, 1), *errors = mem_new(count + 1, 1);
	struct job main = {.output = output, .output_bytes = count, .errors = errors};
	struct jobs jobs = {.directory = "/tmp/run"};
	struct mpi_job mpi = {
		.jobs = &jobs, .team = &team, .main = &main, .remotes = remotes, .ranks = MACHINES};
	struct error e = {""};

	memcpy(output, bytes, count);
	memcpy(errors, bytes, count);
	while (launcher->asks(&mpi) && launcher->answer(&mpi, &e) == 0)
		;
	if (mpi.requests_bytes > count)
		abort();
	if (launcher->report && mpi.requests_bytes)
		launcher->report(&mpi, &main);
	if (launcher->tidy)
		launcher->tidy(&main);
	free(output);
	free(errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	converse(&mpi_hydra, bytes, count);
	converse(&mpi_openmpi, bytes, count);
	return 0;
}
