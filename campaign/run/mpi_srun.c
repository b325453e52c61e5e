/* Slurm's srun, for machines that are nodes of an allocation. Slurm's own daemons start the ranks,
 * by the same path on every node, and speak MPICH's PMI with them; so there is nothing to be
 * started through agents. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "campaign/run/mpi.h"

static const double facts_timeout_s = 30;

/* What Slurm calls the node that the machine is, unless its administrator says otherwise. */
static char *node_name(struct host_machine *machine, struct error *e)
{
	cleanup_free char *facts = NULL;

	if (agent_facts(machine->agent, facts_timeout_s, &facts, e) < 0)
		return NULL;
	json_t *json = json_loads(facts, 0, NULL);
	const char *name = json_string_value(json_object_get(json, "hostname"));
	char *copy = str_dup(name);
	json_decref(json);
	if (!copy)
		error_set(e, "%s does not say its host name", machine->name);
	return copy;
}

/* Arbitrary distribution: a rank for every name in the list, in its order. Otherwise Slurm would
 * sort the nodes, and rank 0 would not be in the first machine. */
void mpi_srun_words(
	const struct mpi_job *mpi, const char *const *nodes, size_t count, struct argv *argv)
{
	cleanup_text struct text list = {0};

	for (size_t i = 0; i < count; i++)
		for (unsigned j = 0; j < mpi->ranks_per_machine; j++)
			text_addf(&list, "%s%s", list.count ? "," : "", nodes[i]);
	argv_add_all(argv, "/usr/bin/srun", "--mpi=pmi2", "--overlap", "--export=ALL",
		"--cpu-bind=none", "--distribution=arbitrary", "-w", list.bytes, NULL);
	/* Jobs in machines have an environment of their own, without Slurm's variables. */
	const char *allocation = getenv("SLURM_JOB_ID");
	if (allocation && allocation[0] && !allocation[strspn(allocation, "0123456789")])
		argv_addf(argv, "--jobid=%s", allocation);
	argv_add(argv, "-n");
	argv_addf(argv, "%u", mpi->ranks);
}

static int srun_add(const struct mpi_job *mpi, struct argv *argv, struct error *e)
{
	size_t count = mpi->team->machine_count, known = 0;
	cleanup_free char **nodes = mem_new(count, sizeof(*nodes));

	while (known < count && (nodes[known] = node_name(mpi->team->machines[known], e)))
		known++;
	if (known == count)
		mpi_srun_words(mpi, (const char *const *)nodes, count, argv);
	for (size_t i = 0; i < known; i++)
		free(nodes[i]);
	return known == count ? 0 : -1;
}

const struct mpi_launcher mpi_srun = {
	.program = "srun",
	.add = srun_add,
};
