/* Private to the campaign room: MPI jobs, and the launchers that start their ranks. A launcher
 * builds the command line of its program, which runs in the first machine, and fulfils what that
 * program asks for on the other machines through their agents: no machine logs into another. What
 * the program prints is hostile. */
#ifndef TARE_CAMPAIGN_MPI_H
#define TARE_CAMPAIGN_MPI_H

#include "campaign/run/jobs.h"

struct mpi_job {
	struct jobs *jobs;
	const struct team *team;
	const struct command *command; /* of one rank */
	unsigned ranks, ranks_per_machine;
	struct job *main; /* the launcher's program, in the first machine */
	struct job **remotes; /* by machine; NULL: nothing started there (yet), and for the first */
	size_t requests_bytes; /* of main's output: requests, which no rank printed */
};

struct mpi_launcher {
	const char *program; /* for messages */
	/* Adds everything up to the ranks' own command line. */
	int (*add)(const struct mpi_job *mpi, struct argv *argv, struct error *e);
	/* Whether main's output asks for something that was not yet answered. NULL: never asks. */
	bool (*asks)(const struct mpi_job *mpi);
	int (*answer)(struct mpi_job *mpi, struct error *e);
	/* Tells main that what it asked for on a machine has ended badly. NULL: main finds out, or
	 * is killed after a while. */
	void (*report)(struct mpi_job *mpi, const struct job *remote);
	/* Cleans up main's stderr, whose last line says why a run failed. NULL: as it is. */
	void (*tidy)(struct job *main);
};

extern const struct mpi_launcher mpi_hydra, mpi_openmpi, mpi_srun;

/* The address that the other machines reach a machine at. */
const char *mpi_address(const struct mpi_job *mpi, size_t machine);
/* "ADDRESS:RANKS,…" for all machines. first: the first one's name instead; NULL: its address. */
void mpi_add_hosts(const struct mpi_job *mpi, const char *first, struct argv *argv);
/* srun's command line for nodes of these names, one a machine. */
void mpi_srun_words(
	const struct mpi_job *mpi, const char *const *nodes, size_t count, struct argv *argv);
/* Adds to env what keeps MPICH's messages on the network that the machines' addresses are on, and
 * UCX's warnings away from standard output. */
void mpi_add_devices(const struct mpi_job *mpi, struct argv *env);
/* The interface's name in what `ip -o address show` printed, or NULL. Caller frees. */
char *mpi_interface(const char *lines);
/* How the launcher's program ended, and what it had started that ended badly: one line. Caller
 * frees. */
char *mpi_end_text(const struct mpi_job *mpi, const char *program);
/* Starts a program on a machine other than the first, in the run's directory, which every rank's
 * launcher wants to be there. */
int mpi_start_remote(struct mpi_job *mpi, size_t machine, const struct argv *argv, struct error *e);

#endif
