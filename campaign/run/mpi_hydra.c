/* MPICH's Hydra. Across machines its manual launcher prints one "HYDRA_LAUNCH: ARGV" line per host
 * and waits for these command lines to be started, wherever from. Only hydra_pmi_proxy is ever
 * started. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "campaign/run/mpi.h"

#define PROXY "/usr/bin/hydra_pmi_proxy"
static const char launch_prefix[] = "HYDRA_LAUNCH: ";
static const char launch_end[] = "HYDRA_LAUNCH_END\n";

static int hydra_add(const struct mpi_job *mpi, struct argv *argv, struct error *e)
{
	(void)e;
	argv_add(argv, "/usr/bin/mpiexec.mpich");
	if (mpi->team->machine_count > 1) {
		argv_add_all(argv, "-launcher", "manual", "-localhost", mpi_address(mpi, 0),
			"-hosts", NULL);
		mpi_add_hosts(mpi, NULL, argv);
	}
	argv_add_all(argv, "-bind-to", "none", "-n", NULL);
	argv_addf(argv, "%u", mpi->ranks);
	return 0;
}

static bool hydra_asks(const struct mpi_job *mpi)
{
	return !mpi->requests_bytes && mpi->team->machine_count > 1 && mpi->main->output &&
	       strstr(mpi->main->output, launch_end);
}

/* The words of one launch line, up to its newline; false unless it is a proxy's. */
static bool parse_launch(const char *line, size_t length, struct argv *out)
{
	cleanup_free char *copy = mem_new(length + 1, 1);
	char *rest = NULL;

	memcpy(copy, line, length);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv_add(out, word);
	return out->count > 0 && strcmp(out->words[0], PROXY) == 0;
}

/* The first machine's proxy is a job of its own, too: mpiexec waits for all of them. Its
 * working directory is every rank's, and the first machine has it already. */
static int start_proxy(
	struct mpi_job *mpi, size_t machine, const struct argv *argv, struct error *e)
{
	if (machine > 0)
		return mpi_start_remote(mpi, machine, argv, e);
	struct seat first = {.machine = mpi->team->machines[0]};
	mpi->remotes[0] = jobs_start_argv(mpi->jobs, &first, argv, NULL, NULL, e);
	return mpi->remotes[0] ? 0 : -1;
}

static int hydra_answer(struct mpi_job *mpi, struct error *e)
{
	const char *line = mpi->main->output;
	size_t machine = 0, machines = mpi->team->machine_count;

	while (strncmp(line, launch_prefix, sizeof(launch_prefix) - 1) == 0) {
		cleanup_argv struct argv argv = {0};
		const char *words = line + sizeof(launch_prefix) - 1;
		const char *end = strchr(words, '\n');
		if (!end || machine == machines ||
			!parse_launch(words, (size_t)(end - words), &argv))
			return error_set(e, "unexpected line from mpiexec: %.200s", line);
		if (start_proxy(mpi, machine++, &argv, e) < 0)
			return -1;
		line = end + 1;
	}
	if (machine != machines || strncmp(line, launch_end, sizeof(launch_end) - 1) != 0)
		return error_set(
			e, "mpiexec asked for %zu proxies instead of %zu", machine, machines);
	mpi->requests_bytes = (size_t)(line - mpi->main->output) + sizeof(launch_end) - 1;
	return 0;
}

const struct mpi_launcher mpi_hydra = {
	.program = "mpiexec",
	.add = hydra_add,
	.asks = hydra_asks,
	.answer = hydra_answer,
};
